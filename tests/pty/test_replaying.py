"""Test the replay of a recorded session: it must show the same screen after each key press."""

import re
from pathlib import Path

import pytest

from tests.pty.conftest import WIDE, Start
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

KEYS = (
    (("end",), r"row (\d+) of \1\b"),
    (("home",), "row 1 of "),
    (("m", "enter"), "Compared with "),
    (("M",), "Changes beside the figures, in their units"),
    (("m", "enter"), "The comparison is off"),
    (("s", "S"), "row 1 of "),
    (("enter",), "─ Drill down ─"),
    (("enter",), "everything »"),
    (("backspace",), "row 1 of "),
    (("d",), "PKTS SENT"),
)
"""Keys, and a pattern of the screen after them."""


def screens(terminal: Terminal) -> list[list[str]]:
    """Press the keys of all steps, and return the screen after each step as a list of lines.

    The title bar and the rate limit are left out, because they may differ in a replay.
    """
    seen = []
    for keys, told in ((), "row 1 of "), *KEYS:
        terminal.press(*keys)
        terminal.wait_until(lambda told=told: re.search(told, terminal.text()))  # type: ignore[misc]
        terminal.wait_quiet(0.5)
        seen.append(
            [
                re.sub(r" · \d+ requests left(?: until [0-9:]+Z)?|[├╰─┤].*", "", line).rstrip()
                for line in terminal.lines()[1:-1]
            ]
        )
    return seen


@pytest.mark.parametrize("size", [(80, 24), WIDE])
def test_a_replay_shows_the_same_screens_key_for_key(start: Start, tmp_path: Path, size: tuple[int, int]) -> None:
    recording = tmp_path / "sitting.cnm"

    live = start("--demo", "--refresh", "off", "--record", str(recording), size=size)
    shown = screens(live)
    live.press("q")
    live.wait_exit()
    replayed = screens(start("replay", str(recording), size=size))

    assert [path.name for path in tmp_path.glob("*.cnm*")] == ["sitting.cnm"]
    for live_screen, replayed_screen in zip(shown, replayed, strict=True):
        assert replayed_screen == live_screen
