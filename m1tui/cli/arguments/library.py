"""What to do with the library of backups."""

from m1tui.cli.arguments.shared import add_action, add_actions
from m1tui.cli.commandparser import CommandParser
from m1tui.cli.values import count, day, path, words


def add(parser: CommandParser) -> None:
    """Add the arguments of `library`."""
    actions = add_actions(parser)
    listing = add_action(actions, "list", "list the dumps in the library, the newest first")
    listing.add_argument(
        "--instrument", type=words, metavar="NAME", help="a model, or an id of the log"
    )
    listing.add_argument("--since", type=day, metavar="YYYY-MM-DD", help="from this day on")
    search = add_action(actions, "search", "find programs, combinations and songs by name")
    search.add_argument("words", nargs="+", metavar="WORD", help="the beginning of a word")
    search.add_argument("--kind", choices=("program", "combination", "song"), help="only these")
    search.add_argument("--limit", type=count, default=200, metavar="N", help="default: 200")
    taken = add_action(
        actions, "import", "take in the dumps of files and folders, each content once"
    )
    taken.add_argument("paths", nargs="+", type=path, metavar="PATH")
    taken.add_argument(
        "--instrument", default="", type=words, metavar="NAME", help="what they come from"
    )
    export = add_action(actions, "export", "copy a dump out of the library")
    export.add_argument("file", metavar="FILE", help="its name in the library")
    export.add_argument("folder", type=path, metavar="FOLDER")
    export.add_argument("--manifest", action="store_true", help="copy its manifest, too")
    delete = add_action(actions, "delete", "move a dump to the bin")
    delete.add_argument("file", metavar="FILE", help="its name in the library")
    add_action(actions, "bin", "list the dumps in the bin")
    back = add_action(actions, "bring-back", "move a dump from the bin back into the library")
    back.add_argument("file", metavar="FILE", help="its name in the bin")
    add_action(actions, "rebuild", "make the catalogue anew from the files")
