"""Korg's serial numbers: every number that the page prints for a model leads back to it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui.store.serials import Certainty, digits_of, serial_table

SEED = Path(__file__).resolve().parents[3] / "shared" / "seeds" / "korg-serial-numbers.txt"
NUMBER = re.compile(r"^\s+•\s+([0-9?]{5,6})(?:\(\?\))?")
HEADING = re.compile(r"(.*)\([^()]*\)\s+(?:next model|previous model)")
NAMED = re.compile(r"\b([A-Z][\w/]*-\d+\w?|Delta|Mono/Poly|PolySix) (\d{6})\b")
ANOTHER_KIND = {"PS-3010"}
"""Named on the page with a number of the older types, by year."""

PRINTED = """
    EM-570: SE-500:
    MS-10: 130000 132828 134458 135041
    MS-20: 439057 144571
    GT-6: 120365 122931 125138 140518 142102 143900 146540 147466 147598 155899 161007 161743
          162068 168477 184452 187532 189510
    SQ-10: 151215 151238 152730 151949 152817
    VC-10: 160177 160449 160469 160518 160581
    SE-300: 200353 200617 200642 200699 201535 202361 202560 202976 203387 20?384
    WT-12: 202916 204150 205427 210708 210711 211712 221854 222122 224092 224144 228658 229647
           231760 232122 232784 236072 238359 242940 254983 260193
    X-911: 271228
    Delta: 283648 283837
    PK-13: 280067 280166 280430 420174 421167
    SD-400: 290079 290175 290818 291992 292442
    SD-200: 301182 302023 302030 302429 302588 304036
    WT-3: 317957
    CX-3: 320781 321129 321140 322319 322368 322538 323625 323871 323922 324082 324467 324556
          324797 325901 326694 327598 327709 328100 328327 329300
    Trident: 331792
    BX-3: 340069 340392 340399 341776
    LP-10: 352116 352535 352566 354324 354688 354714 354721 354734 355956 356715 356736 356741
           356742 357312
    Mono/Poly: 370245 372618 374771 377565
    PolySix: 385072 385106 390218 388831
    KR-55B: 398738
    Micro-Six: 136118 136648 145862 429563 430179 43627? 439366 460030 462224 490221 492832
    SDD-3000: 441357
    KPR-77: 496090
    SP-80: 503930
    Poly-61: 702650
    SAS-20: 802087
"""


def printed() -> Iterator[tuple[str, str]]:
    model = ""
    for word in PRINTED.split():
        if word.endswith(":"):
            model = word[:-1]
        else:
            yield model, word


def models_of(number: str) -> list[str]:
    return [candidate.model for candidate in serial_table().look_up(number).candidates]


@pytest.mark.parametrize(("model", "number"), [*printed()])
def test_a_printed_number_leads_to_its_model(model: str, number: str) -> None:
    assert model in models_of(number)


def test_every_sample_number_of_the_page_leads_to_the_model_it_stands_under() -> None:
    if not SEED.is_file():
        pytest.skip("the page of serial numbers is not part of the project")
    samples = list(sampled(SEED.read_text(encoding="utf-8")))
    assert len(samples) > 110
    table = serial_table()
    for name, number in samples:
        model = table.model(name)
        assert model is not None, name
        assert model.name in models_of(number), (name, number)


def sampled(text: str) -> Iterator[tuple[str, str]]:
    """Yield the model and each number in a list below it, or behind its name in a note."""
    model = before = ""
    for line in text.replace("‑", "-").splitlines():
        if heading := HEADING.match(line):
            # A heading of several lines ends with the model's last other name.
            model = heading[1].split("[")[0].strip() or before
        if number := NUMBER.match(line):
            yield model, number[1]
        for name, digits in NAMED.findall(line):
            if name not in ANOTHER_KIND:
                yield name, digits
        before = line.strip()


def test_the_summary_of_the_page_agrees_with_the_table() -> None:
    if not SEED.is_file():
        pytest.skip("the page of serial numbers is not part of the project")
    text = SEED.read_text(encoding="utf-8").replace("‑", "-")
    summary = text.partition("some of these correspondences")[2].partition("Comment or")[0]
    found = re.findall(r"(\d+n{3,5})(.*?)(?=\s\d+n{3,5}|$)", summary, re.MULTILINE)
    found = [(digits, names) for digits, names in found if names.strip(" ?")]
    assert len(found) >= 40
    table = serial_table()
    for digits, names in found:
        for name in names.split(", "):
            model = table.model(name.strip())
            assert model is not None, name
            assert digits in [one.digits for one in model.types], (digits, name)


def test_388831_is_a_polysix_of_1981() -> None:
    (candidate,) = serial_table().look_up("388831").candidates
    assert (candidate.model, candidate.year_text) == ("PolySix", "1981")
    assert (candidate.type, candidate.unit) == ("38nnnn", "8831")
    assert candidate.certainty is Certainty.LISTED
    assert "220 V" in candidate.note


def test_439366_is_a_micro_six_first_and_could_be_an_ms_20() -> None:
    found = serial_table().look_up("439366").candidates
    assert [(one.model, one.type, one.unit) for one in found] == [
        ("Micro-Six", "43nnnn", "9366"),
        ("MS-20", "439nnn", "366"),
        ("EPS-1", "43nnnn", "9366"),
    ]
    assert found[0].certainty is Certainty.LISTED
    assert found[0].year_text == "1982?"


def test_0123_is_a_sigma_for_japan() -> None:
    (candidate,) = serial_table().look_up("0123").candidates
    assert (candidate.model, candidate.unit, candidate.type) == ("Sigma", "123", "0nnn")
    assert "Japan, 100 V" in candidate.note


def test_53123456_is_an_importers_number_of_a_mono_poly() -> None:
    (candidate,) = serial_table().look_up("53123456").candidates
    assert (candidate.model, candidate.certainty) == ("Mono/Poly", Certainty.IMPORTER)
    assert "Hagström" in candidate.note


def test_125138_is_a_gt_6_before_an_se_500() -> None:
    assert models_of("125138") == ["GT-6", "SE-500"]
    assert models_of("125139") == ["SE-500", "GT-6"]


def test_a_number_like_an_m1s_is_told_to_be_perhaps_one() -> None:
    finding = serial_table().look_up("112233")
    assert [one.model for one in finding.candidates] == ["EM-570"]
    assert any("M1's own number is not in this table" in note for note in finding.notes)
    assert not finding.concerns_m1


@pytest.mark.parametrize("name", ["M1", "m1r", "M1 EX", "m1-rex"])
def test_an_m1_has_no_number_type_here(name: str) -> None:
    finding = serial_table().look_up(name)
    assert finding.concerns_m1
    assert finding.candidates == ()
    assert "shows the order of the units but not their date" in finding.notes[0]


@pytest.mark.parametrize(
    "written",
    [
        "388831",
        " 388 831 ",
        "388'831",
        "388’831",
        "388.831",
        "38-88-31",
        "s/n 388831",
        "S/N: 388831",
        "No. 388831",
        "serial number 388831",
        "388831?",
        "#388831",
    ],
)
def test_a_number_is_read_however_it_is_written(written: str) -> None:
    assert digits_of(written) == "388831"


@pytest.mark.parametrize(
    ("written", "digits"), [("20?384", "20?384"), ("43627(?)", "43627?"), ("43627_", "43627?")]
)
def test_a_digit_that_cannot_be_read_may_be_left_open(written: str, digits: str) -> None:
    assert digits_of(written) == digits


@pytest.mark.parametrize("name", ["MS-20", "X-911", "CX-3", "Mono/Poly", "", "????", "Λ"])
def test_a_models_name_is_no_number(name: str) -> None:
    assert digits_of(name) is None


def test_a_missing_digit_leaves_every_model_that_fits() -> None:
    assert models_of("20?384") == ["SE-300", "WT-12"]
    assert len(set(models_of("2?0384"))) > 8


def test_a_number_without_its_last_digit_is_completed_and_that_is_said() -> None:
    finding = serial_table().look_up("43627")
    assert finding.candidates[0].model == "Micro-Six"
    assert finding.candidates[0].unit == "627?"
    assert "last one missing" in finding.notes[0]


@pytest.mark.parametrize(
    ("number", "note"),
    [
        ("101234", "begins with 10 has been seen"),
        ("481234", "begins with 48 has been seen"),
        ("12", "4, 6 or 8 digits, found 2"),
        ("999999", "No model in this table has a number like 999999"),
    ],
)
def test_a_number_of_no_model_is_told_why(number: str, note: str) -> None:
    finding = serial_table().look_up(number)
    assert finding.candidates == ()
    assert any(note in one for one in finding.notes)


@pytest.mark.parametrize(
    ("number", "note"),
    [
        ("132829", "noise circuit"),
        ("151215", "vinyl-covered chipboard"),
        ("151220", "among these units"),
        ("151240", "moulded"),
        ("531234", "51 to 59"),
        ("221234", "PS-3060"),
    ],
)
def test_a_note_on_some_units_stands_with_their_numbers(number: str, note: str) -> None:
    assert any(note in one.note for one in serial_table().look_up(number).candidates)


@pytest.mark.parametrize(
    ("name", "model", "types"),
    [
        ("MS-20", "MS-20", ["14nnnn", "439nnn"]),
        ("ms20", "MS-20", ["14nnnn", "439nnn"]),
        ("mono poly", "Mono/Poly", ["37nnnn", "47nnnn", "53nnnnnn"]),
        ("PS-6", "PolySix", ["38nnnn", "39nnnn", "46nnnn"]),
        ("σ", "Sigma", ["0nnn", "24nnnn"]),
        ("GT-6J", "Micro-Six", ["13nnnn", "14nnnn", "42nnnn", "43nnnn", "46nnnn", "49nnnn"]),
        ("KR-33", "KR-33", ["26nnnn"]),
    ],
)
def test_a_models_name_gives_its_number_types(name: str, model: str, types: list[str]) -> None:
    finding = serial_table().look_up(name)
    assert [one.type for one in finding.candidates if one.model == model] == types
    assert finding.candidates[0].model == model
    assert all(one.unit == "" for one in finding.candidates)


def test_a_name_that_begins_several_models_gives_all_of_them() -> None:
    models = {one.model for one in serial_table().look_up("trident").candidates}
    assert models == {"Trident", "Trident II"}


def test_an_unknown_model_is_told_what_the_table_covers() -> None:
    finding = serial_table().look_up("Triton")
    assert finding.candidates == ()
    assert "1977 to about 1983" in finding.notes[0]


def test_a_models_number_that_cannot_be_its_own_is_told() -> None:
    table = serial_table()
    text = table.disagreement("MS-20", "388'831")
    assert text is not None
    assert "expected" not in text
    assert "14nnnn or 439nnn; found 388831" in text
    assert "PolySix" in text
    assert table.disagreement("MS-20", "439366") is None
    assert table.disagreement("M1", "388831") is None
    assert table.disagreement("MS-20", "illegible") is None


def test_every_model_has_a_type_and_every_example_is_of_one() -> None:
    table = serial_table()
    assert len(table.models) == 40
    for model in table.models:
        assert all(re.fullmatch(r"\d+n+", one.digits) for one in model.types)
        assert all(model.name in models_of(number) for number in model.examples)
        for span in model.spans:
            assert model.name in models_of(str(span.first))
            assert span.first <= span.last


def test_a_shared_block_is_never_called_a_models_own() -> None:
    for model in serial_table().models:
        for one in serial_table().look_up(model.name).candidates:
            if one.certainty is Certainty.CERTAIN:
                others = set(models_of(one.type.replace("n", "?")))
                assert others == {one.model}


@given(st.text(max_size=12))
def test_anything_may_be_asked(text: str) -> None:
    finding = serial_table().look_up(text)
    assert finding.candidates or finding.notes


@given(st.integers(0, 999_999))
def test_a_units_number_stands_at_the_end_of_its_number(number: int) -> None:
    text = f"{number:06d}"
    for candidate in serial_table().look_up(text).candidates:
        prefix = candidate.type.rstrip("n")
        assert text == f"{prefix}{int(candidate.unit):0{6 - len(prefix)}d}"
