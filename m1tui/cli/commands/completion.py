"""`completion bash|zsh|fish`: a script with which a shell completes m1tui's command line."""

from collections.abc import Callable, Iterator

from m1tui.cli.commandparser import CommandParser
from m1tui.cli.exits import Exit
from m1tui.cli.output import Call
from m1tui.cli.parser import Command, Option, commands

MARK = (
    "Made by m1tui's make install or by `m1tui completion`; it is generated from the "
    "definition of the command line."
)
"""Stands at the head of each script: `make install` replaces only what has it."""


def add_arguments(parser: CommandParser) -> None:
    """The shell."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell to write for")


def run(call: Call) -> int:
    """Prints the script."""
    scripts: dict[str, Callable[[], Iterator[str]]] = {"bash": bash, "zsh": zsh, "fish": fish}
    lines = list(scripts[call.arguments.shell]())
    call.output.facts({"shell": call.arguments.shell, "script": "\n".join(lines)}, lines)
    return Exit.DONE


def bash() -> Iterator[str]:
    """Yields the script for bash."""
    yield f"# {MARK}"
    yield "_m1tui() {"
    yield '    local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"'
    yield '    local words="" word index offered=""'
    yield "    for ((index = 1; index < COMP_CWORD; index++)); do"
    yield '        word="${COMP_WORDS[index]}"'
    yield '        case "$words $word" in'
    named = [" ".join(one.words) for one in commands() if one.words]
    yield "        " + "|".join(f'" {name}"' for name in named) + ') words="$words $word" ;;'
    yield "        esac"
    yield "    done"
    yield '    case "$words:$before" in'
    for command in commands():
        for option in command.options:
            if option.words and option.choices:
                path = " ".join(("", *command.words))
                wanted = "|".join(f'"{path}:{word}"' for word in option.words)
                yield f"    {wanted})"
                offered = " ".join(option.choices)
                yield f"        COMPREPLY=($(compgen -W '{offered}' -- \"$current\"))"
                yield "        return ;;"
    yield "    esac"
    yield '    case "$words" in'
    for command in commands():
        path = " ".join(("", *command.words))
        yield f'    "{path}") offered="{" ".join(_offered(command))}" ;;'
    yield "    esac"
    yield '    COMPREPLY=($(compgen -W "$offered" -- "$current"))'
    yield "    [[ ${#COMPREPLY[@]} -gt 0 || $current == -* ]] ||"
    yield '        COMPREPLY=($(compgen -f -- "$current"))'
    yield "}"
    yield "complete -o filenames -F _m1tui m1tui"


def zsh() -> Iterator[str]:
    """Yields the script for zsh."""
    yield "#compdef m1tui"
    yield f"# {MARK}"
    yield "_m1tui() {"
    yield '  local words_so_far="" word'
    yield "  local -a offered"
    yield '  for word in "${(@)words[2,CURRENT-1]}"; do'
    yield '    case "$words_so_far $word" in'
    named = [" ".join(one.words) for one in commands() if one.words]
    yield (
        "    ("
        + "|".join(f'" {name}"' for name in named)
        + ') words_so_far="$words_so_far $word" ;;'
    )
    yield "    esac"
    yield "  done"
    yield '  case "$words_so_far" in'
    for command in commands():
        path = " ".join(("", *command.words))
        offered = " ".join(_single_quoted(one) for one in _described(command))
        yield f'  ("{path}") offered=({offered}) ;;'
    yield "  esac"
    yield "  _describe m1tui offered || _files"
    yield "}"
    yield '_m1tui "$@"'


def fish() -> Iterator[str]:
    """Yields the script for fish."""
    yield f"# {MARK}"
    for command in commands():
        seen = "".join(f"__fish_seen_subcommand_from {word}; and " for word in command.words)
        if command.below:
            not_yet = (
                f"{seen}not __fish_seen_subcommand_from {' '.join(w for w, _ in command.below)}"
            )
            for word, about in command.below:
                yield (
                    f"complete -c m1tui -f -n {_single_quoted(not_yet)} "
                    f"-a {word} -d {_single_quoted(about)}"
                )
        for option in command.options:
            yield from _fish_option(seen.removesuffix("; and "), command, option)


def _fish_option(seen: str, command: Command, option: Option) -> Iterator[str]:
    condition = f" -n {_single_quoted(seen)}" if command.words else ""
    about = f" -d {_single_quoted(option.about)}"
    values = f" -x -a {_single_quoted(' '.join(option.choices))}" if option.choices else ""
    if option.words:
        needs = "" if values or not option.value else " -r"
        spelled = "".join(
            f" -l {word[2:]}" if word.startswith("--") else f" -s {word[1:]}"
            for word in option.words
        )
        yield f"complete -c m1tui{condition}{spelled}{needs}{values}{about}"
    elif option.choices:
        yield f"complete -c m1tui{condition} -f -a {_single_quoted(' '.join(option.choices))}"


def _offered(command: Command) -> Iterator[str]:
    yield from (word for word, _ in command.below)
    for option in command.options:
        yield from option.words or option.choices


def _described(command: Command) -> Iterator[str]:
    """Yields what zsh's _describe takes: "word:what it does"."""
    for word, about in command.below:
        yield f"{word}:{about}"
    for option in command.options:
        for word in option.words or option.choices:
            yield f"{word}:{option.about}".replace("%%", "%")


def _single_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
