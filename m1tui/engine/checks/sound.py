"""Lets the M1 be heard for a person who answers what came, and names what the answers point to.

Where a sound comes out is chosen by the pan of a combination's timbre: A is output 1/L, B 2/R, C 3,
D 4 (owner's manual; a program has no pan). It plays a program of memory, without effects.
"""

from __future__ import annotations

from m1tui.advice import Advice, Trouble
from m1tui.engine.checks.listening import Notice, Watch, hear, unheard
from m1tui.engine.checks.registry import (
    NOTHING_WRITTEN,
    CheckContext,
    check,
    fence,
    read,
    require_ready,
)
from m1tui.engine.checks.signs import is_note, is_start
from m1tui.engine.instrument import Instrument
from m1tui.engine.line.ear import Item
from m1tui.engine.play.audition import PutBack
from m1tui.engine.play.notes import NoMark, local_control
from m1tui.engine.play.phrases import CHORD, PHRASES, SCALE, TONE
from m1tui.engine.play.player import Manner, Player
from m1tui.engine.play.sounds import Sort, Sound, plain_sine, played_programs, sounds_of_memory
from m1tui.engine.play.suspicion import HEARD, answers_said, not_listened_to, suspicion_of
from m1tui.facts import Verdict
from m1tui.sysex import Bank, Contents, Effects, Part, Program
from m1tui.sysex.contents import dry_effects, init_combination, init_timbre
from m1tui.sysex.effects import THROUGH
from m1tui.sysex.program import DRUMS

PLAYED = ("notes = sent",)
PANS = {"1/L": 0, "2/R": 10, "3": 11, "4": 13}
"""The pans that lead to one output only: A, B, C and D."""
NEEDED = ("hear-1", "hear-2", "hear-sine")
"""The questions without whose answers nothing can be called free of a fault."""
PROGRAMS = tuple(range(0, 100, 10))
"""The ten programs that are heard, as many as there are of them."""


async def _memory(instrument: Instrument, context: CheckContext, part: Part) -> Contents:
    """Return a part of memory for choosing what to play; nothing is proved by it."""
    known = instrument.memory
    if known is None or part not in known.parts:
        instrument.remember(await read(instrument, context, part, Bank.INTERNAL, lambda _: True))
        known = instrument.memory
    assert known is not None
    return known


async def _play(
    instrument: Instrument, context: CheckContext, sounds: tuple[Sound | None, ...], phrase: str
) -> Verdict:
    """Play each sound, put everything back, and say so. Raises Trouble."""
    await require_ready(instrument)
    player = Player(instrument, context.mark or NoMark())
    await player.begin()
    notes, titles = 0, []
    try:
        for sound in sounds:
            played = await player.play(sound, Manner(phrase=phrase or None))
            notes += played.notes
            titles.append(played.title)
    except BaseException:
        await player.end()
        raise
    put_back = await player.end()
    sent = "1 note was sent" if notes == 1 else f"{notes} notes were sent"
    evidence = f"{sent}: {', '.join(titles)}"
    expected = "notes sent, and mode and edit buffer as before"
    if not put_back.proved:
        advice = _not_put_back(put_back, over_jack=instrument.link.over_jack)
        return Verdict(False, evidence, expected, "not as before", advice)
    return Verdict(True, evidence, expected, f"{sent}; mode and edit buffer are as before")


async def _at_output(instrument: Instrument, context: CheckContext, output: str) -> Verdict:
    memory = await _memory(instrument, context, Part.PROGRAMS)
    number = _plain(memory.programs or ())
    silent = init_timbre().replace(off=True)
    timbre = init_timbre().replace(program=number, pan=PANS[output])
    combination = init_combination().replace(
        name=f"Output {output}", effects=dry_effects(), timbres=(timbre, *(silent,) * 7)
    )
    sound = Sound(
        Sort.COMBINATION,
        0,
        f"with program {number:02d} through output {output}",
        combination,
        PHRASES[SCALE],
    )
    return await _play(instrument, context, (sound,), SCALE)


def _plain(programs: tuple[Program, ...]) -> int:
    """Return the first program that is no drum kit and is loud."""
    for number, one in enumerate(programs):
        if one.oscillator_mode != DRUMS and one.oscillator_1.level:
            return number
    return 0


@check("plays-output-1", proves=PLAYED, plays=True)
async def plays_output_1(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once a scale was sent that plays at output 1/L only, and all is as before."""
    return await _at_output(instrument, context, "1/L")


@check("plays-output-2", proves=PLAYED, plays=True)
async def plays_output_2(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once a scale was sent that plays at output 2/R only, and all is as before."""
    return await _at_output(instrument, context, "2/R")


@check("plays-output-3", proves=PLAYED, plays=True)
async def plays_output_3(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once a scale was sent that plays at output 3 only, and all is as before."""
    return await _at_output(instrument, context, "3")


@check("plays-output-4", proves=PLAYED, plays=True)
async def plays_output_4(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once a scale was sent that plays at output 4 only, and all is as before."""
    return await _at_output(instrument, context, "4")


@check("plays-sine", proves=PLAYED, plays=True)
async def plays_sine(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once a sine wave without effects was sent, and all is as before."""
    sound = Sound(Sort.PROGRAM, 0, "sine without effects", plain_sine(), PHRASES[TONE])
    return await _play(instrument, context, (sound,), TONE)


@check("plays-sine-effects", proves=PLAYED, plays=True)
async def plays_sine_effects(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once the same sine was sent with the effects of a program that has some."""
    memory = await _memory(instrument, context, Part.PROGRAMS)
    effects = _effects(memory.programs or ())
    sound = Sound(Sort.PROGRAM, 0, "sine with effects", plain_sine(effects), PHRASES[TONE])
    return await _play(instrument, context, (sound,), TONE)


def _effects(programs: tuple[Program, ...]) -> Effects:
    """Return the first effects that are in use; else a hall with the values of its default."""
    used = (one.effects for one in programs if one.effects.effect_1 != THROUGH)
    return next(used, dry_effects().replace(effect_1=0))


@check("plays-programs", proves=PLAYED, plays=True)
async def plays_programs(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once ten programs of memory were played, and all is as before."""
    sounds = sounds_of_memory(await _memory(instrument, context, Part.PROGRAMS)).programs
    chosen = tuple(sounds[number] for number in PROGRAMS if number < len(sounds))
    return await _play(instrument, context, chosen, "")


@check("plays-combination", proves=PLAYED, plays=True)
async def plays_combination(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once the first combination that has a timbre on was played."""
    memory = await _memory(instrument, context, Part.COMBINATIONS)
    sounds = sounds_of_memory(memory).combinations
    for sound in sounds:
        assert not isinstance(sound.record, Program)
        if tuple(played_programs(sound.record)):
            return await _play(instrument, context, (sound,), CHORD)
    raise Trouble(_none_there("combination with a timbre on", "programs and combinations"))


@check("plays-kit", proves=PLAYED, plays=True)
async def plays_kit(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once the first drum kit of memory was played, and all is as before."""
    sounds = sounds_of_memory(await _memory(instrument, context, Part.GLOBAL)).kits
    return await _play(instrument, context, sounds[:1], "")


@check("plays-selected", proves=PLAYED, plays=True)
async def plays_selected(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once what is selected on the panel was played, and all is as before."""
    return await _play(instrument, context, (None,), "")


class _AnyKey(Watch):
    """Looks for one key that goes down."""

    def __init__(self) -> None:
        self.heard = False
        self.started = False
        """Whether a song was started meanwhile."""

    def take(self, item: Item, at: float) -> Notice:
        del at
        self.heard = self.heard or is_note(item)
        self.started = self.started or is_start(item)
        return Notice.of(self.heard)

    @property
    def complete(self) -> bool:
        return self.heard

    @property
    def note(self) -> str:
        return "a key went down" if self.heard else "no key"


@check("a-key-seen", proves=("a key = heard over MIDI",), listens=True, plays=True)
async def a_key_seen(instrument: Instrument, context: CheckContext) -> Verdict:
    """Pass once a key of the keyboard is heard over MIDI.

    While the M1 sends its clock it is in SEQ mode, where a song may play the notes.
    """
    watch, ear = _AnyKey(), instrument.conversation.ear
    clocks = ear.clocks
    hearing = await hear(instrument, context, watch)
    if not hearing.received:
        return unheard(hearing, "a note on")
    if watch.heard and (watch.started or ear.clocks != clocks):
        found = "a note on in SEQ mode"
        return Verdict(None, found, "a note on", found, _song_or_key())
    if watch.heard:
        return Verdict(True, watch.note, "a note on", watch.note)
    advice = Advice(
        code="key-not-heard",
        happened=f"No key was heard: expected a note on, found none in {hearing.seconds:.0f} s.",
        safe=NOTHING_WRITTEN,
        cause="No key was played, the keybed is dead, or its connector is loose.",
        next_step="Play another key. If none is heard, record the fault with f, and test all keys "
        "with "
        '"Test every control".',
    )
    return Verdict(False, watch.note, "a note on", "none", advice)


def _song_or_key() -> Advice:
    return Advice(
        code="song-or-key",
        happened="A note was heard, but it may come from a song: expected a note on outside SEQ "
        "mode, found one while the M1 was sending its clock.",
        safe=NOTHING_WRITTEN,
        cause="The M1 is in SEQ mode: START/STOP or SEQ was pressed.",
        next_step="If a song is playing, press START/STOP. Press PROG, check again, and play a "
        "key.",
    )


@check("local-on", proves=("Local ON = sent",), again=False)
async def local_on(instrument: Instrument, _: CheckContext) -> Verdict:
    """Pass once Local was sent ON by CC 122; no request says whether it is: the ear does."""
    await require_ready(instrument)
    await instrument.conversation.tell(local_control(instrument.channel, on=True))
    await fence(instrument)
    found = f"Local ON was sent on channel {instrument.channel + 1}"
    return Verdict(True, found, "Local ON sent", found)


@check("sound-suspicion", proves=("answers = no suspicion",), again=False)
async def sound_suspicion(_: Instrument, context: CheckContext) -> Verdict:
    """Pass if the person's answers point to no fault; else name the likely one."""
    suspicion = suspicion_of(context.values)
    heard = answers_said(context.values, all_of_them=True)
    expected = "answers that point to no fault"
    missing = [HEARD[name] for name in NEEDED if name not in context.values]
    if suspicion is None and missing:
        return Verdict(None, heard or "no answers", expected, "no answer", _too_little(missing))
    if suspicion is None:
        others = not_listened_to(context.values)
        left = f"; not listened to: {others}" if others else ""
        return Verdict(True, f"the answers point to no fault: {heard}{left}", expected, "none")
    bad = answers_said(context.values, all_of_them=False)
    advice = Advice(
        code=suspicion.code,
        happened=f"Suspected fault: {suspicion.title}. Expected every sound clean, found {bad}.",
        safe=NOTHING_WRITTEN,
        cause=f"{suspicion.cause} {suspicion.certainty}",
        next_step=suspicion.next_step,
    )
    evidence = f"suspected fault: {suspicion.title} ({bad})"
    return Verdict(False, evidence, expected, suspicion.title, advice)


def _too_little(missing: list[str]) -> Advice:
    return Advice(
        code="too-little-heard",
        happened="Too few sounds were listened to: expected answers about outputs 1/L and 2/R and "
        f"the sine, found none for {', '.join(missing)}.",
        safe=NOTHING_WRITTEN,
        cause="The steps that ask about them were skipped.",
        next_step="Go back with b, and answer what you hear.",
    )


def _not_put_back(put_back: PutBack, *, over_jack: bool) -> Advice:
    return Advice(
        code="not-put-back",
        happened="The notes were sent, but the M1 is not as it was: expected the mode and the edit "
        f"buffer as before, found {'; '.join(put_back.evidence)}.",
        safe=NOTHING_WRITTEN,
        cause="Somebody used the panel in the meantime, or the cable lost data."
        if not over_jack
        else "Somebody used the panel in the meantime, or JACK lost data.",
        next_step="Select your sound on the panel again, then try again.",
    )


def _none_there(what: str, sounds: str) -> Advice:
    return Advice(
        code="nothing-to-play",
        happened=f"There is nothing to play: expected a {what}, found none.",
        safe=NOTHING_WRITTEN,
        cause="The memory is initialised, or its sounds are empty.",
        next_step=f"Restore {sounds} first.",
    )
