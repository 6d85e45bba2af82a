"""The first line: whose figures these are, how old, and when the next ones come."""

import time
from collections.abc import Callable
from typing import Final

from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from cnm_tui.core.settings import readable_on
from cnm_tui.core.text import cell_width, clean, fitted
from cnm_tui.core.units import seconds_text
from cnm_tui.tui.terminal.paint import Paint
from cnm_tui.tui.terminal.painted import LineState, Painted, Run

WIDEST_CLOCK: Final = 42
NARROWEST_CLOCK: Final = 24
"""Room for when the figures are, and how old; whose they are gets all the rest if need be."""
_PROGRAM: Final = " cnm-tui · "
_COARSE_STEP: Final = 5
"""Seconds between repaints of a long countdown: over a slow line each repaint has its price."""
_SLOW_SECONDS: Final = 0.3
"""A fetch is only told of when it takes longer; a word that comes and goes at once is no news."""
_PAINTS: Final = {
    "name": Paint("foreground", bold=True),
    "demo": Paint("accent", bold=True),
    "stale": Paint("warning"),
}
"""Beside these, the accents that were told of, each under its own name."""


class TitleBar(Widget):
    """Sends only the characters that differ, and those rarely."""

    DEFAULT_CSS = "TitleBar { height: 1; background: $panel; color: $text-muted; }"

    label: reactive[str] = reactive("", repaint=False)
    """The site, host or `DEMO`; with the profile where it is not the default one."""
    accent: reactive[str] = reactive("", repaint=False)
    """The colour by which who is asked is known, `#rrggbb`; empty: the usual one."""
    state: reactive[str] = reactive("", repaint=False)
    """`live`, `paused` or `fixed`; empty before the first question."""
    fetching: reactive[bool] = reactive(False, repaint=False)
    stale: reactive[bool] = reactive(False, repaint=False)
    """Whether the figures are from before a failure."""
    fetched_at: reactive[float | None] = reactive(None, repaint=False)
    next_refresh_at: reactive[float | None] = reactive(None, repaint=False)

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock = clock
        self._slow = False
        self._becomes_slow: Timer | None = None
        self._paints = dict(_PAINTS)
        self._painted = Painted(self, self._paints)

    def on_mount(self) -> None:
        """Look each second whether the words have changed; mostly they have not."""
        self.set_interval(1.0, self._send_differences)
        for told in ("label", "state", "stale", "fetched_at", "next_refresh_at"):
            self.watch(self, told, self._told, init=False)

    def watch_accent(self, accent: str) -> None:
        """Paint in it, in letters that can be read on it."""
        if accent:
            # Imported here: mostly there is none.
            self._paints[accent] = Paint(readable_on(accent), background=accent, bold=True)
        self._told()

    def watch_fetching(self, fetching: bool) -> None:
        """Say so, if it takes long."""
        self._slow = False
        if self._becomes_slow is not None:
            self._becomes_slow.stop()
        self._becomes_slow = self.set_timer(_SLOW_SECONDS, self._is_slow) if fetching else None
        self._told()

    def _is_slow(self) -> None:
        self._slow = True
        self._send_differences()

    def _told(self) -> None:
        # Several things are told at once, and sent once.
        self.call_next(self._send_differences)

    def _send_differences(self) -> None:
        # A quick answer changes the line once, when it is there.
        if self.fetching and not self._slow and self.label:
            return
        if dirty := self._painted.differing(self._state, within_lines=True):
            self.refresh(*dirty)

    def notify_style_update(self) -> None:
        """The theme changed."""
        super().notify_style_update()
        self._painted.forget_styles()

    def render_line(self, y: int) -> Strip:
        """The one line."""
        return self._painted.line(y, self._state(y), self.size.width)

    def _state(self, _y: int) -> LineState:
        width = self.size.width
        name, label = self._name_and_label(width)
        clock = self._clock_text(min(WIDEST_CLOCK, max(0, width - len(name) - cell_width(label))))
        gap = " " * (width - cell_width(clock) - cell_width(label) - len(name))
        runs: tuple[Run, ...] = (
            (name, ""),
            (label, self.accent or ("demo" if self.label.startswith("DEMO") else "name")),
            (gap, ""),
            (clock, "stale" if self.stale else ""),
        )
        return runs, ""

    def _name_and_label(self, width: int) -> tuple[str, str]:
        """The program's name gives way to whom it asks, whatever the clock says: nothing moves when that changes."""
        if not self.label:
            return " cnm-tui"[:width], ""
        label = clean(self.label)
        # A block of colour has an edge.
        padding = 2 if self.accent else 0
        roomy = len(_PROGRAM) + cell_width(label) + padding <= width - NARROWEST_CLOCK
        name = _PROGRAM if roomy else " "
        label = fitted(label, max(0, width - NARROWEST_CLOCK - len(name) - padding))
        return name, f" {label} " if padding and label else label

    def _clock_text(self, width: int) -> str:
        now = self._clock()
        state = self.state if self.label else ""
        words = state
        if self.fetching and self._slow:
            state = words = "asking …"
        elif state == "live" and self.next_refresh_at is not None:
            words = f"live, next in {_coarse(self.next_refresh_at - now)}"
        moment = ""
        if self.fetched_at is not None:
            moment = time.strftime("%H:%M:%SZ", time.gmtime(self.fetched_at))
            old = now - self.fetched_at
            moment += f" ({_coarse(old, up=False)} old)" if self.stale or old >= 60 else ""
        # Of when the figures are, nothing is given up for the rest.
        ways = ["  ".join(filter(None, (told, moment))) for told in (words, state, "")]
        text = next((way for way in ways if cell_width(way) < width), moment)
        return fitted(text, width - 1) + " " if width > 0 else ""


def _coarse(seconds: float, *, up: bool = True) -> str:
    """A countdown in steps of five seconds while it is long; an age in minutes once it has any."""
    whole = max(0, round(seconds))
    if whole > 2 * _COARSE_STEP:
        whole = -(-whole // _COARSE_STEP) * _COARSE_STEP if up else whole // _COARSE_STEP * _COARSE_STEP
    if whole > 120:
        whole -= whole % 60
    return seconds_text(whole)
