"""Test that API keys typed by the user are sent only to Datadog.

The keys must not be written to the terminal, to a file, or to the clipboard.
"""

from pathlib import Path

import pytest

from tests.program import demo_url
from tests.pty.conftest import Start
from tests.pty.reading import copied, rows
from tests.pty.terminal import runs

pytestmark = pytest.mark.pty

REFUSED_KEY = "wrong-3d8f1c77a9"
API_KEY = "7be41f02c96d"
APPLICATION_KEY = "e2d85a90b3f1"
LEAKING = {
    "TEXTUAL": "debug,devtools,headless",
    "TEXTUAL_DEBUG": "1",
    "TEXTUAL_DRIVER": "os:getcwd",
    "TEXTUAL_PRESS": "q",
    "TEXTUAL_SCREENSHOT": "1",
    "TEXTUAL_SHOW_RETURN": "1",
    "TEXTUAL_THEME": "bogus",
    "COLUMNS": "40",
    "LINES": "10",
}
"""Variables with which Textual records input, presses keys, exits, or takes another window size."""


def test_typed_keys_are_asked_with_and_appear_nowhere(start: Start, tmp_path: Path, size: tuple[int, int]) -> None:
    with demo_url() as url:
        terminal = start("--api-url", url, size=size, environ=LEAKING | {"TEXTUAL_LOG": str(tmp_path / "textual.log")})
        terminal.wait_for("s  sign in here")
        terminal.press("s")
        terminal.wait_for("Sign in to 127.0.0.1")

        terminal.type(REFUSED_KEY)
        terminal.press("ctrl+c", "enter")
        terminal.type(APPLICATION_KEY)
        terminal.press("enter")
        terminal.wait_for("refused what was asked with these keys")
        terminal.type(f"\x1b[200~{API_KEY}\n\x1b[201~")
        masked = "*" * len(API_KEY)
        terminal.wait_for(masked)
        width = len(terminal.line_with(masked))
        # All that is on the screen is sent anew, and the key would be in one piece.
        terminal.resize(size[0] - 2, size[1])
        terminal.wait_until(lambda: any(masked in line and len(line) != width for line in terminal.lines()))
        terminal.press("ctrl+c", "enter")
        terminal.type(APPLICATION_KEY)
        terminal.press("enter")
        terminal.wait_for("Keys accepted; they are forgotten when you quit.")
        terminal.wait_until(lambda: rows(terminal))

        # A question that is kept for the next start, with a search that is remembered.
        terminal.press("e")
        terminal.type("client_service:checkout")
        terminal.press("enter")
        terminal.wait_until(lambda: rows(terminal) and rows(terminal)[0].startswith("checkout"))
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0

    assert terminal.given_back() == []
    assert copied(terminal) == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if b"client_service:checkout" in path.read_bytes()]
    for key in (REFUSED_KEY, API_KEY, APPLICATION_KEY):
        assert key.encode() not in terminal.raw
        assert not [path for path in files if key.encode() in path.read_bytes()]


def test_what_is_left_after_the_demo_was_left_for_a_profile_is_not_kept_as_the_demos(
    start: Start, tmp_path: Path
) -> None:
    keys = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APPLICATION_KEY}
    # Nothing listens at this proxy, so the keys reach no service.
    terminal = start("--demo", environ={**keys, "HTTPS_PROXY": "http://127.0.0.1:9"})
    terminal.wait_until(lambda: rows(terminal))
    children = terminal.children()
    terminal.press("P")
    terminal.wait_for("enter switches")

    terminal.press("enter")
    terminal.wait_for("The proxy 127.0.0.1:9 refused the connection.")
    assert not rows(terminal)
    assert "cnm-tui · datadoghq.com" in terminal.text()
    terminal.wait_until(lambda: not any(map(runs, children)))
    terminal.press("n", "up", "enter", "ctrl+q")

    assert terminal.wait_exit() == 0
    assert {path.name for path in tmp_path.rglob("*last-question.json")} == {"last-question.json"}
