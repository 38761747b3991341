"""Instruments and wires that misbehave: the outcome word is true all the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from m1tui.engine.line.conversation import Pacing
from m1tui.engine.restore.judge import Restoration
from m1tui.facts import Backup, Outcome
from m1tui.sysex import (
    AnyMessage,
    BankDump,
    BankRequest,
    CombinationDump,
    CombinationWrite,
    Contents,
    Mode,
    ModeChange,
    ModeRequest,
    ParameterChange,
    Part,
    Program,
    ProgramDump,
    ProgramWrite,
    Sequence,
    StatusCode,
)

from .bench import Shelf, other_sounds, restoring
from .scripted import Answer, ScriptedLink
from .small_m1 import SmallM1, Twist, status

WANTED = other_sounds()


def restored(
    m1: SmallM1, wanted: Contents = WANTED, shelf: Shelf | None = None, part: Part = Part.ALL
) -> Restoration:
    return restoring(ScriptedLink(m1), wanted, save=shelf or Shelf(), part=part)


def on_dump(*answers: Answer) -> Twist:
    """Return a twist that answers a received all-data dump so, though it is loaded."""

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        return answers if isinstance(message, BankDump) else usual

    return twist


class Forgetful(SmallM1):
    """Says 23 or 21 and writes nothing."""

    def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
        if isinstance(message, BankDump):
            return [status(StatusCode.LOAD_COMPLETED)]
        if isinstance(message, ProgramWrite | CombinationWrite):
            return [status(StatusCode.WRITE_COMPLETED)]
        return super().__call__(message)


class HalfHearted(SmallM1):
    """Says 23 and writes only the programs of what it was sent."""

    def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
        if isinstance(message, BankDump):
            self.memory = self.memory.merged(message.contents.only(Part.PROGRAMS))
            return [status(StatusCode.LOAD_COMPLETED)]
        return super().__call__(message)


class Stuck(SmallM1):
    """Has a bit in its memory, in the cutoff of program 17, that is never 1."""

    def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
        answers = super().__call__(message)
        assert self.memory.programs is not None
        programs = list(self.memory.programs)
        raw = bytearray(programs[17].raw)
        raw[71] &= 0xBF
        programs[17] = Program(bytes(raw))
        self.memory = self.memory.replace(programs=tuple(programs))
        return answers


def test_a_healthy_one_is_verified() -> None:
    m1 = SmallM1()
    result = restored(m1)
    assert result.outcome is Outcome.VERIFIED
    assert m1.memory == WANTED


def test_one_that_says_23_and_wrote_nothing_is_a_mismatch_and_unchanged() -> None:
    m1 = Forgetful()
    before = m1.memory
    result = restored(m1)
    assert result.outcome is Outcome.MISMATCH
    assert result.reply is StatusCode.WRITE_COMPLETED
    assert result.unchanged is True
    assert m1.memory == before
    assert result.advice.code == "memory-suspect"
    # Two for the backup, and two behind each attempt: in dumps, and object by object.
    assert m1.answered.count("BankRequest") == 6


def test_one_that_wrote_a_part_gets_the_rest_one_by_one() -> None:
    m1 = HalfHearted()
    result = restored(m1)
    assert result.outcome is Outcome.VERIFIED
    assert m1.memory == WANTED
    assert m1.answered.count("CombinationWrite") == 101


def wanted_of_stuck() -> Contents:
    assert WANTED.programs is not None
    programs = list(WANTED.programs)
    raw = bytearray(programs[17].raw)
    raw[71] = 0x63  # 99
    programs[17] = Program(bytes(raw))
    return WANTED.replace(programs=tuple(programs))


def test_a_memory_that_keeps_the_same_wrong_bit_is_told_without_sending_ever_slower() -> None:
    m1 = Stuck()
    result = restored(m1, wanted_of_stuck())
    assert result.outcome is Outcome.MISMATCH
    assert result.comparison is not None
    assert [(one.kind, one.number) for one in result.comparison.different] == [("program", 17)]
    assert result.advice.code == "memory-suspect"
    assert result.pacing.label == "256:60"
    assert result.seconds < 150


def test_one_that_never_replies_but_wrote_is_verified_and_the_silence_noted() -> None:
    result = restored(SmallM1(twist=on_dump()), part=Part.PROGRAMS)
    assert result.outcome is Outcome.VERIFIED
    assert result.reply is None
    assert any("expected the reply 23, found nothing within 3 s" in note for note in result.notes)


def test_one_that_replies_late_is_waited_for() -> None:
    result = restored(SmallM1(twist=on_dump(2.8, status(StatusCode.LOAD_COMPLETED))))
    assert result.outcome is Outcome.VERIFIED
    assert result.reply is StatusCode.LOAD_COMPLETED


def test_one_that_replies_24_though_it_wrote_is_verified_because_the_read_back_decides() -> None:
    result = restored(SmallM1(twist=on_dump(status(StatusCode.LOAD_ERROR))), part=Part.PROGRAMS)
    assert result.outcome is Outcome.VERIFIED
    assert result.reply is StatusCode.LOAD_ERROR
    assert any("The read-back decides" in note for note in result.notes)


def test_one_that_cannot_be_read_back_is_unknown() -> None:
    sent: list[int] = []

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        if isinstance(message, BankDump):
            sent.append(1)
        return [] if sent and isinstance(message, BankRequest) else usual

    result = restored(SmallM1(twist=twist))
    assert result.outcome is Outcome.UNKNOWN
    assert result.reply is StatusCode.LOAD_COMPLETED
    assert result.advice.code == "not-read-back"
    assert "kept.syx" in result.advice.safe
    assert "Restore the file again" in result.advice.next_step


def test_a_read_back_that_is_cut_short_is_read_again() -> None:
    sent: list[int] = []
    cut: list[int] = []

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        if isinstance(message, BankDump):
            sent.append(1)
        if sent and isinstance(message, BankRequest) and not cut:
            assert isinstance(usual[0], bytes)
            if len(usual[0]) > 9_000:
                cut.append(1)
                return [usual[0][:9_000]]
        return usual

    result = restored(SmallM1(twist=twist))
    assert result.outcome is Outcome.VERIFIED
    assert any("9,000 of" in note and "short by" in note for note in result.notes)


def test_a_bit_that_flips_in_one_reading_does_not_spoil_the_backup() -> None:
    readings: list[int] = []

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        if isinstance(message, BankRequest):
            readings.append(1)
            if len(readings) == 1:
                assert isinstance(usual[0], bytes)
                return [usual[0][:20_000] + bytes([usual[0][20_000] ^ 4]) + usual[0][20_001:]]
        return usual

    m1, shelf = SmallM1(twist=twist), Shelf()
    before = m1.memory
    result = restored(m1, shelf=shelf)
    assert result.outcome is Outcome.VERIFIED
    (backup,) = shelf.backups
    assert backup.reads == 3
    assert backup.contents == before
    assert any("the last one agreed with one" in note for note in backup.notes)


def test_readings_that_never_agree_stop_the_restore_before_sending() -> None:
    readings: list[int] = []

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        if not isinstance(message, BankRequest):
            return usual
        readings.append(1)
        at = 10_000 + 1_000 * len(readings)
        assert isinstance(usual[0], bytes)
        return [usual[0][:at] + bytes([usual[0][at] ^ 4]) + usual[0][at + 1 :]]

    m1 = SmallM1(twist=twist)
    before = m1.memory
    result = restored(m1)
    assert result.outcome is Outcome.REFUSED
    assert result.advice.code == "readings-disagree"
    assert result.advice.safe.startswith("None of it was sent")
    assert m1.memory == before
    assert len(readings) == 3


def test_active_sensing_and_a_turning_slider_disturb_nothing() -> None:
    turned = ParameterChange(0, 1, 2, 3).encode()

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        for answer in usual:
            yield turned
            assert isinstance(answer, bytes)
            for at in range(0, len(answer), 1000):
                yield answer[at : at + 1000]
                yield b"\xfe"
            yield turned

    result = restored(SmallM1(twist=twist))
    assert result.outcome is Outcome.VERIFIED
    assert any("panel" in note for note in result.notes)


def test_a_loop_at_the_m1_that_provokes_load_errors_is_named() -> None:
    """The M1 gets its own dump back and says 24, just when it is asked for the next thing."""

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        looped = isinstance(message, BankRequest | ProgramDump | CombinationDump)
        return [*usual, 0.001, status(StatusCode.LOAD_ERROR)] if looped else usual

    result = restored(SmallM1(twist=twist))
    assert result.outcome is Outcome.VERIFIED
    assert any("THRU loop" in note for note in result.notes)


def test_a_mode_change_that_does_not_take_leaves_the_decision_to_the_m1() -> None:
    class Stubborn(SmallM1):
        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            return [] if isinstance(message, ModeChange) else super().__call__(message)

    m1 = Stubborn(mode=Mode.GLOBAL)
    result = restored(m1)
    assert result.outcome is Outcome.VERIFIED
    asked = [note for note in result.notes if "not known" in note]
    assert len(asked) == 2
    assert "expected mode PROG after 4E, found GLOBAL" in asked[0]
    assert "ProgramWrite" not in m1.answered


def test_an_edit_buffer_that_arrives_changed_is_not_written_by_the_probe() -> None:
    class Careless(SmallM1):
        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, ProgramDump):
                message = replace(message, program=Program.blank())
            return super().__call__(message)

    m1 = Careless()
    result = restored(m1)
    assert result.outcome is Outcome.VERIFIED
    assert "ProgramWrite" not in m1.answered
    assert any(
        "the edit buffer did not accept the contents of slot 00" in note for note in result.notes
    )


def test_the_probe_puts_the_edit_buffers_back() -> None:
    assert WANTED.programs is not None
    m1 = SmallM1(mode=Mode.EDIT_PROG)
    m1.program = WANTED.programs[5].replace(name="In editing")
    result = restored(m1)
    assert result.outcome is Outcome.VERIFIED
    assert m1.program.name.strip() == "In editing"
    assert m1.mode is Mode.EDIT_PROG


def test_a_probe_write_that_spoils_a_slot_is_told_when_the_restore_is_refused() -> None:
    class Spoiling(SmallM1):
        """Stores a program wrongly, and has its combinations protected."""

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, ProgramWrite):
                self.program = self.program.replace(detune=31)
            answers = list(super().__call__(message))
            if type(message).__name__ == "CombinationWrite":
                return [status(StatusCode.WRITE_ERROR)]
            return answers

    result = restored(Spoiling())
    assert result.outcome is Outcome.MISMATCH
    assert result.unchanged is False
    assert result.advice.code == "probe-changed-memory"
    assert 'program 00 "' in result.advice.happened
    assert "kept.syx" in result.advice.safe


@pytest.mark.parametrize("word", ["IdentityRequest", "ModeRequest", "BankRequest", "ProgramWrite"])
def test_a_link_that_is_lost_is_told_at_any_point(word: str) -> None:
    m1 = SmallM1()
    link = ScriptedLink(m1)

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        if type(message).__name__ == word:
            link.unplug()
        return usual

    m1.twist = twist
    result = restoring(link, WANTED)
    expected = Outcome.UNKNOWN if word == "ProgramWrite" else Outcome.REFUSED
    assert result.outcome is expected
    assert "unplugged" in result.advice.happened
    assert result.comparison is None


def test_one_that_sends_no_dump_any_more_has_not_answered() -> None:
    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        return [] if isinstance(message, BankRequest) else usual

    result = restored(SmallM1(twist=twist))
    assert (result.outcome, result.silent) == (Outcome.REFUSED, True)
    refusing = SmallM1(
        twist=lambda message, usual: (
            [status(StatusCode.LOAD_ERROR)] if isinstance(message, BankRequest) else usual
        )
    )
    result = restored(refusing)
    assert (result.outcome, result.silent) == (Outcome.REFUSED, False)


def test_a_link_that_is_lost_while_sending_leaves_the_state_unknown() -> None:
    m1 = SmallM1()
    link = ScriptedLink(m1)
    backups: list[Backup] = []

    def save(backup: Backup) -> None:
        backups.append(backup)
        link.unplug(after=5.0)

    result = restoring(link, WANTED, save=save)
    assert result.outcome is Outcome.UNKNOWN
    assert "The link was lost after" in result.advice.happened
    assert backups


def test_a_dump_that_comes_late_is_not_taken_for_the_read_back() -> None:
    """What the M1 held before writing must not be taken for what it holds now."""
    late: list[bytes] = []

    class Slow(SmallM1):
        """Writes what it gets, and sends an old dump just when the next question has come."""

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            answers = list(super().__call__(message))
            if isinstance(message, BankDump):
                # It is written, but the reply and an old dump come too late.
                late.append(BankDump.of(before, Part.ALL).encode())
                return []
            if late and not isinstance(message, bytes):
                return [late.pop(), *answers]
            return answers

    m1 = Slow()
    before = m1.memory
    result = restored(m1, part=Part.PROGRAMS)
    assert result.outcome is Outcome.VERIFIED
    assert m1.memory.programs == WANTED.programs
    assert m1.answered.count("BankDump") == 1
    assert result.pacing == Pacing.FULL


def test_a_dump_that_something_held_up_for_long_is_not_taken_for_the_read_back() -> None:
    """What was asked for before writing, in vain, comes just when it is asked for again."""
    held_up: list[bytes] = []

    class Delayed(SmallM1):
        """Keeps its first answer, and answers no first request after writing."""

        wrote = False

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            answers = list(super().__call__(message))
            self.wrote = self.wrote or isinstance(message, BankDump)
            if isinstance(message, BankRequest) and not held_up:
                assert isinstance(answers[0], bytes)
                held_up.append(answers[0])
                return []
            if isinstance(message, BankRequest) and self.wrote and len(held_up) == 1:
                held_up.append(b"")
                return held_up[:1]
            return answers

    wanted = Contents(global_=WANTED.global_ and WANTED.global_.replace(master_tune=7))
    m1 = Delayed()
    result = restored(m1, wanted)
    assert m1.memory.global_ == wanted.global_
    assert result.outcome is Outcome.VERIFIED


def test_a_dump_of_another_instrument_is_not_taken_for_the_read_back() -> None:
    class Neighboured(SmallM1):
        """Says 23 and writes nothing; an M1 on channel 5 sends what was to be written."""

        sent = False

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, BankDump):
                self.sent = True
                return [status(StatusCode.LOAD_COMPLETED)]
            if self.sent and isinstance(message, BankRequest):
                return [BankDump.of(WANTED, message.part, channel=4).encode()]
            return super().__call__(message)

    m1 = Neighboured()
    before = m1.memory
    result = restored(m1)
    assert m1.memory == before
    assert result.outcome is Outcome.UNKNOWN
    assert "channel 5" in result.advice.happened


def test_a_neighbour_that_answers_too_is_named_and_does_no_harm() -> None:
    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        if isinstance(message, BankRequest):
            return [BankDump.of(WANTED, Part.ALL, channel=4).encode(), *usual]
        return usual

    result = restored(Forgetful(twist=twist))
    assert result.outcome is Outcome.MISMATCH
    assert result.unchanged is True
    assert any("channel 5" in note for note in result.notes)


def test_our_own_dump_that_a_loop_brings_back_late_is_not_taken_for_the_read_back() -> None:
    class Looped(Forgetful):
        """Writes nothing; what it is sent comes back, a dump only behind the next request."""

        looped = b""

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            assert not isinstance(message, bytes)
            if isinstance(message, BankDump):
                self.looped = message.encode()
                return [status(StatusCode.LOAD_COMPLETED)]
            answers = [message.encode(), *super().__call__(message)]
            if self.looped and isinstance(message, BankRequest):
                answers.insert(0, self.looped)
                self.looped = b""
            return answers

    m1 = Looped()
    before = m1.memory
    result = restored(m1)
    assert m1.memory == before
    assert result.outcome is Outcome.MISMATCH
    assert result.unchanged is True


class StoreAndForward(Forgetful):
    """Writes nothing; something sends a long dump back, only behind the next dump request."""

    times = 1

    def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
        if isinstance(message, BankDump):
            self.stored = [message.encode()] * self.times
        answers = list(super().__call__(message))
        if isinstance(message, BankRequest) and getattr(self, "stored", None):
            answers.insert(0, self.stored.pop())
        return answers


def test_our_own_dump_that_comes_back_before_the_answer_is_not_taken_for_it() -> None:
    result = restored(StoreAndForward())
    assert result.outcome is Outcome.MISMATCH
    assert result.unchanged is True


def test_our_own_dump_that_comes_back_again_and_again_never_counts() -> None:
    class Ring(StoreAndForward):
        times = 9

    result = restored(Ring())
    assert result.outcome is not Outcome.VERIFIED


def test_an_m1_that_only_ever_sends_our_own_dump_back_is_unknown() -> None:
    class Parrot(Forgetful):
        """Writes nothing and answers no dump request; every long dump comes back for ever."""

        last = b""

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, BankDump):
                self.last = message.encode()
            if self.last and isinstance(message, BankRequest):
                return [self.last]
            if self.last and isinstance(message, ModeRequest):
                return [self.last, *super().__call__(message)]
            return super().__call__(message)

    result = restored(Parrot())
    assert result.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("part", [Part.ALL, Part.PROGRAMS, Part.SEQUENCE])
@pytest.mark.parametrize("lies", [True, False])
def test_our_own_dump_for_the_answer_of_an_m1_that_sends_none_proves_nothing(
    part: Part, lies: bool
) -> None:
    """It answers all but dump requests, and just then a box sends our dump back, once."""

    class Withholding(SmallM1):
        stored: bytes | None = None

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, BankDump):
                self.stored = message.encode()
                if lies:
                    return [status(StatusCode.LOAD_COMPLETED)]
            if self.stored is not None and isinstance(message, BankRequest):
                echo, self.stored = self.stored, b""
                return [echo]
            return super().__call__(message)

    m1 = Withholding()
    assert m1.memory.sequence is not None
    control = m1.memory.sequence.control
    songs = (control.songs[0].replace(tempo=77), *control.songs[1:])
    sequence = Sequence(control.replace(songs=songs), m1.memory.sequence.steps)
    result = restored(m1, WANTED.merged(Contents(sequence=sequence)).only(part))
    assert result.outcome is Outcome.UNKNOWN
    assert result.unchanged is None


def test_an_old_dump_that_breaks_the_answer_off_is_not_taken_for_it() -> None:
    class Merged(SmallM1):
        """Behind a box that sends the first dump again, into the midst of all behind the write."""

        first = b""
        written = False

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            answers = list(super().__call__(message))
            self.written = self.written or isinstance(message, BankDump)
            if isinstance(message, BankRequest):
                (dump,) = answers
                assert isinstance(dump, bytes)
                self.first = self.first or dump
                if self.written:
                    return [dump[:300], self.first]
            return answers

    m1 = Merged()
    assert m1.memory.global_ is not None
    wanted = Contents(global_=m1.memory.global_.replace(master_tune=-13))
    result = restored(m1, wanted, part=Part.GLOBAL)
    assert m1.memory.global_ == wanted.global_
    assert result.outcome is Outcome.UNKNOWN
    assert result.unchanged is None


def test_our_own_dump_that_was_sent_twice_and_comes_back_twice_proves_nothing() -> None:
    """It stores what it is sent with a wrong bit, and answers no request for it behind that."""

    class Withholding(SmallM1):
        echoes: int = 0
        sent: bytes = b""

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, BankDump):
                assert message.contents.global_ is not None
                self.sent = message.encode()
                self.echoes += 1
                wrong = message.contents.global_.replace(key_transpose=self.echoes)
                self.memory = self.memory.replace(global_=wrong)
                return [status(StatusCode.LOAD_COMPLETED)]
            if self.echoes == 2 and isinstance(message, BankRequest):
                return [self.sent] if next(self.coming, False) else []
            return super().__call__(message)

        coming = iter([True, True])

    m1 = Withholding()
    assert m1.memory.global_ is not None
    wanted = Contents(global_=m1.memory.global_.replace(master_tune=-13))
    result = restored(m1, wanted, part=Part.GLOBAL)
    assert result.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("part", list(Part))
def test_nothing_is_read_back_in_the_form_in_which_it_was_sent(part: Part) -> None:
    sent: set[Part] = set()
    asked: list[Part] = []

    def twist(message: AnyMessage | bytes, usual: list[Answer]) -> Iterable[Answer]:
        if isinstance(message, BankDump):
            sent.add(message.part)
        if isinstance(message, BankRequest) and sent:
            asked.append(message.part)
        return usual

    m1 = SmallM1(twist=twist)
    assert m1.memory.global_ is not None
    wanted = WANTED.replace(
        global_=m1.memory.global_.replace(master_tune=7), sequence=Sequence.empty()
    )
    result = restored(m1, wanted, part=part)
    assert result.outcome is Outcome.VERIFIED
    assert m1.memory.only(part) == wanted.only(part)
    assert sent
    assert asked
    assert not sent & set(asked)


def test_a_memory_that_took_the_dump_is_verified_though_the_dump_comes_back() -> None:
    class Returned(SmallM1):
        stored = b""

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            answers = list(super().__call__(message))
            if isinstance(message, BankDump):
                self.stored = message.encode()
            if self.stored and isinstance(message, BankRequest):
                answers.insert(0, self.stored)
                self.stored = b""
            return answers

    m1 = Returned()
    result = restored(m1)
    assert result.outcome is Outcome.VERIFIED
    assert m1.answered.count("BankRequest") == 3


def test_a_part_that_comes_back_is_not_taken_for_all_data() -> None:
    class Returned(Forgetful):
        stored = b""

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            answers = list(super().__call__(message))
            if isinstance(message, BankDump) and message.part is Part.PROGRAMS:
                self.stored = message.encode()
            if self.stored and isinstance(message, BankRequest):
                answers.insert(0, self.stored)
                self.stored = b""
            return answers

    result = restored(Returned(), WANTED.only(Part.PROGRAMS))
    assert result.outcome is Outcome.MISMATCH
    assert result.unchanged is True


def test_an_m1_that_falls_silent_behind_the_read_back_is_unknown() -> None:
    class Silent(SmallM1):
        gone = False

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if self.gone:
                return []
            wrote = self.memory == WANTED
            self.gone = wrote and isinstance(message, BankRequest)
            return super().__call__(message)

    assert restored(Silent()).outcome is Outcome.UNKNOWN


def test_a_mode_change_that_empties_the_edit_buffer_is_made_good() -> None:
    class Reloading(SmallM1):
        """Loads the edit buffers anew from memory at each mode change."""

        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, ModeChange):
                assert self.memory.programs is not None
                self.program = self.memory.programs[0]
            return super().__call__(message)

    m1 = Reloading(mode=Mode.EDIT_PROG)
    m1.program = m1.program.replace(name="In editing")
    assert restored(m1).outcome is Outcome.VERIFIED
    assert m1.program.name.strip() == "In editing"


def test_an_m1_that_answers_on_another_channel_meanwhile_may_be_another_one() -> None:
    class Changed(SmallM1):
        def __call__(self, message: AnyMessage | bytes) -> Iterable[Answer]:
            if isinstance(message, BankDump) and self.channel == 0:
                self.channel = 8
                return []
            return super().__call__(message)

    m1 = Changed()
    result = restored(m1)
    assert result.outcome is Outcome.UNKNOWN
    assert "expected an answer there, found an M1 on channel 9" in result.advice.happened
    assert "not the instrument that you meant" in result.advice.cause
