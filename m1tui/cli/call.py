"""What a command is given to run."""

from argparse import Namespace
from dataclasses import dataclass

from m1tui.cli.output import Output
from m1tui.options import Options


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a command: the common options, its own arguments, and where it prints."""

    options: Options
    arguments: Namespace
    output: Output
