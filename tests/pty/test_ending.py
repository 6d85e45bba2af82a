"""Test that the terminal is restored and that no process is left, however cnm-tui ends."""

import os
import re
import signal
import socket
import stat
import sys
from pathlib import Path

import pytest

from tests.program import KEYS
from tests.pty.conftest import NARROW, WIDE, Start
from tests.pty.terminal import Terminal, runs

pytestmark = pytest.mark.pty

BREAKING = """
import sys, time
from pathlib import Path
from textual.binding import Binding
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.demo_process import DemoProcess
from cnm_tui.wiring import demo_source
from cnm_tui.tui.terminal import terminal_app as terminal
from cnm_tui.tui.app import CnmApp
from cnm_tui.tui.services import Services

class Breaking(CnmApp):
    BINDINGS = [Binding("Q", "break"), Binding("V", "break_aside")]

    def action_break(self):
        api_key = "-".join(("planted", "key"))
        raise RuntimeError(f"refused {api_key}")

    def action_break_aside(self):
        self.run_worker(self.breaks())

    async def breaks(self):
        self.action_break()

def demo():
    return demo_source(DemoProcess())

app = Breaking(Services(demo, demo), Exploration(Query()), time.time, lambda: Path.cwd() / "crashes")
sys.exit(terminal.run(app))
"""
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGQUIT: 131, signal.SIGHUP: 129}
IN_ANOTHER_SESSION = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:], start_new_session=True))"
UNTOLD = f"trap '' HUP; exec {sys.executable} -c '{IN_ANOTHER_SESSION}' $PROGRAM --demo"
"""A program whose terminal does not belong to its session, so that it gets no signal."""
IDLE_LOOKS = 40
DIALOGS = {"?": "Keys", "b": "Group by", "v": "Views", "K": "Sign in", "w": "Write to a file"}


def opened(
    start: Start, size: tuple[int, int] = NARROW, *, modern: bool = False, line: str = ""
) -> tuple[Terminal, int]:
    """Start cnm-tui with the demo. Return its terminal and the process id of the demo server."""
    terminal = start("--demo", size=size, modern=modern, shell=line)
    terminal.wait_for(" rows · ")
    *_, server = terminal.children()
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
    # A signal ends the screen at once; the demo ends when its stdin does.
    terminal.wait_until(lambda: not runs(server))


def test_a_demo_that_is_stopped_does_not_keep_it(start: Start) -> None:
    terminal, server = opened(start)
    os.kill(server, signal.SIGSTOP)

    terminal.press("q")

    assert terminal.wait_exit() == 0
    assert not runs(server)


def test_a_modern_terminal_is_given_back_too(start: Start) -> None:
    terminal, _ = opened(start, WIDE, modern=True)

    terminal.press("q")

    assert terminal.wait_exit() == 0
    assert terminal.given_back() == []


@pytest.mark.parametrize(("key", "title"), DIALOGS.items(), ids=DIALOGS.values())
def test_quitting_with_a_dialog_open_gives_the_terminal_back(start: Start, key: str, title: str) -> None:
    terminal, server = opened(start)
    terminal.press(key)
    terminal.wait_for(f"─ {title}")

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


@pytest.mark.parametrize(("ending", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_it_ends_even_where_the_terminal_takes_nothing_any_more(
    start: Start, ending: signal.Signals, code: int
) -> None:
    terminal, server = stalled(start)

    terminal.send_signal(ending)

    assert terminal.wait_exit() == code
    terminal.wait_until(lambda: not runs(server))
    terminal.hang_up()


def test_it_ends_there_even_where_it_has_something_to_say_in_the_end(start: Start) -> None:
    terminal, _ = stalled(start, line="export XDG_STATE_HOME=/dev/null; exec $PROGRAM --demo")

    terminal.send_signal(signal.SIGHUP)

    assert terminal.wait_exit() == 128 + signal.SIGHUP
    terminal.hang_up()


def test_a_terminal_that_stalls_before_it_goes_takes_the_explorer_along(start: Start) -> None:
    terminal, server = stalled(start)

    terminal.hang_up()

    assert terminal.wait_exit() == 128 + signal.SIGHUP
    terminal.wait_until(lambda: not runs(server))


def stalled(start: Start, line: str = "") -> tuple[Terminal, int]:
    """Return a terminal in which cnm-tui runs but which no longer accepts output, and the process id of its demo
    server.
    """
    terminal, server = opened(start, WIDE, line=line)
    terminal.stall()
    # Each waits until what the one before it asked for is drawn.
    terminal.press("S", *["?", "esc"] * 40)
    spent: list[float] = []

    def waits() -> bool:
        spent.append(terminal.usage(with_children=True).cpu_seconds)
        return len(spent) > IDLE_LOOKS and spent[-1] == spent[-IDLE_LOOKS]

    terminal.wait_until(waits)
    return terminal, server


@pytest.mark.parametrize("ending", ["ctrl+q", "hang-up", *(each.name for each in (*SIGNALS, signal.SIGKILL))])
def test_a_command_that_is_to_give_a_key_ends_with_it(start: Start, tmp_path: Path, ending: str) -> None:
    number = tmp_path / "number"
    settings = tmp_path / ".config" / "cnm-tui" / "settings.toml"
    settings.parent.mkdir(parents=True)
    # It takes its time to say so: whoever is killed in the very moment of starting it has told nobody of it.
    script = f"sleep 1; echo $$ > {number}; sleep 60"
    settings.write_text(f"""[profiles.default]\napi_key_command = ["sh", "-c", "{script}"]\n""")
    terminal = start("--no-keyring")
    terminal.wait_for("Starting")
    terminal.wait_until(lambda: number.exists() and number.read_text().strip())

    if ending == "ctrl+q":
        terminal.press(ending)
    elif ending == "hang-up":
        terminal.hang_up()
    else:
        terminal.send_signal(signal.Signals[ending])

    terminal.wait_exit()
    terminal.wait_until(lambda: not runs(int(number.read_text())))


def test_a_terminal_that_goes_takes_the_explorer_along(start: Start) -> None:
    terminal, server = opened(start)

    terminal.hang_up()

    assert terminal.wait_exit() == 128 + signal.SIGHUP
    terminal.wait_until(lambda: not runs(server))


def test_it_does_not_outlive_its_terminal_where_nobody_tells_it(start: Start) -> None:
    terminal, server = opened(start, line=UNTOLD)

    terminal.hang_up()

    assert terminal.wait_exit() == 128 + signal.SIGHUP
    terminal.wait_until(lambda: not runs(server))


def test_nor_where_it_goes_before_anything_is_drawn_on_it(start: Start) -> None:
    terminal = start(shell=UNTOLD)

    terminal.hang_up()

    assert terminal.wait_exit() == 128 + signal.SIGHUP


def test_nor_where_it_stalls_before_it_goes(start: Start) -> None:
    terminal, server = stalled(start, line=UNTOLD)

    terminal.hang_up()

    assert terminal.wait_exit() == 128 + signal.SIGHUP
    terminal.wait_until(lambda: not runs(server))


@pytest.mark.parametrize("key", ["Q", "V"], ids=["in the foreground", "in a worker"])
def test_a_crash_gives_the_terminal_back_and_tells_no_value(start: Start, tmp_path: Path, key: str) -> None:
    (tmp_path / "breaking.py").write_text(BREAKING)
    terminal = start(shell=f"exec {sys.executable} breaking.py")
    terminal.wait_for(" rows · ")

    terminal.press(key)

    assert terminal.wait_exit() == 1
    assert terminal.given_back() == []
    (details,) = (tmp_path / "crashes").iterdir()
    said = " ".join(terminal.text().split())
    assert re.fullmatch(r"cnm-tui stopped by an internal error: RuntimeError at breaking\.py:\d+\. Details, .*", said)
    assert details.name in said.replace(" ", "")
    assert stat.S_IMODE(details.stat().st_mode) == 0o600
    assert "action_break" in details.read_text()
    assert b"planted-key" not in terminal.raw
    assert "planted-key" not in details.read_text()


def test_suspended_it_gives_the_terminal_back_and_resumed_it_shows_its_rows_again(start: Start) -> None:
    terminal = start(shell="exec bash --norc --noprofile -i", environ={"PS1": "ready> "})
    terminal.wait_for("ready>")
    at_the_prompt = terminal.given_back()
    terminal.type("$PROGRAM --demo --refresh off")
    terminal.press("enter")
    terminal.wait_for(" rows · ")
    shown = terminal.text()

    terminal.press("ctrl+z")
    terminal.wait_for("Stopped")
    terminal.wait_until(lambda: terminal.given_back() == at_the_prompt)
    terminal.type("fg")
    terminal.press("enter")

    terminal.wait_until(lambda: terminal.text() == shown)
    assert "alternate screen on" in terminal.given_back()


def test_it_is_not_suspended_where_nothing_could_resume_it(start: Start) -> None:
    terminal, _ = opened(start)

    terminal.press("ctrl+z")

    terminal.wait_for("Not suspended: there is no shell here that could resume it.")


def test_bytes_that_are_no_text_do_no_harm(start: Start) -> None:
    terminal, _ = opened(start)

    terminal.send(b"\xe9\xff\xc3")
    terminal.send(b"\x1b[200~caf\xe9 \xff\x1b[201~")
    terminal.press("?")

    terminal.wait_for("─ Keys ─")
