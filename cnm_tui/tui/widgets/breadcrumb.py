"""The way down to what is shown, in a line: each step can be clicked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.text import cell_width, fitted
from cnm_tui.core.way import WayStep
from cnm_tui.tui.widgets.paint import Paint
from cnm_tui.tui.widgets.painted import LineState, Painted, Run

MARGIN: Final = 1
BETWEEN: Final = " » "
LEFT_OUT: Final = "…"

_PAINTS: Final = {
    "step": Paint("text-muted"),
    "here": Paint("accent", bold=True, underline=True),
    "between": Paint("text-disabled"),
}


class _Placed(NamedTuple):
    """A step where it stands; without one, the sign for those left out."""

    text: str
    left: int
    step: WayStep | None


class Breadcrumb(Widget):
    """Says nothing of its own: what a step is called was decided where the way was found."""

    DEFAULT_CSS = """
    Breadcrumb { height: 1; background: $surface; color: $text-muted; display: none; }
    Breadcrumb.-shown { display: block; }
    """

    steps: reactive[tuple[WayStep, ...]] = reactive((), repaint=False, init=False)

    @dataclass
    class Chosen(Message):
        """The user wants to be at another step, so many questions forth, or with a negative number back."""

        distance: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._painted = Painted(self, _PAINTS)

    def watch_steps(self) -> None:
        """Send what differs."""
        if dirty := self._painted.differing(self._state, within_lines=True):
            self.refresh(*dirty)

    def notify_style_update(self) -> None:
        """The theme changed."""
        super().notify_style_update()
        self._painted.forget_styles()

    def on_click(self, event: events.Click) -> None:
        """Go to the step that was clicked."""
        for placed in _placed(self.steps, self.size.width):
            inside = placed.left <= event.x < placed.left + cell_width(placed.text)
            if inside and placed.step is not None and placed.step.distance:
                self.post_message(self.Chosen(placed.step.distance))

    def render_line(self, y: int) -> Strip:
        """The one line."""
        return self._painted.line(y, self._state(y), self.size.width)

    def _state(self, _y: int) -> LineState:
        runs: list[Run] = [(" " * MARGIN, "")]
        for placed in _placed(self.steps, self.size.width):
            if placed.left > MARGIN:
                runs.append((BETWEEN, "between"))
            here = placed.step is not None and placed.step.distance == 0
            runs.append((placed.text, "here" if here else "step"))
        return tuple(runs), ""


def _placed(steps: Sequence[WayStep], width: int) -> list[_Placed]:
    """The steps that there is room for: the first, the one that is shown, and as many around that one as fit."""
    placed: list[_Placed] = []
    left = MARGIN
    for step in _that_fit(steps, width - 2 * MARGIN):
        text = LEFT_OUT if step is None else fitted(step.name, max(1, width - MARGIN - left))
        placed.append(_Placed(text, left, step))
        left += cell_width(text) + len(BETWEEN)
    return placed


def _that_fit(steps: Sequence[WayStep], room: int) -> Sequence[WayStep | None]:
    """All, or without those in the middle, or without those after the one that is shown; None stands for the others."""
    here = next((position for position, step in enumerate(steps) if step.distance == 0), 0)
    ways: list[list[WayStep | None]] = [list(steps)]
    ways += [[*steps[:1], None, *steps[left:]] for left in range(2, here + 1)]
    # The last of these is what there is in any case, cut if need be.
    shortest = ways[-1]
    ways += [[*shortest[:-left], None] for left in range(1, len(steps) - here)]
    return next((way for way in ways if _width(way) <= room), ways[-1])


def _width(way: Sequence[WayStep | None]) -> int:
    names = [LEFT_OUT if step is None else step.name for step in way]
    return sum(map(cell_width, names)) + len(BETWEEN) * (len(names) - 1)
