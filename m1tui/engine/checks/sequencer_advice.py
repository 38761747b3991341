"""What a check of the sequencer's memory that does not pass tells a person."""

from __future__ import annotations

from m1tui.advice import Advice
from m1tui.engine.checks.asking import NOTHING_WRITTEN


def unsound() -> Advice:
    """Return the advice for a sequence whose tracks cannot be told apart."""
    return Advice(
        happened="The sequence's steps could not be told by track: expected places that follow "
        "one another and end at the last step, found others.",
        safe=NOTHING_WRITTEN,
        cause="The sequencer's memory is damaged, as after a weak battery.",
        next_step="Back up what it holds, then free the sequencer's memory or restore a backup.",
    )


def not_free(found: str) -> Advice:
    """Return the advice for a sequencer that still holds something."""
    return Advice(
        happened=f"The sequencer is not free: expected 100 % free, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="Changing the allocation back to 100/100 destroys only what has no room in 4,400 "
        "steps.",
        next_step="Change to 50/50, record until less than 35 % is free, then change back.",
    )


def not_full(found: str, more: int) -> Advice:
    """Return the advice for a sequencer that holds too little for the guide's trick."""
    return Advice(
        happened=f"Too much is still free: expected less than 35 %, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="What was played has not filled the memory yet, or it was not recording.",
        next_step=f"Press REC and START/STOP and play on: about {more:,} more steps are needed. "
        "Aftertouch fills it fastest.",
    )


def song_not_empty(found: str) -> Advice:
    """Return the advice for a song that is not erased."""
    return Advice(
        happened=f"The song is not erased: expected no steps, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The second G was not pressed, another song was chosen, or the sequence's memory "
        "protect is on.",
        next_step="Press SEQ 3 +, choose the song with UP or DOWN, then G G.",
    )


def track_not_empty(found: str) -> Advice:
    """Return the advice for a track that is not erased."""
    return Advice(
        happened=f"The track is not erased: expected no steps, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="The second G was not pressed, another song or track was chosen, or the sequence's "
        "memory protect is on.",
        next_step="Press SEQ 4 + +, choose the track with UP or DOWN, then G G.",
    )


def not_recorded(expected: str, found: str) -> Advice:
    """Return the advice for a track that took nothing."""
    return Advice(
        happened=f"Nothing was recorded there: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="REC was not pressed before START/STOP, another song or track was chosen, or the "
        "sequence's memory protect is on.",
        next_step="Choose song and track, press REC, then START/STOP, play, and press START/STOP.",
    )


def other_channel(expected: str, found: str) -> Advice:
    """Return the advice for a track on another channel."""
    return Advice(
        happened=f"The track is on another channel: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="Another song or track was chosen, or its channel was never changed.",
        next_step="Choose the track in SEQ mode and set its channel, then check again.",
    )


def not_played(expected: str, found: str) -> Advice:
    """Return the advice for keys that do not play on the track's channel."""
    return Advice(
        happened=f"The keys do not play the track: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="Another track is chosen on the panel, the M1 is not in SEQ mode, or no key was "
        "played.",
        next_step="Press SEQ and C, choose the track with UP or DOWN, then play a key.",
    )


def other_program(expected: str, found: str) -> Advice:
    """Return the advice for a track that plays another program."""
    return Advice(
        happened=f"The track has another program: expected {expected}, found {found}.",
        safe=NOTHING_WRITTEN,
        cause="Another song or track was chosen, or the program was not changed far enough.",
        next_step="Choose song and track, press F, choose the program with UP or DOWN.",
    )
