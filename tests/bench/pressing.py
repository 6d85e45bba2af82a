"""Measure the time from a key press to the change on the screen, and the bytes that cnm-tui writes for it."""

from collections.abc import Iterator, Sequence
from typing import Final

from tests.bench.figures import Figure, at_most, middle, p95, ratio
from tests.bench.programs import GRID_ROWS, ROWS, explorer_with_rows, module, server
from tests.pty.terminal import KeyLatency, Terminal

PRESSES: Final = 40
MOST_OF_A_ROW: Final = 600
"""Maximum bytes of a move of the cursor; `tests/pty/test_bytes.py` checks it, too."""
MOST_AT_THE_EDGE: Final = 1_200
MOST_OF_A_PAGE: Final = 13_500
MOST_FOLLOWING: Final = 1_200
"""Maximum bytes of a move of the cursor with the detail pane."""
BY_LOSS: Final = ("home", *["right"] * 6, "s")
"""Keys that sort the rows by retransmits."""
_COMPARISONS: Final = 10
_HEADING_ROW: Final = range(1, 2)
"""Changes have their own columns."""


def keys() -> Iterator[Figure]:
    """Measure for many kinds of key presses the reaction time of cnm-tui and the bytes that it writes."""
    with module("tests.bench.floor_app") as terminal:
        terminal.wait_for("hello")
        floor = [press.first_seconds for press in terminal.key_latency("x", PRESSES)]
    with server() as answering, explorer_with_rows(answering.url) as terminal:
        down = terminal.key_latency("down", PRESSES)
        yield ratio("key down, median", middle(p.first_seconds for p in down), middle(floor), 1.5)
        yield ratio("key down, 95th percentile, against the floor's median", _late(down), middle(floor), 3.0)
        yield at_most("bytes: key down", middle(p.written for p in down), MOST_OF_A_ROW, "B")
        many = terminal.key_latency("down", 48)
        yield at_most("bytes: key down over the bottom edge, mean of 48", _mean_bytes(many), MOST_AT_THE_EDGE, "B")
        page = terminal.key_latency("pgdn", PRESSES, rows=GRID_ROWS)
        yield ratio("page down", middle(p.first_seconds for p in page), middle(floor), 3.0)
        yield at_most("bytes: page down", middle(p.written for p in page), MOST_OF_A_PAGE, "B")
        terminal.press(*BY_LOSS)
        sort = terminal.key_latency("S", 20, rows=GRID_ROWS)
        yield ratio("sort", middle(p.first_seconds for p in sort), middle(floor), 4.5)
        terminal.press("/")
        typed = [press for _ in range(10) for key in ("w", "backspace") for press in _typed(terminal, key)]
        yield ratio("local filter keystroke", middle(p.first_seconds for p in typed), middle(floor), 4.5)
        terminal.press("esc", "d")
        following = terminal.key_latency("down", 20, quiet_seconds=0.3)
        yield at_most("bytes: key down with the detail pane following", _mean_bytes(following), MOST_FOLLOWING, "B")
    yield ratio("back in history, and forth", middle(_back_and_forth()), middle(floor), 4.5)
    yield at_most("compare 7,500 rows with as many at hand, key to painted", middle(_compared()) * 1_000, 100, "ms")
    with module("tests.bench.grid_app", str(ROWS)) as terminal:
        swap = _on_grid(terminal, "x")
        yield ratio("replacing all 7,500 rows by others at hand", middle(swap), middle(floor), 4.5)
    with module("tests.bench.grid_app", "100000") as many_rows, module("tests.bench.grid_app", "100") as few_rows:
        yield ratio(
            "key down with 100,000 rows, against 100 rows",
            middle(_on_grid(many_rows, "down")),
            middle(_on_grid(few_rows, "down")),
            1.2,
        )


def _back_and_forth() -> list[float]:
    """Go back and forward between two queries of 7,500 rows each. Return the duration of each key press in
    seconds.
    """
    with server(turns=2) as answering, explorer_with_rows(answering.url) as terminal:
        answering.last_byte_at()
        terminal.press(",")
        answering.last_byte_at()
        terminal.wait_quiet(1.0)
        presses = [press for _ in range(10) for key in "[]" for press in terminal.key_latency(key, rows=GRID_ROWS)]
    return [press.first_seconds for press in presses]


def _compared() -> list[float]:
    """Compare two answers of 7,500 rows each several times. Return the seconds from Enter in the dialog to the
    result.
    """
    with server(turns=2) as answering, explorer_with_rows(answering.url) as terminal:
        answering.last_byte_at()
        presses = []
        for _ in range(2 * _COMPARISONS + 1):
            terminal.press("m")
            terminal.wait_for("Compare with")
            presses += terminal.key_latency("enter", quiet_seconds=1.0, rows=_HEADING_ROW)
    # The first takes a request, each second one ends the comparison; what changes first is that the dialog closes.
    return [press.settled_seconds for press in presses[2::2]]


def _on_grid(terminal: Terminal, key: str) -> list[float]:
    terminal.wait_for("row 1 of ", timeout=120)
    return [press.first_seconds for press in terminal.key_latency(key, PRESSES)]


def _typed(terminal: Terminal, key: str) -> Sequence[KeyLatency]:
    return terminal.key_latency(key, rows=range(2, 40))


def _late(presses: Sequence[KeyLatency]) -> float:
    return p95([press.first_seconds for press in presses])


def _mean_bytes(presses: Sequence[KeyLatency]) -> float:
    return sum(press.written for press in presses) / len(presses)
