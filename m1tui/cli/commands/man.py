"""`man`: the manual page, for `man -l` or a folder of manual pages."""

from collections.abc import Collection, Iterator

from m1tui import __version__
from m1tui.cli.commands.completion import MARK
from m1tui.cli.exits import Exit
from m1tui.cli.output import Call
from m1tui.cli.parser import EXIT_CODES, Command, commands

_ABOUT = (
    "m1tui maintains Korg M1 synthesizers over MIDI: it leads you through each step of the work "
    "and proves it by asking the instrument. Without a command it opens the app."
)
_FILES = (
    ("M1TUI_TOKEN", "The token for serve, if neither --token-file nor --token is given."),
    ("RTMIDI_API", "The MIDI system to use: UNIX_JACK, LINUX_ALSA, MACOSX_CORE or WINDOWS_MM."),
    ("NO_COLOR", "If it is set and not empty, the app uses no colours."),
)


def run(call: Call) -> int:
    """Prints the page in the form that man reads."""
    lines = list(page())
    call.output.facts({"page": "\n".join(lines)}, lines)
    return Exit.DONE


def page() -> Iterator[str]:
    """Yields the lines of the page."""
    yield f'.\\" {MARK}'
    yield f'.TH M1TUI 1 "" "m1tui {__version__}" "User Commands"'
    yield ".SH NAME"
    yield "m1tui \\- maintain Korg M1 synthesizers over MIDI"
    yield ".SH SYNOPSIS"
    yield ".B m1tui"
    yield "[OPTION]... [COMMAND [ARGUMENT]...]"
    yield ".SH DESCRIPTION"
    yield _text(_ABOUT)
    every = commands()
    yield ".SH OPTIONS"
    yield from _options(every[0])
    yield ".SH COMMANDS"
    common = {option.words for option in every[0].options}
    for command in every[1:]:
        yield f'.SS "{_text(" ".join(command.words))}"'
        yield _text(command.about)
        yield from _options(command, without=common)
    yield ".SH EXIT STATUS"
    yield _text(EXIT_CODES)
    yield ".SH ENVIRONMENT"
    for name, about in _FILES:
        yield from (".TP", f".B {name}", _text(about))
    yield ".SH SEE ALSO"
    yield _text("The project's docs folder, including troubleshooting.md.")


def _options(command: Command, without: Collection[tuple[str, ...]] = ()) -> Iterator[str]:
    for option in command.options:
        if option.words in without and option.words:
            continue
        words = ", ".join(option.words)
        value = option.value if not option.words else f" {option.value}" if option.value else ""
        yield ".TP"
        yield f".B {_text(words + value)}"
        yield _text(option.about.replace("%%", "%"))


def _text(text: str) -> str:
    """A line as roff takes it: nothing in it is a command."""
    safe = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{safe}" if safe.startswith((".", "'")) else safe
