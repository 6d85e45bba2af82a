"""Test programs that print an API key for cnm-tui: programs that work and programs that fail."""

import os
import shutil
import subprocess
import sys
import time
import traceback
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest

from cnm_tui.core.redaction import Redaction, may_hold_key
from cnm_tui.core.service import Secret
from cnm_tui.store.key_command import key_by
from cnm_tui.store.key_names import KeyCommandFailed, TerminalMayHelp, TerminalUse

ENVIRON = {"PATH": os.environ.get("PATH", "")}


def by_shell(line: str, *, seconds: float = 20.0, **environ: str) -> Secret:
    """Run a command line with `sh`, and return the API key that it prints."""
    return key_by("api_key_command", ("sh", "-c", line), {**ENVIRON, **environ}, seconds=seconds)


def refusal(*words: str, seconds: float = 20.0) -> str:
    with pytest.raises(KeyCommandFailed) as caught:
        key_by("api_key_command", words, ENVIRON, seconds=seconds)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    assert "a-key-that" not in "".join(shown)
    return str(caught.value)


def test_the_first_line_is_the_key() -> None:
    assert by_shell("echo ' 0123api '; echo 'user: me'") == Secret("0123api")


def test_no_shell_reads_the_words() -> None:
    assert key_by("api_key_command", ("echo", "$HOME;id"), ENVIRON) == Secret("$HOME;id")


def test_it_gives_the_key_where_there_is_no_shell(tmp_path: Path) -> None:
    program = shutil.which("echo")
    assert program is not None

    assert key_by("api_key_command", (program, "0123api"), {"PATH": str(tmp_path)}) == Secret("0123api")


def test_it_is_not_told_the_keys_of_the_environment() -> None:
    said = by_shell("echo $DD_API_KEY$DD_APP_KEY$DD_ACCESS_TOKEN-$OTHER", DD_API_KEY="a", DD_APP_KEY="b", OTHER="c")

    assert said == Secret("-c")


def test_it_has_no_terminal_and_nothing_to_read() -> None:
    program = "import os,sys; print(os.getsid(0) == os.getpid(), sys.stdin.read() == '')"

    assert key_by("api_key_command", (sys.executable, "-c", program), ENVIRON) == Secret("True True")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no-such-program",), "api_key_command: there is no program no-such-program."),
        (("0123456789abcdef0123456789abcdef",), "api_key_command: there is no program ***."),
        (("/",), "api_key_command: / cannot be run: Permission denied."),
        (("true",), "api_key_command: true printed nothing."),
        (("false",), "api_key_command: false failed with exit status 1."),
        (
            ("sh", "-c", "echo a-key-''that-is-none; echo first >&2; printf 'no \\033[2Jkey.' >&2; exit 3"),
            "api_key_command: sh failed with exit status 3: no ␛[2Jkey.",
        ),
        (
            ("sh", "-c", "echo a-key-''that-is-one; echo refused a-key-''that-is-one >&2; exit 1"),
            "api_key_command: sh failed with exit status 1: refused ***.",
        ),
        (("sh", "-c", "kill -9 $$"), "api_key_command: sh failed with exit status -9."),
    ],
)
def test_a_failure_says_which_setting_and_why_and_never_what_was_printed(words: tuple[str, ...], said: str) -> None:
    assert refusal(*words) == said


@pytest.mark.parametrize(
    "complaint",
    [
        "no access for a-key-that-is-one",
        "token=A-KEY-THAT-IS-ONE",
        "cut a-key-th...",
        "GET /?k=a%2Dkey%2Dthat%2Dis%2Done",
        "sent YS1rZXktdGhhdC1pcy1vbmU=",
        "a-second-secret is wrong",
        "of the environment: b-key-that-is-one",
        "0123456789abcdef0123456789abcdef01234567 is nobody's",
        "ddpat_whatever is nobody's",
    ],
)
def test_no_key_stands_in_what_a_program_complains_of(complaint: str) -> None:
    program = "import sys; print('a-key-' 'that-is-one\\na-second-' 'secret\\nuser: me'); sys.exit(sys.argv[1])"

    words = (sys.executable, "-c", program, complaint)

    with pytest.raises(KeyCommandFailed) as caught:
        key_by("api_key_command", words, {**ENVIRON, "DD_APP_KEY": "b-key-that-is-one"})

    said = caught.value.sentence
    assert "***" in said
    assert not Redaction([Secret("a-key-that-is-one"), Secret("b-key-that-is-one"), Secret("a-second-secret")]).finds(
        said
    )
    assert not may_hold_key(said)


def test_who_corrects_the_settings_is_told_that_a_program_that_runs_does_not_read_them_again() -> None:
    with pytest.raises(KeyCommandFailed) as failed:
        key_by("api_key_command", ("false",), ENVIRON)

    assert "settings.toml, which is read at the start" in failed.value.hint


def test_one_that_waits_is_given_up_and_killed_with_all_that_it_started(tmp_path: Path) -> None:
    numbers = tmp_path / "numbers"

    said = refusal("sh", "-c", f"sleep 600 & echo $$ $! > {numbers}; wait", seconds=0.5)

    assert said == "api_key_command: sh gave no answer in 1 s."
    started = [int(number) for number in numbers.read_text().split()]
    patience = time.monotonic() + 20
    # On a busy machine a killed process takes a moment to end.
    while any(map(runs, started)) and time.monotonic() < patience:
        time.sleep(0.01)
    assert not any(map(runs, started))


def runs(number: int) -> bool:
    """Return True if a process with this id exists and is not a zombie."""
    try:
        return bool(psutil.Process(number).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_one_that_waits_is_killed_when_the_program_is_interrupted(tmp_path: Path) -> None:
    number = tmp_path / "number"
    # More than a pipe holds: once that is out, somebody listens.
    much = "head -c 200000 /dev/zero"

    with pytest.raises(KeyboardInterrupt):
        key_by("k", ("sh", "-c", f"echo $$ > {number}; {much}; kill -INT $PPID; exec sleep 600"), ENVIRON)

    assert not psutil.pid_exists(int(number.read_text()))


def test_what_it_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    number = tmp_path / "number"

    assert by_shell(f"echo 0123api; sleep 600 & echo $! > {number}") == Secret("0123api")

    left = psutil.Process(int(number.read_text()))
    assert left.status() != psutil.STATUS_ZOMBIE
    left.kill()


def test_one_that_prints_without_end_is_bounded() -> None:
    assert refusal("yes", seconds=0.5) == "api_key_command: yes gave no answer in 1 s."


def test_it_is_over_when_its_answer_is_not_wanted_any_more() -> None:
    program = (
        "import os, threading\n"
        "from cnm_tui.store.key_command import key_by\n"
        "ask = lambda: key_by('api_key_command', ('sleep', '20'), dict(os.environ))\n"
        "threading.Thread(target=ask, daemon=True).start()"
    )

    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=60, capture_output=True)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("terminal_use", "told"),
    [(TerminalUse.NOT_DRAWN_ON, "/dev/pts/9"), (TerminalUse.DRAWN_ON, "")],
    ids=["query", "screen"],
)
def test_where_the_screen_is_drawn_nobody_is_told_of_the_terminal(terminal_use: TerminalUse, told: str) -> None:
    words = ("sh", "-c", "echo ${GPG_TTY-}-")

    assert key_by("k", words, {**ENVIRON, "GPG_TTY": "/dev/pts/9"}, terminal_use=terminal_use) == Secret(f"{told}-")


def test_what_fails_on_the_screen_may_be_helped_by_the_terminal_and_what_is_not_there_may_not() -> None:
    with pytest.raises(TerminalMayHelp) as failed:
        key_by("api_key_command", ("false",), ENVIRON, terminal_use=TerminalUse.DRAWN_ON)
    with pytest.raises(KeyCommandFailed) as missing:
        key_by("api_key_command", ("no-such-program",), ENVIRON, terminal_use=TerminalUse.DRAWN_ON)

    assert (failed.value.setting, failed.value.program) == ("api_key_command", "false")
    assert not isinstance(missing.value, TerminalMayHelp)
