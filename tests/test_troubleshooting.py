"""The page of all codes is the source's own."""

from __future__ import annotations

import re

from m1tui.sysex.causes import CAUSES
from m1tui.sysex.examine import Sign
from tests.codes import places
from tests.troubleshooting import AREAS, DOCUMENT, SIGNS, found, page


def test_the_page_in_the_documents_is_what_the_source_says_now() -> None:
    written = DOCUMENT.read_text(encoding="utf-8")
    assert written == page(), "run: make docs"


def test_every_code_of_a_message_or_of_a_file_stands_on_the_page() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    codes = {place.code for place in places()} | CAUSES.keys()
    assert len(codes) > 250
    assert [code for code in sorted(codes) if f"### `{code}`" not in text] == []


def test_each_sign_of_damage_has_an_example_in_words() -> None:
    assert [one.sign for one in SIGNS] == list(Sign)


def test_almost_every_code_has_more_than_its_name() -> None:
    entries = list(found())
    silent = [one.code for one in entries if not (one.happened or one.cause or one.next_step)]
    assert len(silent) < len(entries) / 20, silent
    assert {one.area for one in entries} <= AREAS.keys()


def test_a_message_is_there_with_its_cause_and_its_next_step() -> None:
    (entry,) = (one for one in found() if one.code == "part-missing" and one.area == "engine")
    assert entry.happened[0].startswith(
        "The file does not contain what you want to send: expected …"
    )
    assert entry.cause == ("A file's name does not show what is in it.",)
    assert entry.next_step[0].startswith("Choose another file")


def test_where_a_protect_may_be_the_cause_the_keys_that_turn_it_off_are_named() -> None:
    on = re.compile(
        r"protect is on|protect may be on|protect or the card's write-protect switch|protect or "
        r"the Excl"
    )
    blamed = [one for one in found() if any(on.search(cause) for cause in one.cause)]
    assert len(blamed) >= 8
    keys = ("GLOBAL 6", "Press …")
    silent = [
        one.code for one in blamed if not any(key in step for step in one.next_step for key in keys)
    ]
    assert silent == []
