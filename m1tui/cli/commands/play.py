"""`play`: lets the M1 be heard, and leaves it as it was."""

import asyncio
from typing import Any

from m1tui.advice import Advice, Trouble
from m1tui.cli import commandparser as values
from m1tui.cli.commandparser import CommandParser, add_bank, add_message
from m1tui.cli.exits import Exit, Stop, usage
from m1tui.cli.files import read_sounds
from m1tui.cli.output import Call
from m1tui.cli.session import Session, crowd, on_instrument, require_ready, unread
from m1tui.engine.play.notes import CHANNELS, panic
from m1tui.engine.play.phrases import OCTAVES, PHRASES, VELOCITY
from m1tui.engine.play.player import Manner, Played, Player
from m1tui.engine.play.sounds import Sort, Sound, Sounds, sounds_of_file, sounds_of_memory
from m1tui.errors import LinkLost, ReadError, TwoInstruments
from m1tui.facts import Outcome
from m1tui.files import shown
from m1tui.store.sounding import Sounding, SoundingMark
from m1tui.sysex import Bank, Contents, Part, printable
from m1tui.sysex.listing import counted

_PARTS = {
    Sort.PROGRAM: (Part.PROGRAMS, Part.GLOBAL),
    Sort.COMBINATION: (Part.COMBINATIONS,),
    Sort.KIT: (Part.GLOBAL,),
}
"""What of the memory is read for a sound of it: its name, its place, the keys of its drums."""
_PARTS_FOR_FILE = {
    Sort.PROGRAM: (Part.GLOBAL,),
    Sort.COMBINATION: (Part.PROGRAMS,),
    Sort.KIT: (Part.GLOBAL,),
}
"""What of the memory plays for a sound of a file."""
_TRIES = 5
"""Times, a second apart, that a lost link is opened again to end the notes."""


def add_arguments(parser: CommandParser) -> None:
    """What is to be heard, and how."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--program", type=values.slot, metavar="N", help="program N, 0 to 99")
    what.add_argument("--combination", type=values.slot, metavar="N", help="combination N, 0 to 99")
    what.add_argument("--kit", type=values.kit, metavar="N", help="drum kit N, 1 to 4")
    what.add_argument(
        "--panic", action="store_true", help="stop all notes, on every channel; plays nothing"
    )
    parser.add_argument(
        "--file",
        type=values.path,
        metavar="FILE",
        help="the sound is in this file: it goes through the edit buffer, no memory is written",
    )
    add_message(parser)
    add_bank(parser)
    parser.add_argument(
        "--phrase", choices=tuple(PHRASES), help="what is played (default: what suits the sound)"
    )
    parser.add_argument(
        "--note-channel",
        type=values.channel,
        metavar="1-16",
        help="the channel of the notes (default: the one that the sound responds to)",
    )
    parser.add_argument(
        "--velocity",
        type=values.velocity,
        default=VELOCITY,
        metavar="1-127",
        help=f"how hard the keys are struck (default: {VELOCITY})",
    )
    parser.add_argument(
        "--octave",
        type=int,
        choices=range(-OCTAVES, OCTAVES + 1),
        default=0,
        help="octaves up or down (default: 0)",
    )


def run(call: Call) -> int:
    """Plays; 0 once the M1 is as it was, 5 where that could not be read."""
    if call.arguments.panic:
        return on_instrument(call, _panic)
    sort, number = _chosen(call)
    file = call.arguments.file
    if file is not None and sort is None:
        raise usage(
            "--file names a file, but not which sound in it.",
            "Add --program N, --combination N or --kit N.",
            code="sound-missing",
        )
    contents = read_sounds(file, call.arguments.message) if file is not None else None

    async def work(session: Session) -> int:
        await require_ready(session)
        mark = session.store.sounding_mark(session.instrument.link.port)
        try:
            return await _play(session, call, mark, sort, number, contents)
        except ReadError as error:
            raise unread(session, error) from error
        except TwoInstruments as trouble:
            raise crowd(session, trouble) from trouble
        except LinkLost as lost:
            raise await _silenced(session, mark, lost) from lost

    return on_instrument(call, work)


def _chosen(call: Call) -> tuple[Sort | None, int]:
    arguments = call.arguments
    for sort, number in (
        (Sort.PROGRAM, arguments.program),
        (Sort.COMBINATION, arguments.combination),
        (Sort.KIT, arguments.kit),
    ):
        if number is not None:
            return sort, number
    return None, 0


async def _play(
    session: Session,
    call: Call,
    mark: SoundingMark,
    sort: Sort | None,
    number: int,
    file: Contents | None,
) -> int:
    arguments, output = call.arguments, call.output
    player = Player(session.instrument, mark)
    with session.instrument.operation():
        sound = None
        if sort is not None:
            sound = await _sound(player, call, sort, number, file)
            output.say(*sound.notes)
        await player.begin()
        manner = Manner(
            arguments.note_channel, arguments.velocity, arguments.octave, arguments.phrase
        )
        try:
            played = await player.play(sound, manner)
        except LinkLost:
            raise
        except Trouble as trouble:
            put_back = await player.end()
            code = Exit.FAILED if put_back.proved else Exit.UNKNOWN
            raise Stop(code, trouble.advice, {"put_back": list(put_back.evidence)}) from trouble
        except asyncio.CancelledError:
            await player.end()
            raise
        put_back = await player.end()
    outcome = Outcome.VERIFIED if put_back.proved else Outcome.UNKNOWN
    state = (
        "the M1 is as it was before" if put_back.proved else "the M1 may not be as it was before"
    )
    output.facts(
        {
            "outcome": outcome.value,
            **_facts(played),
            "velocity": arguments.velocity,
            "octave": arguments.octave,
            "notices": list(sound.notes) if sound is not None else [],
            "put_back": list(put_back.evidence),
        },
        (
            f"Played {played.title}: {played.phrase}, {played.way}.",
            f"{counted(played.notes, 'note')} on channel {played.channel + 1}.",
            f"{outcome.value}: {state}: {printable('; '.join(put_back.evidence))}.",
        ),
    )
    return Exit.DONE if put_back.proved else Exit.UNKNOWN


def _facts(played: Played) -> dict[str, Any]:
    return {
        "sound": played.title,
        "notes": played.notes,
        "phrase": played.phrase,
        "channel": played.channel + 1,
        "way": played.way.value,
    }


async def _sound(
    player: Player, call: Call, sort: Sort, number: int, file: Contents | None
) -> Sound:
    """The sound that was asked for; Stop (usage) where there is none."""
    arguments, output = call.arguments, call.output
    bank = Bank[arguments.bank.upper()]
    if file is None:
        sounds = sounds_of_memory(await player.read(_PARTS[sort], bank, output.progress), bank)
        where = "The M1" if bank is Bank.INTERNAL else "The card"
    else:
        needed = _PARTS_FOR_FILE[sort]
        memory = await player.read(needed, progress=output.progress)
        sounds = sounds_of_file(file, memory)
        where = shown(arguments.file)
    return _found(sounds, sort, number, where)


def _found(sounds: Sounds, sort: Sort, number: int, where: str) -> Sound:
    for sound in sounds.of(sort):
        if sound.number == number:
            return sound
    if sort is Sort.KIT and sounds.unheard_kits:
        raise Stop(
            Exit.REFUSED,
            Advice(
                code="kit-not-in-m1",
                happened=f"Drum kit {number} cannot be played: {sounds.unheard_kits[0]}",
                safe="No note was played; no memory was written.",
                next_step="Restore the file's Global data first, or play the M1's own kit.",
            ),
        )
    count = len(sounds.of(sort))
    raise usage(
        f"{where} has no {sort} {number}: expected one of {count}.",
        "Choose another number.",
        code="no-such-sound",
    )


async def _panic(session: Session) -> int:
    left = session.store.left_sounding()
    sent = await _end_notes(session, left)
    channels = sorted({session.instrument.channel, *_channels(left)})
    listed = ", ".join(str(channel + 1) for channel in channels)
    session.output.facts(
        {"panic": True, "messages": sent, "channels": [channel + 1 for channel in channels]},
        (
            f"All Notes Off went out on all {CHANNELS} channels.",
            f"A note off for every key went out on channel {listed}.",
            *_elsewhere(session, left),
        ),
    )
    return Exit.DONE


def _elsewhere(session: Session, left: tuple[Sounding, ...]) -> tuple[str, ...]:
    port = session.instrument.link.port
    others = sorted({printable(one.port) for one in left if one.port != printable(port)})
    return tuple(
        f"Notes were left sounding on {other}; this is {printable(port)}. If they are still "
        "sounding there, switch that M1 off and on."
        for other in others
    )


def _channels(left: tuple[Sounding, ...]) -> set[int]:
    return {channel for one in left for channel in one.channels if 0 <= channel < CHANNELS}


async def _end_notes(session: Session, left: tuple[Sounding, ...]) -> int:
    sent = await panic(session.instrument, _channels(left))
    session.store.forget_sounding()
    return sent


async def _silenced(session: Session, mark: SoundingMark, lost: LinkLost) -> Stop:
    """The stop for a link that was lost, after the notes were ended if it could be opened again."""
    for _ in range(_TRIES):
        await asyncio.sleep(1.0)
        if not await session.instrument.reopen():
            continue
        try:
            await panic(session.instrument, range(CHANNELS))
        except LinkLost:
            continue
        mark.end()
        return Stop(
            Exit.UNKNOWN,
            Advice(
                code="link-lost-while-playing",
                happened=f"{lost.advice.happened} The link was reopened, and All Notes Off was "
                "sent.",
                safe="Nothing was written to memory.",
                cause=lost.advice.cause,
                next_step="The edit buffer may contain a different sound from before: select your "
                "sound on the panel again.",
            ),
        )
    return Stop(
        Exit.UNKNOWN,
        Advice(
            code="notes-may-sound",
            happened=f"{lost.advice.happened} Notes may still be sounding.",
            safe="Nothing was written to memory. The edit buffer may contain a different sound "
            "from before.",
            cause=lost.advice.cause,
            next_step="Plug the cable in again, then run m1tui play --panic; or switch the M1 "
            "off and on."
            if not session.instrument.link.over_jack
            else "Start JACK and its connections again, then run m1tui play --panic; or switch "
            "the M1 off and on.",
        ),
    )
