"""Define the text input for a search. It colours the syntax and completes words. It also supplies the text of the lines
below it, with errors and suggestions."""

from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple

from rich.text import Text
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import var

from cnm_tui.core.search.reader import Reading, read
from cnm_tui.core.search.words import Problem, TokenKind
from cnm_tui.core.suggestions.completion import Completion, Known, completions
from cnm_tui.core.text import cell_width, clean, fitted, wrapped
from cnm_tui.tui.terminal.painted import Run
from cnm_tui.tui.terminal.steady_input import visible
from cnm_tui.tui.widgets.folded_input import FoldedInput

_SHORTEST_REMARK: Final = 8
"""Minimum columns for a field's meaning."""
_CARET: Final = "^"
_COMPONENTS: Final = {
    TokenKind.FIELD: "search-box--field",
    TokenKind.COLON: "search-box--field",
    TokenKind.QUOTED: "search-box--value",
    TokenKind.VALUE: "search-box--value",
    TokenKind.WILDCARD: "search-box--wildcard",
    TokenKind.OPERATOR: "search-box--operator",
    TokenKind.PARENTHESIS: "search-box--operator",
    TokenKind.COMMA: "search-box--operator",
    TokenKind.FUNCTION: "search-box--operator",
    TokenKind.ERROR: "search-box--error",
}


class SearchBox(FoldedInput):
    """The text input for a search. Its value is the text that the user is typing. A query with this text may not have
    been sent yet."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {*_COMPONENTS.values(), "search-box--doubt"}
    DEFAULT_CSS = """
    SearchBox, SearchBox:focus { height: 1; border: none; padding: 0; background: $surface; }
    SearchBox > .input--placeholder { color: $text-muted; }
    SearchBox > .input--suggestion { color: $text-disabled; }
    SearchBox {
        & > .search-box--field { color: $accent; }
        & > .search-box--value { color: $foreground; }
        & > .search-box--wildcard { color: $warning; text-style: bold; }
        & > .search-box--operator { color: $success; text-style: bold; }
        & > .search-box--error { color: $error; text-style: underline; }
        & > .search-box--doubt { color: $warning; text-style: underline; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave the box", id="search.leave", show=False),
        Binding("tab", "complete", "Take the completion", id="search.complete", show=False),
        Binding("down", "choose(1)", "Next completion, later search", id="search.next_completion", show=False),
        Binding("up", "choose(-1)", "Completion before, earlier search", id="search.completion_before", show=False),
    ]

    known: var[Known | None] = var(None, init=False)
    """Known values for completion; None for no suggestions."""

    earlier: var[Sequence[str]] = var((), init=False)
    """Past searches, latest first, each once."""

    class Left(Message):
        """A message that the user left the search box without submitting."""

    class Considered(Message):
        """A message that the text about errors and suggestions below the box may have changed."""

    _read: Reading | None = None
    _considered: tuple[str, int, Known | None] | None = None
    """Draft, cursor and known values of the cached suggestions."""
    _offers: Sequence[Completion] = ()
    _chosen = 0
    _settled = ""
    """The draft after a completion that left nothing to complete."""
    _ring: Sequence[Completion] = ()
    """The values offered when one was taken: the next ones first, the taken one last."""
    _begun = ""
    """The draft after the completion of a field, with its colon."""
    _look_planned = False
    _walked = ""
    """The past search in the box, while unchanged."""
    _draft = ""
    """The draft before past searches were shown."""
    _unasked = ""
    """The last search typed but not submitted; `up` shows it first."""
    _asked: str | None = None
    """The current search, once it replaced a draft; None before."""

    # Suggestions and messages

    @property
    def reading(self) -> Reading:
        """Return the result of parsing the typed search."""
        if self._read is None or self._read.text != self.value:
            self._read = read(self.value)
        return self._read

    @property
    def offers(self) -> Sequence[Completion]:
        """Return the suggested completions for the word at the cursor. The chosen suggestion is the first."""
        known, considered = self.known, (self.value, self.cursor_position, self.known)
        if considered != self._considered:
            self._considered, self._chosen = considered, 0
            if known is None or not self.selection.is_empty or self.value == self._settled:
                self._offers = ()
            else:
                self._offers = completions(self.value, self.cursor_position, known)
        return (*self._offers[self._chosen :], *self._offers[: self._chosen])

    @property
    def problems(self) -> Sequence[Problem]:
        """Return the problems of the typed search. Problems of the word that the user is still typing are left out."""
        cursor = self.cursor_position if self.has_focus and self.offers else -1
        return [problem for problem in self.reading.problems if problem.end != cursor]

    def column_of(self, position: int) -> int:
        """Return the terminal column, within the box, of the character at this position in the typed text."""
        return max(0, min(self.place_of(position).x - self.scroll_offset.x, self.size.width - 1))

    def pointer_to(self, position: int) -> str:
        """Return a character for the line below the box that points to this position in the typed text. It is a caret,
        or an arrow to the left or right if the position is out of view."""
        place = self.place_of(position)
        column, line = place.x - self.scroll_offset.x, place.y - self.first_line
        return "‹" if column < 0 or line < 0 else "›" if column >= self.size.width else _CARET

    def watch_value(self) -> None:
        """Update the suggestions, because the typed text has changed."""
        self._plan_to_look()

    def watch_selection(self) -> None:
        """Update the suggestions, because the cursor has moved or text was selected."""
        self._considered = None
        # At once, so that one key paints the line once, with the suggestion after the cursor.
        self._show_ghost()
        super().watch_selection()
        self._plan_to_look()

    def watch_known(self) -> None:
        """Update the suggestions, because a new response contains other field values."""
        self.refresh()
        self._plan_to_look()

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """Update the caret below the box, because the typed text was scrolled sideways."""
        super().watch_scroll_x(old_value, new_value)
        self._plan_to_look()

    def _plan_to_look(self) -> None:
        """Schedule a check of the typed text for errors and suggestions. It runs after all waiting key presses are
        processed."""
        if self.is_mounted and not self._look_planned:
            self._look_planned = True
            self.call_after_refresh(self._look)

    def _look(self) -> None:
        self._look_planned = False
        self._show_ghost()
        self.post_message(self.Considered())

    def _show_ghost(self) -> None:
        """Show the rest of the chosen suggestion after the cursor, if the suggestion begins with the typed text."""
        ghost = ""
        if self.has_focus and self.cursor_at_end and self.offers:
            after = self.offers[0].text_after
            ghost = self.value + visible(after[len(self.value) :]) if after.startswith(self.value) else ""
        self.suggested = ghost

    def show_asked(self, search: str) -> None:
        """Show the search of the current query in the box. A different text that was typed before is kept. The `up` key
        restores the typed text."""
        typed = self.value
        if typed.strip() not in ("", search, self._asked or ""):
            self._unasked = typed
        if self._unasked.strip() == search:
            self._unasked = ""
        self._asked = self._settled = self.value = search
        self._walked = ""

    # Actions

    def action_leave(self) -> None:
        """Send a message that the user left the search box without submitting the search."""
        self.post_message(self.Left())

    def action_complete(self) -> None:
        """Insert the chosen suggestion. If a suggested value was just inserted, replace it by the next suggestion. If
        there are no suggestions, do not handle the key press, so that other widgets can handle it."""
        offers = self.offers
        if not offers and self._ring and self.value == self._ring[-1].text_after:
            offers = self._ring
        if not offers:
            raise SkipAction()
        self._ring = (*offers[1:], offers[0]) if offers[0].whole and len(offers) > 1 else ()
        self._take(offers[0])

    def action_cursor_right(self, select: bool = False) -> None:
        """Move the cursor to the right. At the end of the typed text, insert the chosen suggestion instead."""
        if not select and self.cursor_at_end and self.offers:
            self._take(self.offers[0])
        elif select or not self.cursor_at_end or not self.selection.is_empty:
            super().action_cursor_right(select)

    def action_choose(self, step: int) -> None:
        """Choose another suggestion. If there are no suggestions, show a past search instead.

        The `up` key shows older searches, and the `down` key shows later searches.
        """
        walking = bool(self._walked) and self.value == self._walked
        if self.offers and not walking:
            self._chosen = (self._chosen + step) % len(self._offers)
            self._plan_to_look()
        elif not self._walk(-step, walking=walking):
            raise SkipAction()

    def _walk(self, step: int, *, walking: bool) -> bool:
        """Show the next older or later past search in the box, and return True. Return False if there is none, or if
        the box contains a new text that is not a past search."""
        unasked = (self._unasked,) if self._unasked else ()
        searches = [*unasked, *(search for search in self.earlier if search not in unasked)]
        at_asked = bool(unasked) and not walking and self.value in ("", self._asked)
        if self.value and not at_asked and self.value not in searches:
            return False
        if not walking:
            self._draft = self.value
        at = searches.index(self.value) if self.value in searches and not at_asked else -1
        if not walking and at < 0 and (step < 0 or not searches):
            return False
        at = min(at + step, len(searches) - 1)
        self._walked = self._settled = searches[at] if at >= 0 else self._draft
        self.value = self._walked
        self.cursor_position = len(self.value)
        return True

    def insert_text_at_cursor(self, text: str) -> None:
        """Insert typed text. Do not insert a colon if a completion has just inserted the same colon."""
        stands_there = self.value == self._begun and self.value[: self.cursor_position].endswith(":")
        if text == ":" and stands_there:
            self._begun = ""
        else:
            super().insert_text_at_cursor(text)

    def _take(self, offer: Completion) -> None:
        self._settled = offer.text_after if offer.whole else ""
        self._begun = "" if offer.whole else offer.text_after
        self.value = offer.text_after
        self.cursor_position = offer.cursor_after

    def on_blur(self) -> None:
        """Scroll to the beginning of the text. A box without the focus displays the beginning, so a click must refer to
        these characters."""
        self.scroll_to(x=0, animate=False, force=True, immediate=True)
        self._plan_to_look()

    def on_focus(self) -> None:
        """Schedule scrolling to the cursor. It is delayed, because a click that gives the focus to the box must first
        move the cursor."""
        self.call_later(self.scroll_to_cursor)
        self._plan_to_look()

    def on_resize(self) -> None:
        """Scroll so that the cursor stays visible in the new size."""
        if self.has_focus:
            self.call_later(self.scroll_to_cursor)

    # Drawing

    @property
    def drawn_text(self) -> Text:
        """Return the typed text with colours for its syntax. Each character of the typed text has exactly one character
        in the drawn text."""
        text = Text(visible(self.value), no_wrap=True, overflow="ignore", end="")
        if self.is_attached:
            for token in self.reading.tokens:
                style = self.get_component_rich_style(_COMPONENTS[token.kind], partial=True)
                text.stylize(style, token.start, token.end)
            for problem in self.problems:
                name = "search-box--doubt" if problem.doubt else "search-box--error"
                text.stylize(self.get_component_rich_style(name, partial=True), problem.start, problem.end)
        return text


class Saying(NamedTuple):
    """A line of text below the search box. It consists of pairs of a text and a style, for example `problem`."""

    runs: tuple[Run, ...]


def problem_lines(sentence: str, caret: int, columns: int, most_lines: int = 1, sign: str = _CARET) -> list[Saying]:
    """Return lines below the search box that point to the error in the search and describe the error. The sentence is
    beside the pointer if it fits. Otherwise it is below, in at most `most_lines` lines.

    Args:
        caret: The terminal column of the pointer.
        sign: The character that is used as the pointer.
    """
    sentence, width = clean(sentence), cell_width(clean(sentence))
    if caret + len(sign) + 1 + width <= columns:
        return [_said(f"{' ' * caret}{sign} {sentence}")]
    if width + 1 <= caret:
        return [_said(f"{sentence} {sign}".rjust(caret + 1 - width + len(sentence)))]
    return [_said(" " * caret + sign), *map(_said, wrapped(sentence, max(columns, 1), most_lines))]


def _said(text: str) -> Saying:
    return Saying(((text, "problem"),))


def offers_in_a_line(
    offers: Sequence[Completion], columns: int, key: str = "tab", other_key: str = "↓"
) -> list[Saying]:
    """Return one line with the first suggestion and the keyboard key that inserts it. As many other suggestions as fit
    follow. If there is not enough room, the remarks of the suggestions are left out.

    Args:
        key: The keyboard key that inserts the first suggestion.
        other_key: The keyboard key that chooses the next suggestion.
    """
    if not offers:
        return []
    key += " "
    room = columns - len(key)
    shown = fitted(offers[0].shown, room)
    room -= cell_width(shown)
    # A long meaning leaves half of the line to the others.
    remark = _remark(offers[0], room if offers[0].whole or len(offers) == 1 else room // 2)
    room -= cell_width(remark)
    runs: list[Run] = [(key, "key"), (shown, "chosen"), (remark, "remark")]
    for position, offer in enumerate(offers[1:]):
        before = [(" · ", ""), ("" if position else f"{other_key} ", "key")]
        name, remark = offer.shown, f" {offer.remark}"
        room -= sum(cell_width(text) for text, _ in before) + cell_width(name)
        if room < 0:
            break
        if cell_width(remark) > room:
            remark = ""
        runs += [*before, (name, ""), (remark, "remark")]
        room -= cell_width(remark)
    return [Saying(tuple(run for run in runs if run[0]))]


def offers_in_a_column(
    offers: Sequence[Completion], columns: int, key: str = "tab", other_key: str = "↓"
) -> list[Saying]:
    """Return one line for each suggestion, for a search box beside the grid. If the remark of the first suggestion does
    not fit into its line, a second line is added.

    Args:
        key: The keyboard key that inserts the first suggestion.
        other_key: The keyboard key that chooses the next suggestion.
    """
    width = max(len(key), len(other_key)) + 1
    key, other_key, beginning = key.ljust(width), other_key.ljust(width), " " * width
    room = columns - len(key)
    lines = []
    for position, offer in enumerate(offers):
        shown = fitted(offer.shown, room)
        remark = _remark(offer, room - cell_width(shown))
        if position:
            begun = (other_key, "key") if position == 1 else (beginning, "")
            lines.append(Saying((begun, (shown, ""), (remark, "remark"))))
            continue
        beside = remark == f" {offer.remark}"
        lines.append(Saying(((key, "key"), (shown, "chosen"), (remark if beside else "", "remark"))))
        if not beside:
            lines.append(Saying(((beginning, ""), (fitted(offer.remark, room), "remark"))))
    return lines


def _remark(offer: Completion, room: int) -> str:
    """Return the remark of a suggestion after a space, if there is room. Otherwise return an empty text.

    The remark of a field may be cut. The remark of a value is a number, which must not be cut.
    """
    remark = f" {offer.remark}"
    if cell_width(remark) <= room:
        return remark
    return "" if offer.whole or room < _SHORTEST_REMARK else fitted(remark, room)
