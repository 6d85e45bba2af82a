"""Define the title bar. It shows the Datadog site of the rows, the age of the rows, and the time to the next
refresh.
"""

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

WIDEST_CLOCK: Final = 56
NARROWEST_CLOCK: Final = 24
"""Minimum width for time and age of the rows; the source's name gets the rest."""
_PROGRAM: Final = " cnm-tui · "
_COARSE_STEP: Final = 5
"""Seconds between repaints of a long countdown, to save bytes over a slow line."""
_SLOW_SECONDS: Final = 0.3
"""A fetch is shown only if it takes longer, so that no word flickers."""
_PAINTS: Final = {
    "name": Paint("foreground", bold=True),
    "demo": Paint("accent", bold=True),
    "stale": Paint("warning"),
}
"""Styles; profile colours are added under their own names."""


class TitleBar(Widget):
    """The bar at the top of the screen. It sends only changed characters to the terminal, which is rarely
    necessary.
    """

    DEFAULT_CSS = "TitleBar { height: 1; background: $panel; color: $text-muted; }"

    label: reactive[str] = reactive("", repaint=False)
    """The site, host or `DEMO`; with the profile if it is not the default one."""
    accent: reactive[str] = reactive("", repaint=False)
    """The profile's colour, `#rrggbb`; empty for the default."""
    state: reactive[str] = reactive("", repaint=False)
    """`live`, `paused` or `fixed`; empty before the first query."""
    fetching: reactive[bool] = reactive(False, repaint=False)
    awaited: reactive[str] = reactive("", repaint=False, init=False)
    """Words for a response that is awaited beside the rows; empty for none."""
    stale: reactive[bool] = reactive(False, repaint=False)
    """True if the rows are from before a failure."""
    fetched_at: reactive[float | None] = reactive(None, repaint=False)
    next_refresh_at: reactive[float | None] = reactive(None, repaint=False)
    mode: reactive[str] = reactive("", repaint=False)
    """Words beside the source's name: recording, redacted, replay; empty for none."""

    def __init__(self, clock: Callable[[], float] = time.time, mode: str = "") -> None:
        super().__init__()
        self.set_reactive(TitleBar.mode, mode)
        self._clock = clock
        self._slow = False
        self._asked_at = 0.0
        """Start of the running fetch, in epoch seconds."""
        self._becomes_slow: Timer | None = None
        self._paints = dict(_PAINTS)
        self._painted = Painted(self, self._paints)
        self._content: LineState | None = None
        """The line as it was last compared with the screen. A part that is drawn again is never newer than the rest."""
        self._content_width = 0

    def on_mount(self) -> None:
        """Check once a second if the text of the bar has changed. Only a changed text is sent to the terminal."""
        self.set_interval(1.0, self._send_differences)
        for told in ("label", "state", "stale", "fetched_at", "next_refresh_at", "mode"):
            self.watch(self, told, self._told, init=False)

    def watch_accent(self, accent: str) -> None:
        """Display the name of the data source on the colour of its profile, with letters that are readable on this
        colour.
        """
        if accent:
            # Imported here: most profiles have no colour.
            self._paints[accent] = Paint(readable_on(accent), background=accent, bold=True)
        self._told()

    def watch_fetching(self, fetching: bool) -> None:
        """Start or stop a timer for a running request. If a request takes long, the bar shows for how many seconds
        it runs.
        """
        self._wait_for(self.awaited if not fetching else "the rows")

    def watch_awaited(self, awaited: str) -> None:
        """Do the same for a request beside the rows, unless the rows are awaited, too."""
        if not self.fetching:
            self._wait_for(awaited)

    def _wait_for(self, awaited: str) -> None:
        self._slow, self._asked_at = False, self._clock()
        if self._becomes_slow is not None:
            self._becomes_slow.stop()
        self._becomes_slow = self.set_timer(_SLOW_SECONDS, self._is_slow) if awaited else None
        self._told()

    def _is_slow(self) -> None:
        self._slow = True
        self._send_differences()

    def _told(self) -> None:
        # Several changes are sent as one.
        self.call_next(self._send_differences)

    def _send_differences(self) -> None:
        # A quick answer changes the line only once, when it arrives.
        if self.fetching and not self._slow and self.label:
            return
        content = self._state(0)
        self._content, self._content_width = content, self.size.width
        if dirty := self._painted.differing(lambda _y: content, within_lines=True):
            self.refresh(*dirty)

    def notify_style_update(self) -> None:
        """Drop cached styles and repaint, because the theme has changed."""
        super().notify_style_update()
        self._painted.forget_styles()

    def render_line(self, y: int) -> Strip:
        """Return the line of the title bar."""
        if self._content is None or self._content_width != self.size.width:
            self._content, self._content_width = self._state(y), self.size.width
        return self._painted.line(y, self._content, self.size.width)

    def _state(self, _y: int) -> LineState:
        width = self.size.width
        mode = fitted(f" {clean(self.mode)} ", max(0, width - NARROWEST_CLOCK)) if self.mode else ""
        name, label = self._name_and_label(width - cell_width(mode))
        # One column stays blank before the clock.
        clock = self._clock_text(min(WIDEST_CLOCK, max(0, width - len(name) - cell_width(label + mode) - 1)))
        gap = " " * (width - cell_width(clock) - cell_width(label + mode) - len(name))
        runs: tuple[Run, ...] = (
            (name, ""),
            (label, self.accent or ("demo" if self.label.startswith("DEMO") else "name")),
            (mode, "stale"),
            (gap, ""),
            (clock, "stale" if self.stale else ""),
        )
        return runs, ""

    def _name_and_label(self, width: int) -> tuple[str, str]:
        """Return the text `cnm-tui` and the name of the data source. If there is not enough room, the first text is a
        space.

        The layout does not depend on the clock, so that nothing moves when the time changes.
        """
        if not self.label:
            return " cnm-tui"[:width], ""
        label = clean(self.label)
        # A block of colour has a margin.
        padding = 2 if self.accent else 0
        roomy = len(_PROGRAM) + cell_width(label) + padding <= width - NARROWEST_CLOCK
        name = _PROGRAM if roomy else " "
        label = fitted(label, max(0, width - NARROWEST_CLOCK - len(name) - padding))
        return name, f" {label} " if padding and label else label

    def _clock_text(self, width: int) -> str:
        now = self._clock()
        state = self.state if self.label else ""
        words = state
        if (self.fetching or self.awaited) and self._slow:
            waited = round(now - self._asked_at)
            # Nobody needs to be told that the rows are what is asked for.
            words = "asking …" if self.fetching else f"asking: {self.awaited} …"
            state = "asking …"
            words += f" {_coarse(waited, up=False)}" if waited >= 1 else ""
        elif state == "live" and self.next_refresh_at is not None:
            words = f"live, next in {_coarse(self.next_refresh_at - now)}"
        moment = ""
        if self.fetched_at is not None:
            moment = time.strftime("%H:%M:%SZ", time.gmtime(self.fetched_at))
            old = now - self.fetched_at
            moment += f" ({_coarse(old, up=False)} old)" if self.stale or old >= 60 else ""
        answered = f"answered {moment}" if moment else ""
        # The time and age of the rows are never shortened.
        ways = [" · ".join(filter(None, told)) for told in ((words, answered), (words, moment), (state, moment))]
        text = next((way for way in ways if cell_width(way) < width), moment)
        return fitted(text, width - 1) + " " if width > 0 else ""


def _coarse(seconds: float, *, up: bool = True) -> str:
    """Return a duration in seconds as a short, rounded text.

    A long duration is rounded to five seconds. `up` is True to round up for a countdown, and False to round down
    for an age. A duration of over two minutes is displayed in minutes.
    """
    whole = max(0, round(seconds))
    if whole > 2 * _COARSE_STEP:
        whole = -(-whole // _COARSE_STEP) * _COARSE_STEP if up else whole // _COARSE_STEP * _COARSE_STEP
    if whole > 120:
        whole -= whole % 60
    return seconds_text(whole)
