"""`serial`: a number gives its candidates, a model its types; an M1 has neither."""

import pytest

from tests.cli.conftest import Command

KEYS = {"model", "description", "year", "type", "certainty", "note"}


def test_a_number_gives_its_candidate_in_words_and_as_facts(m1tui: Command) -> None:
    ended = m1tui("serial", "388831")
    assert ended.code == 0
    assert ended.out.startswith("388831 → PolySix, 1981, ")
    assert "38nnnn, unit 8831" in ended.out
    facts = m1tui("serial", "388831", "--json").facts
    assert facts["query"] == "388831"
    (candidate,) = facts["candidates"]
    assert candidate.keys() >= KEYS
    assert (candidate["model"], candidate["year"]) == ("PolySix", 1981)
    assert (candidate["type"], candidate["certainty"]) == ("38nnnn", "listed")
    assert candidate["unit"] == "8831"


@pytest.mark.parametrize("words", [["388'831"], ["388", "831"], ["s/n", "388831"]])
def test_a_number_may_be_written_as_on_its_plate(m1tui: Command, words: list[str]) -> None:
    assert "PolySix" in m1tui("serial", *words).out


def test_a_model_gives_its_number_types(m1tui: Command) -> None:
    ended = m1tui("serial", "MS-20", "--json")
    assert ended.code == 0
    assert [one["type"] for one in ended.facts["candidates"]] == ["14nnnn", "439nnn"]
    assert all(one["unit"] is None for one in ended.facts["candidates"])
    text = m1tui("serial", "Trident", "II").out
    assert text.startswith("Trident II, 1982, ")
    assert "41nnnn" in text


@pytest.mark.parametrize("query", ["112233", "M1"])
def test_an_m1s_own_number_is_told_to_be_in_no_table(m1tui: Command, query: str) -> None:
    ended = m1tui("serial", query)
    assert ended.code == 0
    assert "An M1's own number is not in this table" in ended.out


def test_what_is_in_no_table_is_a_failed_search(m1tui: Command) -> None:
    ended = m1tui("serial", "999999", "--json")
    assert ended.code == 1
    assert ended.facts["candidates"] == []
    assert m1tui("serial", "Triton").code == 1


def test_a_query_with_control_characters_is_harmless(m1tui: Command) -> None:
    ended = m1tui("serial", "\x1b[2J")
    assert ended.code == 1
    assert "\x1b" not in ended.out + ended.err


def test_the_answer_fits_80_columns(m1tui: Command) -> None:
    for query in ("439366", "PolySix", "WT-12", "0123", "2?????"):
        lines = m1tui("serial", query).out.splitlines()
        assert max(map(len, lines)) <= 80
