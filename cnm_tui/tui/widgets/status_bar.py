"""The last line: what the rows are, what is wrong, and the keys to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.text import cell_width, clean, fitted, wrapped
from cnm_tui.tui.terminal.paint import Paint

SEPARATOR: Final = " · "
PROBLEM_SIGN: Final = "! "
MOST_LINES: Final = 3
"""Of a sentence; one less on a screen of `SMALL_HEIGHT` lines."""
SMALL_HEIGHT: Final = 24
TINY_HEIGHT: Final = 12
"""Under so many lines on the screen a sentence stands alone, without the remarks."""


_HINT: Final = "hint"
"""In the style of a hint its position; a terminal is not told of it."""
_PAINTS: Final = {
    "key": Paint("foreground", bold=True),
    "problem": Paint("error", bold=True),
    "notice": Paint("accent"),
}


class StatusBar(Widget):
    """The remarks; over them the problem if there is one, in their place for a while what a key did.

    Of some, a few words stand beside or under what a key did: it never covers what orders or hides rows.
    """

    DEFAULT_CSS = "StatusBar { height: auto; background: $panel; color: $text-muted; }"

    remarks: reactive[tuple[str, ...]] = reactive((), layout=False)
    """What is to know about the rows, the most important first."""
    kept: reactive[tuple[str, ...]] = reactive((), layout=False)
    """The remarks that are shown whatever the width."""
    beside: reactive[tuple[str, ...]] = reactive((), layout=False)
    """The same in few words, beside or under what a key did."""
    offer: reactive[str] = reactive("", layout=False)
    """Says what one key would do now, in a line of its own."""
    problem: reactive[str] = reactive("", layout=False)
    """Why the figures are not fresh."""
    notice: reactive[str] = reactive("", layout=False)
    """What just happened because of a key; goes after a while."""

    keys: reactive[Sequence[tuple[str, str]]] = reactive((), layout=False)
    """The hints at the right: key and what it does, the most important first."""

    def __init__(self, keys: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__()
        self.set_reactive(StatusBar.keys, keys)

    @dataclass
    class HintChosen(Message):
        """A hint was clicked."""

        position: int
        """Among the keys."""

    def on_click(self, event: events.Click) -> None:
        """A click on a hint is the same as its key."""
        if (position := event.style.meta.get(_HINT)) is not None:
            event.stop()
            self.post_message(self.HintChosen(position))

    def watch_problem(self, before: str, problem: str) -> None:
        """What just went wrong is news; what a key did before that is not."""
        if problem and problem != before:
            self.notice = ""
        self._keep_height()

    def watch_notice(self) -> None:
        """It may need another number of lines."""
        self._keep_height()

    def watch_beside(self) -> None:
        """They may need a line of their own."""
        self._keep_height()

    def watch_offer(self) -> None:
        """It takes a line, or gives it back."""
        self._keep_height()

    def _keep_height(self) -> None:
        """Lay the screen out anew only for another number of lines: it takes longer than all else that a sort does."""
        if self.get_content_height(self.size, self.size, self.size.width) != self.size.height:
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the sentences need, and one for the remarks."""
        lines, remarks = self._lines(width)
        return len(lines) + (remarks is not None)

    def _lines(self, width: int) -> tuple[list[tuple[str, str]], tuple[str, ...] | None]:
        """Return the lines of the sentences, each with its paint, and the remarks that stand under them, if any do."""
        height = self.app.size.height
        most = MOST_LINES if height > SMALL_HEIGHT else MOST_LINES - 1
        told = [(line, "problem") for line in self._wrapped(PROBLEM_SIGN, self.problem, width, most)]
        # What a key did stands in the place of the remarks, so that nothing moves.
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
        return SEPARATOR.join(map(clean, self.beside))

    def _has_room_beside(self, line: str, width: int) -> bool:
        """True if the remarks that are kept fit behind the last line of what a key did."""
        return cell_width(line) + len(SEPARATOR) + cell_width(self._text_beside) <= width - 2

    def _in_sight(self, width: int) -> tuple[list[tuple[str, str]], tuple[str, ...] | None]:
        """The lines where a dialog stands over the first of them: the sentence begins anew in those that are left."""
        lines, remarks = self._lines(width)
        covered = self._covered
        if not 0 < covered < min(len(lines), self.size.height):
            return lines, remarks
        text, kind = (self.notice, "notice") if self.notice else (PROBLEM_SIGN + self.problem, "problem")
        left = self._wrapped("", text, width, len(lines) - covered)
        return [*lines[: len(lines) - len(left)], *((line, kind) for line in left)], remarks

    @property
    def _covered(self) -> int:
        """Lines over which a dialog stands."""
        front = self.app.screen
        if front is self.screen:
            return 0
        return max((dialog.region.bottom for dialog in front.query(".dialog")), default=0) - self.region.y

    @staticmethod
    def _wrapped(sign: str, sentence: str, width: int, most: int) -> list[str]:
        return wrapped(clean(sign + sentence), max(width - 2, 10), most) if sentence else []

    def render_line(self, y: int) -> Strip:
        """A line of a sentence that is to be read, or the remarks with the keys at the right."""
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
        remarks = self._remarks_in(under, max(0, width - 2))
        room = width - 2 - cell_width(remarks)
        segments = [Segment(f" {remarks}", base)]
        hints = self._hints(room - 2)
        hint_width = sum(cell_width(text) for text, _ in hints)
        segments.append(Segment(" " * max(0, room - hint_width), base))
        key_style = base + _PAINTS["key"].style(self)
        # Two segments for each: the key, and what it does.
        clickable = [Style(meta={_HINT: at // 2}) for at in range(len(hints))]
        segments += [
            Segment(text, (key_style if is_key else base) + click)
            for (text, is_key), click in zip(hints, clickable, strict=True)
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def _remarks_in(self, remarks: Sequence[str], columns: int) -> str:
        """As many as there is room for: half a remark says little. The first, and those that are kept, always are."""
        kept = [remark for position, remark in enumerate(remarks) if not position or remark in self.kept]
        ways = [
            [remark for position, remark in enumerate(remarks) if position < count or remark in kept]
            for count in range(len(remarks), 0, -1)
        ]
        # Those that are kept in few words, before one of them is cut.
        if self.beside:
            ways.append(list(dict.fromkeys([*remarks[:1], *self.beside])))
        texts = (SEPARATOR.join(map(clean, way)) for way in ways or [[]])
        return next(
            (text for text in texts if cell_width(text) <= columns), fitted(SEPARATOR.join(map(clean, kept)), columns)
        )

    def _hints(self, room: int) -> Sequence[tuple[str, bool]]:
        hints: list[tuple[str, bool]] = []
        for key, does in self.keys:
            text = f" {does}  "
            room -= cell_width(key + text)
            if room < 0:
                break
            hints += [(key, True), (text, False)]
        return hints
