"""What stands on the screen of a pane drawn by lines, so that only what differs is made and sent again."""

from collections.abc import Callable, Mapping
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

MOST_STRIPS_KEPT: Final = 500
"""Lines drawn and kept: coming back to one costs nothing, not even its escape sequences."""

Run = tuple[str, str]
"""A text, and what is special about it: words, each the name of a component style."""

LineState = tuple[tuple[Run, ...], str]
"""The runs of a line and the style under all of them: enough to tell whether it must be sent again."""


class Painted:
    """The lines of one widget that has no border, no padding and no effects."""

    def __init__(self, widget: Widget, components: Mapping[str, str], over: tuple[str, ...]) -> None:
        """`components` says which component style a word means; the styles in `over` win over those of runs."""
        self._widget = widget
        self._components = components
        self._over = over
        self._styles: dict[tuple[str, str], Style] = {}
        self._strips: dict[LineState, Strip] = {}
        self._states: dict[int, LineState] = {}
        self._width = 0

    def forget_styles(self) -> None:
        """The theme changed."""
        self._styles = {}
        self._strips = {}

    def differing(self, state_of: Callable[[int], LineState]) -> list[Region]:
        """The lines that differ from what stands on the screen.

        The compositor sends whatever is marked as dirty, whether it changed or not.
        """
        width, height = self._widget.size
        states = self._states
        return [Region(0, y, width, 1) for y in range(height) if y not in states or states[y] != state_of(y)]

    def line(self, y: int, state: LineState) -> Strip:
        """The line as it is to be sent, and from now on stands on the screen."""
        width = self._widget.size.width
        if width != self._width:
            self._width, self._strips = width, {}
        self._states[y] = state
        strip = self._strips.get(state)
        if strip is None:
            if len(self._strips) >= MOST_STRIPS_KEPT:
                self._strips = {}
            strip = self._strips[state] = self._drawn(state, width)
        return strip

    def _drawn(self, state: LineState, width: int) -> Strip:
        runs, under = state
        strip = Strip([Segment(text, self._style(kind, under)) for text, kind in runs])
        strip = strip.adjust_cell_length(width, self._style("", under))
        background = self._widget.background_colors[1]
        for line_filter in self._widget.get_line_filters():
            strip = strip.apply_filter(line_filter, background)
        return strip

    def _style(self, kind: str, under: str) -> Style:
        style = self._styles.get((kind, under))
        if style is None:
            names = kind.split()
            names = [*names, under] if under in self._over else [under, *names]
            style = self._widget.rich_style
            for name in filter(None, names):
                component = self._components.get(name, name)
                style += self._widget.get_component_rich_style(component, partial=True)
            self._styles[kind, under] = style
        return style
