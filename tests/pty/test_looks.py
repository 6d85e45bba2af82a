"""Test the screen on terminals with few colours, without colours or with ASCII only.

The tests also check the number of bytes, which matters on a slow network line.
"""

import re

import pytest

from tests.pty.conftest import WIDE, Start
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

IN_256_COLOURS = {"COLORTERM": ""}
OVER_SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22", **IN_256_COLOURS}
MOST_AT_START = 8_000
"""Maximum bytes of the first screen with rows, at 80x24 in 256 colours; painted twice it would exceed this."""
MOST_FRAMES_A_SECOND = 15
STILL_SECONDS = 1.5
"""Long enough for a blinking cursor to be sent."""

COLOUR = re.compile(rb"(?:^|;)(?:[34]8;|3[0-79]|4[0-79]|9[0-7]|10[0-7])")
OF_OURS = re.compile(rb"(?:^|;)[34]8;")
BACKGROUND = re.compile(rb"48;(?:2;\d+;\d+;\d+|5;\d+)")
RENDITION = re.compile(rb"\x1b\[([0-9;]*)m")

OPENED_BY = {
    "?": "t tour",
    "b": "Group by",
    "t": "Time range",
    "n": "Rows to ask for",
    "c": "Columns",
    "v": "Top talkers",
    "Y": "Copy as",
    "P": "enter switches",
    "K": "enter signs in",
    "m": "Compare with",
    "w": "Write to a file",
    "f": "Breakdown by value",
    "enter": "Drill down",
    "ctrl+r": "Earlier searches",
    "ctrl+p": "Back (cached)",
    "/": "rtt>50ms",
    "d": "esc closes",
}
"""Keys of the dialogs, each with a text that is shown until esc."""
QUIET_SECONDS = 0.2


def opened_one_by_one(terminal: Terminal) -> None:
    """Open and close each dialog with its keyboard key, and then type into the search box."""
    terminal.wait_for(" rows ")
    for key, seen in OPENED_BY.items():
        terminal.press(key)
        terminal.wait_for(seen)
        terminal.press("esc")
        # It may be out of sight for the moment that a frame takes; a key right behind esc would be one with alt.
        terminal.wait_quiet(QUIET_SECONDS)
        terminal.wait_until(lambda seen=seen: seen not in terminal.text())  # type: ignore[misc]  # a default binds it
    terminal.press("e", *"server_service:")
    terminal.wait_for("server_service:")


def with_colour(terminal: Terminal, colour: re.Pattern[bytes] = COLOUR) -> list[bytes]:
    """Return all control sequences in the output that set a colour, including grey."""
    return [rendition for rendition in set(RENDITION.findall(terminal.raw)) if colour.search(rendition)]


def test_where_the_locale_is_not_utf8_nothing_but_ascii_is_written(start: Start) -> None:
    terminal = start("--demo", environ={"LANG": "C"})

    opened_one_by_one(terminal)

    assert terminal.raw.isascii()


@pytest.mark.parametrize(("option", "sign"), [("--ascii", ":"), ("--no-ascii", "⌕")])
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_what_is_asked_for_counts_more_than_the_locale(start: Start, option: str, sign: str, locale: str) -> None:
    terminal = start("--demo", option, environ={"LANG": locale})

    terminal.wait_for(f" {sign} everything")


@pytest.mark.parametrize("colorterm", ["", "truecolor"])
def test_with_no_color_no_colour_is_written(start: Start, colorterm: str) -> None:
    terminal = start("--demo", environ={"NO_COLOR": "1", "COLORTERM": colorterm})

    opened_one_by_one(terminal)

    assert with_colour(terminal) == []


def test_sixteen_colours_are_left_to_the_terminal(start: Start) -> None:
    terminal = start("--demo", environ={"TERM": "linux", "COLORTERM": ""})

    opened_one_by_one(terminal)

    assert with_colour(terminal)
    assert with_colour(terminal, OF_OURS) == []


def test_themes_differ(start: Start) -> None:
    grounds = set()
    for theme in ("dark", "light", "ansi"):
        terminal = start("--demo", "--theme", theme)
        terminal.wait_for(" rows ")
        grounds.add(frozenset(re.findall(BACKGROUND, terminal.raw)))

    assert len(grounds) == 3
    assert frozenset() in grounds


def test_a_color_system_that_textual_would_die_of_does_no_harm(start: Start) -> None:
    terminal = start("--demo", environ={"TEXTUAL_COLOR_SYSTEM": "bogus"})

    terminal.wait_for(" rows ")


def test_the_first_screen_is_sent_once(start: Start) -> None:
    terminal = start("--demo", "--refresh", "off", environ=IN_256_COLOURS)
    terminal.wait_for(" rows ")
    terminal.wait_quiet(STILL_SECONDS)

    assert terminal.written <= MOST_AT_START


@pytest.mark.parametrize("key", ["", "e", "/", *OPENED_BY])
def test_nothing_is_sent_by_itself(start: Start, key: str) -> None:
    terminal = start("--demo", "--refresh", "off", environ=OVER_SSH)
    terminal.wait_for(" rows ")
    if key:
        terminal.press(key)
        terminal.wait_for(OPENED_BY.get(key, "everything"))

    terminal.wait_quiet(STILL_SECONDS)


def test_over_ssh_a_burst_of_keys_makes_few_frames(start: Start) -> None:
    terminal = start("--demo", "--refresh", "off", environ=OVER_SSH, size=WIDE, modern=True)
    terminal.wait_for("esc closes")
    terminal.wait_quiet(STILL_SECONDS)
    before = terminal.mark()

    terminal.press(*["down"] * 120)

    lasted = terminal.wait_quiet(STILL_SECONDS) - before.seconds
    frames = terminal.raw[before.written :].count(b"\x1b[?2026h")
    assert 0 < frames <= MOST_FRAMES_A_SECOND * lasted + 2
