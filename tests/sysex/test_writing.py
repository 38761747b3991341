"""Whatever is written as .syx, Standard MIDI File or hex text is read again as it was meant."""

from io import BytesIO

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m1tui.sysex import ModeRequest
from m1tui.sysex.files import FORMATS, write_file
from m1tui.sysex.forms.reader import read_file
from tests.sysex.strategies import bank_dumps, short_messages

forms = st.sampled_from(sorted(set(FORMATS.values())))


@given(forms, st.lists(short_messages, min_size=1, max_size=5))
def test_short_messages_come_back_from_every_format(form, messages):
    file = read_file(write_file(messages, form))
    assert file.format == form
    assert [found.message for found in file.messages] == messages
    assert file.problems == ()


@settings(max_examples=15, deadline=None)
@given(forms, st.lists(bank_dumps(), min_size=1, max_size=2))
def test_dumps_come_back_from_every_format(form, dumps):
    file = read_file(write_file(dumps, form))
    assert [found.message for found in file.messages] == dumps
    assert file.problems == ()


def test_hex_text_has_lines_of_16_bytes_and_a_gap_between_messages():
    text = write_file([ModeRequest(0), ModeRequest(1)], "hex")
    assert text == b"F0 42 30 19 12 F7\n\nF0 42 31 19 12 F7\n"


def test_a_midi_file_leaves_each_message_the_time_that_the_wire_needs(real_dump):
    dump = read_file(real_dump("factory-all.syx")).messages[0].message
    data = write_file([dump, ModeRequest(0)], "mid")
    (track,) = mido.MidiFile(file=BytesIO(data)).tracks
    assert track[1].time / 960 == pytest.approx(49_791 * 320e-6, abs=0.01)


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match="expected syx, mid or hex, found 'wav'"):
        write_file([ModeRequest(0)], "wav")
