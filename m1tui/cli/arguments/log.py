"""What to ask of the service log, or to note in it."""

from m1tui.cli.arguments.shared import add_action, add_actions
from m1tui.cli.commandparser import CommandParser
from m1tui.cli.values import day, volts, words


def add(parser: CommandParser) -> None:
    """Add the arguments of `log`."""
    actions = add_actions(parser)
    add_action(actions, "list", "list instruments, visits with their runs, and what is due")
    show = add_action(actions, "show", "print an instrument, a visit or a run")
    show.add_argument("id", metavar="ID")
    report = add_action(
        actions, "report", "print a visit's report: found, done, proved, not proved"
    )
    report.add_argument("id", metavar="ID", help="a visit's id")
    report.add_argument("--format", choices=("text", "md", "html", "json"), help="default: text")
    report.add_argument(
        "--save", metavar="FOLDER", help="write it as a new file there, and print its path"
    )
    instrument = add_action(actions, "add", "take an instrument into the log")
    instrument.add_argument("model", type=words, metavar="MODEL")
    change = add_action(actions, "change", "change what is noted of an instrument")
    change.add_argument("id", metavar="ID", help="an instrument's id")
    change.add_argument("--model", type=words, metavar="MODEL")
    for name, about in (
        ("serial", "its serial number"),
        ("tag", "the owner's tag or name"),
        ("rom", "the number of its ROM"),
        ("notes", "anything else"),
    ):
        instrument.add_argument(f"--{name}", default="", type=words, metavar="TEXT", help=about)
        change.add_argument(f"--{name}", type=words, metavar="TEXT", help=about)
    battery = add_action(actions, "battery", "note an instrument's cell; it is due in five years")
    battery.add_argument("id", metavar="ID", help="an instrument's id")
    battery.add_argument("--volts", type=volts, metavar="V", help="what it measures today")
    battery.add_argument("--fitted", type=day, metavar="YYYY-MM-DD", help="when it was put in")
    battery.add_argument(
        "--cell", default="", type=words, metavar="TYPE", help="its type (default: CR2032)"
    )
    begin = add_action(actions, "begin", "begin a visit; what is run from now on belongs to it")
    begin.add_argument("id", metavar="ID", help="an instrument's id")
    begin.add_argument(
        "--reported", default="", type=words, metavar="TEXT", help="what the owner says"
    )
    bench = add_action(
        actions, "bench", "take up an open visit: what is run from now on belongs to it"
    )
    bench.add_argument("id", metavar="ID", help="a visit's id")
    note = add_action(actions, "note", "write the technician's notes of a visit")
    note.add_argument("id", metavar="ID", help="a visit's id")
    note.add_argument("notes", type=words, metavar="TEXT", help="takes the place of earlier notes")
    end = add_action(actions, "end", "end a visit")
    end.add_argument("id", metavar="ID", help="a visit's id")
    end.add_argument(
        "--notes", default="", type=words, metavar="TEXT", help="what was found and done besides"
    )
    reopen = add_action(actions, "reopen", "let a visit go on that was ended by mistake")
    reopen.add_argument("id", metavar="ID", help="a visit's id")
    assign = add_action(actions, "assign", "say which instrument a visit is of")
    assign.add_argument("id", metavar="ID", help="a visit's id")
    assign.add_argument("instrument", metavar="INSTRUMENT", help="an instrument's id")
