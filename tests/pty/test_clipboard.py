"""Test that the id of a row is copied to the user's clipboard: in a real tmux, in screen, and on a desktop."""

import base64
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.installed import needs
from tests.program import PROGRAM, environment
from tests.pty.conftest import NARROW, Start
from tests.pty.reading import copied, rows
from tests.pty.terminal import Terminal
from tests.pty.test_window import MOUSE
from tests.tmux import directory_of_sockets

pytestmark = pytest.mark.pty

EXPLORER = f"{shlex.quote(PROGRAM)} --demo --refresh off"
SENT = "1 id sent to the terminal's clipboard."


def id_under_cursor(terminal: Terminal) -> str:
    """Return the id of the first row. It is made from the displayed names, which are short enough to be shown
    completely.
    """
    client, server = rows(terminal)[0].split()[:2]
    return f"client_service:{client}, server_service:{server}"


def with_rows(terminal: Terminal) -> Terminal:
    terminal.wait_until(lambda: rows(terminal) and " rows " in terminal.text())
    return terminal


class Tmux:
    """A tmux server that is used by one test."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.socket = directory / f"{'-'.join(options)[:30].replace(' ', '-')}.sock"
        self._settings = directory / f"{self.socket.name}.conf"
        self._settings.write_text("".join(f"set {option}\n" for option in ("-g status off", *options)))
        self._environ = environment(str(directory), {"LANG": "C.UTF-8", "TERM": "xterm-256color"})

    def line(self, program: str) -> str:
        """Return a command line for sh that starts tmux with this program in the first pane."""
        return f"tmux -u -f {self._settings} -S {self.socket} new-session {shlex.quote(program)}"

    def says(self, *arguments: str) -> str:
        """Run a tmux command with these arguments, and return its output."""
        command = ["tmux", "-S", str(self.socket), *arguments]
        return subprocess.run(command, env=self._environ, capture_output=True, text=True, check=False).stdout


@pytest.fixture
def sockets() -> Iterator[Path]:
    with directory_of_sockets() as directory:
        yield directory


@pytest.fixture
def tmux(sockets: Path) -> Iterator[Callable[..., Tmux]]:
    """Yield a function that starts a tmux server with the given options. All servers are stopped after the test."""
    needs("tmux")
    with ExitStack() as servers:

        def tmux(*options: str) -> Tmux:
            server = Tmux(sockets, *options)
            servers.callback(server.says, "kill-server")
            return server

        yield tmux


def test_in_a_tmux_that_takes_it_the_id_is_in_its_buffer_and_goes_on_to_the_terminal(
    start: Start, tmux: Callable[..., Tmux], size: tuple[int, int]
) -> None:
    server = tmux("-s set-clipboard on")
    terminal = with_rows(start(shell=server.line(EXPLORER), size=size))
    wanted = id_under_cursor(terminal)

    terminal.press("y")
    terminal.wait_for(SENT)

    terminal.wait_until(lambda: server.says("show-buffer") == wanted)
    # tmux leaves it to the terminal which of its clipboards to take.
    passed_on = f"\x1b]52;;{base64.b64encode(wanted.encode()).decode()}".encode()
    terminal.wait_until(lambda: passed_on in terminal.raw)


def test_in_a_tmux_as_it_comes_the_one_command_that_helps_is_said_and_the_id_shown(
    start: Start, tmux: Callable[..., Tmux]
) -> None:
    server = tmux("-s set-clipboard external")
    terminal = with_rows(start(shell=server.line(EXPLORER)))
    wanted = id_under_cursor(terminal)

    terminal.press("y")

    terminal.wait_for("tmux drops what goes to the clipboard. What helps: tmux set -s set-clipboard on")
    terminal.wait_until(lambda: wanted in terminal.lines())
    assert (terminal.columns, terminal.rows) == NARROW
    assert copied(terminal) == []
    terminal.press("esc")
    terminal.wait_until(lambda: rows(terminal))
    server.says("set", "-s", "set-clipboard", "on")
    terminal.press("y")
    terminal.wait_for(SENT)
    terminal.wait_until(lambda: server.says("show-buffer") == wanted)


def test_through_a_tmux_that_passes_it_on_it_comes_to_the_one_around_it(
    start: Start, tmux: Callable[..., Tmux]
) -> None:
    outer, inner = tmux("-s set-clipboard on"), tmux("-s set-clipboard external", "-g allow-passthrough on")
    nested = f"unset TMUX; {inner.line(EXPLORER)}"
    terminal = with_rows(start(shell=outer.line(nested)))
    wanted = id_under_cursor(terminal)

    terminal.press("y")

    terminal.wait_for(SENT)
    terminal.wait_until(lambda: outer.says("show-buffer") == wanted)
    assert inner.says("show-buffer") == ""


def test_through_screen_many_ids_come_to_the_terminal_whole(start: Start, sockets: Path) -> None:
    needs("screen")
    line = f"screen -U -c /dev/null -T xterm-256color {EXPLORER}"
    terminal = with_rows(start(shell=line, environ={"SCREENDIR": str(sockets)}))
    wanted = [f"client_service:{row.split()[0]}, server_service:{row.split()[1]}" for row in rows(terminal)[:12]]
    terminal.press(*["space"] * 12)
    terminal.wait_for("12 marked")

    terminal.press("y")

    terminal.wait_for("12 ids sent to the terminal's clipboard.")
    terminal.wait_until(lambda: copied(terminal))
    assert copied(terminal) == ["\n".join(wanted)]
    terminal.press("q")
    terminal.wait_exit()


@pytest.fixture
def display(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Yield the environment variables of an empty X desktop."""
    needs("Xvfb", "xclip")
    told, tells = os.pipe()
    screen = ["Xvfb", "-displayfd", str(tells), "-screen", "0", "320x200x8", "-nolisten", "tcp"]
    nothing = subprocess.DEVNULL
    with subprocess.Popen(screen, pass_fds=[tells], stdout=nothing, stderr=nothing, cwd=tmp_path) as server:
        os.close(tells)
        with open(told, encoding="ascii") as number:
            display = {"DISPLAY": f":{number.readline().strip()}"}
        try:
            yield display
        finally:
            server.terminate()


def on_the_desktop(display: dict[str, str]) -> str:
    """Return the content of the desktop's clipboard, read with the program xclip."""
    ask = ["xclip", "-selection", "clipboard", "-out"]
    environ = {**environment("/nowhere", {}), **display}
    return subprocess.run(ask, env=environ, capture_output=True, text=True, check=False).stdout


def test_on_a_desktop_its_clipboard_holds_the_id_even_when_the_explorer_has_ended(
    start: Start, display: dict[str, str]
) -> None:
    terminal = with_rows(start("--demo", "--refresh", "off", environ=display))
    wanted = id_under_cursor(terminal)

    terminal.press("y")

    terminal.wait_for("1 id copied.")
    assert on_the_desktop(display) == wanted
    assert copied(terminal) == []
    terminal.press("q")
    assert terminal.wait_exit() == 0
    assert on_the_desktop(display) == wanted


def test_over_ssh_the_desktop_of_the_other_machine_is_left_alone(start: Start, display: dict[str, str]) -> None:
    terminal = with_rows(start("--demo", environ={**display, "SSH_TTY": "/dev/pts/0"}))
    wanted = id_under_cursor(terminal)

    terminal.press("y")

    terminal.wait_for(SENT)
    assert copied(terminal) == [wanted]
    assert on_the_desktop(display) == ""


def test_whoever_wants_only_the_desktops_clipboard_gets_it(start: Start, display: dict[str, str]) -> None:
    options = ("--demo", "--refresh", "off", "--clipboard", "native")
    terminal = with_rows(start(*options, environ={**display, "SSH_TTY": "/dev/pts/0"}))
    wanted = id_under_cursor(terminal)

    terminal.press("y")

    terminal.wait_for("1 id copied.")
    assert on_the_desktop(display) == wanted


@pytest.mark.parametrize("display", [":4099", "localhost:4099.0"])
def test_a_display_that_is_gone_writes_nothing_over_the_screen(start: Start, display: str) -> None:
    needs("xclip")
    terminal = with_rows(start("--demo", "--refresh", "off", environ={"DISPLAY": display}))
    wanted = id_under_cursor(terminal)
    shown = terminal.lines()[:-2]

    terminal.press("y")

    terminal.wait_for("sent to the terminal's clipboard. The desktop's clipboard failed.")
    assert copied(terminal) == [wanted]
    assert b"open display" not in terminal.raw
    assert terminal.lines()[:-2] == shown


def test_the_mouse_is_the_terminals_while_the_text_is_shown(start: Start) -> None:
    terminal = with_rows(start("--demo", "--refresh", "off", "--clipboard", "off"))
    assert terminal.modes >= MOUSE

    terminal.press("y")
    terminal.wait_for("1 id to copy by hand")
    terminal.wait_until(lambda: not terminal.modes & MOUSE)
    terminal.press("esc")

    terminal.wait_until(lambda: rows(terminal) and terminal.modes >= MOUSE)
    terminal.press("q")
    assert terminal.wait_exit() == 0
    assert terminal.given_back() == []


def test_the_command_for_elsewhere_asks_the_demo_too(start: Start) -> None:
    terminal = with_rows(start("--demo", "--refresh", "off"))

    terminal.press("Y")
    terminal.wait_for("─ Copy as ─")
    terminal.press("end", "enter")

    terminal.wait_for("1 command sent to the terminal's clipboard.")
    (command,) = copied(terminal)
    assert command.endswith(" --demo")
