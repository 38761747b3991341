"""A line to type in, which loses nothing of what is pasted."""

from __future__ import annotations

from typing import Any

from textual.events import Key, Paste
from textual.widgets import Input


class Line(Input):
    """Does not blink; what is pasted in several lines comes in one, with a space between each two.

    Textual's own takes the first line of a paste and drops the others.
    """

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        self.cursor_blink = False

    def _on_paste(self, event: Paste) -> None:
        event.stop()
        event.prevent_default()
        self.put(event.text)

    def put(self, text: str) -> None:
        """Insert `text` at the cursor, in the place of what is selected."""
        line = " ".join(text.splitlines())
        if self.selection.is_empty:
            self.insert_text_at_cursor(line)
        else:
            self.replace(line, *self.selection)

    def take_early(self, event: Key) -> None:
        """Take a sign that was typed before the line could have the focus."""
        if event.is_printable and event.character is not None:
            event.stop()
            self.put(event.character)
