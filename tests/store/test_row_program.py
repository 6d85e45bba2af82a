"""Test how external programs are run for a row, with real programs and with malicious arguments."""

import json
import os
import sys
import threading
import time
from collections.abc import Sequence

import pytest

from cnm_tui.core.text import unseen
from cnm_tui.daemon import result_within
from cnm_tui.store.row_program import MOST_BYTES, run_in_background
from tests.odd_text import ODD
from tests.pty.terminal import runs

ENVIRON = {**os.environ, "DD_API_KEY": "an-api-key", "DD_APP_KEY": "an-application-key"}
SECONDS = 30.0


def run(*words: str, stop: threading.Event | None = None) -> tuple[str, list[str]]:
    """Run a program. Return a text about how the program ended, and the lines of its output."""
    heard: list[str] = []
    said = result_within(SECONDS, lambda: run_in_background(words, ENVIRON, heard.extend, stop or threading.Event()))
    return said, heard


def python(program: str, *arguments: str) -> tuple[str, ...]:
    """Return the command line that runs this Python code with these arguments."""
    return sys.executable, "-c", program, *arguments


def test_the_program_gets_no_keys_and_no_terminal() -> None:
    said, heard = run(*python("import os, sys; print([n for n in os.environ if n[:3] == 'DD_'], sys.stdin.read())"))

    assert (said, heard) == ("Ended with exit status 0.", ["[] "[:-1]])


@pytest.mark.parametrize("hostile", [text for text in ODD.values() if not unseen(text)])
def test_an_argument_arrives_as_it_is(hostile: str) -> None:
    _, heard = run(*python("import json, sys; print(json.dumps(sys.argv[1:]))", hostile[:200], "$(id); `id`"))

    assert json.loads(heard[0]) == [hostile[:200], "$(id); `id`"]


@pytest.mark.parametrize("hostile", ODD.values(), ids=ODD)
def test_hostile_output_is_clean(hostile: str) -> None:
    printed = hostile[:1_000].encode("utf-8", "surrogatepass")

    _, heard = run(*python(f"import sys; sys.stdout.buffer.write({printed!r} + b'\\nend')"))

    assert heard[-1] == "end"
    assert [unseen(line) for line in heard] == [""] * len(heard)


def test_colours_and_progress_are_left_out_of_the_output() -> None:
    _, heard = run(*python("print('10 %\\r100 %\\r\\n\\x1b[1;31mred\\x1b[0m\\tx')"))

    assert heard == ["100 %", "red     x"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (python("raise SystemExit(3)"), "Ended with exit status 3."),
        (python("import os; os.kill(os.getpid(), 9)"), "Ended by signal 9."),
        (python("while True: print('y' * 1_000)"), f"Stopped: it printed more than {MOST_BYTES:,} bytes."),
        (("/nowhere/at-all",), "at-all cannot be run: No such file or directory."),
        (("echo", "a\x00b"), "echo cannot be run: embedded null byte."),
    ],
    ids=["failed", "killed", "endless", "missing", "zero byte"],
)
def test_the_ending_is_told(words: Sequence[str], said: str) -> None:
    assert run(*words)[0] == said


def test_a_stopped_program_ends_with_its_children() -> None:
    children = (
        "import subprocess, time; c = subprocess.Popen(['sleep', '600']); print(c.pid, flush=True); time.sleep(600)"
    )
    stop = threading.Event()
    heard: list[str] = []

    def listen(lines: Sequence[str]) -> None:
        heard.extend(lines)
        if heard:
            stop.set()

    said = result_within(SECONDS, lambda: run_in_background(python(children), ENVIRON, listen, stop))

    assert said == "Stopped."
    end = time.monotonic() + SECONDS
    while runs(int(heard[0])):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_child_left_in_the_background_does_not_keep_it_running() -> None:
    said, heard = run("sh", "-c", "sleep 600 & echo done")

    assert (said, heard) == ("Ended with exit status 0.", ["done"])
