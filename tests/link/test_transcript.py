from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m1tui.advice import Trouble
from m1tui.link.base import HEADING, Direction, Entry, Transcript
from tests.advised import raises

ENTRIES = st.lists(
    st.builds(
        Entry,
        st.integers(0, 10**12).map(lambda microseconds: microseconds / 1_000_000),
        st.sampled_from(Direction),
        st.binary(min_size=1, max_size=40),
    ),
    max_size=20,
)


def recorded(entries: list[Entry]) -> Transcript:
    transcript = Transcript()
    for entry in entries:
        transcript.record(entry.time, entry.direction, entry.data)
    return transcript


def save(transcript: Transcript, path: Path) -> None:
    transcript.stream_to(path)
    transcript.close()


@given(entries=ENTRIES)
def test_what_is_saved_loads_again_equal(
    entries: list[Entry], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("transcript") / "t.txt"
    save(recorded(entries), path)
    assert [(round(e.time, 6), e.direction, e.data) for e in Transcript.load(path)] == [
        (round(e.time, 6), e.direction, e.data) for e in entries
    ]


def test_the_file_can_be_read_by_a_person(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    transcript = recorded(
        [
            Entry(0.5, Direction.OUT, bytes.fromhex("F07E7F0601F7")),
            Entry(0.53, Direction.IN, b"\xfe"),
        ]
    )
    save(transcript, path)
    assert path.read_text() == (
        "# m1tui transcript 1\n0.500000 > f0 7e 7f 06 01 f7\n0.530000 < fe\n"
    )


def test_a_streamed_file_holds_what_came_before_and_after_it_was_opened(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    transcript = recorded([Entry(1, Direction.OUT, b"\x01")])
    transcript.stream_to(path)
    transcript.record(2, Direction.IN, b"\x02")
    # Read while it is still open: a killed program leaves it like this.
    assert [entry.data for entry in Transcript.load(path)] == [b"\x01", b"\x02"]
    transcript.close()
    transcript.record(3, Direction.IN, b"\x03")
    assert len(Transcript.load(path)) == 2
    assert len(transcript) == 3


def test_memory_stays_bounded_and_the_newest_is_kept() -> None:
    transcript = Transcript(kept_bytes=10_000)
    for number in range(1000):
        transcript.record(number, Direction.IN, bytes([number % 128]) * 100)
    kept = list(transcript)
    assert len(kept) + transcript.dropped == 1000
    assert sum(len(entry.data) for entry in kept) <= 10_000
    assert kept[-1].time == 999
    assert kept[0].time == transcript.dropped


def test_a_file_that_begins_late_says_so_and_still_loads(tmp_path: Path) -> None:
    transcript = Transcript(kept_bytes=1)
    for number in range(4):
        transcript.record(number, Direction.IN, b"\xfe")
    save(transcript, tmp_path / "t.txt")
    assert "3 earlier entries" in (tmp_path / "t.txt").read_text()
    assert len(Transcript.load(tmp_path / "t.txt")) == 1


def test_the_bytes_of_one_direction_can_be_had_joined() -> None:
    transcript = recorded(
        [
            Entry(0, Direction.OUT, b"\x01"),
            Entry(1, Direction.IN, b"\x02"),
            Entry(2, Direction.OUT, b"\x03"),
        ]
    )
    assert transcript.bytes(Direction.OUT) == b"\x01\x03"
    assert transcript.bytes(Direction.IN) == b"\x02"


def test_an_older_transcript_is_replaced_but_no_other_file(tmp_path: Path) -> None:
    older, dump = tmp_path / "older.txt", tmp_path / "sounds.syx"
    save(recorded([Entry(1, Direction.IN, b"\x01")]), older)
    save(recorded([]), older)
    assert len(Transcript.load(older)) == 0
    dump.write_bytes(b"\xf0\x42\xf7")
    with raises(Trouble, "transcript-name-taken"):
        save(recorded([]), dump)
    assert dump.read_bytes() == b"\xf0\x42\xf7"


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no /dev/null on this system")
@pytest.mark.parametrize("place", ["/dev/null", "/tmp"])
def test_only_a_file_is_written_to_and_neither_a_device_nor_a_folder(place: str) -> None:
    with pytest.raises(Trouble, match="expected a file"):
        Transcript().stream_to(Path(place))


def test_a_folder_that_does_not_exist_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(Trouble) as caught:
        Transcript().stream_to(tmp_path / "absent" / "t.txt")
    assert "No such file" in caught.value.advice.happened


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a file's size are Unix's")
def test_a_full_disk_ends_the_file_but_not_the_traffic(tmp_path: Path) -> None:
    import resource

    transcript = Transcript()
    transcript.stream_to(tmp_path / "t.txt")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(HEADING) + 2, hard))
    try:
        transcript.record(1, Direction.IN, b"\xfe")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert transcript.problem is not None
    assert "too large" in transcript.problem.happened
    assert len(transcript) == 1
    transcript.record(2, Direction.IN, b"\xfe")
    assert len(transcript) == 2


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("1.0 >", "expected a time"),
        ("soon > f0", "soon"),
        ("nan > f0", "nan"),
        ("1.0 ? f0", r"\?"),
        ("1.0 > f0 4", "hexadecimal"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "t.txt"
    path.write_text(f"# m1tui transcript 1\n0.1 > f0\n{line}\n")
    with pytest.raises(Trouble, match=f"line 3.*{problem}"):
        Transcript.load(path)


def test_a_file_of_another_kind_or_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"\xf0\x42\xf7")
    with pytest.raises(Trouble, match="line 1"):
        Transcript.load(tmp_path / "other")
    with pytest.raises(Trouble, match="no such file"):
        Transcript.load(tmp_path / "absent")
