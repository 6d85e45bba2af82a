"""Show the breadcrumbs in one line: the wider and narrower queries in the history around the current query.

The user can click each breadcrumb to go to its query.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.navigation.breadcrumbs import Crumb
from cnm_tui.core.text import cell_width, fitted
from cnm_tui.tui.terminal.paint import Paint
from cnm_tui.tui.terminal.painted import LineState, Painted, Run

MARGIN: Final = 1
BETWEEN: Final = " » "
LEFT_OUT: Final = "…"

_PAINTS: Final = {
    "crumb": Paint("text-muted"),
    "here": Paint("accent", bold=True, underline=True),
    "between": Paint("text-disabled"),
}


class _Placed(NamedTuple):
    """A breadcrumb with its text and the terminal column at which the text begins.

    If `crumb` is None, the text is a symbol for omitted breadcrumbs.
    """

    text: str
    left: int
    crumb: Crumb | None


class Breadcrumbs(Widget):
    """Draws the breadcrumbs of the query history in one line."""

    DEFAULT_CSS = """
    Breadcrumbs { height: 1; background: $surface; color: $text-muted; display: none; }
    Breadcrumbs.-shown { display: block; }
    """

    crumbs: reactive[tuple[Crumb, ...]] = reactive((), repaint=False, init=False)

    @dataclass(eq=False, repr=False)
    class Chosen(Message):
        """A message that the user clicked a breadcrumb.

        `distance` is the number of history entries to go forward. If it is negative, the user wants to go back.
        """

        distance: int

    def __init__(self) -> None:
        super().__init__()
        self._painted = Painted(self, _PAINTS)

    def watch_crumbs(self) -> None:
        """Repaint the terminal columns in which the breadcrumbs have changed."""
        if dirty := self._painted.differing(self._state, within_lines=True):
            self.refresh(*dirty)

    def notify_style_update(self) -> None:
        """Drop cached styles and repaint, because the theme has changed."""
        super().notify_style_update()
        self._painted.forget_styles()

    def on_click(self, event: events.Click) -> None:
        """Send a message to go to the query of the clicked breadcrumb."""
        for placed in _placed(self.crumbs, self.size.width):
            inside = placed.left <= event.x < placed.left + cell_width(placed.text)
            if inside and placed.crumb is not None and placed.crumb.distance:
                self.post_message(self.Chosen(placed.crumb.distance))

    def render_line(self, y: int) -> Strip:
        """Return the line with the breadcrumbs."""
        return self._painted.line(y, self._state(y), self.size.width)

    def _state(self, _y: int) -> LineState:
        runs: list[Run] = [(" " * MARGIN, "")]
        for placed in _placed(self.crumbs, self.size.width):
            if placed.left > MARGIN:
                runs.append((BETWEEN, "between"))
            here = placed.crumb is not None and placed.crumb.distance == 0
            runs.append((placed.text, "here" if here else "crumb"))
        return tuple(runs), ""


def _placed(crumbs: Sequence[Crumb], width: int) -> list[_Placed]:
    """Return the breadcrumbs that fit into `width` terminal columns, each with its text and its first column.

    The first and the current breadcrumb are included, and as many of the others as possible.
    """
    placed: list[_Placed] = []
    left = MARGIN
    for crumb in _that_fit(crumbs, width - 2 * MARGIN):
        text = LEFT_OUT if crumb is None else fitted(crumb.name, max(1, width - MARGIN - left))
        placed.append(_Placed(text, left, crumb))
        left += cell_width(text) + len(BETWEEN)
    return placed


def _that_fit(crumbs: Sequence[Crumb], room: int) -> Sequence[Crumb | None]:
    """Return as many breadcrumbs as fit into `room` terminal columns.

    None in the list represents omitted breadcrumbs. Breadcrumbs before the current breadcrumb are omitted
    first, except the very first breadcrumb. If this is not enough, breadcrumbs after the current one are
    omitted.
    """
    here = next((position for position, crumb in enumerate(crumbs) if crumb.distance == 0), 0)
    choices: list[list[Crumb | None]] = [list(crumbs)]
    choices += [[*crumbs[:1], None, *crumbs[left:]] for left in range(2, here + 1)]
    # The last of these is used in any case, cut if necessary.
    shortest = choices[-1]
    choices += [[*shortest[:-left], None] for left in range(1, len(crumbs) - here)]
    return next((choice for choice in choices if _width(choice) <= room), choices[-1])


def _width(crumbs: Sequence[Crumb | None]) -> int:
    names = [LEFT_OUT if crumb is None else crumb.name for crumb in crumbs]
    return sum(map(cell_width, names)) + len(BETWEEN) * (len(names) - 1)
