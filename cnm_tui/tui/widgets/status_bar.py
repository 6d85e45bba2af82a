"""The last line: what the rows are, what is wrong, and the keys to know."""

from collections.abc import Sequence
from typing import Final

from rich.segment import Segment
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.text import cell_width, clean, fitted, wrapped
from cnm_tui.tui.widgets.paint import Paint

SEPARATOR: Final = " · "
PROBLEM_SIGN: Final = "! "
MOST_LINES: Final = 3
"""Of a sentence; one less on a screen of `SMALL_HEIGHT` lines."""
SMALL_HEIGHT: Final = 24
TINY_HEIGHT: Final = 12
"""Under so many lines on the screen a sentence stands alone, without the remarks."""


_PAINTS: Final = {
    "key": Paint("foreground", bold=True),
    "problem": Paint("error", bold=True),
    "notice": Paint("accent"),
}


class StatusBar(Widget):
    """The remarks; over them the problem if there is one, in their place for a while what a key did."""

    DEFAULT_CSS = "StatusBar { height: auto; background: $panel; color: $text-muted; }"

    remarks: reactive[tuple[str, ...]] = reactive((), layout=False)
    """What is to know about the rows, the most important first."""
    problem: reactive[str] = reactive("", layout=False)
    """Why the figures are not fresh."""
    notice: reactive[str] = reactive("", layout=False)
    """What just happened because of a key; goes after a while."""

    keys: reactive[Sequence[tuple[str, str]]] = reactive((), layout=False)
    """The hints at the right: key and what it does, the most important first."""

    def __init__(self, keys: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__()
        self.set_reactive(StatusBar.keys, keys)

    def watch_problem(self, before: str, problem: str) -> None:
        """What just went wrong is news; what a key did before that is not."""
        if problem and problem != before:
            self.notice = ""
        self._keep_height()

    def watch_notice(self) -> None:
        """It may need another number of lines."""
        self._keep_height()

    def _keep_height(self) -> None:
        """Lay the screen out anew only for another number of lines: it takes longer than all else that a sort does."""
        if self.get_content_height(self.size, self.size, self.size.width) != self.size.height:
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the sentences need, and one for the remarks."""
        lines, with_remarks = self._lines(width)
        return len(lines) + with_remarks

    def _lines(self, width: int) -> tuple[list[tuple[str, str]], bool]:
        """The lines of the sentences, each with its paint, and whether the remarks stand under them."""
        height = self.app.size.height
        most = MOST_LINES if height > SMALL_HEIGHT else MOST_LINES - 1
        told = [(line, "problem") for line in self._wrapped(PROBLEM_SIGN, self.problem, width, most)]
        # What a key did stands in the place of the remarks, so that nothing moves.
        did = [(line, "notice") for line in self._wrapped("", self.notice, width, most)]
        if height < TINY_HEIGHT:
            return did or told, not (did or told)
        return told + did, not did

    def _in_sight(self, width: int) -> tuple[list[tuple[str, str]], bool]:
        """The lines where a dialog stands over the first of them: the sentence begins anew in those that are left."""
        lines, with_remarks = self._lines(width)
        covered = self._covered
        if not 0 < covered < min(len(lines), self.size.height):
            return lines, with_remarks
        text, kind = (self.notice, "notice") if self.notice else (PROBLEM_SIGN + self.problem, "problem")
        left = self._wrapped("", text, width, len(lines) - covered)
        return [*lines[: len(lines) - len(left)], *((line, kind) for line in left)], with_remarks

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
        lines, with_remarks = self._in_sight(width)
        if y < len(lines):
            text, kind = lines[y]
            style = base + _PAINTS[kind].style(self)
            return Strip([Segment(f" {text}", style)]).adjust_cell_length(width, base)
        if y > len(lines) or not with_remarks:
            return Strip.blank(width, base)
        remarks = self._remarks_in(max(0, width - 2))
        room = width - 2 - cell_width(remarks)
        segments = [Segment(f" {remarks}", base)]
        hints = self._hints(room - 2)
        hint_width = sum(cell_width(text) for text, _ in hints)
        segments.append(Segment(" " * max(0, room - hint_width), base))
        key_style = base + _PAINTS["key"].style(self)
        segments += [Segment(text, key_style if is_key else base) for text, is_key in hints]
        return Strip(segments).adjust_cell_length(width, base)

    def _remarks_in(self, columns: int) -> str:
        """As many as there is room for: half a remark says little, but for the first."""
        remarks = [clean(remark) for remark in self.remarks]
        ways = (SEPARATOR.join(remarks[:count]) for count in range(len(remarks), 0, -1))
        return next((way for way in ways if cell_width(way) <= columns), fitted("".join(remarks[:1]), columns))

    def _hints(self, room: int) -> Sequence[tuple[str, bool]]:
        hints: list[tuple[str, bool]] = []
        for key, does in self.keys:
            text = f" {does}  "
            room -= cell_width(key + text)
            if room < 0:
                break
            hints += [(key, True), (text, False)]
        return hints
