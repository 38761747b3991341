"""Controls seen on the wire while a person uses them: each listens from before the act.

Source: M1 MIDI implementation 1-1 to 1-3, with its column of filters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from m1tui.advice import Advice, listed
from m1tui.engine.checks.listening import (
    PAUSE,
    LastChosen,
    Notice,
    Watch,
    ask_global,
    counted,
    hear,
    message_of,
    unheard,
)
from m1tui.engine.checks.registry import (
    NOTHING_WRITTEN,
    CheckContext,
    check,
    mode_now,
    read_internal,
    require_ready,
)
from m1tui.engine.checks.signs import (
    BEND,
    DAMPER,
    END,
    PANEL,
    PRESSURE,
    REACH,
    START,
    STOP,
    Filter,
    Sign,
    SignWatch,
    bender,
    controller,
    filters_at_dis,
    is_note,
    is_pressure,
)
from m1tui.engine.checks.signs import PROGRAM_CHANGE as CHANGE
from m1tui.engine.instrument import Instrument
from m1tui.engine.keys import CLOCK_INT, EXCLUSIVE_ON
from m1tui.engine.line.ear import Item
from m1tui.facts import FAULT, Verdict
from m1tui.sysex import AnyMessage, GlobalData, Mode, Part, ProgramDump, ProgramRequest
from m1tui.sysex.global_data import PEDALS

_FILTER = f"Press {EXCLUSIVE_ON} on the M1, then try again"
"""Program change, aftertouch, control and Exclusive to ENA."""
_KEY_TOO = "Press a key, too, so that the program hears that MIDI arrives."
"""So that a control which does not work can be told from one that nobody moved."""


class Unsent(NamedTuple):
    """The modes in which an M1 does not send a control."""

    modes: frozenset[Mode]
    said: str
    """What is said in one of them, as the end of a sentence."""
    suspected: str
    """What is said where the mode is not known, as one part of a sentence."""
    changes: bool = False
    """Whether it changes the value at the cursor in them."""


STOP_FIRST = "If the sequencer is running, press START/STOP."
_EDIT_SLIDER = PEDALS.index("edit slider")
"""The function of an assignable pedal that then sends what VALUE sends."""
_CHANGING = (Mode.GLOBAL, Mode.SEQUENCER)
"""The modes in which VALUE, or a pedal for it, changes a setting or a song."""


@dataclass(frozen=True, slots=True)
class Control:
    """What is looked for, and what it means when it is missing."""

    name: str
    signs: tuple[Sign, ...]
    filters: tuple[Filter, ...]
    """What keeps it back at DIS; at ENA it is what it lets through that is heard."""
    causes: tuple[str, ...]
    """The other causes, each as one part of a sentence."""
    act: str
    """What to do, as the end of a sentence."""
    code: str
    """The code of the advice where it is missing."""
    partly: tuple[str, str] | None = None
    """The cause and the next step where one sign was heard: the M1 sends the others like it. None
    where that is not certain."""
    ordered: bool = False
    """Whether a sign counts only after the one before it."""
    is_key: bool = False
    """Whether it is a key, or needs one: with it the program hears that MIDI arrives."""
    on_notes: bool = False
    """Whether it is sent only while a key is held down; notes are never filtered."""
    added: str = ""
    """What is said behind the causes."""
    first: str = ""
    """What to press before all else, whatever is filtered."""
    playing: str = ""
    """What may also be the cause where notes were heard, as one part of a sentence."""
    unsent: Unsent | None = None
    """Where it is not sent; None where it is sent in every mode in which one listens."""
    by_step: bool = False
    """Whether the keys of a step send it, and `act` stands in for them where it has none."""

    def in_step(self, keys: str) -> Control:
        """Return it as a step with those keys has it, which are all to be pressed again."""
        if not (self.by_step and keys):
            return self
        again = f"press {keys}."
        partly = (self.partly[0], f"Try again: {again}") if self.partly is not None else None
        return replace(self, act=again, partly=partly)

    def cause(
        self,
        watch: SignWatch,
        passed: frozenset[Filter] = frozenset(),
        mode: Mode | None = None,
    ) -> str:
        """Return what can be the cause after what `watch` heard; `passed` was seen beside it.

        `mode` is the one that the M1 is then in, None where that is not known.
        """
        if self.on_notes and not watch.notes:
            return "No key was held down: no note was heard."
        if self.unsent is not None and mode is not None and mode in self.unsent.modes:
            return f"The M1 is in {mode.label} mode, and {self.unsent.said}."
        kept = filters_at_dis(one for one in self.filters if one not in watch.passed | passed)
        elsewhere = [self.unsent.suspected] if self.unsent is not None and mode is None else []
        plays = [self.playing] if self.playing and watch.notes else []
        return _one_of((*plays, *([kept] if kept else []), *elsewhere, *self.causes)) + self.added

    def next_step(
        self,
        watch: SignWatch,
        passed: frozenset[Filter] = frozenset(),
        mode: Mode | None = None,
    ) -> str:
        """Return what to do then."""
        if self.unsent is not None and mode in self.unsent.modes:
            if self.unsent.changes:
                back = "If the value at the cursor was changed, set it back first."
                return f"{back} Then try again: {self.act}"
            return f"Try again: {self.act}"
        if self.first:
            stop = f"{STOP_FIRST} " if self.playing and watch.notes else ""
            return f"{stop}{self.first}"
        notes = watch.notes or not self.on_notes
        filtered = notes and not watch.passed | passed >= set(self.filters)
        return f"{_FILTER if filtered else 'Try again'}: {self.act}"


PROGRAM_CHANGE = Control(
    "program change",
    (CHANGE,),
    (Filter.PROGRAM_CHANGE,),
    ("no program was selected",),
    "press PROG, then the other keys of the step.",
    code="program-change-not-heard",
    is_key=True,
    by_step=True,
    unsent=Unsent(
        frozenset(Mode) - {Mode.PROG, Mode.COMBI},
        "it sends program changes only in PROG and COMBI mode",
        "the M1 is not in PROG or COMBI mode",
    ),
)
AFTERTOUCH = Control(
    "aftertouch",
    (PRESSURE,),
    (Filter.AFTERTOUCH, Filter.CONTROL),
    ("the sensor under the keys does not work",),
    "hold a key and press it hard.",
    code="aftertouch-not-heard",
    is_key=True,
    on_notes=True,
)
JOYSTICK = Control(
    "joystick",
    (
        bender("right", BEND, 8191),
        bender("left", -8192, -BEND),
        controller("up", 1, REACH),
        controller("down", 2, REACH),
    ),
    (Filter.CONTROL,),
    (
        "the joystick was not moved in all directions",
        "one of its two potentiometers or its connector is faulty",
    ),
    "move the joystick fully in all four directions.",
    code="joystick-not-heard",
)
SLIDER = Control(
    "VALUE slider",
    (
        controller("bottom", 6, 0, 127 - END),
        controller("top", 6, END),
    ),
    (Filter.EXCLUSIVE,),
    ("the slider is worn or was not moved all the way",),
    "press PROG, then move the slider from the bottom to the top.",
    code="value-slider-not-heard",
    unsent=Unsent(
        frozenset(_CHANGING),
        "it does not send VALUE in SEQ or GLOBAL mode",
        "the M1 is in SEQ or GLOBAL mode",
        changes=True,
    ),
    partly=(
        "The slider was not moved all the way, or it is worn.",
        "Try again: press PROG, then move the slider from the bottom to the top.",
    ),
)
UP_DOWN = Control(
    "UP and DOWN",
    (
        controller("UP", 96, 0),
        controller("DOWN", 97, 0),
    ),
    (Filter.EXCLUSIVE,),
    ("a key was not pressed, or its switch does not work",),
    "press PROG, UP and DOWN.",
    code="up-down-not-heard",
    unsent=Unsent(
        frozenset(_CHANGING),
        "it does not send UP and DOWN in SEQ or GLOBAL mode",
        "the M1 is in SEQ or GLOBAL mode",
        changes=True,
    ),
    partly=(
        "The other key was not pressed, or its switch does not work.",
        "Try again: press PROG, UP and DOWN.",
    ),
    is_key=True,
    by_step=True,
)
EXCLUSIVE = Control(
    "Exclusive",
    (PANEL,),
    (Filter.EXCLUSIVE,),
    ("the panel was not used",),
    "press PROG, then the other keys of the step.",
    code="exclusive-not-heard",
    is_key=True,
    by_step=True,
)
START_STOP = Control(
    "START/STOP",
    (START, STOP),
    (),
    (
        "START/STOP was not pressed",
        "the M1's clock is EXT (GLOBAL 5-1, D)",
        "the key's switch does not work",
    ),
    "press SEQ, START/STOP, and START/STOP again.",
    playing="the sequencer was running already",
    unsent=Unsent(
        frozenset(Mode) - {Mode.SEQUENCER},
        "it sends START/STOP only in SEQ mode",
        "the M1 is not in SEQ mode",
    ),
    first=f"Press {CLOCK_INT}, which sets the clock to INT. Then press SEQ, START/STOP, and "
    "START/STOP again.",
    code="start-stop-not-heard",
    partly=(
        (
            "START/STOP was not pressed twice, its switch does not always work, or the sequencer "
            "was running already."
        ),
        f"{STOP_FIRST} Then press SEQ, START/STOP, START/STOP.",
    ),
    ordered=True,
    is_key=True,
)


@check("program-change-seen", proves=("filter program change = ENA",), listens=True)
async def program_change_seen(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once a program change is heard."""
    return await _seen(instrument, context, PROGRAM_CHANGE)


@check("aftertouch-seen", proves=("filter aftertouch = ENA",), listens=True)
async def aftertouch_seen(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once channel pressure is heard."""
    return await _seen(instrument, context, AFTERTOUCH, sent_like="joystick-seen")


@check("joystick-seen", proves=("filter control = ENA", "joystick = heard"), listens=True)
async def joystick_seen(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once the joystick is heard in all four directions."""
    return await _seen(instrument, context, JOYSTICK, sent_like="aftertouch-seen")


RESTS = 256
"""How far beside its centre, of 8,192, a joystick may rest; of CC 1 and 2 no more than 2 (assumed:
an old one trembles)."""
FULL = 7_000
"""From where on, of 8,192, the bender is at its end (assumed)."""
_CC_RESTS = RESTS * 127 // 16_384 + 1


class _Joystick(SignWatch):
    """Keeps how far each axis went, and where it stands now."""

    def __init__(self) -> None:
        super().__init__(JOYSTICK.name, JOYSTICK.signs)
        self.low = self.high = self.bend = 0
        self.most = {1: 0, 2: 0}
        self.last = {1: 0, 2: 0}
        self.heard = 0

    def take(self, item: Item, at: float) -> Notice:
        """Note where the joystick is; a place that it has not been to is news."""
        super().take(item, at)
        message = message_of(item)
        if message is not None and message.type == "pitchwheel":
            self.heard += 1
            self.bend = message.pitch
            further = not self.low <= self.bend <= self.high
            self.low, self.high = min(self.low, self.bend), max(self.high, self.bend)
            return Notice.NEWS if further else Notice.CHANGE
        if message is not None and message.type == "control_change" and message.control in (1, 2):
            self.heard += 1
            self.last[message.control] = message.value
            further = message.value > self.most[message.control]
            self.most[message.control] = max(self.most[message.control], message.value)
            return Notice.NEWS if further else Notice.CHANGE
        return Notice.NOTHING

    @property
    def short(self) -> list[str]:
        """The ends that were not reached."""
        reached = (
            ("to the left", self.low <= -FULL),
            ("to the right", self.high >= FULL),
            ("away from you", self.most[1] >= END),
            ("towards you", self.most[2] >= END),
        )
        return [name for name, full in reached if not full]

    @property
    def rests(self) -> bool:
        """Whether it stands at its centre."""
        return abs(self.bend) <= RESTS and max(self.last.values()) <= _CC_RESTS

    @property
    def complete(self) -> bool:
        """Never: where it comes to rest is heard only once it is let go."""
        return False

    @property
    def note(self) -> str:
        """How far each axis went, and where it rests."""
        return (
            f"left {self.low:+,}, right {self.high:+,}, away {self.most[1]}, towards "
            f"{self.most[2]}; at rest sideways {self.bend:+,}, away {self.last[1]}, towards "
            f"{self.last[2]}"
        )

    def patience(self, seconds: float) -> float:
        """Wait only for a short time once all ends were reached and it is let go."""
        return PAUSE if not self.short and self.rests else seconds


@check(
    "joystick-range",
    proves=("filter control = ENA", "joystick = full range, and rests at its centre"),
    listens=True,
)
async def joystick_range(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if the joystick reaches all four ends and comes to rest at its centre.

    The bender is -8,192 to 8,191, both modulations 0 to 127.
    """
    watch = _Joystick()
    hearing = await hear(instrument, context, watch)
    expected = (
        f"left -{FULL:,} or less, right +{FULL:,} or more, away and towards {END} or more, at rest "
        f"within {RESTS} of 0"
    )
    if not hearing.received:
        return unheard(hearing, expected)
    if not watch.heard:
        return _joystick_not_moved(watch, expected)
    found = watch.note
    if not watch.short and watch.rests:
        return Verdict(True, found, expected, found)
    faults = [f"does not move all the way {listed(watch.short)}"] if watch.short else []
    faults += [] if watch.rests else ["does not return to its centre"]
    fault = f"the joystick {' and '.join(faults)}"
    advice = Advice(
        code="joystick-out-of-range",
        happened=f"{fault[0].upper()}{fault[1:]}. Expected {expected}; found {found}.",
        safe=NOTHING_WRITTEN,
        cause="It was not moved all the way, it was not released, or its potentiometers are worn.",
        next_step="Move it slowly and fully in all four directions, and release it each time. If "
        "the values are the same again, clean or replace the joystick.",
    )
    return Verdict(False, found, expected, found, advice, values=((FAULT, fault),))


def _joystick_not_moved(watch: SignWatch, expected: str) -> Verdict:
    found = "no movement of the joystick was heard"
    causes = ["the joystick was not moved while the program was listening"]
    if Filter.CONTROL not in watch.passed:
        causes.append(filters_at_dis((Filter.CONTROL,)))
    causes.append("the joystick or its connector is faulty")
    advice = Advice(
        code=JOYSTICK.code if watch.others else "joystick-not-moved",
        happened=f"No movement of the joystick was heard: expected {expected}, found none.",
        safe=NOTHING_WRITTEN,
        cause=f"{_beside(watch)}{_one_of(causes)}",
        next_step=JOYSTICK.next_step(watch) if watch.others else _with_a_key(JOYSTICK, watch),
    )
    return Verdict(False, found, expected, found, advice)


async def _in_changing_mode(instrument: Instrument) -> Verdict | None:
    mode = await mode_now(instrument)
    return _changes_values(mode) if mode in _CHANGING else None


@check("slider-seen", proves=("VALUE = heard",), listens=True, unless=_in_changing_mode)
async def slider_seen(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once the VALUE slider is heard at both ends.

    An assignable pedal that is set to "edit slider" sends the same: it is named, and where a pedal
    was heard beside VALUE nobody knows which of them it was.
    """
    watch = _Slider()
    verdict = await _seen(instrument, context, SLIDER, watch=watch)
    like_it = _edit_sliders(await ask_global(instrument)) if verdict.passed else ""
    if not like_it:
        return verdict
    if watch.dampers:
        advice = _moved_with_it(like_it)
        return replace(verdict, passed=False, evidence=advice.happened, advice=advice)
    evidence = f"{verdict.evidence}; {like_it} (edit slider) sends the same when it is moved"
    return replace(verdict, evidence=evidence)


class _Slider(SignWatch):
    """Looks for VALUE, and counts what the damper sends meanwhile."""

    def __init__(self) -> None:
        super().__init__(SLIDER.name, SLIDER.signs)
        self.dampers = 0

    def take(self, item: Item, at: float) -> Notice:
        """Count what comes."""
        self.dampers += any(sign.shown_by(item) for sign in DAMPER)
        return super().take(item, at)


def _edit_sliders(settings: GlobalData | None) -> str:
    """Return the assignable pedals that send what VALUE sends, listed; "" for none."""
    if settings is None:
        return ""
    functions = enumerate((settings.pedal_1, settings.pedal_2), 1)
    return listed(
        [f"assignable pedal {number}" for number, one in functions if one == _EDIT_SLIDER]
    )


def _moved_with_it(like_it: str) -> Advice:
    return Advice(
        code="pedal-sends-value",
        happened="The damper pedal was heard together with VALUE: expected VALUE only, found both.",
        safe=NOTHING_WRITTEN,
        cause=f"Pedals were moved, and {like_it} (edit slider) sends the same as VALUE.",
        next_step="Keep your feet off the pedals, and check again.",
    )


@check("up-down-seen", proves=("UP and DOWN = heard",), listens=True)
async def up_down_seen(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once UP and DOWN are heard."""
    return await _seen(instrument, context, UP_DOWN)


@check("exclusive-seen", proves=("filter exclusive = ENA",), listens=True)
async def exclusive_seen(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once the M1 sends an exclusive message by itself, as it does when its panel is used."""
    return await _seen(instrument, context, EXCLUSIVE)


@check("start-stop-seen", proves=("clock = INT", "START/STOP = heard"), listens=True)
async def start_stop_seen(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once the sequencer's start and stop are heard."""
    return await _seen(instrument, context, START_STOP)


@check("pedals-seen", proves=("pedals = heard",), listens=True, unless=_in_changing_mode)
async def pedals_seen(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once the damper is heard down and up, and the assignable pedals that send anything.

    What they do stands in the global data, which is asked first; of an M1 that does not answer
    the damper alone is looked for.
    """
    settings = await ask_global(instrument)
    verdict = await _seen(instrument, context, _pedals(settings))
    like_it = _edit_sliders(settings)
    if not (verdict.passed and like_it):
        return verdict
    evidence = f"{verdict.evidence}; VALUE sends the same as {like_it} (edit slider)"
    return replace(verdict, evidence=evidence)


def _changes_values(mode: Mode) -> Verdict:
    """Return why the program does not listen in one of those modes."""
    found, expected = f"{mode.label} mode", "PROG or COMBI mode"
    advice = Advice(
        code="value-changes-settings",
        happened=f"The program did not listen: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="In this mode VALUE, or a pedal that works like it, changes the value at the cursor.",
        next_step="If it was moved already, set that value back. Press PROG, then check again.",
    )
    return Verdict(None, found, expected, found, advice)


def _pedals(settings: GlobalData | None) -> Control:
    signs, mute, filters = list(DAMPER), [], [Filter.CONTROL]
    functions = () if settings is None else (settings.pedal_1, settings.pedal_2)
    for number, function in enumerate(functions, 1):
        name = f"assignable pedal {number}"
        match PEDALS[function] if function < len(PEDALS) else "":
            case "volume":
                signs.append(controller(name, 7, REACH))
            case "edit slider":
                signs.append(controller(name, 6, REACH))
                filters.append(Filter.EXCLUSIVE)
            case "program/combi up" | "program/combi down":
                signs.append(replace(CHANGE, name=name))
                filters.append(Filter.PROGRAM_CHANGE)
            case other:
                mute.append(f"{name} ({other or f'function {function}'})")
    told = f" Not received over MIDI: {listed(mute)}." if mute else ""
    if settings is None:
        told = " The M1 did not report what its assignable pedals do: only the damper was tested."
    return Control(
        "pedals",
        tuple(signs),
        tuple(dict.fromkeys(filters)),
        ("a pedal is not plugged in or does not work",),
        "press PROG, then each pedal down and up.",
        code="pedals-not-heard",
        added=told,
    )


async def _seen(
    instrument: Instrument,
    context: CheckContext,
    control: Control,
    *,
    sent_like: str = "",
    watch: SignWatch | None = None,
) -> Verdict:
    """Listen for a control; where it is not heard, ask for the mode if that can say why.

    `sent_like` is the check of the other control that the control filter keeps back. `watch` is
    what listens where that takes more than the control's signs.
    """
    control = control.in_step(context.keys)
    watch = watch or SignWatch(control.name, control.signs, ordered=control.ordered)
    hearing = await hear(instrument, context, watch)
    expected = listed([sign.name for sign in control.signs])
    if not hearing.received:
        return unheard(hearing, expected)
    found = watch.note
    # How many messages came is not said: what follows the last sign is no longer listened for.
    evidence = f"{found} (in {hearing.seconds:.1f} s)"
    if watch.complete:
        return Verdict(True, evidence, expected, found)
    mode = None
    if control.unsent is not None or Filter.EXCLUSIVE in control.filters:
        mode = await mode_now(instrument)
    # With Exclusive at DIS an M1 answers only in GLOBAL mode.
    passed = frozenset({Filter.EXCLUSIVE} if mode not in (None, Mode.GLOBAL) else ())
    if not (watch.messages or watch.others or watch.early):
        evidence += "; no key or other control was heard"
        advice = _nothing_moved(control, watch, passed, mode, expected)
        return Verdict(False, evidence, expected, found, advice)
    if sent_like in context.beside and watch.notes and Filter.CONTROL not in watch.passed:
        return Verdict(False, evidence, expected, found, _NEITHER)
    cause = control.cause(watch, passed, mode)
    next_step = control.next_step(watch, passed, mode)
    if (watch.seen or watch.early) and control.partly is not None:
        cause, next_step = control.partly
    advice = Advice(
        code=control.code,
        happened=f"Not everything was heard: expected {expected}, found "
        f"{listed([sign.name for sign in watch.seen]) or 'none'}.",
        safe=NOTHING_WRITTEN,
        cause=f"{_beside(watch)}{cause}",
        next_step=next_step,
    )
    return Verdict(False, evidence, expected, found, advice)


_NEITHER = Advice(
    code="pressure-and-joystick-not-heard",
    happened="Keys were heard, but neither channel pressure nor the joystick: expected both, "
    "found neither.",
    safe=NOTHING_WRITTEN,
    cause="The control filter is DIS (GLOBAL 5-2, F), which keeps both back, or no key was "
    "pressed hard and the joystick was not moved, or the converter that reads both (IC29) is "
    "faulty.",
    next_step=f"{_FILTER}: hold a key and press it hard, then move the joystick fully in all four "
    "directions.",
)
"""One advice for both where both are missing: one fault is likelier than two."""


def _nothing_moved(
    control: Control,
    watch: SignWatch,
    passed: frozenset[Filter],
    mode: Mode | None,
    expected: str,
) -> Advice:
    perhaps = (
        "Nothing but clock or active sensing arrived, so perhaps nothing was pressed or moved. "
    )
    return Advice(
        code="nothing-moved",
        happened=f"No key or other control was heard: expected {expected}, found none.",
        safe=NOTHING_WRITTEN,
        cause=f"{'' if control.on_notes else perhaps}{control.cause(watch, passed, mode)}",
        next_step=_with_a_key(control, watch, passed, mode),
    )


def _with_a_key(
    control: Control,
    watch: SignWatch,
    passed: frozenset[Filter] = frozenset(),
    mode: Mode | None = None,
) -> str:
    """Return what to do where nothing was heard, which may be because nothing arrives."""
    next_step = control.next_step(watch, passed, mode)
    return next_step if control.is_key else f"{next_step} {_KEY_TOO}"


def _one_of(causes: Sequence[str]) -> str:
    """Return causes as one sentence: "A, B, or C."; each begins with a small letter or a name."""
    comma = ", " if len(causes) > 1 else ""
    text = f"{', '.join(causes[:-1])}{comma}{'or ' if comma else ''}{causes[-1]}."
    return text[:1].upper() + text[1:]


def _beside(watch: SignWatch) -> str:
    """Return what else was heard, since it tells whether anybody acted."""
    if watch.notes:
        verb = "was" if watch.notes == 1 else "were"
        heard = f"{counted(watch.notes, 'note')} {verb} heard during that time"
        return f"{heard}, so MIDI from the M1 does arrive. "
    return ""


HELD = 0.3
"""Seconds that a key must be held, so that it could have been pressed harder."""
SHORTEST = 0.1
"""Seconds below which a time is not named: rounded it would be none."""
AFTERTOUCH_OFF = "GLOBAL 5 + D DOWN"


@check("program-00", proves=("program = I00",), listens=True)
async def program_00(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if internal program 00 was selected last, and the M1 is then in PROG mode.

    A program change does not say of which bank it is. With a card in that contains programs the
    M1 is asked for the program that it plays, which must be that of its own memory.
    """
    watch = LastChosen(0, "program_change", "no program change", "number {:02d} selected")
    mode: Mode | None = None
    hearing = await hear(instrument, context, watch)
    expected, found = "program I00 selected in PROG mode", watch.note
    keys = context.keys or "PROG 0 0"
    if not hearing.received:
        return unheard(hearing, expected)
    if watch.chosen == watch.wanted:
        mode_data = await require_ready(instrument)
        mode, layout = mode_data.mode, mode_data.card_format
        found += f" in {mode.label} mode" if mode is not None else " in an unknown mode"
        if mode is Mode.PROG:
            if layout is None or layout.allocation is None:
                return Verdict(True, found, expected, found)
            same = await _plays_internal(instrument, context, watch.wanted)
            found += ", from the internal bank" if same else ", from the card or edited"
            if same:
                return Verdict(True, found, expected, found)
    elif watch.chosen is not None and (mode := await mode_now(instrument)) is not None:
        # A program change does not say whether it is of a program or of a combination.
        found += f" in {mode.label} mode"
    if watch.chosen is not None:
        same_number = watch.chosen == watch.wanted
        advice = _other_program(expected, found, mode, keys, same_number=same_number)
        return Verdict(False, found, expected, found, advice)
    mode = await mode_now(instrument)
    if mode is not None:
        found += f" in {mode.label} mode"
    return Verdict(False, found, expected, found, _no_program_change(expected, found, mode, keys))


def _no_program_change(expected: str, found: str, mode: Mode | None, keys: str) -> Advice:
    """Return the advice where an M1 does not say what is selected, as with that filter at DIS."""
    cause = "The program change filter is DIS (GLOBAL 5-2, B), or no program number was entered."
    next_step = f"Press GLOBAL 5 + UP on the M1, then {keys}."
    if mode is None:
        cause = (
            "The M1 does not answer: its sequencer is running, or MIDI Exclusive is DIS. " + cause
        )
        next_step = f"If the sequencer is running, press START/STOP. {next_step}"
    elif mode is not Mode.PROG:
        cause = f"In {mode.label} mode the digits do not select a program."
        next_step = f"Press {keys} on the M1."
    return Advice(
        code="no-program-change",
        happened=f"It is not known which program is selected: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause=cause,
        next_step=next_step,
    )


def _other_program(
    expected: str, found: str, mode: Mode | None, keys: str, *, same_number: bool
) -> Advice:
    """Return the advice for another program, or the same number of something else."""
    return Advice(
        code="other-program-selected",
        happened=f"Program I00 is not selected: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="Another number was entered, or the M1 is not in PROG mode."
        if mode is None
        else f"The M1 is in {mode.label} mode, in which a number selects no program."
        if mode is not Mode.PROG
        else "The bank is CARD, or the program was edited."
        if same_number
        else "Another number was entered.",
        next_step=f"Try again: press PROG INT on the M1, then {keys}."
        if same_number and mode is Mode.PROG
        else f"Try again: press {keys} on the M1.",
    )


async def _plays_internal(instrument: Instrument, context: CheckContext, number: int) -> bool:
    """Return whether what the M1 plays in PROG mode is the program of that number in its memory."""

    def is_program(message: AnyMessage) -> bool:
        return isinstance(message, ProgramDump)

    await instrument.flush()
    reply = await instrument.conversation.ask(ProgramRequest(instrument.channel), is_program)
    assert isinstance(reply.message, ProgramDump)
    programs = (await read_internal(instrument, context, Part.PROGRAMS)).programs
    assert programs is not None
    return bool(reply.message.program.normal() == programs[number].normal())


class _Pressure(Watch):
    """Counts keys that are held, and channel pressure."""

    def __init__(self) -> None:
        self.notes = 0
        self.pressures = 0
        self.longest = 0.0
        self._down: dict[int, float] = {}

    def take(self, item: Item, at: float) -> Notice:
        """Count what comes; a key is news, whichever it is."""
        if is_pressure(item):
            self.pressures += 1
            return Notice.CHANGE
        message = message_of(item)
        if message is None or message.type not in ("note_on", "note_off"):
            return Notice.NOTHING
        if is_note(item):
            self.notes += 1
            self._down[message.note] = at
        elif message.note in self._down:
            self.longest = max(self.longest, at - self._down.pop(message.note))
        return Notice.NEWS

    @property
    def complete(self) -> bool:
        return self.pressures > 0

    @property
    def played(self) -> bool:
        """Whether a key was held long enough and all are up again."""
        return self.longest >= HELD and not self._down

    @property
    def note(self) -> str:
        pressure = "channel pressure" if self.pressures else "no channel pressure"
        brief = self.longest < SHORTEST
        lasted = f"less than {SHORTEST} s" if brief else f"up to {self.longest:.1f} s"
        held = f", held for {lasted}" if self.notes else ""
        if self._down:
            held = ", a key still down"
        return f"{counted(self.notes, 'note')}{held}, {pressure}"

    def patience(self, seconds: float) -> float:
        return PAUSE if self.played else seconds


@check("aftertouch-silent", proves=("aftertouch = silent while a key was held",), listens=True)
async def aftertouch_silent(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass if keys are played and held, and no channel pressure comes until they are up."""
    watch = _Pressure()
    hearing = await hear(instrument, context, watch)
    expected = f"a key held for {HELD} s or longer, and no channel pressure"
    found = watch.note
    if not hearing.received:
        return unheard(hearing, expected)
    if watch.pressures:
        advice = Advice(
            code="aftertouch-not-off",
            happened=f"Aftertouch is not off: expected no channel pressure, found it after "
            f"{counted(watch.notes, 'note')}.",
            safe=NOTHING_WRITTEN,
            cause="The aftertouch filter is ENA (GLOBAL 5-2, D). If another filter was set to DIS "
            "in its place, set that back, too.",
            next_step=f"Press {AFTERTOUCH_OFF} on the M1, then try again.",
        )
        return Verdict(False, found, expected, found, advice)
    if watch.longest < HELD:
        advice = Advice(
            code="aftertouch-not-tried",
            happened=f"Aftertouch could not be tested: expected {expected}, found {found}.",
            safe=NOTHING_WRITTEN,
            cause="Nothing was played, or only short notes.",
            next_step="Hold a key, press it hard, and let go.",
        )
        return Verdict(None, found, expected, found, advice)
    return Verdict(True, found, expected, found)
