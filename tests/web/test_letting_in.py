"""Who is let in: tokens, the headers Host and Origin, and the users of this computer."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import replace

import pytest

from m1tui.web.gate import Gate, Knock
from m1tui.web.neighbour import is_stranger, user_of
from m1tui.web.token import make_token, weakness

TOKEN = "Kj3-n_9xQ2.w~Lt7"
HERE = Knock(
    host="127.0.0.1:8765", origin=None, is_websocket=False, token=None, peer=None, here=None
)
SESSION = replace(HERE, origin="http://127.0.0.1:8765", is_websocket=True)
LOOPBACK = Gate(is_loopback=True, name="127.0.0.1", token="")
NETWORK = Gate(is_loopback=False, name="0.0.0.0", token=TOKEN)


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
    gate = replace(LOOPBACK, name="bench")
    assert gate.refusal(replace(HERE, host="Bench:8765")) == ""


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "http://127.0.0.1:3000", "http://127.0.0.1:8765.evil.eu"],
)
@pytest.mark.parametrize("gate", [LOOPBACK, NETWORK])
def test_another_sites_page_cannot_open_a_session(origin: str | None, gate: Gate) -> None:
    assert "Another site" in gate.refusal(replace(SESSION, origin=origin, token=TOKEN))


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_servers_own_page_opens_a_session(scheme: str) -> None:
    assert LOOPBACK.refusal(replace(SESSION, origin=f"{scheme}://127.0.0.1:8765")) == ""


@pytest.mark.parametrize("knock", [replace(HERE, host="bench.local:8765"), SESSION])
def test_other_computers_need_the_token_for_everything(knock: Knock) -> None:
    assert "with its token" in NETWORK.refusal(knock)
    assert "wrong" in NETWORK.refusal(replace(knock, token=""))
    assert "wrong" in NETWORK.refusal(replace(knock, token=TOKEN[:-1]))
    assert "wrong" in NETWORK.refusal(replace(knock, token="ключ\udcff"))
    assert NETWORK.refusal(replace(knock, token=TOKEN)) == ""


def test_a_token_for_this_computer_takes_nothing_from_the_other_checks() -> None:
    gate = replace(LOOPBACK, token=TOKEN)
    assert "own computer" in gate.refusal(replace(HERE, host="evil.example", token=TOKEN))
    assert "with its token" in gate.refusal(HERE)


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


TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 0100007F:223D 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1
   1: 0100007F:223D 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 2 1
   2: 0100007F:9C40 0100007F:223D 01 00000000:00000000 00:00000000 00000000  1001        0 3 1
   3: 0100007F
"""


@pytest.mark.skipif(sys.byteorder != "little", reason="the table is one of a little-endian machine")
def test_the_user_at_the_other_end_is_read_from_the_systems_table() -> None:
    assert user_of(("127.0.0.1", 40_000), ("127.0.0.1", 8765), TABLE) == 1001
    assert user_of(("127.0.0.1", 40_001), ("127.0.0.1", 8765), TABLE) is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux's /proc/net/tcp")
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_the_user_of_a_real_connection_is_oneself(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listener = socket.create_server((address, 0), family=family)
    except OSError:
        pytest.skip(f"this computer has no {address}")
    with listener, socket.create_connection(listener.getsockname()[:2]) as peer:
        ends = peer.getsockname()[:2], listener.getsockname()[:2]
        assert user_of(*ends) == os.getuid()
        assert not is_stranger(*ends)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such table")
def test_another_user_of_this_computer_needs_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("m1tui.web.neighbour.user_of", lambda peer, here: os.getuid() + 1)
    ends = replace(HERE, peer=("127.0.0.1", 1), here=("127.0.0.1", 2))
    assert "another user" in LOOPBACK.refusal(ends)
    assert replace(LOOPBACK, token=TOKEN).refusal(replace(ends, token=TOKEN)) == ""
    monkeypatch.setattr("m1tui.web.neighbour.user_of", lambda peer, here: 0)
    assert LOOPBACK.refusal(ends) == ""
