"""What a restore tells a person at its end."""

from __future__ import annotations

from pathlib import Path

from m1tui.advice import Advice
from m1tui.engine.compare import Comparison
from m1tui.engine.keys import PROTECTS_OFF
from m1tui.engine.preflight import NOTHING_SENT
from m1tui.engine.probe import ProbeReport
from m1tui.sysex import Bank, Contents, Part, StatusCode, printable

MEMORY = {
    Part.PROGRAMS: "program",
    Part.COMBINATIONS: "combination",
    Part.SEQUENCE: "sequence",
}
_WORTHLESS = "What it held before was a freshly initialised memory, which is no loss."


def kept(backup: Path | None) -> str:
    """Return where what the M1 held before lies."""
    if backup is None:
        return ""
    return f"What it held before is saved as {printable(str(backup))}."


def verified(
    contents: Contents, comparison: Comparison, backup: Path | None, *, singly: bool
) -> Advice:
    """Return the advice for a memory that was read back equal.

    `singly` tells whether only what differed was, and the rest had been read before.
    """
    holds = ", ".join(contents.describe())
    harmless = len(comparison.cosmetic)
    but = f"; {harmless} differ harmlessly in name padding or unused bits" if harmless else ""
    read = "What differed was" if singly else "The M1 was"
    before = "; the rest was so before" if singly else ""
    return Advice(
        happened=f"{read} read back{before}. The M1 holds what the file holds: {holds}{but}.",
        safe=" ".join(("The file is in the M1's memory.", kept(backup))).strip(),
        next_step="Switch the memory protects on again.",
    )


def already_there(contents: Contents, comparison: Comparison) -> Advice:
    """Return the advice for a memory that needs nothing written."""
    holds = ", ".join(contents.describe())
    harmless = len(comparison.cosmetic)
    but = f"; {harmless} differ harmlessly in name padding or unused bits" if harmless else ""
    return Advice(
        happened=f"The M1 was read and already holds what the file holds: {holds}{but}. Nothing "
        "needed to be written, and nothing was.",
        safe="The file is in the M1's memory, which was not touched.",
    )


def _unprotect(bank: Bank) -> str:
    return f"Press {PROTECTS_OFF[bank]} on the M1, then try again."


def protected(report: ProbeReport, bank: Bank, *, sent: bool = False) -> Advice:
    """Return the advice for memory that a first write found protected.

    `sent` tells whether more was sent before, or instead of, single objects.
    """
    which = ", ".join(MEMORY[part] for part in report.protected)
    evidence = "; ".join(report.evidence)
    return Advice(
        happened=f"The M1 is memory protected ({which}): expected 21 or 23 to a first write, "
        f"found {evidence}.",
        safe="The M1 was read again: its memory holds what it held, byte for byte."
        if sent
        else "The file was not sent. What is protected took nothing, so it holds what it held.",
        cause="Memory protect is on in GLOBAL 6, as it is after an initialisation.",
        next_step=_unprotect(bank),
    )


def damaged_by_probe(comparison: Comparison, backup: Path | None) -> Advice:
    """Return the advice for a probe whose write-back did not arrive as it was."""
    return Advice(
        happened="The write probe did not leave memory as it was: expected what was read before, "
        f"found differences in {comparison.summary()}.",
        safe=kept(backup) or "The file was not sent.",
        cause="The cable or the interface changes bytes, or somebody used the panel meanwhile.",
        next_step="Try another cable or interface, then restore the saved backup.",
    )


def cancelled_before() -> Advice:
    """Return the advice for a restore that was stopped before it wrote."""
    return Advice(happened="Cancelled before sending.", safe=NOTHING_SENT)


def dry_run(comparison: Comparison, size: int, seconds: float) -> Advice:
    """Return the advice for a restore that was to end before sending."""
    would = (
        "The M1 holds all of it already"
        if comparison.equal
        else f"It would change {comparison.summary()}"
    )
    return Advice(
        happened=f"Dry run: {size:,} bytes would be sent in {seconds:.0f} s. {would}.",
        safe=NOTHING_SENT,
        next_step="Leave out --dry-run to send it.",
    )


def unreadable(happened: str, why: Advice, backup: Path | None) -> Advice:
    """Return the advice for a memory that could not be read back; `why` says why."""
    return Advice(
        happened=f"{happened} Then the M1 could not be read back, so what it holds is unknown: "
        f"{why.happened}",
        safe=kept(backup) or _WORTHLESS,
        cause=why.cause,
        next_step="Leave the M1 on. When it answers again, compare it with the file (m1tui "
        "verify), and restore once more if they differ.",
    )


def before_sending(why: Advice) -> Advice:
    """Return the advice for something that failed before the file was sent; `why` says what."""
    return Advice(why.happened, NOTHING_SENT, why.cause, why.next_step)


def stopped_reading(happened: str, backup: Path | None) -> Advice:
    """Return the advice for a reading back that was stopped."""
    return Advice(
        happened=f"{happened} Cancelled before memory was read back, so what it holds is unknown.",
        safe=kept(backup) or _WORTHLESS,
        next_step="Compare the M1 with the file (m1tui verify).",
    )


def differs(
    happened: str,
    comparison: Comparison,
    *,
    unchanged: bool,
    stopped: bool,
    stuck: bool,
    reply: StatusCode | None,
    unprobed: tuple[Part, ...],
    bank: Bank,
    backup: Path | None,
) -> Advice:
    """Return the advice for a memory that was read back and is not what the file holds."""
    wrong = len(comparison.different)
    count = "1 object differs" if wrong == 1 else f"{wrong} objects differ"
    found = f"{happened} Read back: expected the file, found that {count}: {comparison.summary()}."
    safe = kept(backup) or _WORTHLESS
    if unchanged:
        safe = f"The M1 was read again: its memory is unchanged, byte for byte. {kept(backup)}"
    if stopped:
        return Advice(found, safe.strip(), "", "Restore the file again, from its beginning.")
    if unchanged:
        return _refused_unchanged(found, safe.strip(), reply, unprobed, bank)
    if reply is StatusCode.WRITE_ERROR:
        return Advice(
            found,
            safe,
            "The M1 refused to write (22): memory protect was switched on meanwhile.",
            _unprotect(bank),
        )
    if stuck:
        return Advice(
            happened=found,
            safe=safe,
            cause="The M1 confirmed what it was sent again and again, and the same reads back "
            "wrong in the same way, object by object, too. Slower sending hardly helps then: its "
            "memory may be defective.",
            next_step="Switch the M1 off and on and restore once more; if the same differs then, "
            "its memory chip or the circuit around it needs a repair.",
        )
    return Advice(
        happened=found,
        safe=safe,
        cause="Bytes were lost or changed on the way: a poor cable or interface overflows on long "
        "messages; or somebody used the panel meanwhile.",
        next_step="Try another cable or interface, then restore the file again.",
    )


def reallocated(happened: str, before: Contents, found: Contents, backup: Path | None) -> Advice:
    """Return the advice for a memory that was divided otherwise while it was written."""
    had, has = (
        "none" if one.allocation is None else one.allocation.label for one in (before, found)
    )
    return Advice(
        happened=f"{happened} Read back: the memory is divided otherwise than before.",
        safe=kept(backup) or _WORTHLESS,
        cause=f"Somebody changed the memory allocation meanwhile: expected {had}, found {has}. "
        "That erases a part of memory.",
        next_step=f"Set it to {had} again on the M1's panel, then restore the file again, from its "
        "beginning.",
    )


def _refused_unchanged(
    happened: str,
    safe: str,
    reply: StatusCode | None,
    unprobed: tuple[Part, ...],
    bank: Bank,
) -> Advice:
    if reply is StatusCode.LOAD_ERROR:
        which = " or ".join(MEMORY[part] for part in unprobed)
        unsure = f" ({which} protect was not probed)" if which else ""
        return Advice(
            happened,
            safe,
            f"The M1 refused to load it: 24 most often means memory protected{unsure}.",
            _unprotect(bank),
        )
    if reply is StatusCode.LOAD_COMPLETED:
        return Advice(
            happened,
            safe,
            "The M1 said that it loaded the dump and did not: its memory may be defective, or "
            "another instrument answered.",
            "Switch the M1 off and on, then try again; if it stays so, the memory needs a repair.",
        )
    return Advice(
        happened,
        safe,
        "The dump did not arrive whole: the interface cuts long messages, or bytes were lost.",
        "Try another cable or interface; `m1tui loopback` tells whether one can be trusted.",
    )


def sent_and_heard(size: int, reply: StatusCode | None, silence: str, pacing: str) -> str:
    """Return what was sent and what the M1 replied, as a sentence."""
    speed = "at full speed" if pacing == "full" else f"with pacing {pacing}"
    if reply is None:
        return f"{size:,} bytes were sent {speed}; expected the reply 23, found {silence}."
    return f"{size:,} bytes were sent {speed}; the M1 replied {reply:02X} ({reply.label})."


def cut_alike(first: str, second: str) -> str:
    """Return the note that a slower pacing is not tried, since the interface cuts messages."""
    return (
        f"The end of a long message did not reach the M1 with pacing {first} and with {second}, "
        "and memory was the same both times: the interface cuts long messages, so slower ones are "
        "not tried."
    )


def lost_while_sending(done: int, size: int) -> str:
    """Return how far a send had come when the link was lost, as a sentence."""
    return f"The link was lost after {done:,} of {size:,} bytes were sent."


def lost_while_probing(report: ProbeReport) -> str:
    """Return how far the write probe had come when the link was lost, as a sentence."""
    if report.wrote:
        return "The link was lost while the write probe put back what slot 00 held."
    return "The link was lost in the write probe, before it wrote anything."


def stopped_while_sending(done: int, size: int) -> str:
    """Return how far a send had come when it was stopped, as a sentence."""
    if done < size:
        return f"Cancelled after {done:,} of {size:,} bytes; F7 was sent to end the message."
    return f"Cancelled after all {size:,} bytes were sent, before the M1 replied."
