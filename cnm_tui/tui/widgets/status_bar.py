"""The last line: what the rows are, what is wrong, and the keys to know."""

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.text import cell_width, clean, fitted, wrapped

SEPARATOR: Final = " · "
PROBLEM_SIGN: Final = "! "
MOST_LINES: Final = 3


class StatusBar(Widget):
    """One line; a problem that does not fit gets up to three."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"status-bar--key", "status-bar--problem", "status-bar--notice"}
    DEFAULT_CSS = """
    StatusBar {
        height: auto; background: $panel; color: $text-muted;
        & > .status-bar--key { color: $foreground; text-style: bold; }
        & > .status-bar--problem { color: $error; text-style: bold; }
        & > .status-bar--notice { color: $accent; }
    }
    """

    remarks: reactive[tuple[str, ...]] = reactive((), layout=False)
    """What is to know about the rows, the most important first."""
    problem: reactive[str] = reactive("", layout=True)
    """Why the figures are not fresh."""
    notice: reactive[str] = reactive("", layout=True)
    """What just happened because of a key; goes after a while."""

    def __init__(self, keys: Sequence[tuple[str, str]] = (), *, id: str | None = None) -> None:
        """`keys` are the hints at the right: key and what it does, the most important first."""
        super().__init__(id=id)
        self.keys = keys

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the sentence needs."""
        return len(self._sentence_lines(width)) or 1

    def _sentence_lines(self, width: int) -> list[str]:
        sentence = self.notice or (PROBLEM_SIGN + self.problem if self.problem else "")
        return wrapped(clean(sentence), max(width - 2, 10), MOST_LINES) if sentence else []

    def render_line(self, y: int) -> Strip:
        """A line of the sentence that is to be read, or the remarks with the keys at the right."""
        width, base = self.size.width, self.rich_style
        if lines := self._sentence_lines(width):
            component = "notice" if self.notice else "problem"
            style = base + self.get_component_rich_style(f"status-bar--{component}", partial=True)
            text = f" {lines[y]}" if y < len(lines) else ""
            return Strip([Segment(text, style)]).adjust_cell_length(width, base)
        remarks = fitted(clean(SEPARATOR.join(self.remarks)), max(0, width - 2))
        room = width - 2 - cell_width(remarks)
        segments = [Segment(f" {remarks}", base)]
        hints = self._hints(room - 2)
        hint_width = sum(cell_width(text) for text, _ in hints)
        segments.append(Segment(" " * max(0, room - hint_width), base))
        key_style = base + self.get_component_rich_style("status-bar--key", partial=True)
        segments += [Segment(text, key_style if is_key else base) for text, is_key in hints]
        return Strip(segments).adjust_cell_length(width, base)

    def _hints(self, room: int) -> Sequence[tuple[str, bool]]:
        hints: list[tuple[str, bool]] = []
        for key, does in self.keys:
            text = f" {does}  "
            room -= cell_width(key + text)
            if room < 0:
                break
            hints += [(key, True), (text, False)]
        return hints
