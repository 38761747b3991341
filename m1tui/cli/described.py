"""The whole command line as data, read from the parser: for completion and the man page."""

import argparse
from collections.abc import Iterator
from typing import NamedTuple

from m1tui.cli.parser import COMMANDS, build


class Option(NamedTuple):
    """An option or argument of a command."""

    words: tuple[str, ...]
    """As it is typed: ("--port",); empty for an argument that has no word."""
    value: str
    """What stands for its value in a text, empty where it takes none."""
    choices: tuple[str, ...]
    """The values that it takes, where they are few."""
    about: str


class Command(NamedTuple):
    """A command, or one action of a command."""

    words: tuple[str, ...]
    """As they are typed behind `m1tui`: (), ("restore",), ("log", "show")."""
    about: str
    options: tuple[Option, ...]
    below: tuple[tuple[str, str], ...]
    """The words that may follow, and what each does."""


def commands() -> tuple[Command, ...]:
    """Return the program itself, every command, and every action of each."""
    return tuple(_walk(build(tuple(COMMANDS)), (), ""))


def _walk(parser: argparse.ArgumentParser, words: tuple[str, ...], about: str) -> Iterator[Command]:
    options, below, parsers = [], [], {}
    for action in parser._actions:  # argparse has no public list
        if isinstance(action, argparse._SubParsersAction):
            # One word may stand for two parsers, an alias; none here does.
            below = [(one.dest, one.help or "") for one in action._choices_actions]
            parsers = dict(action.choices)
        elif action.help is not argparse.SUPPRESS:
            options.append(_option(action))
    yield Command(words, parser.description or about, tuple(options), tuple(below))
    for word, help_line in below:
        yield from _walk(parsers[word], (*words, word), help_line)


def _option(action: argparse.Action) -> Option:
    value = action.metavar if isinstance(action.metavar, str) else ""
    if not value and action.nargs != 0:
        value = (action.dest if not action.option_strings else action.dest.upper()).strip()
    choices = tuple(str(one) for one in action.choices or ())
    return Option(tuple(action.option_strings), value, choices, action.help or "")
