"""Define a dialog to choose the time range of the query."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Click, DescendantFocus
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.time.time_range import (
    BUCKET_SECONDS,
    Snap,
    TimeRange,
    Window,
    parsed_length,
    parsed_time_range,
)
from cnm_tui.core.units import plural, seconds_text
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.terminal.steady_input import SteadyInput
from cnm_tui.tui.widgets.filtered_list import ChoiceList
from cnm_tui.tui.widgets.hint import Hint

PRESETS: Final = ("15m", "30m", "1h", "4h", "12h", "1d", "2d", "1w", "14d")
_SNAP_WORDS: Final = {
    Snap.AUTO: "auto: live windows over 30 min end on a 5-minute boundary",
    Snap.ON: "on: whole 5-minute buckets that have closed",
    Snap.OFF: "off: to the second",
}


class TimeRangePicker(Dialog[TimeRange | None]):
    """A dialog in which the user chooses a time range. Its result is None if the user cancels."""

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    TimeRangePicker #snap { color: $text-muted; }
    TimeRangePicker #snap:hover { text-style: underline; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="time.cancel", show=False),
        Binding("down", "focus_presets", "To the presets", id="time.presets", show=False),
        Binding("ctrl+s", "next_snap", "Snap to 5 minutes", id="time.snap", show=False),
    ]

    def __init__(self, current: TimeRange, clock: Callable[[], float]) -> None:
        super().__init__()
        self._current = current
        self._clock = clock
        self._snap = current.snap

    def compose(self) -> ComposeResult:
        """Yield a text input, and a list of presets below it."""
        with Vertical(classes="dialog -roomy") as dialog:
            dialog.border_title = "Time range"
            yield SteadyInput(
                self._current.written,
                id="written",
                classes="field",
                placeholder="15m · since 10:00 · now-2h to now-1h · yesterday · 2026-03-01T10:00",
            )
            yield Static("", id="becomes", markup=False)
            yield Static("", id="refusal", markup=False)
            yield Static("", id="snap", markup=False)
            yield ChoiceList(
                *(Option(f"last {seconds_text(parsed_length(preset))}", id=preset) for preset in PRESETS),
                id="presets",
                markup=False,
            )
            yield Hint("enter asks · down presets · ctrl+s snap · esc cancels")

    def on_mount(self) -> None:
        """Display the current time range, in UTC and in local time."""
        self._say_what_it_becomes()

    def action_focus_presets(self) -> None:
        """Move the focus from the input to the list of presets."""
        self.query_one(OptionList).focus()

    @on(Input.Changed)
    @on(OptionList.OptionHighlighted)
    @on(DescendantFocus)
    def _say_what_it_becomes(self) -> None:
        now = self._clock()
        self._refuse("")
        self.query_one("#snap", Static).update(f"snap   {_SNAP_WORDS[self._snap]}")
        try:
            time_range = self._read(self._enter_would_ask, now)
            window = time_range.window(now)
        except InvalidQuery as refusal:
            self.query_one("#becomes", Static).update(refusal.sentence)
            return
        warning = time_range.warning(now)
        self.query_one("#becomes", Static).update("\n".join(filter(None, (_both_zones(window), warning))))

    @property
    def _enter_would_ask(self) -> str:
        """The time range that the enter key would choose.

        It is the highlighted preset if the list of presets has the focus, or else the typed text.
        """
        presets = self.query_one(OptionList)
        preset = presets.highlighted_option if presets.has_focus else None
        return (preset.id if preset is not None else None) or self.query_one(Input).value

    def _read(self, written: str, now: float) -> TimeRange:
        return replace(parsed_time_range(written, now), snap=self._snap)

    def _refuse(self, sentence: str) -> None:
        """Display an error in place of the time range's description, so that the layout does not change."""
        self.query_one("#refusal", Static).update(sentence)
        self.query_one("#refusal").display = bool(sentence)
        self.query_one("#becomes").display = not sentence

    @on(OptionList.OptionSelected)
    def _on_preset(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._read(message.option.id or PRESETS[0], self._clock()))

    @on(Input.Submitted)
    def _on_submitted(self, message: Input.Submitted) -> None:
        now = self._clock()
        try:
            time_range = self._read(message.value, now)
            time_range.window(now)
        except InvalidQuery as refusal:
            self._refuse(f"! {refusal.sentence}")
            return
        self.dismiss(time_range)

    @on(Click, "#snap")
    def action_next_snap(self) -> None:
        """Go to the next mode (auto, on or off) for rounding the time range to 5-minute buckets."""
        snaps = list(Snap)
        self._snap = snaps[(snaps.index(self._snap) + 1) % len(snaps)]
        self._say_what_it_becomes()


def _both_zones(window: Window) -> str:
    start, end = (datetime.fromtimestamp(moment).astimezone() for moment in (window.start, window.end))
    buckets = -(-window.end // BUCKET_SECONDS) - window.start // BUCKET_SECONDS
    form = "%Y-%m-%d %H:%M" if window.start % 60 == window.end % 60 == 0 else "%Y-%m-%d %H:%M:%S"
    # Daylight saving may begin or end within the window.
    zone_of_start = "" if start.utcoffset() == end.utcoffset() else f" {start:%Z}"
    return (
        f"UTC    {window}\n"
        f"local  {start:{form}}{zone_of_start} to {end:{form}} {end:%Z}\n"
        f"{seconds_text(window.seconds)}, touching {plural(buckets, 'bucket')} of 5 minutes"
    )
