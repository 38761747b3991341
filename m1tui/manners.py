"""The manners of an M1: facts that m1tui stands on and that one source or none supports.

One declared table. Each manner has its alternatives, of which the first is what is assumed; a mark
of certainty; where it is from; and what depends on it. The virtual M1 can have each alternative,
a survey of a real M1 finds out which one it has. Marks are those of `docs/protocol.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How certain a fact is."""

    DECODED = "D"
    """Seen in real dumps."""
    SEVERAL = "S2"
    """Two or more independent sources."""
    ONE_SOURCE = "S"
    INFERRED = "I"

    @property
    def words(self) -> str:
        """The mark for a person."""
        return {
            Mark.DECODED: "seen in real dumps",
            Mark.SEVERAL: "several sources",
            Mark.ONE_SOURCE: "one source",
            Mark.INFERRED: "inferred",
        }[self]


@dataclass(frozen=True, slots=True)
class Manner:
    """One uncertain fact."""

    name: str
    """Lower case words joined by hyphens; for files and command lines."""
    about: str
    """The question that it answers, as half a sentence."""
    alternatives: Mapping[str, str]
    """What it may be: a word, and what that means. The first is assumed."""
    mark: Mark
    source: str
    depends: str
    """What in m1tui depends on it."""

    @property
    def default(self) -> str:
        """The alternative that is assumed."""
        return next(iter(self.alternatives))


PROTECTED_DUMP = Manner(
    "protected-dump",
    "the answer to a dump sent to protected memory",
    {
        "24": "24, load error",
        "26": "26, as if it were malformed",
        "silence": "no answer",
    },
    Mark.SEVERAL,
    "M1 MIDI implementation; owners",
    "what a restore says about memory that did not change",
)
DISABLED_DUMP = Manner(
    "disabled-dump",
    "the answer to a dump while MIDI Exclusive is DIS",
    {
        "silence": "no answer",
        "24": "24, load error",
        "26": "26, as if it were malformed",
    },
    Mark.ONE_SOURCE,
    "M1 MIDI implementation",
    "whether an M1 that refuses everything counts as one with Exclusive disabled",
)
LOAD_ORDER = Manner(
    "load-order",
    "whether reply 23 comes before or after the memory changes",
    {
        "after": "memory has changed when 23 comes",
        "before": "23 comes first, and memory changes half a second later",
    },
    Mark.INFERRED,
    "none",
    "reading back after a reply",
)
LOAD_TIME = Manner(
    "load-time",
    "how long after a dump's last byte its reply comes",
    {
        "at-once": "at once",
        "0.5s": "half a second",
        "2s": "two seconds",
        "5s": "five seconds, which is longer than m1tui waits for a reply",
    },
    Mark.INFERRED,
    "none",
    "how long m1tui waits for a reply",
)
DUMP_MODES = Manner(
    "dump-modes",
    "in which modes whole dumps are accepted",
    {
        "every-mode": "in every mode",
        "play-modes": "in COMBI and PROG; else 24",
        "global-mode": "in GLOBAL; else 24",
    },
    Mark.ONE_SOURCE,
    "M1 MIDI implementation, list of received messages",
    "sending whole dumps in every mode",
)
DUMP_LEAVES = Manner(
    "dump-leaves",
    "where an accepted dump leaves the panel",
    {
        "as-it-was": "in the mode and on the page where it was",
        "prog-mode": "in PROG mode",
        "first-page": "on the first page of its mode",
    },
    Mark.INFERRED,
    "none",
    "what a person sees after a restore; keys that are pressed after it",
)
BUFFER_MODES = Manner(
    "buffer-modes",
    "in which modes the edit buffers are sent and accepted (40, 49, 10, 19)",
    {
        "play-and-edit": "in PROG and EDIT PROG, in COMBI and EDIT COMBI",
        "play-only": "in PROG and in COMBI only",
    },
    Mark.ONE_SOURCE,
    "M1 MIDI implementation",
    "write probes, and sounds that are sent one by one, while the M1 is in an EDIT mode",
)
WRONG_MODE = Manner(
    "wrong-mode",
    "the answer to a request for an edit buffer in a mode that has none",
    {"24": "24, load error (22 to a write request)", "silence": "no answer"},
    Mark.INFERRED,
    "M1 MIDI implementation lists 24 as the only other answer",
    "how long a request in the wrong mode takes",
)
MODE_CHANGE_REPLY = Manner(
    "mode-change-reply",
    "whether a mode change (4E) is answered",
    {"23": "with 23", "silence": "no answer"},
    Mark.ONE_SOURCE,
    "M1 MIDI implementation",
    "distinguishing a late answer from the answer to the next message",
)
MODE_CHANGE_PAGE = Manner(
    "mode-change-page",
    "which page a mode change (4E) leads to",
    {"first": "the first page of the mode", "last": "the page that was last shown in that mode"},
    Mark.INFERRED,
    "none",
    "keys that are pressed after a mode change",
)
PROGRAM_CHANGE_REPLY = Manner(
    "program-change-reply",
    "whether a program change is answered while Exclusive is ENA",
    {"23": "with 23, or 24", "silence": "no answer"},
    Mark.ONE_SOURCE,
    "M1 MIDI implementation",
    "finding out which protects are on without reading a bank",
)
MALFORMED = Manner(
    "malformed",
    "the answer to a message with the wrong length",
    {"26": "26, data format error", "24": "24, load error", "silence": "no answer"},
    Mark.ONE_SOURCE,
    "M1R manual",
    "saying that a dump arrived damaged",
)
CARD_ABSENT = Manner(
    "card-absent",
    "the answer to a request for a card when none is inserted",
    {"24": "24, load error", "silence": "no answer"},
    Mark.SEVERAL,
    "M1 MIDI implementation; owners",
    "saying that there is no card",
)
IDENTITY_DISABLED = Manner(
    "identity-disabled",
    "whether the identity is sent while MIDI Exclusive is DIS",
    {"answered": "it is sent", "silence": "no answer"},
    Mark.INFERRED,
    "none",
    "saying that Exclusive is disabled, and not that the cable is broken",
)
INITIALISED_FILTERS = Manner(
    "initialised-filters",
    "the MIDI filters after an initialisation",
    {"DIS": "all DIS", "ENA": "all ENA"},
    Mark.INFERRED,
    "the owner's guide allows for DIS",
    "what the steps after a battery change begin with",
)
INITIALISED_PROTECTS = Manner(
    "initialised-protects",
    "the memory protects after an initialisation",
    {"ON": "all ON", "OFF": "all OFF"},
    Mark.INFERRED,
    "the owner's guide allows for ON",
    "what the steps after a battery change begin with",
)
INITIALISED_CHANNEL = Manner(
    "initialised-channel",
    "the global MIDI channel after an initialisation",
    {"1": "channel 1", "16": "channel 16"},
    Mark.INFERRED,
    "none",
    "finding an M1 after a battery change",
)
INITIALISED_CLOCK = Manner(
    "initialised-clock",
    "the clock source after an initialisation",
    {"INT": "internal", "EXT": "external"},
    Mark.INFERRED,
    "the owner's guide: back to INT at every power-on",
    "what the steps for an external sequencer begin with",
)
ALLOCATION_BACK = Manner(
    "allocation-back",
    "what changing the memory allocation back to 100/100 does to songs",
    {
        "keeps": "songs that fit are kept, others are lost completely",
        "cuts": "songs are cut where the memory ends",
        "destroys": "all songs are lost",
    },
    Mark.ONE_SOURCE,
    "the owner's guide",
    "the procedure that frees a full sequencer",
)
NAME_PADDING = Manner(
    "name-padding",
    "what happens to 00 in a name",
    {"kept": "it comes back as it was sent", "spaces": "it comes back as 20"},
    Mark.DECODED,
    "two real dumps of one bank",
    "calling such a difference harmless",
)
UNUSED_BITS = Manner(
    "unused-bits",
    "what happens to bits that no parameter uses",
    {"kept": "they come back as they were sent", "cleared": "they come back as 0"},
    Mark.DECODED,
    "real dumps contain arbitrary values there",
    "calling such a difference harmless",
)
CARD_NUMBERS = Manner(
    "card-numbers",
    "whether combinations saved to a card play the card's own programs",
    {
        "as-they-are": "their numbers stay the same",
        "translated": "their numbers go up by 100",
    },
    Mark.ONE_SOURCE,
    "a tool for card images, checked on an instrument",
    "comparing combinations with those on a card",
)
IDENTITY_MEMBER = Manner(
    "identity-member",
    "the two bytes after 42 19 00 in an identity reply",
    {"08-00": "08 00", "00-00": "00 00"},
    Mark.ONE_SOURCE,
    "one captured reply",
    "nothing; only 42 19 00 is looked for",
)
ACTIVE_SENSING = Manner(
    "active-sensing",
    "whether Active Sensing (FE) is sent",
    {"always": "all the time", "none": "never"},
    Mark.ONE_SOURCE,
    "M1 MIDI implementation",
    "saying that the M1 is heard on an otherwise silent line",
)
SEQUENCER_CLOCK = Manner(
    "sequencer-clock",
    "when the clock (F8) is sent with the clock source INT",
    {
        "in-seq-mode": "in SEQ mode",
        "while-playing": "while a song is playing",
        "none": "never",
    },
    Mark.ONE_SOURCE,
    "M1 MIDI implementation",
    "recognising the clock source EXT by the missing clock",
)
IGNORES_FILTER = Manner(
    "ignores-filter",
    "where SysEx is accepted while MIDI Exclusive is DIS",
    {
        "data-dump-page": "on GLOBAL's DATA DUMP page",
        "global-mode": "on all pages of GLOBAL",
        "nowhere": "nowhere",
    },
    Mark.ONE_SOURCE,
    "M1 MIDI implementation",
    "what an answer in GLOBAL mode says about the filter",
)
WHILE_PLAYING = Manner(
    "while-playing",
    "what is answered while the sequencer is playing",
    {
        "ignored": "nothing",
        "mode-data": "a mode request, nothing else",
        "answered": "everything",
    },
    Mark.ONE_SOURCE,
    "M1 MIDI implementation",
    "saying that the sequencer is playing",
)
GLOBAL_PAGES = Manner(
    "global-pages",
    "how the nine sub-pages of GLOBAL 1 to 4 are numbered",
    {
        "2-1-2-4": "two, one, two and four",
        "3-1-1-4": "three, one, one and four",
        "2-2-1-4": "two, two, one and four",
    },
    Mark.INFERRED,
    "eleven sub-pages come before 5-1",
    "where a digit key leads in GLOBAL 1 to 4; no procedure uses one there",
)
DIGIT_KEY = Manner(
    "digit-key",
    "where a digit key leads in EDIT, SEQ and GLOBAL",
    {
        "first": "to the page's first sub-page",
        "last": "to the sub-page that was shown last",
        "next": "to the first sub-page and, when pressed again, to the next one",
    },
    Mark.ONE_SOURCE,
    "the owner's guide",
    "every key sequence with a digit",
)
UP_DOWN = Manner(
    "up-down",
    "what UP and DOWN do at the end of a range",
    {"stop": "they stop", "wrap": "they continue from the other end"},
    Mark.INFERRED,
    "in the owner's guide, DOWN is pressed more often than needed",
    "sequences that press UP or DOWN where the value may already be set",
)
LETTER = Manner(
    "letter",
    "what a letter without a value above it does",
    {"nothing": "nothing", "cell": "it moves the cursor to the value beside it"},
    Mark.INFERRED,
    "the display's columns",
    "what a slip of the finger does",
)
SECOND_G = Manner(
    "second-g",
    "which commands need a second G",
    {
        "destroying": "card load, save and format, and erasing",
        "allocation-too": "card load, save and format, erasing, and the memory allocation",
    },
    Mark.ONE_SOURCE,
    "the owner's guide",
    "changing the memory allocation",
)
BATTERY_LOW = Manner(
    "battery-low",
    "below which voltage the M1 warns about its battery",
    {"2.5": "2.5 V", "2.2": "2.2 V", "2.8": "2.8 V"},
    Mark.INFERRED,
    "owners",
    "what the warning says about a cell",
)
START_TIME = Manner(
    "start-time",
    "how soon after power-on the M1 answers",
    {"at-once": "at once", "3s": "after about three seconds"},
    Mark.INFERRED,
    "none",
    "asking the M1 anything after a power cycle",
)

MANNERS = (
    PROTECTED_DUMP,
    DISABLED_DUMP,
    LOAD_ORDER,
    LOAD_TIME,
    DUMP_MODES,
    DUMP_LEAVES,
    BUFFER_MODES,
    WRONG_MODE,
    MODE_CHANGE_REPLY,
    MODE_CHANGE_PAGE,
    PROGRAM_CHANGE_REPLY,
    MALFORMED,
    CARD_ABSENT,
    IDENTITY_DISABLED,
    INITIALISED_FILTERS,
    INITIALISED_PROTECTS,
    INITIALISED_CHANNEL,
    INITIALISED_CLOCK,
    ALLOCATION_BACK,
    NAME_PADDING,
    UNUSED_BITS,
    CARD_NUMBERS,
    IDENTITY_MEMBER,
    ACTIVE_SENSING,
    SEQUENCER_CLOCK,
    IGNORES_FILTER,
    WHILE_PLAYING,
    GLOBAL_PAGES,
    DIGIT_KEY,
    UP_DOWN,
    LETTER,
    SECOND_G,
    BATTERY_LOW,
    START_TIME,
)
BY_NAME = {manner.name: manner for manner in MANNERS}


@dataclass(frozen=True, slots=True)
class Manners:
    """One instrument's manners: those that are not as assumed, in the order of the table."""

    others: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, chosen: Mapping[str, str]) -> Manners:
        """Return manners by name; ValueError names what is not in the table."""
        for name, alternative in chosen.items():
            if name not in BY_NAME:
                raise ValueError(f"expected one of {', '.join(BY_NAME)}, found {name!r}")
            known = BY_NAME[name].alternatives
            if alternative not in known:
                raise ValueError(
                    f"{name}: expected one of {', '.join(known)}, found {alternative!r}"
                )
        return cls(
            tuple(
                (one.name, chosen[one.name])
                for one in MANNERS
                if chosen.get(one.name, one.default) != one.default
            )
        )

    @classmethod
    def parse(cls, texts: tuple[str, ...]) -> Manners:
        """Return the manners of texts such as "load-time=2s"; ValueError for any other."""
        chosen: dict[str, str] = {}
        for text in texts:
            name, equals, alternative = text.partition("=")
            if not equals:
                raise ValueError(f"expected NAME=ALTERNATIVE, found {text!r}")
            chosen[name] = alternative
        return cls.of(chosen)

    def __getitem__(self, manner: Manner) -> str:
        return dict(self.others).get(manner.name, manner.default)

    def __iter__(self) -> Iterator[str]:
        """Yield NAME=ALTERNATIVE of those that are not as assumed."""
        yield from (f"{name}={alternative}" for name, alternative in self.others)

    def __str__(self) -> str:
        return " ".join(self) or "as assumed"

    def with_(self, manner: Manner, alternative: str) -> Manners:
        """Return the same with one other."""
        return Manners.of(dict(self.others) | {manner.name: alternative})


AS_ASSUMED = Manners()
