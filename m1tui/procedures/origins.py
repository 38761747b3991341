"""Where the sounds of a restore come from: the backup just made, the library, a file, the demo.

And what of the memory was lost in a run, with the backup that contains it, if one does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from m1tui.advice import Advice, listed
from m1tui.engine.checks.sequencer import SAVED_LAST
from m1tui.engine.keys import DESTROYED
from m1tui.engine.restore.planning import damage_in
from m1tui.errors import OriginError
from m1tui.facts import Harm
from m1tui.files import DUMPS, FileTrouble, read_bounded
from m1tui.procedures.alarms import ALLOCATION, parts_of_memory, reallocation_in
from m1tui.procedures.claims import Claim, claims_of, said_of
from m1tui.procedures.closing import AS_BACKUP
from m1tui.procedures.events import AlarmRaised, InstrumentSeen
from m1tui.procedures.route import KEEPING
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Step
from m1tui.procedures.stakes import WORDS, parts_lost
from m1tui.procedures.states import Mark
from m1tui.store import Store, printable_path
from m1tui.store.backups import found_again, read_manifest
from m1tui.store.records import DEMO, DEMO_SOUNDS
from m1tui.sysex import Allocation, Contents, ModeData, Part, SysexError, printable
from m1tui.sysex import Sequence as StepSequence
from m1tui.sysex.causes import said
from m1tui.sysex.combination import SLOTS_OF_A_BANK
from m1tui.sysex.contents import NOTHING
from m1tui.sysex.files import message_text
from m1tui.sysex.forms.found import DumpFile
from m1tui.sysex.forms.reader import read_file
from m1tui.sysex.sequence import TRACKS
from m1tui.sysex.slots import NO_SLOTS, Single, Slots, Taken, taken_from

MOST_OFFERED = 100
"""Dumps of the library; more are no list to choose from, and are found in its folder."""


MOST_TITLED = 4
"""Songs that are named one by one; of more it is said how many they are."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A place that sounds can come from."""

    kind: Literal["backup", "library", "file", "demo"]
    place: str
    """A file's path, or `DEMO`."""
    title: str
    """For people, in one line."""
    note: str = ""
    """What is known of it in this run and does not stand in the file, in a sentence."""
    lacks: str = ""
    """Which sounds are not in it, as far as its manifest says, in a phrase."""

    @classmethod
    def of_file(cls, path: Path) -> Origin:
        """Return the origin that is a file in any folder."""
        return cls("file", str(path.absolute()), printable_path(path))


DEMO_ORIGIN = Origin("demo", DEMO, "m1tui's demo bank, which gives any M1 sounds to play")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of a file is meant, where it does not say so itself; written behind its path."""

    message: int | None = None
    """The number of one message, counted from 1."""
    slot: int | None = None
    """Where a single sound goes, 00 to 99."""
    pieces: bool = False
    """Whether what is whole of broken dumps is taken."""

    def behind(self, place: str) -> str:
        """Return `place` with this behind it, as a journal keeps it and a person reads it."""
        words = [f"message {self.message}"] if self.message is not None else []
        words += [f"slot {self.slot:02d}"] if self.slot is not None else []
        words += [_PIECES] if self.pieces else []
        return f"{place}{_BETWEEN}{', '.join(words)}" if words else place


_BETWEEN = " :: "
_PIECES = "what is intact"
_CHOSEN = re.compile(
    r"(?:message (\d{1,6}))?(?:, |\b)(?:slot (\d\d))?(?:, |\b)(what is (?:intact|whole))?"
)
"""Older journals say "whole"."""


def path_and_choice(place: str) -> tuple[str, Chosen]:
    """Return the path of a place, and what of its file is meant."""
    path, between, words = place.rpartition(_BETWEEN)
    found = _CHOSEN.fullmatch(words) if between else None
    if found is None:
        return place, Chosen()
    message, slot, pieces = found.groups()
    number = None if message is None else int(message)
    return path, Chosen(number, None if slot is None else int(slot), pieces is not None)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an origin holds."""

    contents: Contents
    notes: tuple[str, ...] = ()
    """What the person should know of it: junk in the file, parts that are missing."""
    slots: Slots = NO_SLOTS
    """Sounds for single slots."""
    missing: tuple[str, ...] = ()
    """What is not there of dumps that break off."""
    beside: Contents = NOTHING
    """What else the file has."""

    @property
    def all(self) -> Contents:
        """All parts of the file, whether they were chosen or not."""
        return self.beside.merged(self.contents)

    def describe(self) -> tuple[str, ...]:
        """Return what is there as short phrases."""
        return (*self.contents.describe(), *self.slots.describe())


@dataclass(frozen=True, slots=True)
class Undecided:
    """What a person has to decide before a file can be restored, and what it holds so far."""

    described: tuple[str, ...]
    notes: tuple[str, ...] = ()
    messages: tuple[tuple[int, str], ...] = ()
    """Numbers and texts of the messages of which one must be chosen."""
    single: Single | None = None
    """The single sound that a slot must be chosen for."""
    whole: tuple[str, ...] = ()
    """What is whole of dumps that break off, which can be taken if the person agrees."""
    missing: tuple[str, ...] = ()


def origins(run: Run, store: Store) -> tuple[Origin, ...]:
    """Return what can be offered without asking for a file, the best first.

    Where memory was lost in the run, the backup that contains it comes before what was saved later.
    Of the library these are the newest `MOST_OFFERED`.
    """
    offered: list[Origin] = []
    made = backup_of(run)
    losses = saved_losses(run)
    for loss in losses:
        before = _kept_as(run, loss.backup)
        if before not in ("", made):
            offered.append(_backup(before, "the backup from before the loss", _contains(loss)))
    if made:
        later = [one for one in losses if _is_later(run, made, one)]
        title = "the backup just made, after the loss" if later else "the backup just made"
        offered.append(_backup(made, title, " ".join(map(_lacks, later))))
    offered = list({one.place: one for one in offered}.values())
    known = {one.place for one in offered}
    offered += (
        Origin(
            "library",
            str(path),
            f"library: {printable_path(Path(path.stem))}",
            lacks=_lacks_by_manifest(path),
        )
        for path in store.newest_dumps(MOST_OFFERED)
        if str(path) not in known
    )
    return (*offered, DEMO_ORIGIN)


def _backup(file: str, what: str, note: str) -> Origin:
    """Return a backup of the run, by the name that it has now."""
    place = found_again(Path(file))
    title = f"{what}: {printable_path(Path(place.stem))}"
    return Origin("backup", str(place), title, note, _lacks_by_manifest(place))


def _lacks_by_manifest(path: Path) -> str:
    manifest = read_manifest(path)
    return "" if manifest is None else _half(manifest.contents)


def _half(described: Sequence[str]) -> str:
    """Return which sounds are not in what was saved at 50/50, from its phrases; "" for all."""
    kinds = [one for one in ("programs", "combinations") if f"50 {one}" in described]
    return f"50/50: no {' or '.join(kinds)} 50 to 99" if kinds else ""


def _contains(loss: AlarmRaised) -> str:
    return f"It contains what was lost later in this run: {loss.lost}."


def _lacks(loss: AlarmRaised) -> str:
    return f"It was made after the loss and does not contain {loss.lost}."


def saved_losses(run: Run) -> tuple[AlarmRaised, ...]:
    """Return the alarms by which memory was lost that a backup of the run contains.

    Those are left out of which that backup has been restored since.
    """
    return tuple(one for one in _lost(run) if one.backup and not _is_restored(run, one))


def _lost(run: Run) -> tuple[AlarmRaised, ...]:
    """Return the alarms by which memory was lost, each with the file that contains it, if any.

    One that was raised without a file may be contained in a backup before the newest.
    """
    return tuple(
        replace(one, backup=one.backup or _saved_before(run, one)) for one in run.alarms if one.lost
    )


def _saved_before(run: Run, loss: AlarmRaised) -> str:
    """Return the name of the last file before a loss that contains all that was lost, or "".

    It does not where a step has written into the memory between the two.
    """
    for step_id, file, at in reversed(run.files):
        step = run.procedure.step(step_id)
        contents = _contents_in(file) if step.bank == "internal" and at <= loss.at else None
        if step.kind in KEEPING and contents is not None and _has_all(contents, loss):
            return "" if _written_between(run, file, at, loss.at) else Path(file).name
    return ""


def _has_all(contents: Contents, loss: AlarmRaised) -> bool:
    sounds, songs = (DESTROYED[one] for one in reversed(Allocation))
    if loss.lost == songs:
        return contents.sequence is not None
    if loss.lost == sounds:
        return {len(contents.programs or ()), len(contents.combinations or ())} == {SLOTS_OF_A_BANK}
    whole = loss.advice.code in _FOUND_INITIALISED
    return whole and contents.is_complete and not contents.is_initialised


def _written_between(run: Run, file: str, first: str, last: str) -> bool:
    """Return whether a step has written into the memory, but for what it sent from `file`."""
    # A song that is only played is not written.
    return any(
        state.mark in (Mark.SENSED, Mark.BY_HAND)
        and step.kind != "check"
        and first < state.ended <= last
        and any(
            parts_of_memory(claim.subject)
            for claim in claims_of(step)
            if claim.subject != "song playing"
        )
        and not sends(run, step, file)
        for step, state in zip(run.procedure.steps, run.states, strict=True)
    )


def loss_lines(run: Run) -> tuple[str, ...]:
    """Return what of the memory was lost in this run that no backup of it contains.

    A memory that was found initialised several times is said once.
    """
    told: dict[str, str] = {}
    for one in losses(run):
        found = one.advice.code in _FOUND_INITIALISED
        told.setdefault(
            one.lost.removesuffix(_DOUBT) if found else f"{one.lost} {one.step}",
            f"MISSING: {lost_phrase(run, one)}. {'Noticed' if found else 'Lost'} at "
            f"{run.place_of(one.step)}{_when(one)}; not backed up in this run.",
        )
    return tuple(told.values())


def lost_phrase(run: Run, loss: AlarmRaised) -> str:
    """Return what was lost; of a memory that nobody had read before, with that doubt."""
    lost = loss.lost.removesuffix(_DOUBT)
    found = loss.advice.code in _FOUND_INITIALISED
    unsure = found and (loss.lost.endswith(_DOUBT) or not _was_known_before(run, loss))
    return f"{lost}{_DOUBT if unsure else ''}"


def _was_known_before(run: Run, loss: AlarmRaised) -> bool:
    """Return whether the run had read something from the memory, or sent it, before a loss."""
    read = any(
        run.procedure.step(step_id).bank == "internal" and at <= loss.at
        for step_id, _, at in run.files
    )
    return read or bool(run.sent_before.get(loss))


_DOUBT = ", if there was anything in it"
"""Behind what is lost where nobody has read it before."""
_FOUND_INITIALISED = ("initialised-at-the-end", "memory-lost")
"""The codes of alarms of a memory that is found initialised: it may have been so before."""


def losses(run: Run) -> tuple[AlarmRaised, ...]:
    """Return the alarms by which memory was lost that no backup of the run contains.

    Those are left out of which everything that was in memory has been sent again since.
    """
    unsaved = {one for one in _lost(run) if not one.backup}
    return tuple(one for one in run.losses if one in unsaved and not _is_sent_again(run, one))


def _is_sent_again(run: Run, loss: AlarmRaised) -> bool:
    place = run.sent_before.get(loss, "")
    if not (place and place == run.sent):
        return False
    sent = any(
        step.kind == "restore" and state.mark is Mark.SENSED and state.ended >= loss.at
        for step, state in zip(run.procedure.steps, run.states, strict=True)
    )
    contents = _contents_in(place) if sent else None
    return contents is not None and contents.is_complete


def saved_loss_lines(run: Run) -> tuple[str, ...]:
    """Return what of the memory was lost in this run, and which of its backups contains it."""
    told: dict[str, str] = {}
    for one in saved_losses(run):
        found = one.advice.code in _FOUND_INITIALISED
        what = _named(run, one).removesuffix(_DOUBT)
        told.setdefault(
            what if found else f"{what} {one.step}",
            f"LOST: {what}. {'Noticed' if found else 'Lost'} at {run.place_of(one.step)}"
            f'{_when(one)}; the backup "{one.backup}" contains what was lost.',
        )
    return tuple(told.values())


def _when(loss: AlarmRaised) -> str:
    """Return by what it was lost, behind the place: ", when the memory allocation was changed"."""
    cause = reallocation_in(loss.advice)
    return f", when {cause}" if cause else ""


def _named(run: Run, loss: AlarmRaised) -> str:
    """Return what was lost: of songs, if a later file shows it, which they were."""
    before, after = _around(run, loss)
    if before is None or after is None:
        return loss.lost
    gone = _erased_between(before, after)
    if len(gone) > MOST_TITLED:
        return f"all {len(gone)} songs" if not after.songs_in_use else f"{len(gone)} songs"
    return listed([f"song {_titled(before, one)}" for one in gone]) or loss.lost


def _around(run: Run, loss: AlarmRaised) -> tuple[StepSequence | None, StepSequence | None]:
    """Return the songs in the files before and after a loss of songs, None where there is none."""
    if loss.lost != DESTROYED[Allocation.LARGE_PROGRAM]:
        return None, None
    saved = _kept_as(run, loss.backup)
    files = [file for one, file, _ in run.files if run.procedure.step(one).bank == "internal"]
    later = files[files.index(saved) + 1 :] if saved in files else []
    return _sequence_in(saved), _sequence_in(later[0]) if later else None


def _erased_between(before: StepSequence, after: StepSequence) -> tuple[int, ...]:
    return tuple(one for one in before.songs_in_use if emptied(before, after, one) == ())


def changed_lines(run: Run) -> tuple[str, ...]:
    """Return what was changed after it was saved, and which file contains it as it was."""
    return tuple(
        f"CHANGED: {one.happened.removeprefix('Also changed: ')} {safe_of_change(run, step, one)}"
        for step, one in run.changed
    )


def safe_of_change(run: Run, step_id: str, advice: Advice) -> str:
    """Return what contains what was changed as it was, with the name of the file.

    It is what was kept last before the step at which the change showed was last asked.
    """
    judged = run.state(step_id).judged
    kept = [
        file
        for _, file, at in run.files
        if not (at and judged) or datetime.fromisoformat(at) <= datetime.fromisoformat(judged)
    ]
    if not kept or not advice.safe.startswith(SAVED_LAST):
        return advice.safe
    name = printable_path(Path(found_again(Path(kept[-1])).name))
    return f'The file "{name}"{advice.safe.removeprefix(SAVED_LAST)}'


def harm_of(run: Run, missing_songs: Sequence[str]) -> Harm | None:
    """Return what speaks louder than the word with which the run ends.

    `missing_songs` are the lines on them.
    """
    return Harm.worst(
        fault_stays=bool(run.remaining),
        lost=bool(losses(run) or saved_losses(run) or missing_songs),
        changed=bool(run.changed),
    )


def missing_song_lines(run: Run) -> tuple[str, ...]:
    """Return which songs were in the M1 when it was first read, and were not when it was last read.

    Those are left out that a later restore has brought back. Nothing is known of what was read only
    once.
    """
    gone = missing_songs(run)
    if gone is None:
        return ()
    were, them = ("They were", "them") if len(gone.songs) > 1 else ("It was", "it")
    again = gone.first == gone.last
    then = "when that was done again" if again else f"at {run.place_of(gone.last)}"
    told = (
        f"MISSING SONGS: {', '.join(gone.songs)}. {were} in the M1 at {run.place_of(gone.first)}, "
        f'and no longer {then}.{_divided_between(run, gone)} The backup "{gone.file}" contains '
        f"{them}."
    )
    return (told,)


def _divided_between(run: Run, gone: MissingSongs) -> str:
    """Return in a sentence that the memory was set to another allocation, "" where it was not."""
    before, after = gone.divided
    if before == after:
        return ""
    ids = [step.id for step in run.procedure.steps]
    by = [
        run.place_of(step.id)
        for at, step in enumerate(run.procedure.steps)
        if ids.index(gone.first) < at < ids.index(gone.last)
        and run.marks[at] in (Mark.SENSED, Mark.BY_HAND)
        and f"{ALLOCATION} = {after}" in map(str, claims_of(step, run.route.values[at]))
    ]
    where = f" at {by[-1]}," if by else ""
    return f" Between these,{where} the memory was set from {before} to {after}."


@dataclass(frozen=True, slots=True)
class MissingSongs:
    """Songs that were in the M1 and are no longer."""

    songs: tuple[str, ...]
    """Each with its number and its name."""
    first: str
    """The step at which they were there, by its id."""
    last: str
    """The step at which they were not."""
    file: str
    """The name of the file that contains them."""
    divided: tuple[str, str]
    """The allocations before and after, by their labels; the same where it was not changed."""

    @property
    def plainly(self) -> str:
        """Return it in sentences for the owner of the instrument."""
        several = len(self.songs) > 1
        they, are = ("they", "are") if several else ("it", "is")
        told = [
            f"No longer in the M1: the song{'s' if several else ''} {', '.join(self.songs)}.",
            f'{they.capitalize()} {are} in the file "{self.file}".',
        ]
        before, after = self.divided
        if before != after:
            only = f"only while the memory is set to {_explained(before)}"
            told += [
                f"{they.capitalize()} {'were' if several else 'was'} there before",
                f"the memory was set to {_explained(after)}, and not after.",
                f"The file can be loaded again {only}.",
            ]
        return " ".join(told)


def _explained(allocation: str) -> str:
    """Return an allocation with what it means: "50/50 (50 programs, 50 combinations)"."""
    programs, _, combinations = allocation.partition("/")
    return f"{allocation} ({programs} programs, {combinations} combinations)"


def missing_songs(run: Run) -> MissingSongs | None:
    """Return the songs that `missing_song_lines` names, None for none."""
    readings = [
        (step, file, found)
        for step_id, file in run.readings
        if (step := run.procedure.step(step_id)).bank == "internal"
        if (found := _sequence_in(file)) is not None
    ]
    if len(readings) < 2:
        return None
    (first, file, before), (last, _, after) = readings[0], readings[-1]
    sent = [
        found
        for step in _proved_after(run, last)
        if step.kind == "restore" and step.bank == "internal"
        if Part.SEQUENCE in _parts_of(run, step)
        if (found := _sequence_in(_sent_by(run, step))) is not None
    ]
    meant = _erased_as_meant(run)
    for loss in saved_losses(run):
        then, since = _around(run, loss)
        if then is not None and since is not None:
            # An alarm has named them.
            meant |= {(one, None) for one in _erased_between(then, since)}
    missing = [
        _titled(before, number) + _on_tracks(lost)
        for number in before.songs_in_use
        if (lost := emptied(before, after, number)) is not None
        and not ((number, None) in meant or (lost and {(number, one) for one in lost} <= meant))
        and not any(_same_song(before, one, number) for one in sent)
    ]
    if not missing:
        return None
    name = printable_path(Path(found_again(Path(file)).name))
    contents = (_contents_in(file), _contents_in(readings[-1][1]))
    labels = [
        one.allocation.label if one is not None and one.allocation is not None else ""
        for one in contents
    ]
    divided = (labels[0], labels[1]) if all(labels) else ("", "")
    return MissingSongs(tuple(missing), first.id, last.id, name, divided)


def _erased_as_meant(run: Run) -> set[tuple[int, int | None]]:
    """Return the songs and tracks that the run was to erase and has proved to be empty.

    Each is the song's number, and the track's from 0, None for all of the song.
    """
    found: set[tuple[int, int | None]] = set()
    for step, mark in zip(run.procedure.steps, run.marks, strict=True):
        for claim in run.at(step.id).claims if mark is Mark.SENSED else ():
            meant = _ERASED.fullmatch(str(claim))
            if meant is not None:
                track = meant["track"]
                found.add((int(meant["song"]), int(track) - 1 if track else None))
    return found


_ERASED = re.compile(r"song (?P<song>\d+)(?: track (?P<track>\d+))? = erased")


def reallocation_lines(run: Run) -> tuple[str, ...]:
    """Return what other allocations have destroyed of the memory that the run has read.

    What was restored since then is left out, what an alarm has named, songs if they were read
    again or the sequencer was looked at since, and sounds that were read again as they were. An
    initialised memory has nothing more to lose.
    """
    lost = _reallocated(run)
    named = {one.lost for one in run.alarms}
    sounds, songs = (DESTROYED[one] for one in reversed(Allocation))
    told = []
    loss = lost.get(Part.PROGRAMS) or lost.get(Part.COMBINATIONS)
    if loss is not None and sounds not in named:
        told.append(f"NOT BROUGHT BACK: {sounds}. {loss.how} That backup contains them.")
    loss = lost.get(Part.SEQUENCE)
    sequence = loss.contents.sequence if loss is not None else None
    if loss is not None and songs not in named and sequence is not None and sequence.step_count:
        kept = ", ".join(_titled(sequence, number) for number in sequence.songs_in_use)
        told.append(
            f"NOT READ AGAIN: songs and patterns. {loss.how} That destroys {songs}. That backup "
            f"contains {kept or 'the patterns'}."
        )
    return tuple(told)


@dataclass(frozen=True, slots=True)
class _Reallocated:
    """A part of the memory that another allocation has destroyed some of."""

    contents: Contents
    """What was last read before that."""
    file: str
    """The file that contains it."""
    to: Allocation
    """What the allocation was set to."""
    at: str
    """When that was seen."""

    @property
    def how(self) -> str:
        """How it came about, in a sentence."""
        name = printable_path(Path(found_again(Path(self.file)).name))
        return f'The allocation was set to {self.to.label} after the backup "{name}" was made.'


def _reallocated(run: Run) -> dict[Part, _Reallocated]:
    """Return the parts that are not as they were read, since other allocations were set then.

    Readings, looks at the instrument and what steps have proved are gone through as they came:
    also what a step had proved before another answer led past it was seen.
    """
    lost: dict[Part, _Reallocated] = {}
    now: Allocation | None = None
    read: tuple[Contents, str] | None = None

    def set_to(then: Allocation | None, at: str) -> None:
        nonlocal now
        if then is None:
            return
        if now not in (None, then) and read is not None:
            for part in parts_lost(now):
                lost.setdefault(part, _Reallocated(*read, then, at))
        now = then

    for at, one in _as_they_came(run):
        if isinstance(one, str):
            contents = _contents_in(one)
            if contents is not None and contents.allocation is not None:
                set_to(contents.allocation, at)
                read = (contents, one)
                lost = {part: loss for part, loss in lost.items() if _differs(part, loss, contents)}
        elif isinstance(one, InstrumentSeen):
            set_to(ModeData(one.channel, *one.codes).allocation if one.codes else None, at)
        elif one.initialises:
            lost, read = {}, None
        else:
            claims = {claim.value for claim in run.at(one.id).claims if claim.subject == ALLOCATION}
            set_to(next((known for known in Allocation if known.label in claims), None), at)
            for part in _brought_back(run, one):
                lost.pop(part, None)
    return {part: loss for part, loss in lost.items() if not matched_after(run, loss.file, loss.at)}


def _as_they_came(run: Run) -> list[tuple[str, str | InstrumentSeen | Step]]:
    """Return the files of internal memory, the looks and the proved steps, each with its time.

    Before a look at the same moment comes the reading that took longer, and a step after it.
    """
    came: list[tuple[str, int, str | InstrumentSeen | Step]] = [
        (at, 0, file)
        for step_id, file, at in run.files
        if (step := run.procedure.step(step_id)).bank == "internal" and step.kind in KEEPING
    ]
    came += [(look.at, 1, look) for look in run.looks]
    came += [
        (state.ended, 2, step)
        for step, state in zip(run.procedure.steps, run.states, strict=True)
        if state.mark is Mark.SENSED
    ]
    return [(at, one) for at, _, one in sorted(came, key=lambda each: each[:2])]


def _differs(part: Part, loss: _Reallocated, read: Contents) -> bool:
    """Return whether a part that was read again may be without what was destroyed of it.

    Songs that were read again are compared by `missing_songs`.
    """
    match part:
        case Part.PROGRAMS:
            return read.programs != loss.contents.programs
        case Part.COMBINATIONS:
            return read.combinations != loss.contents.combinations
        case _:
            return False


def _proved_after(run: Run, step: Step) -> list[Step]:
    """Return the proved steps behind `step`."""
    steps = run.procedure.steps
    later = steps[steps.index(step) + 1 :]
    return [one for one in later if run.state(one.id).mark is Mark.SENSED]


def _brought_back(run: Run, step: Step) -> set[Part]:
    """Return the parts that are, after the step, as they were sent or as somebody has seen."""
    looked = any(claim.subject == "sequencer" for claim in claims_of(step))
    parts = {Part.SEQUENCE} if looked else set()
    if step.kind == "restore" and step.bank == "internal":
        sent = _contents_in(_sent_by(run, step))
        parts |= sent.parts & set(_parts_of(run, step)) if sent is not None else set()
    return parts


def _parts_of(run: Run, step: Step) -> tuple[Part, ...]:
    """Return the parts that a step of the run is about."""
    return WORDS[part_of(run.at(step.id)).value]


def _titled(sequence: StepSequence, song: int) -> str:
    return f'{song} "{printable(sequence.songs[song].name).strip()}"'


def _sent_by(run: Run, step: Step) -> str:
    return run.state(step.from_).backup if step.from_ else origin_of(run)


def _sequence_in(place: str) -> StepSequence | None:
    """Return the songs at a place; None where there are none, or it can no longer be read."""
    contents = _contents_in(place)
    found = contents.sequence if contents is not None else None
    return found if found is not None and found.offsets_are_sound else None


def _contents_in(place: str) -> Contents | None:
    """Return what is at a place; None where that is nothing, or it can no longer be read."""
    try:
        return load_origin(place).contents if place else None
    except OriginError:
        return None


def emptied(before: StepSequence, after: StepSequence, song: int) -> tuple[int, ...] | None:
    """Return which tracks of a song are empty now, none for the whole song; None for no loss."""
    erased = bool(_steps(before, song)) and not _steps(after, song)
    if erased or song not in after.songs_in_use:
        return ()
    lost = tuple(
        track
        for track in range(TRACKS)
        if before.track_steps(song, track) and not after.track_steps(song, track)
    )
    return lost or None


def _on_tracks(tracks: tuple[int, ...]) -> str:
    """Return the tracks of a song as they are named behind it, from 1 on; empty for all."""
    words = " and ".join(str(track + 1) for track in tracks)
    return f" (track{'s' if len(tracks) > 1 else ''} {words})" if tracks else ""


def _same_song(one: StepSequence, other: StepSequence, number: int) -> bool:
    return one.songs[number] == other.songs[number] and _steps(one, number) == _steps(other, number)


def _steps(sequence: StepSequence, song: int) -> bytes:
    return b"".join(sequence.track_steps(song, track) for track in range(TRACKS))


def gone_lines(run: Run) -> tuple[str, ...]:
    """Return which backups of the run were no longer there as they were at its end."""
    return tuple(f"GONE: {one.happened} {one.safe} [{one.code}]" for one in run.gone.values())


def _is_restored(run: Run, loss: AlarmRaised) -> bool:
    """Return whether the backup that contains what was lost has been proved to be in memory."""
    file = _kept_as(run, loss.backup)
    return matched_after(run, file, loss.at) or any(
        state.mark is Mark.SENSED and state.ended >= loss.at and sends(run, step, file)
        for step, state in zip(run.procedure.steps, run.states, strict=True)
    )


def matched_after(run: Run, file: str, when: str) -> bool:
    """Return whether memory was found to match the newest backup after `when`, which is `file`.

    It may have been restored outside the run.
    """
    kept = list(backups_of(run, "internal").values())
    if not file or kept[-1:] != [file]:
        return False
    verdicts = [
        one
        for state in run.states
        if state.mark is Mark.SENSED and state.ended >= when
        for one in state.verdicts
    ]
    if run.closing is not None and run.closing.at >= when:
        verdicts += run.closing.verdicts
    return any(one.passed and one.name == AS_BACKUP for one in verdicts)


def songs_touched(run: Run) -> tuple[AlarmRaised, ...]:
    """Return the alarms of songs that may have been changed, and were not read again as saved."""
    newest = list(backups_of(run, "internal").values())[-1:]
    return tuple(
        one
        for one in run.songs_touched
        if one.lost or not any(matched_after(run, file, one.at) for file in newest)
    )


def sends(run: Run, step: Step, file: str) -> bool:
    """Return whether the step is a restore, and `file`, a backup of the run, is what it sends."""
    if step.kind != "restore":
        return False
    place = _sent_by(run, step)
    return path_and_choice(place)[0] in (file, str(found_again(Path(file))))


def _is_later(run: Run, file: str, loss: AlarmRaised) -> bool:
    """Return whether a backup of the run was made after the loss."""
    if file == _kept_as(run, loss.backup):
        return False
    return any(state.backup == file and state.ended >= loss.at for state in run.states)


def _kept_as(run: Run, name: str) -> str:
    """Return the file that the run keeps as a backup of that name, empty if none."""
    files = [*backups_of(run, "internal").values(), *(file for _, file in run.readings)]
    return next((one for one in files if name in _names(one)), "")


def _names(file: str) -> tuple[str, str]:
    """Return the name that a file had when it was made, and the one that it has now."""
    return Path(file).name, found_again(Path(file)).name


def backups_of(run: Run, bank: str) -> dict[str, str]:
    """Return the files of the backups of `bank` that steps of the run have kept, by step id.

    What a restore saved before it wrote does not count: it is what was to be replaced.
    """
    return {
        step.id: state.backup
        for step, state in zip(run.procedure.steps, run.states, strict=True)
        if step.kind in ("backup", "receive") and step.bank == bank and state.backup
    }


def saved_files(run: Run) -> tuple[str, ...]:
    """Return the files that the run has kept and that are still there, the oldest first.

    Each has what it contains and when it was saved, as far as its manifest says; a card and what a
    restore was about to overwrite are named as such.
    """
    found: dict[str, str] = {}
    for step_id, file, _ in run.files:
        if file not in run.gone:
            step, state = run.procedure.step(step_id), run.state(step_id)
            # Of an earlier attempt the state has neither file nor time any more.
            ended = state.ended if state.backup == file else ""
            found[file] = _described(step, ended, found_again(Path(file)))
    for step, state in zip(run.procedure.steps, run.states, strict=True):
        file = state.backup
        if file and file not in run.gone:
            found.setdefault(file, _described(step, state.ended, found_again(Path(file))))
    return tuple(found.values())


def _described(step: Step, ended: str, path: Path) -> str:
    """Return a file with what it is; `ended` is when it was saved, where no manifest says it."""
    manifest = read_manifest(path)
    where = "the card" if step.bank == "card" else "the M1"
    what = f"what was {'on' if step.bank == 'card' else 'in'} {where}"
    if step.kind == "restore":
        what += " before the restore"
    at = ended
    if manifest is not None:
        what += f": {', '.join(manifest.contents)}"
        at = manifest.time
    when = f", {at[:10]} {at[11:16]}" if at else ""
    return f"{printable_path(path)} ({what}{when})"


def settings_notes(run: Run) -> tuple[str, ...]:
    """Return the settings that were written down in the run, which no dump contains, in lines."""
    notes = []
    for step, state in zip(run.procedure.steps, run.states, strict=True):
        values = dict(state.values)
        if step.id in run.procedure.recalled and any(values.values()):
            written = (f"{one.label} {values[one.name]}" for one in step.fields if values[one.name])
            notes.append(f"written down with it: {', '.join(written)}")
    return tuple(notes)


def backup_of(run: Run, part: str = "") -> str:
    """Return the file of the newest backup of internal memory in the run, empty if none.

    With a `part` that is one which contains just that part.
    """
    files = [
        file
        for step, file in backups_of(run, "internal").items()
        if part in ("", part_of(run.at(step)).value)
    ]
    return files[-1] if files else ""


def part_of(run: Run) -> Part:
    """Return the part that the current step is about: its own, or that of the value it names."""
    part = run.current.part
    return Part(run.values.get(part[1:-1], Part.ALL.value) if part.startswith("{") else part)


def origin_of(run: Run) -> str:
    """Return the place that was chosen last in the run, empty if none was."""
    found = ""
    for step, state in zip(run.procedure.steps, run.states, strict=True):
        if step.kind == "source":
            found = state.origin or found
    return found


def said_with_source(run: Run, claim: str) -> str:
    """Return a claim as a person says it, with the source that sent memory matches behind it."""
    text = said_of(Claim.parse(claim))
    sent = [
        _sent_by(run, step)
        for step, mark in zip(run.procedure.steps, run.marks, strict=True)
        if mark is Mark.SENSED
        and step.kind == "restore"
        and claim in map(str, run.at(step.id).claims)
    ]
    if not (sent and sent[-1]):
        return text
    place = sent[-1]
    path, chosen = path_and_choice(place)
    name = printable_path(Path(chosen.behind(found_again(Path(path)).name)))
    return f"{text} ({DEMO_SOUNDS if place == DEMO else name.replace(_BETWEEN, ', ')})"


def load_origin(place: str) -> Loaded:
    """Return what the file at `place`, or the demo bank, holds. Raises OriginError.

    A single sound must have its slot behind the path.
    """
    if place == DEMO:
        from m1tui.link.virtual import demo_contents  # late: it builds a whole bank

        return Loaded(demo_contents())
    path, found, chosen = _file_at(place)
    try:
        taken = taken_from(found, pieces=chosen.pieces)
    except SysexError as error:
        raise _useless(
            path, f"its dumps do not belong together: {error}", code="dumps-do-not-belong-together"
        ) from error
    if len(taken.loose) == 1 and chosen.slot is not None:
        taken = taken.placed(chosen.slot)
    if not taken.parts:
        raise _without_dump(path, found)
    notes = (*_notes(taken, len(found.problems)), *taken.notes)
    return Loaded(taken.contents, notes, taken.slots, taken.missing, taken.beside)


def open_questions(place: str) -> Undecided:
    """Return what of a file is still to be chosen, one thing after the other; raises OriginError.

    First one message, where its dumps do not belong together or single sounds have no slots; then
    whether what is whole of broken dumps is taken; then a slot for a single sound.
    """
    path, found, chosen = _file_at(place)
    listed = tuple(
        (number, message_text(one))
        for number, one in enumerate(found.messages, 1)
        if one.contents.parts
    )
    try:
        taken = taken_from(found, pieces=chosen.pieces)
    except SysexError as error:
        why: tuple[str, ...] = (f"its dumps do not belong together: {error}",)
        return Undecided((f"{len(listed)} dumps",), why, messages=listed)
    if len(taken.loose) > 1:
        return Undecided(taken.describe(), taken.notes, messages=listed)
    broken = any(piece.contents.parts for piece in found.pieces) and not chosen.pieces
    whole = taken_from(found, pieces=True) if broken else taken
    if not (whole.parts or whole.loose):
        raise _without_dump(path, found)
    (single,) = taken.loose or (None,)
    if chosen.slot is not None:
        single = None
    more = whole.describe() if whole != taken else ()
    notes = (*_notes(taken, len(found.problems)), *taken.notes)
    return Undecided(taken.describe(), notes, (), single, more, whole.missing)


def _file_at(place: str) -> tuple[Path, DumpFile, Chosen]:
    """Return what is read at a place, only the message that was chosen; raises OriginError."""
    text, chosen = path_and_choice(place)
    path = found_again(Path(text))
    found = read_file(_bytes_of(path))
    if chosen.message is not None:
        try:
            found = found.only((chosen.message,))
        except IndexError as error:
            raise _useless(
                path, f"it no longer has a message {chosen.message}", code="message-missing"
            ) from error
    return path, found, chosen


def _without_dump(path: Path, found: DumpFile) -> OriginError:
    first = f": {found.problems[0]}" if found.problems else ""
    return _useless(
        path,
        f"no complete dump of an M1's memory was found in it{first}",
        code="no-dump-in-file",
        whole=any(piece.contents.parts for piece in found.pieces),
    )


def _bytes_of(path: Path) -> bytes:
    try:
        return read_bounded(path, DUMPS)
    except FileTrouble as trouble:
        raise _useless(path, trouble.reason, code=trouble.advice.code) from trouble


def _notes(taken: Taken, problems: int) -> tuple[str, ...]:
    notes, contents = [], taken.contents
    if problems:
        plural = "place in the file is" if problems == 1 else "places in the file are"
        notes.append(f"{problems} {plural} left out: no dump was found there")
    notes += [f"DAMAGED: {said(one)}" for one in damage_in(contents, taken.slots)]
    if taken.missing:
        notes.append(f"the file is cut short; missing: {', '.join(taken.missing)}")
    if not contents.parts:
        return tuple(notes)
    if half := _half(contents.describe()):
        notes.append(half)
    missing = [part for part in Part if part is not Part.ALL and part not in contents.parts]
    if missing:
        notes.append(f"not in it: {', '.join(part.value for part in missing)}")
    if Part.GLOBAL in missing and contents.parts - {Part.SEQUENCE}:
        notes.append("the drum kits are in global: without it, drum sounds may be wrong")
    return tuple(notes)


def _useless(path: Path, problem: str, *, code: str, whole: bool = False) -> OriginError:
    """Return why a file is no origin; `whole` if something of it can be saved all the same."""
    return OriginError(
        Advice(
            code=code,
            happened=f'"{printable_path(path)}" cannot be restored: {problem}.',
            safe="Nothing was sent; the instrument is unchanged.",
            cause="A file's name does not show what it contains.",
            next_step="Save what is intact in it: m1tui convert --salvage FILE OUT.syx"
            if whole
            else "Choose another file. Once it is in the library, you can see what it contains.",
        )
    )
