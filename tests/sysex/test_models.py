"""Other instruments are called by their names."""

import pytest

from m1tui.sysex import ForeignModelError, IdentityReply, decode
from m1tui.sysex.codes import MAKERS, MODELS


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("F0 42 30 28 4C 00 F7", "28 (Wavestation)"),
        ("F0 42 3F 50 4C 00 F7", "50 (Triton)"),
        ("F0 42 30 58 40 00 F7", "58 (MS2000 or microKORG)"),
        ("F0 42 30 03 40 00 F7", "03 (DW-8000 or EX-8000)"),
        ("F0 42 30 00 01 51 40 F7", "00 01 51 (minilogue xd)"),
        ("F0 42 40 00 01 04 00 5F 4F F7", "00 01 04 (nanoKONTROL)"),
        ("F0 42 30 7C 40 00 F7", "7C (an unknown model)"),
        ("F0 43 00 09 20 00 F7", "43 (Yamaha)"),
        ("F0 41 10 16 12 00 F7", "41 (Roland)"),
        ("F0 00 20 29 02 00 F7", "00 (Novation)"),
        ("F0 55 20 29 02 00 F7", "55 (maker 55)"),
    ],
)
def test_a_foreign_message_is_named(message: str, found: str) -> None:
    with pytest.raises(ForeignModelError) as error:
        decode(bytes.fromhex(message))
    assert error.value.found == found


@pytest.mark.parametrize(
    ("body", "model"),
    [
        ("42 19 00 08 00 07 01 01 00", "M1"),
        ("42 50 00 00 00 01 00 01 00", "Triton"),
        ("42 51 01 00 00 01 00 01 00", "minilogue xd"),
        ("42 7C 00 00 00 01 00 01 00", "Korg family 7C"),
    ],
)
def test_an_identity_reply_is_named_by_the_same_table(body: str, model: str) -> None:
    assert IdentityReply(0, bytes.fromhex(body)).model == model


def test_every_name_of_a_model_has_a_source_and_every_number_its_length() -> None:
    assert all(model.name and model.source for model in MODELS.values())
    for number in (*MODELS, *MAKERS):
        assert len(number) == (3 if number[0] == 0 else 1)
