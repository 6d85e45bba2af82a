"""Test the start of cnm-tui without API keys, and without a terminal on which it can draw."""

import json
import sys
from pathlib import Path

import pytest

from tests.pty.conftest import Start
from tests.pty.reading import rows
from tests.test_headless import FULL
from tests.test_without_home import NO_HOME, NOBODY_KNOWN

pytestmark = pytest.mark.pty


def test_without_keys_it_says_how_to_give_them_and_opens_the_demo_instead(start: Start, size: tuple[int, int]) -> None:
    terminal = start(size=size)
    terminal.wait_for("d  open the demo")
    for way in ("export DD_API_KEY=…  DD_APP_KEY=…", "export DD_ACCESS_TOKEN=…", "cnm-tui auth login"):
        terminal.wait_for(way)

    terminal.press("d")

    terminal.wait_for(" rows · ")
    assert "cnm-tui · DEMO" in terminal.text()
    assert rows(terminal)[0].split()[2] in ("▲▲", "▲")


def test_without_a_home_it_opens_and_says_that_it_will_not_remember(start: Start, tmp_path: Path) -> None:
    line = f"exec {sys.executable} -c '{NOBODY_KNOWN}' --demo"
    terminal = start(shell=line, environ={"HOME": "~x", "XDG_STATE_HOME": "state"}, size=(100, 24))
    terminal.wait_until(lambda: rows(terminal) and NO_HOME in terminal.text())

    terminal.press("S")
    terminal.wait_for("FINDING▴")
    terminal.press("q")

    assert terminal.wait_exit() == 0
    assert terminal.text().rstrip().endswith(f"cnm-tui: {NO_HOME}")
    assert list(tmp_path.iterdir()) == []


def test_whoever_has_no_keys_may_leave(start: Start) -> None:
    terminal = start()
    terminal.wait_for("q  quit")

    terminal.press("q")

    assert terminal.wait_exit() == 0
    assert terminal.given_back() == []


@pytest.mark.parametrize(
    ("line", "term"),
    [
        ("$PROGRAM --demo", "dumb"),
        ("$PROGRAM --demo", "unknown"),
        ("$PROGRAM --demo </dev/null", "xterm-256color"),
        ("$PROGRAM --demo 2>&-", "xterm-256color"),
        pytest.param("$PROGRAM --demo 2>/dev/full", "xterm-256color", marks=FULL),
    ],
)
def test_a_terminal_that_cannot_be_drawn_on_is_refused_in_a_sentence(start: Start, line: str, term: str) -> None:
    terminal = start(shell=line, environ={"TERM": term}, size=(200, 24))

    assert terminal.wait_exit() == 2
    assert terminal.text().startswith("cnm-tui: ")
    assert "`cnm-tui query`" in terminal.text()
    assert b"\x1b" not in terminal.raw
    assert terminal.given_back() == []


def test_a_query_into_head_ends_with_its_first_line(start: Start) -> None:
    terminal = start(shell='{ $PROGRAM query --demo; echo "code $?" >&2; } | head -1')

    assert terminal.wait_exit() == 0
    first, *remarks, code = terminal.raw.decode().splitlines()
    assert json.loads(first)["id"] == "client_service:storefront, server_service:images"
    assert code == "code 0"
    assert all(remark.startswith(("cnm-tui: 288 rows of ", "cnm-tui: asked: ")) for remark in remarks)


def test_settings_that_cannot_be_read_are_said_on_the_screen_which_goes_on_without(
    start: Start, tmp_path: Path
) -> None:
    settings = tmp_path / ".config" / "cnm-tui" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("theme = \n", encoding="utf-8")

    terminal = start("--demo")

    terminal.wait_for("cannot be read, line 1")
    terminal.wait_for(" rows · ")
