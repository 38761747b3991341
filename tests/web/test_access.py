"""Who is let in: tokens, cookies, and the headers Host and Origin."""

from __future__ import annotations

from dataclasses import replace

import pytest

from m1tui.web.access import Access, RequestFacts, make_token, weakness

TOKEN = "Kj3-n_9xQ2.w~Lt7"
COOKIE = "Zb7.p~2mVw_Q8r-d"
HERE = RequestFacts(
    host="127.0.0.1:8765", origin=None, is_websocket=False, token=TOKEN, cookie=None
)
SESSION = replace(HERE, origin="http://127.0.0.1:8765", is_websocket=True)
LOOPBACK = Access(is_loopback=True, name="127.0.0.1", token=TOKEN, cookie=COOKIE)
NETWORK = Access(is_loopback=False, name="0.0.0.0", token=TOKEN, cookie=COOKIE)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8765", "localhost:8765", "LOCALHOST:9000", "localhost", "[::1]:8765", "127.8.9.1"],
)
def test_this_computer_is_let_in_by_its_own_names_and_through_a_tunnel(host: str) -> None:
    assert LOOPBACK.refusal(replace(HERE, host=host)) == ""


@pytest.mark.parametrize(
    "host", ["evil.example:8765", "localhost.evil.example", "192.168.1.9:8765", "", "[::1", "a:b:c"]
)
def test_a_name_that_others_can_give_this_computer_is_refused(host: str) -> None:
    assert "own computer" in LOOPBACK.refusal(replace(HERE, host=host))


def test_the_name_that_was_chosen_is_this_computers_own() -> None:
    access = replace(LOOPBACK, name="bench")
    assert access.refusal(replace(HERE, host="Bench:8765")) == ""


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "http://127.0.0.1:3000", "http://127.0.0.1:8765.evil.eu"],
)
@pytest.mark.parametrize("access", [LOOPBACK, NETWORK])
def test_another_sites_page_cannot_open_a_session(origin: str | None, access: Access) -> None:
    assert "Another site" in access.refusal(replace(SESSION, origin=origin, token=TOKEN))


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_servers_own_page_opens_a_session(scheme: str) -> None:
    assert LOOPBACK.refusal(replace(SESSION, origin=f"{scheme}://127.0.0.1:8765")) == ""


@pytest.mark.parametrize("facts", [HERE, SESSION])
@pytest.mark.parametrize("access", [LOOPBACK, NETWORK])
def test_the_token_is_asked_for_everywhere_and_for_everything(
    access: Access, facts: RequestFacts
) -> None:
    assert "with its token" in access.refusal(replace(facts, token=None))
    for wrong in ("", TOKEN[:-1], "ключ\udcff", COOKIE):
        assert "wrong" in access.refusal(replace(facts, token=wrong))
    assert access.refusal(facts) == ""


@pytest.mark.parametrize("access", [LOOPBACK, NETWORK])
def test_the_cookie_stands_for_the_token_but_is_another_secret(access: Access) -> None:
    for wrong in ("", COOKIE[:-1], TOKEN):
        assert "wrong" in access.refusal(replace(HERE, token=None, cookie=wrong))
    assert access.refusal(replace(HERE, token=None, cookie=COOKIE)) == ""
    assert "wrong" in access.refusal(replace(HERE, token="", cookie=COOKIE))


def test_the_token_takes_nothing_from_the_other_checks() -> None:
    assert "own computer" in LOOPBACK.refusal(replace(HERE, host="evil.example"))


def test_made_tokens_are_strong_and_differ() -> None:
    made = {make_token() for _ in range(50)}
    assert len(made) == 50
    assert {weakness(token) for token in made} == {""}


@pytest.mark.parametrize(
    ("token", "word"),
    [
        ("secret", "found 6"),
        ("a" * 15, "found 15"),
        ("abc" * 10, "found 3"),
        ("abcdefgh" * 20, "found 160"),
        ("with a space in it", "letters"),
        ("ünterschiedlichkeit", "letters"),
        ("a-good-one-but-new-line\n", "letters"),
    ],
)
def test_a_weak_token_is_told_why(token: str, word: str) -> None:
    assert word in weakness(token)
