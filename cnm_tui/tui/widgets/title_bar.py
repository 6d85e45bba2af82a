"""The first line: whose figures these are, how old, and when the next ones come."""

import time
from collections.abc import Callable
from typing import ClassVar, Final

from rich.segment import Segment
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.text import clean, fitted
from cnm_tui.core.units import seconds_text

WIDEST_CLOCK: Final = 42
NARROWEST_NAME: Final = 20
_COARSE_STEP: Final = 5
"""Seconds between repaints of a long countdown: over a slow line each repaint has its price."""


class TitleBar(Widget):
    """Repaints only its right end, and that rarely."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"title-bar--name", "title-bar--demo", "title-bar--stale"}
    DEFAULT_CSS = """
    TitleBar {
        height: 1; background: $panel; color: $text-muted;
        & > .title-bar--name { color: $foreground; text-style: bold; }
        & > .title-bar--demo { color: $accent; text-style: bold; }
        & > .title-bar--stale { color: $warning; }
    }
    """

    label: reactive[str] = reactive("")
    """The site, host or `DEMO`; with the profile where it is not the default one."""
    state: reactive[str] = reactive("")
    """`live`, `paused` or `fixed`; empty before the first question."""
    fetching: reactive[bool] = reactive(False)
    stale: reactive[bool] = reactive(False)
    """Whether the figures are from before a failure."""
    fetched_at: reactive[float | None] = reactive(None)
    next_refresh_at: reactive[float | None] = reactive(None)

    def __init__(self, clock: Callable[[], float] = time.time, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._painted_clock = ""

    def on_mount(self) -> None:
        """Look each second whether the words have changed; mostly they have not."""
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        if self._clock_text() != self._painted_clock:
            self.refresh(Region(self.size.width - self._clock_width, 0, self._clock_width, 1))

    @property
    def _clock_width(self) -> int:
        return min(WIDEST_CLOCK, max(0, self.size.width - NARROWEST_NAME))

    def _clock_text(self) -> str:
        now = self._clock()
        parts = []
        if self.fetching:
            parts.append("asking …")
        elif self.state == "live" and self.next_refresh_at is not None:
            parts.append(f"live, next in {_coarse(self.next_refresh_at - now)}")
        elif self.state and self.label:
            parts.append(self.state)
        if self.fetched_at is not None:
            moment = time.strftime("%H:%M:%SZ", time.gmtime(self.fetched_at))
            old = now - self.fetched_at
            parts.append(f"{moment} ({_coarse(old, up=False)} old)" if self.stale or old >= 60 else moment)
        width = self._clock_width - 1
        return fitted("  ".join(parts), width).rjust(width) + " " if width > 0 else ""

    def render_line(self, y: int) -> Strip:
        """The one line."""
        width = self.size.width
        self._painted_clock = clock = self._clock_text()
        base = self.rich_style
        name = " cnm-tui · " if self.label else " cnm-tui"
        left_width = width - self._clock_width
        label = fitted(clean(self.label), max(0, left_width - len(name)))
        demo = "demo" if self.label.startswith("DEMO") else "name"
        left = Strip(
            [
                Segment(name, base),
                Segment(label, base + self.get_component_rich_style(f"title-bar--{demo}", partial=True)),
            ]
        ).adjust_cell_length(left_width, base)
        stale = self.get_component_rich_style("title-bar--stale", partial=True) if self.stale else None
        return Strip.join([left, Strip([Segment(clock, base + stale if stale else base)])]).adjust_cell_length(
            width, base
        )


def _coarse(seconds: float, *, up: bool = True) -> str:
    """A countdown in steps of five seconds while it is long; an age in minutes once it has any."""
    whole = max(0, round(seconds))
    if whole > 2 * _COARSE_STEP:
        whole = -(-whole // _COARSE_STEP) * _COARSE_STEP if up else whole // _COARSE_STEP * _COARSE_STEP
    if whole > 120:
        whole -= whole % 60
    return seconds_text(whole)
