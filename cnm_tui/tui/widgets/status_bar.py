"""Show the status bar at the bottom of the screen, with remarks about the rows, problems, messages and keyboard
hints.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.text import cell_width, clean, fitted, wrapped
from cnm_tui.tui.terminal.paint import Paint

SEPARATOR: Final = " · "
PROBLEM_SIGN: Final = "! "
MOST_LINES: Final = 3
"""Maximum lines of a sentence; one less on a screen of `SMALL_HEIGHT` lines."""
SMALL_HEIGHT: Final = 24
TINY_HEIGHT: Final = 12
"""Below this screen height, a sentence is shown alone, without remarks."""


_HINT: Final = "hint"
"""Style meta name for a hint's position; it is not sent to the terminal."""
_PAINTS: Final = {
    "key": Paint("foreground", bold=True),
    "problem": Paint("error", bold=True),
    "notice": Paint("accent"),
}


_ROOM_FOR_HINTS: Final = 33
"""Columns that remarks leave to the most important hints, of at most two fifths of the width."""
_ROOM_FOR_TWO_HINTS: Final = 22
"""Columns that no remark takes from the hints."""
_FIRST_HINT: Final = 8
"""Columns of the first hint, also while it is empty: the others stay in place from row to row."""


class Hint(NamedTuple):
    """A hint in the status bar. It contains a keyboard key, a word for its effect, and the id of its command."""

    key: str
    """Empty for the place of a hint that does not apply now."""
    does: str
    command: str = ""
    """The id of the command that a click runs; empty for none."""


class StatusBar(Widget):
    """The bar at the bottom of the screen, which shows remarks about the rows.

    A problem is displayed above the remarks. A message about a key press is displayed in place of the remarks.

    Remarks about sort order, filter and hidden rows stay visible beside or below a message, in short form.
    """

    DEFAULT_CSS = "StatusBar { height: auto; background: $panel; color: $text-muted; }"

    remarks: reactive[tuple[str, ...]] = reactive((), layout=False)
    """Remarks about the rows, most important first."""
    spare: reactive[frozenset[str]] = reactive(frozenset(), layout=False)
    """The last remarks, which give way to hints."""
    kept: reactive[tuple[str, ...]] = reactive((), layout=False)
    """Remarks that are shown at any width."""
    short: reactive[Mapping[str, str]] = reactive({}, layout=False)
    """Shorter forms of remarks, used where there is no room for all."""
    beside: reactive[tuple[str, ...]] = reactive((), layout=False)
    """The remarks that are always shown, in short form, beside or below a message."""
    offer: reactive[str] = reactive("", layout=False)
    """A sentence about one key's effect, in a line of its own."""
    problem: reactive[str] = reactive("", layout=False)
    """Why the rows are outdated."""
    notice: reactive[str] = reactive("", layout=False)
    """Message about a key press; disappears after a while."""

    keys: reactive[Sequence[Hint]] = reactive((), layout=False, repaint=False)
    """The hints at the right, most important first."""

    def __init__(self, keys: Sequence[Hint] = ()) -> None:
        super().__init__()
        self.set_reactive(StatusBar.keys, keys)
        self._last_line = ""
        """The text of the last line, as it was drawn last."""

    @dataclass(eq=False, repr=False)
    class HintChosen(Message):
        """A message that the user clicked the hint of a command."""

        command: str
        """The id of the command."""

    def on_click(self, event: events.Click) -> None:
        """Send a message that names the command of the clicked hint."""
        if (position := event.style.meta.get(_HINT)) is not None:
            event.stop()
            if command := self.keys[position].command:
                self.post_message(self.HintChosen(command))

    def watch_keys(self) -> None:
        """Draw only the changed part of the last line: from row to row one hint comes and goes."""
        y, before = self.size.height - 1, self._last_line
        if y < 0:
            return
        now = self._line(y).text
        if len(now) != len(before):
            self.refresh()
            return
        changed = [at for at, (one, other) in enumerate(zip(before, now, strict=True)) if one != other]
        if changed:
            start, end = (cell_width(now[:at]) for at in (changed[0], changed[-1] + 1))
            self.refresh(Region(start, y, end - start, 1))

    def watch_problem(self, before: str, problem: str) -> None:
        """Show the new problem, and remove the message that is older than the problem."""
        if problem and problem != before:
            self.notice = ""
        self._keep_height()

    def watch_notice(self) -> None:
        """Adapt the height of the bar, because the message has changed."""
        self._keep_height()

    def watch_beside(self) -> None:
        """Adapt the height of the bar, because the remarks beside the message have changed."""
        self._keep_height()

    def watch_offer(self) -> None:
        """Adapt the height of the bar, because the line that describes the effect of one keyboard key has changed."""
        self._keep_height()

    def _keep_height(self) -> None:
        """Lay out the screen again only if the number of lines in the bar has changed.

        Laying out the screen takes longer than everything else that is done when the rows are sorted.
        """
        if self.get_content_height(self.size, self.size, self.size.width) != self.size.height:
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the height of the bar: the lines of problems and messages, plus one line if the remarks are
        displayed.
        """
        lines, remarks = self._lines(width)
        return len(lines) + (remarks is not None)

    def _lines(self, width: int) -> tuple[list[tuple[str, str]], tuple[str, ...] | None]:
        """Return the lines of problems and messages, each with the name of its style, and the remarks below them.

        If no remarks are displayed, the second item is None.
        """
        height = self.app.size.height
        most = MOST_LINES if height > SMALL_HEIGHT else MOST_LINES - 1
        told = [(line, "problem") for line in self._wrapped(PROBLEM_SIGN, self.problem, width, most)]
        # A message replaces the remarks, so that nothing moves.
        did = [(line, "notice") for line in self._wrapped("", self.notice, width, most)]
        if height < TINY_HEIGHT:
            told = [] if did else told
            return did or told, None if did or told else self.remarks
        offer = [(fitted(clean(self.offer), max(width - 2, 1)), "notice")] if self.offer else []
        if not did:
            return told + offer, self.remarks
        under = self.beside if self.beside and not self._has_room_beside(did[-1][0], width) else None
        return told + offer + did, under

    @property
    def _text_beside(self) -> str:
        return _joined(self.beside)

    def _has_room_beside(self, line: str, width: int) -> bool:
        """True if the remarks that must stay visible fit after the last line of the message."""
        return cell_width(line) + len(SEPARATOR) + cell_width(self._text_beside) <= width - 2

    def _in_sight(self, width: int) -> tuple[list[tuple[str, str]], tuple[str, ...] | None]:
        """Return the lines and remarks of the bar for the case that a dialog covers some lines.

        The last problem or message is then wrapped into the lines that are not covered.
        """
        lines, remarks = self._lines(width)
        covered = self._covered
        if not 0 < covered < min(len(lines), self.size.height):
            return lines, remarks
        text, kind = (self.notice, "notice") if self.notice else (PROBLEM_SIGN + self.problem, "problem")
        left = self._wrapped("", text, width, len(lines) - covered)
        return [*lines[: len(lines) - len(left)], *((line, kind) for line in left)], remarks

    @property
    def _covered(self) -> int:
        """Return the number of lines of the bar that a dialog covers."""
        front = self.app.screen
        if front is self.screen:
            return 0
        return max((dialog.region.bottom for dialog in front.query(".dialog")), default=0) - self.region.y

    @staticmethod
    def _wrapped(sign: str, sentence: str, width: int, most: int) -> list[str]:
        return wrapped(clean(sign + sentence), max(width - 2, 10), most) if sentence else []

    def render_line(self, y: int) -> Strip:
        """Return one line of the bar, and remember the text of the last line."""
        strip = self._line(y)
        if y == self.size.height - 1:
            self._last_line = strip.text
        return strip

    def _line(self, y: int) -> Strip:
        """Return one line of the bar: a line of a sentence, or the remarks with the keyboard hints at the right."""
        width, base = self.size.width, self.rich_style
        lines, under = self._in_sight(width)
        if y < len(lines):
            text, kind = lines[y]
            segments = [Segment(f" {text}", base + _PAINTS[kind].style(self))]
            ends_alone = bool(self.notice) and under is None and y == len(lines) - 1
            if ends_alone and self.beside and self._has_room_beside(text, width):
                segments.append(Segment(self._text_beside.rjust(width - 2 - cell_width(text)), base))
            return Strip(segments).adjust_cell_length(width, base)
        if y > len(lines) or under is None:
            return Strip.blank(width, base)
        most = max(0, width - 2)
        hinted = min(_ROOM_FOR_HINTS, sum(map(_width_of, self.keys)), width * 2 // 5)
        remarks = self._remarks_in(under, most - hinted, most - min(_ROOM_FOR_TWO_HINTS, hinted))
        room = width - 2 - cell_width(remarks)
        segments = [Segment(f" {remarks}", base)]
        hints = self._hints(room - 2)
        hint_width = sum(cell_width(text) for text, _ in hints)
        # The blanks after the last hint may be cut off, those before the first one never.
        segments.append(Segment(" " * max(2, room - hint_width), base))
        key_style = base + _PAINTS["key"].style(self)
        # Two segments for each hint: the key, and its action.
        clickable = [Style(meta={_HINT: at // 2}) for at in range(len(hints))]
        segments += [
            Segment(text, (key_style if is_key else base) + click)
            for (text, is_key), click in zip(hints, clickable, strict=True)
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def _remarks_in(self, remarks: Sequence[str], columns: int, most: int) -> str:
        """Return as many whole remarks as fit in one line. The remarks are in short form if necessary.

        The first remark and the remarks that must stay visible are always included.

        Args:
            remarks: The remarks. The most important remark comes first.
            columns: The terminal columns that are free beside the usual keyboard hints. Less important remarks are
                left out to make room for the hints.
            most: The terminal columns that are free beside the two most important hints.
        """
        needed = [remark for remark in remarks if remark not in self.spare]
        spared = [remark for remark in remarks if remark in self.spare]
        for count in range(len(spared), 0, -1):
            text = _joined([*needed, *spared[:count]])
            if cell_width(text) <= columns:
                return text
        in_short = [self.short.get(remark, remark) for remark in needed]
        kept = {at for at, remark in enumerate(needed) if not at or remark in self.kept}
        fewer = [
            [remark for at, remark in enumerate(in_short) if at < count or at in kept]
            for count in range(len(needed) - 1, 0, -1)
        ]
        # Use the kept remarks' short forms before cutting one.
        others = [remark for at, remark in enumerate(in_short) if not at or at not in kept]
        shortest = [
            list(dict.fromkeys([*others[:count], *self.beside])) for count in range(len(others), 0, -1) if self.beside
        ]
        whole = [needed, in_short]
        last = _joined([in_short[at] for at in sorted(kept)])
        return next(
            (
                text
                for ways, room in ((whole, columns), ([*whole, *fewer, *shortest], most))
                for text in map(_joined, ways)
                if cell_width(text) <= room
            ),
            fitted(last, most),
        )

    def _hints(self, room: int) -> Sequence[tuple[str, bool]]:
        hints: list[tuple[str, bool]] = []
        for position, hint in enumerate(self.keys):
            text = f" {hint.does}  "
            if not position:
                text = text.ljust(_FIRST_HINT - cell_width(hint.key))
            if room < cell_width(hint.key + text.rstrip()):
                break
            room -= cell_width(hint.key + text)
            hints += [(hint.key, True), (text, False)]
        return hints


def _joined(remarks: Sequence[str]) -> str:
    return SEPARATOR.join(map(clean, remarks))


def _width_of(hint: Hint) -> int:
    return cell_width(hint.key) + cell_width(hint.does) + len("   ")
