"""What a run's steps look like now, beside what the journal keeps: handiwork, sketches, keys."""

from __future__ import annotations

import asyncio
import re

from m1tui.app.run.expected_panel import Foreseen, Known, expected
from m1tui.app.run.pictures import Evidence
from m1tui.app.run.views import StepNow
from m1tui.app.widgets.display import amiss
from m1tui.app.workbench import Workbench
from m1tui.engine.keybed import KeybedReport
from m1tui.procedures.claims import power_after, switches_off
from m1tui.procedures.hands import (
    SWITCH_ON,
    HandTask,
    do,
    listens,
    of_one_kind,
    shown_then,
    tasks_of,
)
from m1tui.procedures.keys import leading_in
from m1tui.procedures.run import Run
from m1tui.procedures.states import Mark
from m1tui.procedures.watch import mode_missed, way_back
from m1tui.sysex import Mode
from m1tui.virtual.settings import Model

Heard = tuple[tuple[str, ...], KeybedReport | None, bool]
"""What is heard while the program listens: notes, and what came of the keys."""

NOWHERE = ("", "")
"""Where the keys act of an M1 that is off, or that nobody sees."""
ON_ANY_PAGE = ("REC", "START/STOP")
"""Keys that do the same on each page of their mode."""


def _without_cursor(line: str) -> str:
    """Return a line of the display as it is with the cursor elsewhere: "SONG:2 " for "SONG:>2"."""
    return re.sub(r">(\S+)", r"\1 ", line)


class StepPictures:
    """Follows the handiwork at the steps of one run."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._hands = asyncio.Lock()
        """Held while a task is done: there is one pair of hands."""
        self._there = False
        """Whether the instrument on the bench is known to be the one of the run."""
        self._step = ""
        self._doubt = ""
        """Why the current step was open again when it was last looked at, empty where it was
        not."""
        self._listened = False
        """Whether the program has listened at the current step and listens no longer."""
        self._pressed = 0
        self._places = [NOWHERE]
        """Where the tasks that were done have led a virtual M1: before the first, after each."""
        self._turning = False
        """Whether UP or DOWN was pressed for the task that is next, and is not done yet."""
        self._moved = ""
        """The step whose check changed the mode; empty for none, and once a key of a step was
        pressed since."""
        self._first: tuple[str, ...] = ()
        """Keys that lead back to where the current step's keys begin."""
        self._elsewhere: Mode | None = None
        """The mode that the current step's keys need, where the M1 was in another one when the run
        came to it."""
        self._acted: set[str] = set()
        """The steps whose handiwork a virtual M1 has done."""
        self._seen: tuple[str, ...] = ()
        """What it showed after that, until it is asked about it or a key is pressed."""
        self._keybeds: dict[str, KeybedReport] = {}
        self._sketched: tuple[object, ...] = ()
        self._expected: tuple[Foreseen, ...] = ()

    def stand_at_instrument(self) -> None:
        """Know that the instrument on the bench is the one of the run: it is looked at now."""
        self._there = True
        self._step, self._sketched = "", ()

    def pressed_now(self, run: Run) -> int:
        """Return how many of the current step's keys were pressed."""
        self._arrive(run)
        return self._pressed

    def of(self, run: Run, heard: Heard | None, trouble: tuple[Evidence, ...]) -> StepNow:
        """Return the moment at the current step; `heard` is None while nothing listens."""
        self._arrive(run)
        sketch = self._sketch(run, _known_at(self._bench))
        notes, keybed, begun = heard if heard is not None else ((), None, False)
        return StepNow(
            rehearsal=self._bench.rehearsal is not None,
            rack=self._bench.rack,
            hand_tasks=self._hand_tasks(run),
            pressed=self._pressed,
            turning=self._turning,
            expected=tuple(one.lines for one in sketch),
            wordings=tuple(one.wording for one in sketch),
            moved=self._moved == run.current.id,
            led=bool(self._first) and self._pressed == 0,
            elsewhere=self._elsewhere,
            acted=run.current.id in self._acted,
            seen=self._seen,
            listening=heard is not None,
            listened=self._listened,
            heard=notes,
            begun=begun,
            keybed=keybed or self._keybeds.get(run.current.id),
            trouble=trouble,
        )

    def take_seen(self, run: Run) -> tuple[str, ...]:
        """Return what a virtual M1 showed after it did the current step, and keep it no longer.

        It belongs to the check that comes next: at a later one the display may be another.
        """
        self._arrive(run)
        seen, self._seen = self._seen, ()
        return seen

    def found(self, run: Run, keybed: KeybedReport | None) -> None:
        """Keep what was heard of the keys at the current step, if it was listened for.

        Where the step is not done because none was heard, no key is called silent.
        """
        if keybed is not None and (keybed.begun or run.current_state.verdicts):
            self._keybeds[run.current.id] = keybed
        state = run.current_state
        if run.current.repeat is not None and state.mark is Mark.OPEN:
            self.forget(run)
        all_done = self._pressed >= len(self._hand_tasks(run))
        if run.current.finds and state.failed and all_done:
            # What was heard there may be the fault that is looked for.
            self._listened = True
        else:
            self.unheard(run)

    def unheard(self, run: Run) -> None:
        """Know that the program listens no longer: what was done while it did is to be done again.

        Not where the step is proved by it.
        """
        self._listened = True
        if listens(run.current) and run.current_state.mark is Mark.OPEN:
            self._forget_handiwork(run)
            self._begin()

    def forget(self, run: Run) -> None:
        """Let the handiwork of the current step be done again."""
        self._forget_handiwork(run)
        self._keybeds.pop(run.current.id, None)
        self._begin()

    def listen(self, run: Run) -> None:
        """Know that the program begins to listen: what was done before it does not hear."""
        self._arrive(run)
        self._forget_handiwork(run)
        self._begin()

    def all_done(self, run: Run) -> None:
        """Know that a virtual M1 has done all of the current step's handiwork by itself."""
        self._arrive(run)
        self._acted.add(run.current.id)

    def moved(self, run: Run) -> None:
        """Know that a check changed the mode: the step's keys begin again."""
        self._arrive(run)
        self._moved = run.current.id
        if run.current.keys and run.current_state.mark is Mark.OPEN:
            self._forget_handiwork(run)
            self._begin()
            self._elsewhere, self._first = None, way_back(run)

    def begin_again(self, run: Run) -> None:
        """Know that hands left the page of the step's keys: they begin again."""
        self._arrive(run)
        if run.current_state.mark is Mark.OPEN:
            self.forget(run)
            self._first = way_back(run)

    def missed(self, run: Run) -> tuple[tuple[str, str], tuple[str, str]] | None:
        """Return what a virtual M1 shows and what the step's keys lead to, where the two differ.

        Keys that move no cursor leave it where the person has put it. None where nobody knows it:
        the display of a real one is seen only by the person.
        """
        rehearsal = self._bench.rehearsal
        if rehearsal is None or run.current.kind != "keys":
            return None
        sketch = self._sketch(run, _known_at(self._bench))
        if not sketch:
            return None
        shown, led_to = rehearsal.display(), sketch[-1].lines
        pairs = list(zip(shown, led_to, strict=True))
        if set(run.current.key_names) <= set(ON_ANY_PAGE):
            pairs = [(_without_cursor(one), _without_cursor(other)) for one, other in pairs]
        differs = any(amiss(*pair) for pair in pairs)
        return (shown, led_to) if differs else None

    def left_out(self, run: Run) -> tuple[str, ...]:
        """Return the step's keys that were not pressed on a virtual M1 whose display hides it.

        Those are keys of the sequencer: whether it runs may not be known from what it shows.
        """
        sequencer = run.current.key_names[-1:] == ("START/STOP",)
        if self._bench.rehearsal is None or run.current.kind != "keys" or not sequencer:
            return ()
        due = self._hand_tasks(run)[self.pressed_now(run) :]
        return tuple(key for task in due for key in task.keys)

    async def do_next(self, run: Run) -> None:
        """Do the next task on a virtual M1; on a real one it counts as done by the person."""
        async with self._hands:
            self._arrive(run)
            hand_tasks = self._hand_tasks(run)
            if run.current_state.mark is not Mark.OPEN or self._pressed >= len(hand_tasks):
                return
            hand_task, begun = hand_tasks[self._pressed], self._places
            if self._bench.rehearsal is not None:
                await do(self._bench.rehearsal, hand_task)
            if self._places is begun and hand_task is not SWITCH_ON:
                self._count(hand_task)

    @property
    def place(self) -> tuple[str, str]:
        """Where keys act on a virtual M1 now."""
        rehearsal = self._bench.rehearsal
        return rehearsal.place() if rehearsal is not None else NOWHERE

    def pressed(self, run: Run, key: str, before: tuple[str, str]) -> None:
        """Count a key of the panel, if it comes next and was pressed where those before it lead.

        `before` is the place where it was pressed. Keys that are pressed until something is shown
        end where a virtual M1 shows it, or where the key after them is pressed and nobody can tell.
        """
        self._arrive(run)
        self._seen = ()
        judged = run.current_state.failed and run.current_state.mark is Mark.OPEN
        if run.current.keys and judged and self._pressed >= len(self._hand_tasks(run)):
            # They were judged as they were pressed: who presses on begins again.
            self._forget_handiwork(run)
            self._begin()
        if not (self._is_due_at(run, before) and self._counts(run, key)):
            self._turn_away(run, key)
            self._follow(run)
        self._count_what_is_shown(run)

    def _counts(self, run: Run, key: str) -> bool:
        """Return whether a key belongs to the task that is next; count that if it is done."""
        due = self._hand_tasks(run)[self._pressed : self._pressed + 2]
        if not due:
            return False
        if due[0].keys == (key,):
            self._count(due[0])
            return True
        if len(due[0].keys) > 1 and key in due[0].marked:
            self._turning = True
            return True
        ends = len(due) > 1 and due[1].keys == (key,) and self._turning
        if ends and not self._tells_value(run):
            self._count(due[0])
            self._count(due[1])
            return True
        return False

    def _tells_value(self, run: Run) -> bool:
        """Return whether it is known what the display shows once the next task is done."""
        after = self._sketch(run, _known_at(self._bench))[self._pressed + 1 :]
        seen = self._bench.rehearsal is not None
        return seen and bool(after) and after[0].at_cursor

    def _is_due_at(self, run: Run, place: tuple[str, str]) -> bool:
        """Return whether the next task is to be done at that place of a virtual M1."""
        wanted = self._places[self._pressed]
        if self._pressed or not place[0]:
            return wanted in (place, NOWHERE)
        # Nothing is due before the comparison; and what hands do first may be no key.
        first = tuple(key for task in self._hand_tasks(run)[:1] for key in task.keys[:1])
        sketch = self._sketch(run, _known_at(self._bench))
        if not (sketch and first) or leading_in(first):
            return True
        page = sketch[0].page
        if first[0] in ON_ANY_PAGE:
            return place[0].partition(" ")[0] == page.partition(" ")[0] or not page
        return place[0] == page or not page

    def _turn_away(self, run: Run, key: str) -> None:
        """Count a value no longer as set where UP or DOWN has just led away from it."""
        last = self._hand_tasks(run)[max(0, self._pressed - 1) : self._pressed]
        here = self.place == self._places[self._pressed] != NOWHERE
        if here and last and last[0].turns and key in ("UP", "DOWN"):
            self._pressed, self._turning = self._pressed - 1, True

    def _follow(self, run: Run) -> None:
        """Mark the key that comes next where a key that is not the step's own has led.

        Where the step's keys have to be done again from there, they are no longer counted.
        """
        hand_tasks, now = self._hand_tasks(run), self.place
        here = self._is_due_at(run, now)
        stays = here and self._pressed > 0
        if stays or not now[0] or self._pressed >= len(hand_tasks):
            return
        keys = [task.keys[0] if len(task.keys) == 1 else "" for task in hand_tasks]
        # What was heard stays heard; what was set on a page may be set no longer.
        last = len(self._places) if listens(run.current) else leading_in(keys) + 1
        known = list(enumerate(self._places[:last]))[1:]
        same = [count for count, place in known if place == now]
        page = [count for count, place in known if place == (now[0], "")]
        self._pressed, self._turning = max(same or page or [0]), False
        # Where it stands shows no value: that is counted once it is shown.
        while self._pressed - 1 in same and hand_tasks[self._pressed - 1].turns:
            self._pressed -= 1
        if self._pressed == 0 and not (here or self._first):
            self._first = way_back(run)

    def _count_what_is_shown(self, run: Run) -> None:
        """Count the value that UP or DOWN are to set, where a virtual M1 shows that it is set."""
        hand_tasks, rehearsal = self._hand_tasks(run), self._bench.rehearsal
        if rehearsal is None or self._pressed >= len(hand_tasks):
            return
        if not self._is_due_at(run, rehearsal.place()):
            return
        due, sketch = hand_tasks[self._pressed], self._sketch(run, _known_at(self._bench))
        if not due.turns or self._pressed + 1 >= len(sketch):
            return
        then = sketch[self._pressed + 1]
        pairs = zip(rehearsal.display(), then.lines, strict=True)
        if then.at_cursor and not any(amiss(*pair) for pair in pairs):
            self._count(due)

    async def handle(self, run: Run, action: str) -> None:
        """Do an action at the panel; it counts where one of its kind comes next.

        A step that names a key to play has that one played.
        """
        async with self._hands:
            self._arrive(run)
            hand_tasks = self._hand_tasks(run)
            wanted = hand_tasks[self._pressed].action if self._pressed < len(hand_tasks) else ""
            same, begun = of_one_kind(wanted, action), self._places
            self._seen = ()
            if self._bench.rehearsal is not None:
                await self._bench.rehearsal.perform(wanted if same else action)
            if same and self._places is begun and run.current_state.mark is Mark.OPEN:
                self._count(hand_tasks[self._pressed])

    async def act(self, run: Run) -> None:
        """Do all tasks of the hands that are left on a virtual M1, and keep what it then shows.

        It ends where the run has gone on: the step may be proved before the M1 has greeted.
        """
        self._arrive(run)
        rehearsal = self._bench.rehearsal
        if rehearsal is None or run.current.id in self._acted:
            return
        while run.current.id == self._step and self._pressed < len(self._hand_tasks(run)):
            off = self._hand_tasks(run) == (SWITCH_ON,)
            await self.do_next(run)
            if off and self._hand_tasks(run) == (SWITCH_ON,):
                # Its supply is dead.
                break
        if run.current.id != self._step:
            return
        self._acted.add(run.current.id)
        self._seen = shown_then(rehearsal, run.current)

    def _count(self, hand_task: HandTask) -> None:
        """Count a task as done; the first key of all leads to a page of its own."""
        if hand_task.keys:
            self._moved = ""
        self._turning = False
        self._pressed += 1
        self._places[self._pressed : self._pressed + 1] = [self.place]

    def _begin(self) -> None:
        """Let the current step's tasks begin with the first."""
        self._pressed, self._turning = 0, False
        self._places = [NOWHERE]

    def _arrive(self, run: Run) -> None:
        state = run.current_state
        doubted = bool(state.doubt) and state.doubt != self._doubt
        here, self._doubt = run.current.id == self._step, state.doubt
        if here and not (doubted and state.mark is Mark.OPEN):
            return
        self._step, self._seen = run.current.id, ()
        self._listened = False
        self._begin()
        looked = self._there and not here
        self._elsewhere = self._mode_missed(run) if looked else None
        away = self._moved or here or self._elsewhere is not None
        self._first = way_back(run) if away else ()
        if state.mark is Mark.OPEN:
            # Its keys were pressed for what it was before, or the display has moved since.
            self._forget_handiwork(run)
            self._keybeds.pop(run.current.id, None)

    def _forget_handiwork(self, run: Run) -> None:
        self._acted.discard(run.current.id)
        self._seen = ()

    def _mode_missed(self, run: Run) -> Mode | None:
        rehearsal, data = self._bench.rehearsal, self._bench.mode_data
        if rehearsal is not None:
            return mode_missed(run, None, rehearsal.lamps())
        return mode_missed(run, data.mode if data is not None else None)

    def _hand_tasks(self, run: Run) -> tuple[HandTask, ...]:
        if run.owes_comparison:
            # Nothing is compared with an M1 that is off; all else waits for the comparison.
            rehearsal = self._bench.rehearsal
            return (SWITCH_ON,) if rehearsal is not None and not rehearsal.lamps() else ()
        if self.is_off_here(run):
            return (SWITCH_ON,)
        back = tuple(HandTask(key, (key,)) for key in self._first)
        return back + tasks_of(run, rehearsal=self._bench.rehearsal is not None)

    def is_off_here(self, run: Run) -> bool:
        """Return whether a virtual M1 is off at a step that was opened again and needs it on."""
        rehearsal, step = self._bench.rehearsal, run.current
        if rehearsal is None or rehearsal.lamps() or self._pressed:
            return False
        if run.current_state.mark is not Mark.OPEN or run.is_to_be_off:
            return False
        switches = power_after(step) is not None or switches_off(step)
        return not switches and (step.senses or listens(step) or bool(step.keys))

    def _sketch(self, run: Run, known: Known) -> tuple[Foreseen, ...]:
        """Return what to expect at the current step, worked out once: keys change what is known."""
        basis = (run.position, run.marks, tuple(run.values.items()), known.model)
        if basis != self._sketched:
            self._sketched = basis
            self._expected = expected(run, known)
        return self._expected[:1] * len(self._first) + self._expected


def _known_at(bench: Workbench) -> Known:
    """Return what is known of the instrument on the bench."""
    model = Model.M1R if bench.rack else Model.M1
    instrument = bench.instrument
    if instrument is None:
        return Known(model)
    diagnosis = instrument.diagnosis
    return Known(
        model,
        bench.mode_data,
        diagnosis.channel if diagnosis is not None else None,
        diagnosis.exclusive if diagnosis is not None else None,
        instrument.memory,
        instrument.link.survey,
    )
