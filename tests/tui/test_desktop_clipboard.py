"""Test copying with the clipboard programs of desktops, such as xclip.

Copying is successful only if the clipboard then contains the text. Each program has a timeout.
"""

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnm_tui.tui.terminal.desktop import Held, put

PATIENCE_SECONDS = 60.0

pytestmark = pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="pyperclip uses xclip elsewhere")

KEEPS = """case "$*" in *-o*) cat "$HOME/kept";; *) cat > "$HOME/kept";; esac"""


def desktop(home: Path, xclip: str) -> dict[str, str]:
    """Return the environment variables of a simulated desktop. Its program xclip runs the shell command in
    `xclip`.
    """
    (home / "xclip").write_text(f"#!/bin/sh\n{xclip}\n")
    (home / "xclip").chmod(0o755)
    return {"DISPLAY": ":0", "HOME": str(home), "PATH": f"{home}:/usr/bin:/bin"}


@pytest.mark.parametrize("text", ["web", "a\nb", "Київ ▸ 東京", "x" * 1_000_000], ids=["one", "two", "far", "much"])
def test_what_the_clipboard_gives_back_it_holds(tmp_path: Path, text: str) -> None:
    assert put(text, desktop(tmp_path, KEEPS)) is Held.YES
    assert (tmp_path / "kept").read_text(encoding="utf-8") == text


def test_a_tool_that_takes_a_moment_is_waited_for(tmp_path: Path) -> None:
    slow = 'case "$*" in *-o*) cat "$HOME/kept"; mv "$HOME/later" "$HOME/kept";; *) cat > "$HOME/later";; esac'

    assert put("web", desktop(tmp_path, slow)) is Held.YES


@pytest.mark.parametrize(
    "xclip",
    [
        'echo "Error: Can\'t open display: :0" >&2; exit 1',
        'case "$*" in *-o*) echo other;; *) cat >/dev/null;; esac',
        "exec <&-",
    ],
    ids=["no display", "another text", "reads nothing"],
)
def test_a_tool_that_did_not_do_it_is_not_believed(
    tmp_path: Path, xclip: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert put("web", desktop(tmp_path, xclip)) is Held.NO
    assert capfd.readouterr() == ("", "")


def test_without_a_tool_it_says_so(tmp_path: Path) -> None:
    assert put("web", {"DISPLAY": ":0", "PATH": str(tmp_path)}) is Held.NO_TOOL


@pytest.fixture
def alive(tmp_path: Path) -> Iterator[int]:
    """Yield a pipe from which a test can read if a clipboard program is still running."""
    os.mkfifo(tmp_path / "never")
    os.mkfifo(tmp_path / "alive")
    alive = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    yield alive
    os.close(alive)


def hanging(home: Path) -> dict[str, str]:
    """Return the environment variables of a simulated desktop whose clipboard program hangs."""
    return desktop(home, f"exec 9> {home}/alive; echo here >&9; read line < {home}/never")


def told(alive: int) -> bytes:
    """Wait for the next text in the pipe, and return it."""
    assert select.select([alive], [], [], PATIENCE_SECONDS)[0]
    return os.read(alive, 100)


def test_a_tool_that_hangs_is_given_up_and_ended(tmp_path: Path, alive: int) -> None:
    held = put("web", hanging(tmp_path), patience_seconds=1.5)

    assert held is Held.NO
    assert told(alive) == b"here\n"
    assert told(alive) == b""


def test_it_is_ended_though_nobody_is_left_to_give_it_up(tmp_path: Path, alive: int) -> None:
    program = "import os; from cnm_tui.tui.terminal.desktop import put; put('web', os.environ, 1.5)"
    with subprocess.Popen([sys.executable, "-c", program], env=hanging(tmp_path)) as explorer:
        assert told(alive) == b"here\n"

        explorer.kill()

    assert told(alive) == b""


def test_who_goes_on_holding_the_text_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "end")
    # Open for reading here, too: it can be written to though nobody holds anything.
    end = os.open(tmp_path / "end", os.O_RDWR)
    holds = f'case "$*" in *-o*) cat "$HOME/kept";; *) cat > "$HOME/kept"; (read line < {tmp_path}/end) & ;; esac'

    held = put("web", desktop(tmp_path, holds))
    os.write(end, b"\n")
    os.close(end)

    assert held is Held.YES


def test_the_tools_are_told_no_key_and_have_no_terminal(tmp_path: Path) -> None:
    tells = desktop(tmp_path, f'echo "${{DD_API_KEY:-no key}}" > {tmp_path}/told; ps -o tty= -p $$ >> {tmp_path}/told')

    put("web", {**tells, "DD_API_KEY": "a-key"})

    assert (tmp_path / "told").read_text().split() == ["no", "key", "?"]
