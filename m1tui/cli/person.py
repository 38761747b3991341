"""Asks in plain lines what a procedure asks of a person."""

from collections.abc import Mapping

from m1tui.cli.files import typed_path
from m1tui.cli.lines import LineReader, has_terminal
from m1tui.cli.output import Output
from m1tui.procedures import Field, Option, Origin, Step
from m1tui.sysex import printable


class LinePerson:
    """Decides what the procedure asks, in lines; the default of every question is harmless."""

    def __init__(self, output: Output, reader: LineReader) -> None:
        self._output = output
        self._reader = reader

    async def ask(self, prompt: str) -> str | None:
        """The line that is typed behind `prompt`; None when there is no more input."""
        self._output.ask(f"{prompt} ")
        line = await self._reader.line()
        if line is None or not has_terminal():
            # A terminal has shown what was typed; a script's log is to show it, too.
            self._output.tell(printable(line or ""))
        return line

    async def confirm(self, title: str, lines: tuple[str, ...]) -> bool:
        """Whether the person typed y."""
        self._output.tell(*lines)
        answer = await self.ask(f"{title} [y/N]")
        return (answer or "").strip().lower() in ("y", "yes")

    async def type_word(self, title: str, word: str) -> bool:
        """Whether the person typed the word, in capitals as it stands there."""
        answer = await self.ask(f"{title}: type {word} to go on:")
        if (answer or "").strip() == word:
            return True
        self._output.tell(f"Expected {word}, found {printable(answer or '')!r}. Nothing was done.")
        return False

    async def choose_origin(self, offered: tuple[Origin, ...]) -> Origin | None:
        """The origin whose number was typed, or the file whose path was."""
        self._output.tell("Where do the sounds come from?")
        self._output.tell(*(f"  {number} {one.title}" for number, one in enumerate(offered, 1)))
        line = await self.ask("Its number, or the path of a file (Enter = 1, - = none):")
        answer = "-" if line is None else line.strip() or "1"
        if answer == "-":
            return None
        number = _number(answer, len(offered))
        return Origin.of_file(typed_path(answer)) if number is None else offered[number - 1]

    async def answer(self, step: Step) -> Option | None:
        """The option whose number was typed; the step's own lines have shown them."""
        while True:
            line = await self.ask(f"Your answer, 1 to {len(step.options)} (- = none):")
            answer = "-" if line is None else line.strip()
            if answer == "-":
                return None
            number = _number(answer, len(step.options))
            if number is not None:
                return step.options[number - 1]
            self._output.tell(f"Expected 1 to {len(step.options)}, found {printable(answer)!r}.")

    async def write_down(self, step: Step, known: Mapping[str, str]) -> Mapping[str, str] | None:
        """What was typed for each field; Enter takes what the M1 said, or what is preset."""
        typed: dict[str, str] = {}
        for field in step.fields:
            value = await self._value(field, known.get(field.name, field.preset))
            if value is None:
                return None
            typed[field.name] = value
        return typed

    async def _value(self, field: Field, offered: str) -> str | None:
        rule = f" ({field.rule})" if field.rule else ""
        preset = f" [{offered}]" if offered else ""
        while True:
            line = await self.ask(f"{field.label}{rule}{preset}:")
            if line is None:
                return None
            try:
                value = field.taken(line.strip() or offered)
            except ValueError as error:
                self._output.tell(str(error))
                continue
            if remark := field.remark(value):
                self._output.tell(remark)
            return value


def _number(text: str, most: int) -> int | None:
    """A number from 1 to `most`; None for anything else."""
    if text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= most:
        return int(text)
    return None
