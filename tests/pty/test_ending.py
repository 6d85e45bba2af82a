"""However the explorer ends, the terminal is given back and nothing stays behind."""

import signal
import socket

import pytest

from tests.program import KEYS
from tests.pty.conftest import NARROW, WIDE, Start
from tests.pty.terminal import Terminal, runs

pytestmark = pytest.mark.pty

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGQUIT: 131}


def opened(
    start: Start, size: tuple[int, int] = NARROW, *, modern: bool = False, line: str = ""
) -> tuple[Terminal, int]:
    """The demo with rows on the screen, and the number of the process that serves them."""
    terminal = start("--demo", size=size, modern=modern, shell=line)
    terminal.wait_for(" rows · ")
    (server,) = terminal.children()
    assert "alternate screen on" in terminal.given_back()
    assert runs(server)
    return terminal, server


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
def test_a_key_that_quits_gives_the_terminal_back(start: Start, size: tuple[int, int], key: str) -> None:
    terminal, server = opened(start, size)

    terminal.press(key)

    assert terminal.wait_exit() == 0
    assert terminal.given_back() == []
    assert terminal.text().strip() == ""
    assert not runs(server)


@pytest.mark.parametrize(("ending", "code"), SIGNALS.items(), ids=[ending.name for ending in SIGNALS])
def test_a_signal_that_ends_it_gives_the_terminal_back(
    start: Start, size: tuple[int, int], ending: signal.Signals, code: int
) -> None:
    terminal, server = opened(start, size)

    terminal.send_signal(ending)

    assert terminal.wait_exit() == code
    assert terminal.given_back() == []
    assert terminal.text().strip() == ""
    assert not runs(server)


def test_a_modern_terminal_is_given_back_too(start: Start) -> None:
    terminal, _ = opened(start, WIDE, modern=True)

    terminal.press("q")

    assert terminal.wait_exit() == 0
    assert terminal.given_back() == []


def test_quitting_with_a_dialog_open_gives_the_terminal_back(start: Start) -> None:
    terminal, server = opened(start)
    terminal.press("?")
    terminal.wait_for("─ Keys ─")

    terminal.press("ctrl+q")

    assert terminal.wait_exit() == 0
    assert terminal.given_back() == []
    assert not runs(server)


@pytest.mark.parametrize("line", ["exec $PROGRAM --demo", "trap '' HUP; exec $PROGRAM --demo"], ids=["", "nohup"])
def test_not_even_a_killed_explorer_leaves_the_demo_behind(start: Start, line: str) -> None:
    terminal, server = opened(start, line=line)

    terminal.send_signal(signal.SIGKILL)

    assert terminal.wait_exit() == -signal.SIGKILL
    terminal.wait_until(lambda: not runs(server))


@pytest.mark.parametrize(("ending", "code"), SIGNALS.items(), ids=[ending.name for ending in SIGNALS])
def test_it_ends_while_an_answer_is_awaited(start: Start, ending: signal.Signals, code: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        terminal = start("--api-url", f"http://127.0.0.1:{silent.getsockname()[1]}", environ=KEYS)
        connection, _ = silent.accept()
        with connection:
            connection.recv(1)
            terminal.wait_for("asking …")

            terminal.send_signal(ending)

            assert terminal.wait_exit() == code
            assert terminal.given_back() == []
