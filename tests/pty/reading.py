"""Read the screen of cnm-tui in a terminal as a user does, and read other output, such as texts for the
clipboard.
"""

import base64
import re
from typing import Final

from cnm_tui.tui.widgets.grid_layout import GUTTER
from tests.pty.terminal import Terminal

_PANE_BORDER: Final = "│"
_HEADINGS: Final = re.compile("TOTAL|RETRANS%|RTT|REFUSED|[A-Z]▾")
_GRAPH: Final = re.compile(r"\brows?(?:, | [▁-█])")
"""The first line of the graph above the grid, which names a figure too."""
_TOTALS: Final = re.compile(r"row [\d,]+ of |[\d,]+ rows? ")
_SCROLL_MARKS: Final = "↑↓┃"
_OSC_52: Final = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")
_HEADING_OF_TIMES: Final = re.compile(r"(?<!Δ)RTT[▾▴\d]*(?: (µs|ms|s)\b)?")
_ROUND_TRIP: Final = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)(?: *(µs|ms|s))?[ █-▏]*$")
_MICRO_SECONDS: Final = {"µs": 1.0, "ms": 1e3, "s": 1e6}


def headings(terminal: Terminal) -> list[str]:
    """Return the column headings of the grid from left to right. Return an empty list if no grid is visible."""
    return " ".join(_grid_lines(terminal)[:1]).split()


def rows(terminal: Terminal) -> list[str]:
    """Return the text of each visible grid row from top to bottom, without other panes."""
    return [line.strip() for line in _grid_lines(terminal)[1:]]


def _grid_lines(terminal: Terminal) -> list[str]:
    """Return the screen lines of the grid, from the column headings to the line above the totals.

    Return an empty list if the headings or the totals are not visible.
    """
    lines = terminal.lines()
    top = next((y for y, line in enumerate(lines) if _HEADINGS.search(line) and not _GRAPH.search(line)), None)
    if top is None:
        return []
    # Cut off everything left of the headings, except the gutter with the marks.
    left = len(lines[top]) - len(lines[top].lstrip()) - GUTTER
    grid: list[str] = []
    for line in lines[top:]:
        cells = line[left:].split(_PANE_BORDER)[0].rstrip(f" {_SCROLL_MARKS}")
        # The gutter's sign of severity, and the arrow between the ends, belong to no cell.
        inside = cells.replace("▌", " ").replace("→", " ")
        if _TOTALS.match(inside.strip()):
            return grid
        grid.append(inside)
    return []


def round_trips(terminal: Terminal) -> list[float]:
    """Return the round-trip times of the visible grid rows, in microseconds."""
    heading, *shown = _grid_lines(terminal) or [""]
    if (column := _HEADING_OF_TIMES.search(heading)) is None:
        return []
    # Each value ends below the end of its heading, which has the unit if all values share one. It is further left after
    # a name in wide characters, so that blanks and the bar may follow.
    found = [_ROUND_TRIP.search(row[: column.end()]) for row in shown]
    return [float(time[1]) * _MICRO_SECONDS[time[2] or column[1] or "µs"] for time in found if time is not None]


def detail(terminal: Terminal) -> str:
    """Return the text of the detail pane as one line with single blanks.

    The pane may be anywhere on the screen, and its lines may be wrapped in any way.
    """
    lines = [line.split(_PANE_BORDER)[-1] for line in terminal.lines()]
    return " ".join(" ".join(lines).split())


def copied(terminal: Terminal) -> list[str]:
    """Return all texts that cnm-tui sent to the terminal's clipboard."""
    return [base64.b64decode(sent).decode() for sent in _OSC_52.findall(terminal.raw)]


def digit_of(terminal: Terminal, title: str) -> str:
    """Return the digit to press in the dialog to choose the finding with this title."""
    found = re.search(rf"(\d)  {re.escape(title)}: ", terminal.text())
    assert found is not None, terminal.text()
    return found[1]
