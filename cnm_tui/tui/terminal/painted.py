"""Remember which lines of a pane are on the screen, so that only changed lines are drawn and sent again."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.text import cell_width
from cnm_tui.tui.terminal.paint import Paint

MOST_STRIPS_KEPT: Final = 500
"""Maximum number of cached lines: a cached line costs nothing, not even its escape sequences."""
_LEAST_SKIPPED: Final = 6
"""Columns between two parts of a line that differ; fewer are sent with them, in fewer bytes than a move takes."""

Run = tuple[str, str]
"""A text and its style words, each a paint's name."""

LineState = tuple[tuple[Run, ...], str]
"""The runs of a line, and the style below all of them: enough to know if it must be sent again."""


class Painted:
    """Remembers which lines of one widget are on the screen."""

    def __init__(
        self,
        widget: Widget,
        paints: Mapping[str, Paint],
        over: tuple[str, ...] = (),
        *,
        above: tuple[str, ...] = (),
        filtered: bool = False,
    ) -> None:
        """Create an object for a widget of which nothing has been drawn yet.

        Args:
            paints: The text style for each style name.
            over: Names of styles for whole lines. They override the styles of text in the line.
            above: Names of styles for text in a line that override even the styles in `over`.
            filtered: True to apply Textual's line filters here. False if the style cache of the widget applies them.
        """
        self._filtered = filtered
        self._widget = widget
        self._paints = paints
        self._over = over
        self._above = above
        self._styles: dict[tuple[str, str], Style] = {}
        self._background: Color | None = None
        """The background for line filters; looked up once, as Textual adds up the colours of all ancestors."""
        self._strips: dict[LineState, Strip] = {}
        self._states: dict[int, LineState] = {}
        self._lines: dict[int, Strip] = {}
        self._size = Size(0, 0)
        self._width = 0

    def forget_styles(self) -> None:
        """Drop all cached styles, because the theme has changed."""
        self._styles, self._background = {}, None
        self._strips = {}
        self._lines = {}

    def differing(
        self, state_of: Callable[[int], LineState], *, within_lines: bool = False, within: Container[int] = ()
    ) -> list[Region]:
        """Return the regions of the widget in which the new content differs from the content on the screen.

        Only these regions have to be sent. Textual's compositor sends every region that is marked as dirty, even if
        its content has not changed.

        Args:
            state_of: Function that returns the new content of a line.
            within_lines: True to return only the changed columns of a line. False to return whole lines.
            within: Numbers of lines for which only the changed columns are returned in any case.
        """
        width, height = self._widget.size
        regions = []
        for y in range(height):
            stands, state = self._states.get(y), state_of(y)
            if stands == state:
                continue
            self._lines.pop(y, None)
            spans: Iterable[tuple[int, int]] = [(0, width)]
            if (within_lines or y in within) and stands is not None and stands[1] == state[1]:
                spans = self._differing_spans(stands[0], state[0], state[1], width)
            regions += [Region(left, y, right - left, 1) for left, right in spans]
        return regions

    def _differing_spans(
        self, stands: Sequence[Run], wanted: Sequence[Run], under: str, width: int
    ) -> Iterator[tuple[int, int]]:
        """Yield the start and the end of each range of columns in which two lines differ. The end is not included."""
        if not (_is_narrow(stands) and _is_narrow(wanted)):
            yield 0, width
            return
        used = max(sum(len(text) for text, _ in runs) for runs in (stands, wanted))
        columns = self._differing_columns(_padded(stands, used), _padded(wanted, used), under)
        columns = [column for column in columns if column < width]
        left = next(iter(columns), 0)
        for last, following in pairwise([*columns, width + _LEAST_SKIPPED]):
            if following - last > _LEAST_SKIPPED:
                yield left, last + 1
                left = following

    def _differing_columns(self, stands: Sequence[Run], wanted: Sequence[Run], under: str) -> list[int]:
        before, after = ("".join([text for text, _ in runs]) for runs in (stands, wanted))
        if [(len(text), kind) for text, kind in stands] == [(len(text), kind) for text, kind in wanted]:
            return [column for column, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
        kinds = [[kind for text, kind in runs for _ in text] for runs in (stands, wanted)]
        blank = {kind: self._look_of_blank(kind, under) for kind in {*kinds[0], *kinds[1]}}
        return [
            column
            for column, (one, other, old, new) in enumerate(zip(before, after, *kinds, strict=True))
            if one != other or (old != new and (one != " " or blank[old] != blank[new]))
        ]

    def _look_of_blank(self, kind: str, under: str) -> tuple[object, ...]:
        """Return the attributes of a style that are visible even on blank characters, such as the background."""
        style = self._style(kind, under)
        return style.bgcolor, style.underline, style.reverse, style.strike

    def lines(self, crop: Region, states: Callable[[], Callable[[int], LineState]]) -> list[Strip]:
        """Return the lines that Textual's compositor requests. Unchanged lines are taken from a cache.

        Textual's own style cache is not used, because it adds borders, padding and effects that these panes do not
        have. With it, drawing a line would take twice as long.
        """
        size, span = self._widget.size, crop.line_range
        if size != self._size:
            self._size, self._lines = size, {}
        missing = [y for y in span if y not in self._lines]
        if missing:
            state_of = states()
            for y in missing:
                self.line(y, state_of(y), size.width)
        strips = [self._lines[y] for y in span]
        return strips if crop.width == size.width else [strip.crop(*crop.column_span) for strip in strips]

    def line(self, y: int, state: LineState, width: int) -> Strip:
        """Return the line to send to the terminal, and remember that this line is on the screen."""
        if width != self._width:
            self._width, self._strips = width, {}
        self._states[y] = state
        strip = self._strips.get(state)
        if strip is None:
            if len(self._strips) >= MOST_STRIPS_KEPT:
                self._strips = {}
            strip = self._strips[state] = self._drawn(state, width)
        self._lines[y] = strip
        return strip

    def _drawn(self, state: LineState, width: int) -> Strip:
        runs, under = state
        segments = [Segment(text, self._style(kind, under)) for text, kind in runs]
        length = sum(cell_width(text) for text, _ in runs)
        if length < width:
            segments.append(Segment(" " * (width - length), self._style("", under)))
        elif length > width:
            segments = list(Segment.adjust_line_length(segments, width))
        if self._filtered:
            if self._background is None:
                self._background = self._widget.background_colors[1]
            for line_filter in self._widget.get_line_filters():
                segments = line_filter.apply(segments, self._background)
        return Strip(segments, width)

    def _style(self, kind: str, under: str) -> Style:
        style = self._styles.get((kind, under))
        if style is None:
            names = kind.split()
            if under in self._over:
                above = [name for name in names if name in self._above]
                names = [*(name for name in names if name not in self._above), under, *above]
            else:
                names = [under, *names]
            style = self._widget.rich_style
            for name in filter(None, names):
                style += self._paints[name].style(self._widget)
            self._styles[kind, under] = style
        return style


def filtered_blank(widget: Widget, strips: list[Strip]) -> list[Strip]:
    """Return the lines of a blank widget after the line filters are applied.

    Textual itself does not filter them.
    """
    if not (strips and widget.app.no_color):
        return strips
    blank, under = strips[0], widget.background_colors[1]
    for line_filter in widget.get_line_filters():
        blank = blank.apply_filter(line_filter, under)
    return [blank] * len(strips)


def _padded(runs: Sequence[Run], width: int) -> Sequence[Run]:
    """Return the pieces of styled text, followed by blanks up to a width of `width` terminal columns."""
    missing = width - sum(len(text) for text, _ in runs)
    return [*runs, (" " * missing, "")] if missing else runs


def _is_narrow(runs: Sequence[Run]) -> bool:
    """True if every character is one terminal column wide."""
    return all(cell_width(text) == len(text) for text, _ in runs)
