"""What happens to the instrument beside the steps of a run: what was known, what came, alarms.

Nothing here asks or writes: `Watch.after` takes what one look at the instrument showed, and returns
what is known from then on and the alarms. What a step allows is read out of its claims.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from m1tui.advice import Advice
from m1tui.engine.keys import FORMAT_CARD
from m1tui.procedures import alarms as say
from m1tui.procedures.alarms import (
    ALLOCATION,
    CARD,
    CARD_FORMAT,
    CARD_IN,
    CHANNEL,
    EXCLUSIVE,
    PCM_CARD,
    POWER,
    SONGS,
    Alarm,
    takes_out_card_cell,
)
from m1tui.procedures.claims import OFF, action_word, claims_of
from m1tui.procedures.keys import MODE_OF_KEY, begins_anywhere, first_mode, to_page, turned_names
from m1tui.procedures.origins import backups_of, part_of, sends
from m1tui.procedures.other_allocation import advised_allocation, asks_for_allocation
from m1tui.procedures.run import Run
from m1tui.procedures.schema import Step
from m1tui.procedures.stakes import parts_lost
from m1tui.procedures.states import Mark
from m1tui.sysex import Allocation, CardState, Mode, ModeData, Part

CHECK_MOVED = (
    "To check this step, the program changed the M1's mode: the display may show another page. "
    "Start again with the first key."
)
"""What is said where a check of the current step may have left its keys' page."""
LED_THERE = (
    "The display may not show the page where this step's keys begin: the first keys shown lead "
    "there."
)
"""What is said where that may be since an earlier step, with `way_back` before the keys."""
_GREETING_LOOKS = 2
_HANDLES_CARD = ("insert-card", "insert-rom-card", "insert-song-card", "remove-card")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at the instrument showed."""

    heard: bool
    """Whether anything came from it, active sensing included."""
    mode_data: ModeData | None = None
    channel: int | None = None
    """The channel on which it names itself, 0–15; None where nothing said it."""
    plays: bool = False
    """Whether its sequencer may be running: it then answers nothing."""
    initialised: bool | None = None
    """Whether the memory is initialised, where that was asked and answered."""
    songs: int = 0
    """How often hands did what may change a song, since the look before."""
    paused: bool = False
    """Whether its active sensing stopped for a moment since the look before."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may happen to the instrument at the current step of a run."""

    off: bool = False
    """It is to be off, or in pieces: nothing may come from it."""
    subjects: frozenset[str] = frozenset()
    """What the step may change: see `ALLOCATION` and the rest."""
    mode: Mode | None = None
    """The mode to which the step's keys have led, None where any will do."""
    backup: str = ""
    """The file that this run has kept of the whole internal memory, empty for none."""
    backup_allocation: Allocation | None = None
    """How the memory was divided when `backup` was made, None where that is not known."""
    written: frozenset[Part] = frozenset()
    """What steps have written into since `backup` was made, but for what they sent from it."""
    asks_allocation: str = ""
    """The place of the step in which the allocation is written down, empty for none."""
    asks_here: bool = False
    """Whether the current step asks for `asked`: its check has found another allocation."""
    asked: Allocation | None = None
    """The allocation that a refused send at the step asks for, or its check; None for none."""
    songs: str = ""
    """The file that it has kept of all songs, empty for none."""
    step: str = ""
    """The step's id."""
    proved: frozenset[str] = frozenset()
    """What the step has proved, where it is done: claims, which it may no longer change."""
    card_at_risk: bool = False
    """Whether the card keeps its data only as long as it stays in the slot of an M1 that is on."""

    def changes(self, subject: str) -> bool:
        """Return whether the step may still change `subject`."""
        begins = (subject, f"{subject} ")
        done = any(claim.startswith(begins) for claim in self.proved)
        return subject in self.subjects and not done

    def value(self, subject: str) -> str:
        """Return what the step has proved of `subject`, empty for nothing."""
        begins = f"{subject} = "
        return next((one.removeprefix(begins) for one in self.proved if one.startswith(begins)), "")

    def contradicts(self, subject: str, value: str) -> bool:
        """Return whether the step has proved of `subject` another value than is seen."""
        return bool(self.value(subject)) and not self.proves(subject, value)

    def relies_on(self, subject: str) -> bool:
        """Return whether the step has proved anything of `subject`."""
        return any(claim.startswith(f"{subject} ") for claim in self.proved)

    def proves(self, subject: str, value: str) -> bool:
        """Return whether the step changed `subject` itself, to the `value` that is seen."""
        return f"{subject} = {value}" in self.proved


@dataclass(frozen=True, slots=True)
class Watch:
    """What is known of the instrument from the looks so far."""

    last: ModeData | None = None
    """The mode data when it last answered."""
    channel: int | None = None
    home: int | None = None
    """The channel that it is to have: the one before an alarm of another, which says so."""
    answers: bool = False
    """Whether it answered at the last look."""
    gone: bool = False
    """Whether nothing came at the last look, although it had answered before."""
    power_lost: bool = False
    """Whether it went silent without being asked to."""
    spoke: str | None = None
    """The step at which it was heard although it is to be off, None where it is not."""
    unanswered: int = 0
    """At how many looks it was heard and did not answer, since it was silent."""
    deaf: bool = False
    """Whether it has answered nothing since it did, though it was heard and not switched off."""
    link_lost: bool = False
    before: ModeData | None = None
    """The mode data before it was to be off."""
    saved: str = ""
    """What the run had kept of the whole internal memory when it last answered, empty for none."""

    def after(self, seen: Seen, allowed: Allowed) -> tuple[Watch, tuple[Alarm, ...]]:
        """Return what is known after a look, and the alarms that it raises."""
        now, alarms = self._after(seen, allowed)
        now = replace(now, saved=allowed.backup if now.answers else self.saved)
        if seen.songs and SONGS not in allowed.subjects:
            return now, (say.songs_touched(allowed.songs), *alarms)
        return now, alarms

    def _after(self, seen: Seen, allowed: Allowed) -> tuple[Watch, tuple[Alarm, ...]]:
        if allowed.off:
            # Each step is one more that would be done with the power on.
            new = seen.heard and self.spoke != allowed.step
            alarms = (say.on_while_off(saved=bool(allowed.backup)),) if new else ()
            before = self.last or self.before
            spoke = allowed.step if seen.heard else None
            return Watch(gone=not seen.heard, spoke=spoke, before=before), alarms
        if not seen.heard:
            return self._silent(allowed)
        if seen.mode_data is None and seen.plays:
            return replace(self, gone=False, link_lost=False), ()
        if seen.mode_data is None:
            return self._without_answer(allowed)
        now = Watch(seen.mode_data, seen.channel, seen.channel, answers=True)
        if self.last is None or POWER in allowed.subjects:
            # It may be set to anything when it is on again, if the memory is lost: not otherwise.
            before = self.last or self.before
            if seen.initialised is False and before is not None and _reallocated(before, now.last):
                return now, (self._reallocation(before, seen.mode_data, allowed),)
            return now, ()
        # Shorter than two looks are apart, a power cut shows only as Exclusive at DIS.
        lost = self.deaf and seen.initialised is True
        away = self.power_lost or lost or seen.paused
        back = (say.returned(seen.initialised),) if away else ()
        # Of a memory that is lost with its power, that alarm says all.
        emptied = away and seen.initialised is True
        changes = self._changes(seen, seen.mode_data, allowed, emptied=emptied)
        if self.home is not None and not (emptied or self._sets_channel(seen, allowed)):
            now = replace(now, home=self.home)
        return now, (*back, *changes)

    def loses_link(self, allowed: Allowed, advice: Advice) -> tuple[Watch, tuple[Alarm, ...]]:
        """Return what is known once the link is lost, and the alarm unless that was raised."""
        alarms = () if self.link_lost or allowed.off else (say.link_lost(advice),)
        return replace(self, link_lost=True), alarms

    @property
    def in_sequencer(self) -> bool:
        """Whether it was in SEQUENCER mode when it last answered."""
        return self.last is not None and self.last.mode is Mode.SEQUENCER

    def asks_memory(self, now: ModeData, allowed: Allowed) -> bool:
        """Return whether it is to be asked if the memory is lost, once it has answered `now`."""
        deaf = self.deaf and self.last is not None
        other = _reallocated(self.last or self.before, now)
        found = now.allocation.label if now.allocation is not None else ""
        return self.power_lost or deaf or other or allowed.contradicts(ALLOCATION, found)

    def _silent(self, allowed: Allowed) -> tuple[Watch, tuple[Alarm, ...]]:
        gone = replace(self, answers=False, gone=True, link_lost=False, unanswered=0)
        if self.gone or self.last is None or POWER in allowed.subjects:
            return gone, ()
        return replace(gone, power_lost=True), (say.went_silent(),)

    def _without_answer(self, allowed: Allowed) -> tuple[Watch, tuple[Alarm, ...]]:
        """Return what is known where it is heard, and answers no mode request."""
        # A step that is about the power may leave it with a new memory, and Exclusive at DIS.
        deaf = self.deaf or (self.answers and POWER not in allowed.subjects)
        now = replace(self, answers=False, gone=False, spoke=None, deaf=deaf, link_lost=False)
        loses = {POWER, EXCLUSIVE} <= allowed.subjects and not (deaf or self.power_lost)
        if loses and self.last is not None:
            # With the memory its channel and its allocation are lost, too: as if it had been off.
            now = replace(now, last=None, before=self.last)
        if self.power_lost:
            # Just switched on it greets for a while before it answers.
            now = replace(now, unanswered=self.unanswered + 1)
            return now, (say.returned(None),) if now.unanswered == _GREETING_LOOKS else ()
        if not self.answers or EXCLUSIVE in allowed.subjects:
            return now, ()
        return now, (say.no_exclusive(),)

    @staticmethod
    def _sets_channel(seen: Seen, allowed: Allowed) -> bool:
        """Return whether the step itself sets the channel, or has proved the one that is seen."""
        named = str(seen.channel + 1) if seen.channel is not None else ""
        return allowed.changes(CHANNEL) or allowed.proves(CHANNEL, named)

    def _changes(
        self, seen: Seen, now: ModeData, allowed: Allowed, *, emptied: bool
    ) -> Iterator[Alarm]:
        assert self.last is not None
        found = now.allocation.label if now.allocation is not None else ""
        other = _reallocated(self.last, now) or allowed.contradicts(ALLOCATION, found)
        if other and not emptied:
            initialised = seen.initialised is True
            yield from _unless(
                allowed.changes(ALLOCATION) or allowed.proves(ALLOCATION, found),
                lambda: self._reallocation(self.last, now, allowed, initialised=initialised),
            )
        known = None not in (self.channel, seen.channel)
        other = known and seen.channel not in (self.channel, self.home)
        if other and not emptied:
            yield from _unless(
                self._sets_channel(seen, allowed),
                lambda: say.channel_changed(self.home, seen.channel),
            )
        pulled = allowed.relies_on(CARD) and now.card not in CARD_IN
        formats = CARD_FORMAT in allowed.subjects
        if pulled or _card_of(self.last, formats=formats) != _card_of(now, formats=formats):
            yield from _unless(
                CARD in allowed.subjects and not pulled,
                lambda: say.card_changed(self.last, now, at_risk=allowed.card_at_risk),
            )
        if None not in (self.last.pcm_card, now.pcm_card) and self.last.pcm_card != now.pcm_card:
            yield from _unless(
                PCM_CARD in allowed.subjects,
                lambda: say.pcm_card_changed(put_in=bool(now.pcm_card)),
            )
        wanted = allowed.mode
        if wanted is not None and now.mode is not wanted and self.last.mode is wanted:
            yield say.mode_changed(wanted, now.mode)

    def _reallocation(
        self, before: ModeData | None, now: ModeData, allowed: Allowed, *, initialised: bool = False
    ) -> Alarm:
        """Return the alarm of an allocation that is not as before, or not as the step proved."""
        old = before.allocation if before is not None else None
        proved = allowed.value(ALLOCATION)
        old = next((one for one in Allocation if one.label == proved), old)
        asked = now.allocation is not None and now.allocation is allowed.asked
        if initialised:
            asks = allowed.asks_allocation
            return say.initialised_and_reallocated(
                old, now.allocation, asks, asked=asked, here=allowed.asks_here
            )
        # One that was saved while it was being changed was not seen to be another since.
        back = allowed.backup_allocation not in (None, old) and self.saved == allowed.backup
        back = back and now.allocation is allowed.backup_allocation
        # Without a step that wrote since, all that is destroyed came from what was saved.
        if back and not allowed.written:
            return say.allocation_set_back(old, now.allocation, allowed.backup)
        written = allowed.written.intersection(parts_lost(old))
        contains = allowed.backup_allocation in (None, old) and not written
        backup = allowed.backup if contains else ""
        if now.allocation is not None and asked and (backup or allowed.asks_here):
            return say.allocation_changed_as_asked(
                old, now.allocation, backup, here=allowed.asks_here
            )
        return say.allocation_changed(old, now.allocation, backup)


def _reallocated(before: ModeData | None, now: ModeData | None) -> bool:
    """Return whether the memory is divided in another way than before."""
    if before is None or now is None:
        return False
    return before.allocation is not now.allocation


def _unless(allowed: bool, alarm: Callable[[], Alarm]) -> Iterator[Alarm]:
    if not allowed:
        yield alarm()


def _card_of(data: ModeData, *, formats: bool) -> tuple[object, ...]:
    """Return what makes two cards two: not the protect switch, nor the format if it `formats`."""
    if data.card not in CARD_IN:
        return (False,)
    return (True, data.card is CardState.ROM, None if formats else data.card_format)


# What a step allows


def allowed_at(
    run: Run,
    *,
    pressed: int = 0,
    backup: str = "",
    backup_allocation: Allocation | None = None,
    songs: str = "",
    since: int | None = None,
) -> Allowed:
    """Return what may happen to the instrument at the current step, and did since the last look.

    `pressed` is how many of the step's keys were pressed, `backup` what the run has kept of the
    whole internal memory and `songs` of all songs, `since` the index of the first step whose
    doing was not looked at.
    """
    first = run.position if since is None else min(since, run.position)
    doing = slice(first, run.position + 1)
    steps = zip(run.procedure.steps[doing], run.marks[doing], strict=True)
    subjects = frozenset(
        subject for step, mark in steps if mark is not Mark.LEFT_OUT for subject in _subjects(step)
    )
    if any(_handles_songs(run, index) for index in range(first, run.position + 1)):
        subjects |= {SONGS}
    done = run.current_state.mark is Mark.SENSED
    proved = frozenset(map(str, run.claims)) if done else frozenset()
    off, mode = run.is_to_be_off, _mode(run, pressed)
    at_risk = _card_is_at_risk(run)
    here = _asked_here(run)
    return Allowed(
        off=off,
        subjects=subjects,
        mode=mode,
        backup=backup,
        backup_allocation=backup_allocation,
        written=frozenset(_written_since_backup(run)),
        asks_allocation=asks_for_allocation(run),
        asked=here if here is not None else advised_allocation(run),
        asks_here=here is not None,
        songs=songs,
        step=run.current.id,
        proved=proved,
        card_at_risk=at_risk,
    )


def _asked_here(run: Run) -> Allocation | None:
    """Return the allocation that the current step asks for, where its check has found another."""
    if run.current_state.mark is not Mark.OPEN or not run.current_state.failed:
        return None
    wanted = {claim.value for claim in run.claims if claim.subject == ALLOCATION}
    return next((one for one in Allocation if one.label in wanted), None)


def _written_since_backup(run: Run) -> Iterator[Part]:
    """Yield what steps have written into after the memory was saved whole, done or not.

    What was sent from that backup again is contained in it.
    """
    kept = backups_of(run, "internal")
    saved = [step for step in kept if part_of(run.at(step)) is Part.ALL]
    after = run.procedure.steps.index(run.procedure.step(saved[-1])) + 1 if saved else 0
    steps = zip(run.procedure.steps[after:], run.marks[after:], strict=True)
    for step, mark in steps:
        if saved and sends(run, step, kept[saved[-1]]):
            continue
        done = mark in (Mark.SENSED, Mark.BY_HAND) and step.kind != "check"
        if done or step.id in run.rewritten:
            for claim in claims_of(step):
                yield from say.parts_of_memory(claim.subject)


def _card_is_at_risk(run: Run) -> bool:
    """Return whether the card's cell is out: it then lives on the power of the M1 alone."""
    upto = run.position + (run.current_state.mark is not Mark.OPEN)
    at_risk = False
    for step, mark in zip(run.procedure.steps[:upto], run.marks, strict=False):
        if mark in (Mark.SENSED, Mark.BY_HAND, Mark.OVERRIDDEN):
            back = "insert-card-cell" in map(action_word, step.rehearse)
            at_risk = takes_out_card_cell(step) or (at_risk and not back)
    return at_risk


def _subjects(step: Step) -> Iterator[str]:
    # A check only asks: what it claims was so before.
    claimed = () if step.kind == "check" else claims_of(step)
    for subject in (*(claim.subject for claim in claimed), *step.changes):
        yield from (
            word
            for word in (ALLOCATION, CHANNEL, CARD_FORMAT, PCM_CARD, POWER, EXCLUSIVE)
            if subject == word or subject.startswith(f"{word} ")
        )
    if step.keys.startswith(f"{FORMAT_CARD} + "):
        yield CARD_FORMAT
    if OFF in map(str, claims_of(step)):
        yield POWER
    if step.initialises:
        # It also sets Exclusive to DIS.
        yield EXCLUSIVE
    if "card = in" in map(str, claimed):
        yield CARD
    for word in map(action_word, step.rehearse):
        if word.startswith("power-"):
            yield POWER
        elif "pcm-card" in word:
            yield PCM_CARD
        # The card may be taken out to slide its switch, where nothing is asked of it meanwhile.
        elif word in _HANDLES_CARD or ("card-protect" in word and not step.checks):
            yield CARD


def _handles_songs(run: Run, index: int) -> bool:
    """Return whether the step at `index` has keys to press in SEQ mode, or speaks of START/STOP."""
    step = run.procedure.steps[index]
    if "START/STOP" in step.text:
        return True
    words = [word for one in run.procedure.steps[: index + 1] for word in one.keys.split()]
    last = next((word for word in reversed(words) if word in MODE_OF_KEY), "")
    return bool(step.keys) and (last == "SEQ" or "SEQ" in step.keys.split())


def _mode(run: Run, pressed: int) -> Mode | None:
    if run.current_state.mark is not Mark.OPEN or pressed >= len(run.presses):
        # No key is marked: the check judges what all of them led to.
        return None
    keys = [key for press in run.presses[:pressed] for key in press.keys]
    return first_mode(reversed(keys))


def way_back(run: Run) -> tuple[str, ...]:
    """Return the keys that lead to where the current step's keys begin.

    There are none where they begin with a mode key, which leads there from every page, and none
    where START/STOP is to stop what an earlier step has started: a mode key would stop it, and
    START/STOP start it again. The keys of a step that was skipped were not pressed, but those of
    the current step count on them.
    """
    if not run.presses or begins_anywhere(run.presses) or _stops_a_song(run):
        return ()
    done = [
        replace(run, position=index)
        for index, mark in enumerate(run.marks[: run.position])
        if mark in (Mark.SENSED, Mark.BY_HAND, Mark.OVERRIDDEN)
    ]
    return to_page(key for each in done for press in each.presses for key in press.keys)


def _stops_a_song(run: Run) -> bool:
    """Return whether the current step begins with START/STOP, and earlier keys started a song."""
    if "START/STOP" not in run.presses[0].keys:
        return False
    plays = False
    for step, mark in zip(run.procedure.steps, run.marks[: run.position], strict=False):
        if mark not in (Mark.SENSED, Mark.BY_HAND, Mark.OVERRIDDEN):
            continue
        for key in step.key_names:
            if key == "START/STOP":
                plays = not plays
            elif key in MODE_OF_KEY:
                plays = False
    return plays


def mode_missed(run: Run, found: Mode | None, lamps: Iterable[str] = ()) -> Mode | None:
    """Return the mode that the current step's keys begin in, where the M1 is in another one.

    `found` is the mode in which it answered, None where it did not; the `lamps` of a virtual one
    show it at once. None where the keys begin anywhere, and where nobody knows.
    """
    back = way_back(run)
    lit = first_mode(lamps)
    found = lit if lit is not None else found
    if not back or run.current_state.mark is not Mark.OPEN or found is None:
        return None
    wanted = MODE_OF_KEY[back[0]]
    return None if found is wanted else wanted


def in_another_mode(wanted: Mode, run: Run) -> str:
    """Return what is said where the M1 was in another mode than the step's keys begin in.

    Those lead to the page, not to the song or track that the steps before have chosen on it.
    """
    said = (
        f"The M1 was not in {wanted.label} mode when this step began: the first keys shown lead "
        "there."
    )
    done = zip(run.procedure.steps[: run.position], run.marks, strict=False)
    keys = [one.keys for one, mark in done if one.keys and mark is Mark.BY_HAND]
    if keys and turned_names(keys[-1]):
        said += (
            " If the display then does not show what you chose in earlier steps, go back and "
            "choose it again."
        )
    return said
