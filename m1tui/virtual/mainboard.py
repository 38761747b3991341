"""The state of a powered M1 and what can be done to it; panel and exclusive messages act here."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter

from m1tui.manners import (
    DIGIT_KEY,
    DUMP_LEAVES,
    GLOBAL_PAGES,
    IGNORES_FILTER,
    MODE_CHANGE_PAGE,
    SEQUENCER_CLOCK,
)
from m1tui.sysex import (
    Bank,
    BankDump,
    CardState,
    Combination,
    CombinationDump,
    IdentityReply,
    Message,
    Mode,
    ModeChange,
    ModeData,
    Program,
    ProgramDump,
    card_code,
)
from m1tui.virtual.card import Card, PcmCard
from m1tui.virtual.memory import Memory
from m1tui.virtual.pages import DATA_DUMP_PAGE, Page, page_of_digit, pages_of
from m1tui.virtual.performance import CONTROL, NOTE_OFF, NOTE_ON, PROGRAM_CHANGE, Sent, tempo_of
from m1tui.virtual.sequencer import Sequencer
from m1tui.virtual.settings import Model, Settings
from m1tui.virtual.sound import KEPT, PlayedNote, Source, note_on, with_note_off, with_silence

_SONG_SELECT = 0xF3
VOLUME = 7
"""The controller of a channel's volume."""
DIGITS = 2
_UP_END = 1
_MIDDLE_FORMAT = 1
"""Where every visit to the format page starts: the guide's one DOWN is needed and enough."""


class Mainboard(Sequencer):
    """An M1's banks and sequencer with mode, page, edit buffers and selection.

    Everything that outlives a call is an immutable value in an attribute, so that two states
    compare by their values. `outbox` collects what goes to MIDI OUT.
    """

    def __init__(
        self,
        memory: Memory,
        settings: Settings,
        card: Card | None = None,
        pcm_card: PcmCard | None = None,
        model: Model = Model.M1,
    ) -> None:
        super().__init__(memory, settings, card)
        self.pcm_card = pcm_card
        self.model = model
        self.dead_outputs: frozenset[int] = frozenset()
        """Audio outputs, 1-4, at which nothing comes: a fault."""
        self.effects_hiss = False
        """Whether the effects hiss where one is in use: a fault."""
        self.start()

    def start(self) -> None:
        """Come up after power-on: PROG, internal program 00, sequencer at rest.

        That an M1 starts in PROG mode is assumed.
        """
        self.mode = Mode.PROG
        self.page_index = 0
        self._shown_last: dict[tuple[Mode, int], int] = {}
        self._left: dict[Mode, int] = {}
        self._due: list[tuple[float, Callable[[], None]]] = []
        self.cursor = ""
        self.choices: dict[str, int] = {}
        self.kept_choices = {"load": _UP_END, "save": _UP_END}
        self.asking = False
        self.message = ""
        self.compared: Program | Combination | None = None
        self.pedals = (0, 0)
        self.digits = ""
        self.bank_hold = False
        self.registered: dict[int, int] = {}
        self.rewind()
        self.program_bank = self.combination_bank = Bank.INTERNAL
        self.program_number = self.combination_number = 0
        self.edit_program = self.memory.programs[0]
        self.edit_combination = self.memory.combinations[0]
        self.settings = self.settings.after_power_on()
        self.outbox.clear()
        self.own_dump = b""
        """The bank dump that was sent last, until another message is sent or received."""
        self.sounding: frozenset[tuple[int, int]] = frozenset()
        """Channels and keys of the notes that came by MIDI and did not end."""
        self.played: tuple[PlayedNote, ...] = ()
        """The notes that were played since power-on, the newest last, no more than KEPT."""
        self._down: set[tuple[Source, int, int]] = set()
        """The keys whose notes have not ended: a song plays thousands of notes."""
        self.volumes: dict[int, int] = {}
        """What each channel's volume was set to; else it is full."""
        self.track_programs: dict[int, int] = {}
        """Tracks whose program was changed while the song plays: assumed to last until it begins
        again."""
        self._arrive(0)

    # Sending

    def send(self, message: Message | IdentityReply) -> None:
        """Put a message on MIDI OUT."""
        data = message.encode()
        self.outbox += data
        self.own_dump = data if isinstance(message, BankDump) else b""

    def announce(self, message: Message) -> None:
        """Send what the M1 tells by itself: only while Exclusive is enabled."""
        if self.settings.exclusive:
            self.send(message)

    # Sound

    def play(
        self, source: Source, channel: int, key: int, velocity: int, track: int | None = None
    ) -> None:
        """Play a note, which plays until it is released, and remember it."""
        self.release(source, channel, key)
        self._down.add((source, channel, key))
        notes = note_on(self, source, channel, key, velocity, track)
        self.played = (*self.played, *notes)[-KEPT:]

    def release(self, source: Source, channel: int, key: int) -> None:
        """Let a key come up."""
        if (source, channel, key) not in self._down:
            return
        self._down.remove((source, channel, key))
        self.played = with_note_off(self.played, source, channel, key, self.now)

    def release_all(self, channel: int) -> None:
        """End all notes that came on a channel by MIDI."""
        self.sounding = frozenset(note for note in self.sounding if note[0] != channel)
        self._down = {down for down in self._down if down[:2] != (Source.MIDI, channel)}
        self.played = with_silence(self.played, channel, self.now)

    def run(self) -> None:
        """Play the song; from its beginning with the programs that the tracks have."""
        if self.transport.measure == 1:
            self.track_programs = {}
        super().run()

    def choose(self, song: int, track: int) -> None:
        """Choose song and track; another song begins with the programs of its tracks."""
        if song != self.transport.song:
            self.track_programs = {}
        super().choose(song, track)

    def send_played(self, played: tuple[Sent, ...]) -> None:
        """Play what the song plays, and send it."""
        super().send_played(played)
        for _, track, message in played:
            kind, channel, first = message[0] & 0xF0, message[0] & 0x0F, message[1]
            if kind == NOTE_ON:
                self.play(Source.SONG, channel, first, message[2], track)
            elif kind == NOTE_OFF:
                self.release(Source.SONG, channel, first)
            elif kind == PROGRAM_CHANGE:
                self.track_programs = self.track_programs | {track: first}
            elif kind == CONTROL and first == VOLUME:
                self.volumes = self.volumes | {channel: message[2]}

    # Pages

    @property
    def pages(self) -> tuple[Page, ...]:
        """The sub-pages of the mode."""
        return pages_of(self.model, self.manners[GLOBAL_PAGES])[self.mode]

    @property
    def page(self) -> Page:
        """The sub-page that the display shows."""
        return self.pages[self.page_index]

    @property
    def ignores_filter(self) -> bool:
        """Whether exclusive messages pass whatever the filter says."""
        where = self.manners[IGNORES_FILTER]
        if self.mode is not Mode.GLOBAL or where == "nowhere":
            return False
        return where == "global-mode" or self.page.number == DATA_DUMP_PAGE

    def press_digit(self, digit: int) -> None:
        """Show a page of a mode that has many, as its digit key does; nothing where none is."""
        index = page_of_digit(self.pages, digit)
        if index is None:
            return
        manner = self.manners[DIGIT_KEY]
        if manner == "last":
            index = self._shown_last.get((self.mode, digit), index)
        elif manner == "next" and self.page.digit == digit:
            following = self.page_index + 1
            if following < len(self.pages) and self.pages[following].digit == digit:
                index = following
        self.go_to_page(index)

    def go_to_page(self, index: int) -> None:
        """Show another sub-page of the mode; outside the tree nothing happens."""
        if 0 <= index < len(self.pages):
            self._arrive(index)

    def _arrive(self, index: int) -> None:
        self.page_index = index
        if index < len(self.pages):
            self._shown_last[self.mode, self.page.digit] = index
        fields = self.page.fields
        self.cursor = fields[0].letter if fields else ""
        # The data dump page starts at its DOWN end, the allocation page at what is in force, the
        # card's load and save pages where they were left.
        self.choices = self.kept_choices | {
            "part": 0,
            "allocation": self.memory.allocation,
            "instrument": 0,
            "format": _MIDDLE_FORMAT,
            "song_to_erase": self.transport.song,
            "track_to_erase": self.transport.track,
        }
        self.asking = False
        self.message = ""
        self.digits = ""

    # Modes

    def set_mode(self, mode: Mode) -> None:
        """Enter a mode at its first sub-page; the sequencer stops and is ready at M001.

        That the SEQ key stops it, too, is assumed: the guide's sequences begin with it and are
        to work from wherever the panel was left.
        """
        self.stop()
        self.go_to(1)
        self.compare(False)
        self._left[self.mode] = self.page_index
        self.mode = mode
        self._arrive(0)

    def change_mode(self, mode: Mode) -> None:
        """Enter a mode as a mode change message does."""
        self.set_mode(mode)
        if self.manners[MODE_CHANGE_PAGE] == "last":
            self.go_to_page(self._left.get(mode, 0))

    def leave_behind_dump(self) -> None:
        """Be where an accepted dump leaves the panel."""
        match self.manners[DUMP_LEAVES]:
            case "prog-mode":
                self.set_mode(Mode.PROG)
            case "first-page":
                self.go_to_page(0)

    # Later

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something when so many seconds have passed; forgotten when it is switched off."""
        self._due.append((self.now + seconds, action))

    @property
    def next_due(self) -> float | None:
        """When the next of what is to be done later is due."""
        return min((due for due, _ in self._due), default=None)

    def advance(self, now: float) -> None:
        """Let time pass, and do what falls due."""
        super().advance(now)
        while self._due and (first := min(self._due, key=itemgetter(0)))[0] <= self.now:
            self._due.remove(first)
            first[1]()

    @property
    def bank(self) -> Bank:
        """The bank that the current mode's number belongs to."""
        if self.mode in (Mode.COMBI, Mode.EDIT_COMBI):
            return self.combination_bank
        return self.program_bank

    @property
    def number(self) -> int:
        """The number that the current mode plays."""
        if self.mode in (Mode.COMBI, Mode.EDIT_COMBI):
            return self.combination_number
        return self.program_number

    def change_bank(self, bank: Bank) -> bool:
        """Pick the same number in another bank; False where it has none."""
        return bank is self.bank or self.select(self.number, bank)

    def mode_data(self) -> ModeData:
        """Return the answer to a mode request."""
        card = self.card
        code = card_code(card.state, card.format) if card else card_code(CardState.NONE)
        return ModeData(
            self.settings.channel,
            self.mode,
            self.memory.allocation,
            code,
            2 if self.pcm_card else 1,
        )

    def mode_change(self) -> ModeChange:
        """Return what a mode key sends."""
        return ModeChange(self.settings.channel, self.mode, self.bank)

    @property
    def clock_tempo(self) -> int | None:
        """Beats a minute of the clock that goes out; None outside SEQ or with an external clock."""
        if self.mode is not Mode.SEQUENCER or self.settings.clock_external:
            return None
        manner = self.manners[SEQUENCER_CLOCK]
        if manner == "none" or (manner == "while-playing" and not self.transport.running):
            return None
        return tempo_of(self.song)

    # Selection

    def select(self, number: int, bank: Bank | None = None) -> bool:
        """Pick a program or combination, as the mode is; False where there is none."""
        combi = self.mode in (Mode.COMBI, Mode.EDIT_COMBI)
        bank = self.bank if bank is None else bank
        held = self.contents(bank)
        records = held.combinations if combi else held.programs
        if records is None or not 0 <= number < len(records):
            return False
        chosen = records[number]
        self.compared = None
        if isinstance(chosen, Combination):
            self.combination_bank, self.combination_number = bank, number
            self.edit_combination = chosen
        else:
            self.program_bank, self.program_number = bank, number
            self.edit_program = chosen
        return True

    def select_by_panel(self, number: int, bank: Bank | None = None) -> None:
        """Pick a number by keys, and tell it on MIDI OUT: program change and edit buffer."""
        if not self.select(number, bank):
            return
        channel = self.settings.channel
        if self.settings.program_change:
            self.outbox += bytes([PROGRAM_CHANGE | channel, number])
        if self.mode is Mode.COMBI:
            self.announce(CombinationDump(channel, self.edit_combination))
        else:
            self.announce(ProgramDump(channel, self.edit_program))

    def enter_digit(self, digit: int) -> None:
        """Take a digit of a number: two pick one, or one alone while the tens are held."""
        self.digits += str(digit)
        if self.bank_hold:
            self.digits = f"{self.number // 10}{digit}"
        if len(self.digits) == DIGITS:
            number, self.digits = int(self.digits), ""
            self.select_by_panel(number)

    def tell_song(self) -> None:
        """Tell the chosen song on MIDI OUT, as a sequencer that drives others does."""
        if not self.settings.clock_external:
            self.outbox += bytes([_SONG_SELECT, self.transport.song])

    def compare(self, on: bool) -> None:
        """Play what is stored in the place of the edit buffer, or the edit buffer again."""
        if on is (self.compared is not None) or self.mode not in (Mode.EDIT_PROG, Mode.EDIT_COMBI):
            return
        combi = self.mode is Mode.EDIT_COMBI
        edited = self.edit_combination if combi else self.edit_program
        back = self.compared if self.compared is not None else self._stored()
        self.compared = edited if on else None
        if isinstance(back, Combination):
            self.edit_combination = back
        elif back is not None:
            self.edit_program = back

    def _stored(self) -> Program | Combination | None:
        held = self.contents(self.bank)
        records = held.combinations if self.mode is Mode.EDIT_COMBI else held.programs
        return records[self.number] if records else None

    # Cards

    def insert_card(self, card: Card, *, powered: bool) -> None:
        """Put a card into the data slot; from now on the M1 feeds it while it is on."""
        self.card = card.fed(card.supply.switched(powered))

    def remove_card(self) -> Card | None:
        """Take the data card out and return it: only its own cell feeds it now."""
        card, self.card = self.card, None
        # Without the card the panel is assumed to fall back to the internal bank.
        self.program_bank = self.combination_bank = Bank.INTERNAL
        self.stay_inside()
        return card and card.fed(card.supply.switched(False))

    def stay_inside(self) -> None:
        """Keep the numbers within what the banks hold."""
        programs = self.contents(self.program_bank).programs or ()
        combinations = self.contents(self.combination_bank).combinations or ()
        self.program_number = min(self.program_number, max(len(programs) - 1, 0))
        self.combination_number = min(self.combination_number, max(len(combinations) - 1, 0))
