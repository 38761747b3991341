"""Procedure: one step on screen, the rail of all steps beside it.

The step's title, its warning and its keys stay in place; only the text between them scrolls. A wide
screen has the panel and what was done so far beside the text.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from m1tui.app.messages import KeysPressed
from m1tui.app.run.expected_panel import SKETCHED
from m1tui.app.run.pictures import StepView
from m1tui.app.run.views import plays_only, sets
from m1tui.app.snapshots import Live
from m1tui.app.text import plain
from m1tui.app.theme import ACCENT
from m1tui.app.widgets.display import NOTHING_EXPECTED, Display
from m1tui.app.widgets.keybar import KeyBar
from m1tui.app.widgets.keybed import UNTOUCHED, KeybedDrawing
from m1tui.app.widgets.live import LiveLine
from m1tui.app.widgets.menu import Item, Menu
from m1tui.app.widgets.panelkeys import KeyCaps, PanelKeys
from m1tui.app.widgets.scrolling import MoreAbove, MoreBelow, scroll_pages
from m1tui.app.widgets.step import (
    OPEN,
    EvidenceList,
    Rail,
    RunLog,
    TitleBar,
    claims_text,
    doubt_text,
    fields_of,
    head,
    hearing,
    remarks,
    settled_answers,
)
from m1tui.engine.checks import LISTENING

if TYPE_CHECKING:
    from m1tui.app.run.guide import RunGuide

MOST_ANSWERS = 9
"""Answers that a number key can choose."""


Hint = tuple[str, str]
"""A key, and what it does."""

READ_SECONDS = 0.7
"""For so long an Enter is not taken at what an answer by digit brought, or at a page that came by
itself: nobody has read that."""
CONFIRM_SECONDS = 2.0
"""For so long the first Enter is not taken at what an answer by digit brought: it is meant for the
answer, by one who does not know that the digit was enough."""
REPEAT_SECONDS = 0.15
"""A key that is held down comes again sooner than that, once it repeats."""
UNREAD_SECONDS = 3.0
"""For so long that is said over a question."""
UNREAD = "Enter came just after the answer. Read this, then press Enter again."
PAGE_UNREAD = "Enter came just as this page did. Read it, then press Enter again."
"""What is said of such an Enter."""
ENTER_HELD = "Enter was held down. Let go of it, read this, then press Enter again."
"""What is said of an Enter that goes on after it has brought what is on the screen."""

SKIPPED = "[!]"
"""The mark of a step that was skipped."""
ANSWERED = ("[A]", "[F]")
"""The marks of a step that the instrument has answered: as it should be, or with a fault."""
BY_HAND = "[x]"
"""The mark of a step that a person ticked, and nothing proved."""

_KEY_OF = {
    "press_key": "Space",
    "rehearse": "v",
    "panel": "p",
    "answer": "1-9",
    "accept": "f",
    "tick": "t",
}
"""The keys by what they do that a step may have no use for, as the page of help names them."""

MOST_HINTS = 2
"""Keys of the moment beside Enter, leave and help."""
MOST_AFTER_NO = 3
"""So many are there at a step that was not passed: what leads on from it is never left out."""
_LEADS_BACK = re.compile(r"\b[Gg]o back (?:with b|and|to the step)\b")
"""Words of an advice that send to an earlier step."""
BAR = 78
"""Columns of the key bar on a terminal of 80."""
NEXT = "do the next"
"""What Space does, in short."""
LONGEST_KEY = 24
"""Signs of a marked key that the bar has room for."""


def hints_of(view: StepView) -> tuple[Hint, ...]:
    """Return Enter, the one or two keys of the moment, and the keys of leaving and of help.

    While the program asks, no other key does anything: then the line says so. What Space does is
    said in short where it leaves no room for the keys beside it: the row of keys has the whole.
    """
    hints = _hints_of(view)
    if sum(len(key) + len(word) + 2 for key, word in hints) - 1 <= BAR:
        return hints
    return tuple((key, NEXT if key == "Space" else word) for key, word in hints)


def _hints_of(view: StepView) -> tuple[Hint, ...]:
    leaving, more = ("q", "leave"), ("?", "all keys")
    if any(piece.under_way for piece in view.evidence):
        if plays_only(view.checks):
            return (("F9", "notes off"), more)
        return (("wait", f"for the {'virtual M1' if view.acting else 'answer'}"), more)
    if view.listening and view.acting:
        return (("wait", "for the virtual M1"), ("Esc", "stop"), more)
    if view.listening:
        act = (("Space", f"do: {view.keys[view.pressed]}"),) if _to_press(view) else ()
        everything = (("v", "do it all"),) if view.can_rehearse and _to_press(view) else ()
        if view.rehearsal and not _to_press(view):
            # All is done and something is still missing: the panel has every key.
            act = (("p", "panel"),)
        if view.can_end:
            return (("Enter", "that was all"), *act, ("Esc", "stop"), more)
        return (*act, *everything, ("Esc", "stop"), more)
    moment: list[Hint] = []
    most = MOST_HINTS
    if view.asking:
        digits = f"1-{min(len(view.answers), MOST_ANSWERS)}" if len(view.answers) > 1 else "1"
        moment.append((digits, "answer at once"))
    if view.glyph == OPEN:
        if view.can_accept:
            moment.append(("f", "a fault: go on"))
        if view.can_tick:
            moment.append(("t", "tick by hand"))
        failed = any(piece.passed is False for piece in view.evidence)
        again = view.not_passed and view.pressed > 0 and not (view.can_accept or view.misled)
        if _to_press(view) and not (view.acting or view.misled or (again and view.rehearsal)):
            key = view.keys[view.pressed]
            at_panel = view.rehearsal and bool(view.marked[view.pressed])
            if len(key) > LONGEST_KEY:
                key = key.partition(" until ")[0]
            word = f"press {key}" if at_panel else key if view.rehearsal else "done"
            moment.append(("Space", word))
        if again:
            moment.append(("r", "keys again" if view.kind == "keys" else "do it again"))
        to_do = view.not_passed or (_to_press(view) and not view.enter_acts)
        if view.can_rehearse and to_do and not (view.acting or view.misled):
            moment.append(("v", "do it all"))
        if failed and view.rehearsal and not view.keys and not view.can_accept:
            # What is to be pressed is no part of the step: the panel has every key.
            moment.append(("p", "panel"))
        may_skip = not (view.answers or view.fields)
        if again or view.can_accept or view.can_tick:
            most = MOST_AFTER_NO
        if may_skip and failed and len(moment) < most:
            moment.append(("s", "skip"))
    elif view.answers or view.fields:
        moment.append(("r", "change answer" if view.answers else "change values"))
    elif view.kind == "source":
        moment.append(("r", "choose again"))
    elif view.glyph == SKIPPED:
        moment.append(("r", "do it after all"))
    elif view.glyph == BY_HAND and view.kind == "keys":
        moment.append(("r", "keys again"))
    elif view.tests_keys and not (view.keybed is not None and view.keybed.begun):
        # Nothing is known of the keys any more, or no M1 was there to ask.
        moment.append(("r", "do it again"))
    elif view.glyph == BY_HAND and view.kind == "hands" and view.checks:
        moment.append(("r", "do it again"))
    elif view.glyph in ANSWERED:
        moment.append(("r", _again_word(view)))
    if view.unfit:
        # The same file would only be refused again.
        return (("b", "back"), ("Enter", "send again"), *moment[:1], leaving, more)
    if view.misled:
        return (("b", "back"), ("Enter", enter_word(view)), *moment[:1], leaving, more)
    if view.number > 1:
        # What the screen says to press is in the bar, whatever else would fill it.
        place = min(len(moment), most - 1) if _leads_back(view) else len(moment)
        moment.insert(place, ("b", "back"))
    return (("Enter", enter_word(view)), *moment[:most], leaving, more)


def _leads_back(view: StepView) -> bool:
    """Return whether what was found says to go back."""
    lines = (line for piece in view.evidence for line in piece.advice)
    return any(_LEADS_BACK.search(line) for line in lines)


def _again_word(view: StepView) -> str:
    """Return what r does at a step that the instrument has answered."""
    if view.kind == "keys":
        return "keys again"
    acts = bool(view.keys) or not LISTENING.isdisjoint(view.checks) or sets(view.checks)
    only_asks = view.kind == "check" and not acts
    return "ask again" if only_asks else "do it again"


def _why_nothing_to_press(view: StepView) -> str:
    if not view.keys:
        return NOTHING_MARKED
    if view.glyph != OPEN:
        return "This step is already marked: r begins its keys again."
    return "All that this step marks is done."


def without_use(view: StepView) -> dict[str, str]:
    """Return the keys of the page of help that do nothing at the step now, each with why."""
    at_panel = "There is no virtual M1 here: do it at your M1's own panel."
    found: dict[str, str] = {}
    if not _to_press(view):
        found["Space"] = _why_nothing_to_press(view)
    if not view.can_rehearse:
        found["v"] = NOTHING_MARKED if view.rehearsal else at_panel
    if not view.rehearsal:
        found["p"] = at_panel
    if not view.asking:
        changes = ": r changes an answer" if view.answers else ""
        found["1-9"] = f"There is no question to answer now{changes}."
    if not view.can_tick:
        found["t"] = _why_no_tick(view)
    if not view.can_accept:
        found["f"] = _why_no_fault(view)
    return found


def _why_no_tick(view: StepView) -> str:
    if view.glyph != OPEN:
        return NOT_OPEN
    if any(piece.passed is False for piece in view.evidence):
        return "This step was not passed, so t does not tick it. Check again, or skip it with s."
    if view.kind in WORDS_OF_KINDS or not view.checks:
        return f"t does nothing at this step. Enter: {enter_word(view)}."
    return "t ticks a step only after the M1 was asked and did not answer. Enter asks it."


def _why_no_fault(view: StepView) -> str:
    bad = any(piece.passed is False for piece in view.evidence)
    if view.glyph != OPEN:
        return f"What was found is already recorded. {NOT_OPEN}" if bad else NOT_OPEN
    if bad:
        return "f does not end this step. Check again, or press s and type the fault as the reason."
    return "No fault was found at this step, so there is nothing to record with f."


NOT_OPEN = "This step is done or skipped: Enter goes on, r opens it again."
NOTHING_MARKED = "Nothing is marked at this step to be pressed or done."
"""Why keys do nothing at a step."""


def _to_press(view: StepView) -> bool:
    return view.pressed < len(view.keys)


WORDS_OF_KINDS = {
    "backup": "read and save",
    "receive": "wait for the dump",
    "source": "choose",
    "restore": "send",
    "values": "fill in",
    "question": "answer",
}
"""What Enter does at an open step of a kind that has a word of its own."""


def enter_word(view: StepView) -> str:
    """Return what Enter does now."""
    if view.glyph != OPEN:
        return "finish" if view.last else "next"
    if view.kind in WORDS_OF_KINDS:
        return WORDS_OF_KINDS[view.kind]
    acts = "do it" if view.enter_acts and view.can_rehearse and _to_press(view) else ""
    if not view.checks:
        return acts or "done"
    if acts:
        return f"{acts} and check"
    if sets(view.checks):
        return "set and check"
    return "check again" if any(piece.passed is False for piece in view.evidence) else "check"


def expected_now(view: StepView) -> tuple[str, str]:
    """Return what a display is to show after the keys pressed so far; blank where that is open.

    Who presses UP or DOWN until a value is shown goes for that value. Before the first key nobody
    knows where the panel was left, and a step that is done may have moved it.
    """
    sure = 0 < view.pressed < len(view.expected) and view.glyph == OPEN
    return view.expected[view.pressed + view.turning] if sure else NOTHING_EXPECTED


class ProcedureScreen(Screen[None]):
    """Draws one StepView; what the keys ask for is done by the leader."""

    BINDINGS = [
        Binding("enter", "next", "next", key_display="Enter"),
        Binding("space", "press_key", "key", key_display="Space"),
        Binding("v", "rehearse", "all"),
        Binding("t", "tick", "tick"),
        Binding("f", "accept", "fault found"),
        Binding("b", "back", "back"),
        Binding("s", "skip", "skip"),
        Binding("r", "retry", "retry"),
        Binding("n", "note", "note"),
        Binding("p", "panel", "panel"),
        Binding("q,escape", "leave", "leave", key_display="q"),
        Binding("question_mark,f1", "app.help", "all keys", key_display="?"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        *(Binding(str(n), f"answer({n})", show=False) for n in range(1, MOST_ANSWERS + 1)),
    ]
    HELP_SECTION = "A STEP"

    AUTO_FOCUS = ""

    view: reactive[StepView | None] = reactive(None, repaint=False)
    """The step on screen."""

    def __init__(self, leader: RunGuide) -> None:
        super().__init__()
        self.leader = leader
        self._by_digit = False
        """Whether a digit answered the step on screen, and what follows is still to come."""
        self._unread_until = 0.0
        """Until when, by the loop's clock, nobody can have read what is on the screen."""
        self._confirms_until = 0.0
        """Until when, by the same clock, an Enter is for the answer by digit; 0 once it came."""
        self._unread = UNREAD
        """What is said of an Enter until then."""
        self._entered = -REPEAT_SECONDS
        """When, by the same clock, the last Enter came."""
        self._brought = 0.0
        """When what is on the screen came there."""
        self._held = False
        """Whether the Enter that brought what is on the screen is still held down."""

    def compose(self) -> ComposeResult:
        yield TitleBar(classes="title")
        with Horizontal(id="work"):
            yield Rail(id="rail")
            with Container(id="body"):
                with Vertical(id="reading"):
                    with Horizontal(id="heading"):
                        yield Static(id="head", markup=False)
                        yield MoreAbove()
                    yield Static(id="doubt", markup=False)
                    yield Static(id="warning", markup=False)
                    with VerticalScroll(id="step", can_focus=False):
                        yield Static(id="text", markup=False)
                        yield Static(id="drawing", markup=False)
                        yield Static(id="settled", markup=False)
                        yield Static(id="fields", markup=False)
                        yield Static(id="claims", markup=False)
                        yield Static(id="remarks", markup=False)
                        yield EvidenceList()
                    yield MoreBelow()
                    yield Menu(id="answers")
                    yield Static(id="hearing", markup=False)
                with Vertical(id="playing"):
                    yield KeyCaps(id="keys")
                    yield Display(label="expected - a sketch")
                    yield PanelKeys(name="panel")
                    yield RunLog()
        yield KeybedDrawing()
        yield LiveLine()
        yield KeyBar()

    def on_mount(self) -> None:
        self.watch(self.app, "live", self._live_changed)
        text = self.query_one("#step", VerticalScroll)
        self.query_one(MoreBelow).look_at(text)
        self.query_one(MoreAbove).look_at(text)
        self.leader.attach()

    def _live_changed(self, live: Live) -> None:
        self.query_one(LiveLine).live = live
        self.query_one(PanelKeys).lamps = live.lamps
        if self.view is not None:
            self._show_display(self.view, live)

    def bring(self, *, page: bool = False) -> None:
        """Know that something else comes before the person: the next step, a question or a page."""
        self._brought = asyncio.get_running_loop().time()
        self._unread = PAGE_UNREAD if page else UNREAD
        if self._by_digit or page:
            self._unread_until = self._brought + READ_SECONDS
        self._confirms_until = self._brought + CONFIRM_SECONDS if self._by_digit else 0.0
        self._by_digit = False

    def refuses_enter(self) -> bool:
        """Return whether an Enter that comes now is too soon for what is on the screen; say so.

        Too soon is what follows an answer by digit at once, the first that comes after it before
        long, and what a key that is held down repeats. It is to be called for each Enter, whatever
        the screen does with it.
        """
        now = asyncio.get_running_loop().time()
        repeated = now - self._entered < REPEAT_SECONDS
        self._held = repeated and (self._held or self._brought >= self._entered)
        self._entered = now
        confirms, self._confirms_until = now < self._confirms_until, 0.0
        if not (self._held or confirms or now < self._unread_until):
            return False
        said = ENTER_HELD if self._held else self._unread
        if self.app.screen is self:
            self._show("#hearing", plain(said, ACCENT))
        else:
            self.app.notify(said, timeout=UNREAD_SECONDS, markup=False)
        return True

    def watch_view(self, old: StepView | None, view: StepView | None) -> None:
        if view is None:
            return
        if old is not None and old.number != view.number:
            self.bring()
        self.query_one(TitleBar).view = view
        self.query_one(Rail).steps = view.rail
        self._show("#head", head(view))
        self._show("#doubt", doubt_text(view))
        self._show("#warning", plain(f"! {view.warning}") if view.warning else None)
        self._show("#text", plain(view.text))
        self._show("#drawing", plain("\n".join(view.drawing)) if view.drawing else None)
        self._show("#settled", settled_answers(view))
        self._show("#fields", fields_of(view) if view.fields else None)
        self._show("#claims", claims_text(view))
        self._show_answers(view)
        self._show_keys(view)
        self._show("#hearing", hearing(view) if view.listening else None)
        self.query_one(EvidenceList).evidence = view.evidence
        self._shown(EvidenceList, bool(view.evidence))
        self._show("#remarks", remarks(view))
        self._show_keybed(view)
        self.query_one(RunLog).lines = view.log
        self.refresh_bindings()
        self._scroll_to_what_is_new(old, view)

    def hints(self) -> tuple[Hint, ...]:
        """Return the keys of the moment; all others are on the page of help."""
        return hints_of(self.view) if self.view is not None else ()

    def _show(self, selector: str, content: Content | None) -> None:
        widget = self.query_one(selector, Static)
        widget.set_class(content is None, "empty")
        if content is not None:
            widget.update(content)

    def _shown(self, what: type[Widget] | str, shown: bool) -> None:
        self.query_one(what).set_class(not shown, "empty")

    def _show_answers(self, view: StepView) -> None:
        menu = self.query_one("#answers", Menu)
        numbered = enumerate(view.answers)
        items = tuple(Item(str(place), f"{place + 1}  {text}") for place, text in numbered)
        menu.can_focus = view.asking
        if menu.items != items:
            # The place of the last answer means nothing in another question.
            menu.items = items
            menu.go_to("0")
        if view.asking and view.earlier in view.answers:
            menu.go_to(str(view.answers.index(view.earlier)))
        self._shown("#answers", view.asking)
        self.set_class(view.asking, "asking")
        self.set_focus(menu if view.asking else None)

    def _show_keys(self, view: StepView) -> None:
        caps = self.query_one(KeyCaps)
        caps.keys, caps.pressed, caps.unpressed = view.keys, view.pressed, view.unpressed
        caps.on_panel = view.key_is_next
        self._shown(KeyCaps, bool(view.keys))
        panel = self.query_one(PanelKeys)
        panel.rack = view.rack
        panel.marked = view.marked[view.pressed] if view.pressed < len(view.keys) else frozenset()
        on_panel = view.kind == "keys" or any(view.marked)
        self._shown(PanelKeys, on_panel)
        self._shown(Display, on_panel and (view.rehearsal or bool(view.expected)))
        self.set_class(on_panel or bool(view.keys), "playing")
        self._show_display(view, self.app.live)  # type: ignore[attr-defined]

    def _show_display(self, view: StepView, live: Live) -> None:
        """Show the virtual M1's display, or what a real one is to show: one glass for both."""
        display = self.query_one(Display)
        if view.rehearsal:
            display.label = "the virtual M1 shows"
            display.expected = expected_now(view)
            display.lines, display.cursor = live.display, live.cursor
        elif view.expected:
            # What the marked key leads to; when all are pressed, what they have led to.
            place = min(view.pressed + 1, len(view.expected) - 1)
            last = min(view.pressed, len(view.expected) - 2)
            wording = view.wordings[place] if view.wordings else SKETCHED
            named = "a sketch" if wording == SKETCHED else wording
            display.label = f"expected after {view.keys[last]} - {named}"
            display.lines, display.cursor = view.expected[place], None

    def _show_keybed(self, view: StepView) -> None:
        drawing = self.query_one(KeybedDrawing)
        drawing.report, drawing.over = (
            view.keybed or UNTOUCHED,
            not view.listening and bool(view.keybed),
        )
        self._shown(KeybedDrawing, view.tests_keys)

    def _scroll_to_what_is_new(self, old: StepView | None, view: StepView) -> None:
        if old is None or old.number != view.number:
            self.query_one("#step", VerticalScroll).scroll_home(animate=False)
        elif old.evidence != view.evidence and view.evidence:
            self._bring_in_once_drawn(view.number, "EvidenceList")
        elif (old.note, old.reason) != (view.note, view.reason):
            self._bring_in_once_drawn(view.number, "#remarks")

    def _bring_in_once_drawn(self, number: int, selector: str) -> None:
        # Its height is known after the layout that follows the next refresh.
        self.call_after_refresh(self.call_after_refresh, self._bring_in, number, selector)

    def _bring_in(self, number: int, selector: str) -> None:
        """Scroll to what is new, if that step is still shown."""
        if self.view is not None and self.view.number == number:
            new = self.query_one(selector)
            self.query_one("#step", VerticalScroll).scroll_to_widget(new, animate=False, top=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what the step on screen has: keys to press, a virtual M1 to do it."""
        key = _KEY_OF.get(action)
        return key is None or (self.view is not None and key not in without_use(self.view))

    def on_key(self, event: Key) -> None:
        """Say why a key does nothing now. While the program is at work, the bottom line says it."""
        view = self.view
        if view is None or view.listening or any(piece.under_way for piece in view.evidence):
            return
        named = "1-9" if event.key.isdigit() else event.key.replace("space", "Space")
        why = without_use(view).get(named)
        if why is not None:
            self._show("#hearing", plain(why, ACCENT))

    @property
    def help_without(self) -> frozenset[str]:
        """The keys that the page of help does not list at this step."""
        return frozenset(without_use(self.view) if self.view is not None else ())

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        event.stop()
        self.leader.answer(int(event.key))

    def on_panel_keys_pressed(self, event: PanelKeys.Pressed) -> None:
        event.stop()
        self.post_message(KeysPressed(event.key))

    def action_answer(self, number: int) -> None:
        """Choose the answer of that number, from 1."""
        self._by_digit = self.view is not None and number <= len(self.view.answers)
        self.query_one("#answers", Menu).choose(str(number - 1))

    def action_next(self) -> None:
        """Run the step's checks, tick it, or go on when that is done."""
        if self.view is not None and self.view.glyph != OPEN:
            self._by_digit = False
        self.leader.next()

    def action_retry(self) -> None:
        """Open the step again, from its text's beginning; the instrument may be asked at once."""
        self.query_one("#step", VerticalScroll).scroll_home(animate=False)
        self.leader.retry()

    def action_back(self) -> None:
        """Show the step before."""
        self.leader.back()

    def action_skip(self) -> None:
        """Ask for a reason and go on without this step."""
        self.leader.skip()

    def action_note(self) -> None:
        """Ask for a note to keep beside this step."""
        self.leader.note()

    def action_tick(self) -> None:
        """Let the person vouch for what the instrument did not answer."""
        self.leader.tick()

    def action_accept(self) -> None:
        """Take what was found as a fault of the instrument, and go on."""
        self.leader.accept()

    def action_rehearse(self) -> None:
        """Let the virtual M1 do this step."""
        self.leader.rehearse()

    def action_press_key(self) -> None:
        """Mark the next keycap; on a virtual M1 press that key."""
        self.leader.press()

    def action_panel(self) -> None:
        """Go to the virtual M1's front panel."""
        self.leader.panel()

    def action_leave(self) -> None:
        """Go home; the run can be resumed there."""
        self.leader.leave()

    def action_scroll(self, lines: int) -> None:
        """Move the step's text by `lines`."""
        self.query_one("#step").scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Move the step's text by what is in view of it, but for a line."""
        scroll_pages(self.query_one("#step", VerticalScroll), pages)
