"""End the installed cnm-tui with signals and hang-ups at random moments, and check what is left behind.

`python -m tests.trials` makes 500 trials in about 15 minutes. The options `--trials`, `--seed`, `--way` and
`--ending` select other trials. Each trial runs in its own pseudo-terminal, with its own home folder. The exit
code is 1 if any trial found a fault.

If a SIGINT comes before the first line of cnm-tui's code, Python itself handles it, with a traceback of
Python's own files. Such trials are counted separately.
"""

import argparse
import json
import random
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

from tests.program import KEYS, PROGRAM, environment
from tests.pty.terminal import Terminal

_PATIENCE_SECONDS: Final = 60.0
_LATEST_SECONDS: Final = 2.0
_SOON_SECONDS: Final = 0.4
_SEARCH: Final = "client_service:checkout"
_STOPPED_WITHIN_SECONDS: Final = 3.0
_TOO_EARLY: Final = "too early"


class Trial(NamedTuple):
    """One trial: how cnm-tui is used, how it is ended, and after how many seconds."""

    number: int
    way: str
    """Name of the action during which the program is ended."""
    ending: str
    seconds: float
    """Seconds from the start, or from the action, to the end."""
    is_modern: bool

    def __str__(self) -> str:
        kind = "modern" if self.is_modern else "xterm"
        return f"trial {self.number}: {self.ending} after {self.seconds:.3f} s ({self.way}, {kind})"


class Failed(Exception):
    """Raised when a trial found a fault of cnm-tui."""


class TooEarly(Exception):
    """Raised when Python was interrupted before it ran the first line of cnm-tui's code."""


# Work of the program at its end


def _start(terminal: Terminal) -> None:
    """Do nothing. In trials with this function, cnm-tui gets no keyboard input before it is ended."""


def _show(terminal: Terminal) -> None:
    terminal.wait_for(" rows · ", _PATIENCE_SECONDS)


def _copy(terminal: Terminal) -> None:
    _show(terminal)
    terminal.press("Y", "enter")


def _open_dialogs(terminal: Terminal) -> None:
    _show(terminal)
    terminal.press("b", "esc", "v", "esc", "?")


def _ask(terminal: Terminal) -> None:
    _show(terminal)
    terminal.press("e")
    terminal.type(_SEARCH)
    terminal.press("enter")
    terminal.wait_for(" 11 rows · ", _PATIENCE_SECONDS)


def _wait_for_answer(terminal: Terminal) -> None:
    terminal.wait_for("asking …", _PATIENCE_SECONDS)


WAYS: Final[dict[str, Callable[[Terminal], None]]] = {
    "start": _start,
    "rows": _show,
    "copy": _copy,
    "dialogs": _open_dialogs,
    "asked": _ask,
    "request": _wait_for_answer,
    "query": _start,
}
_OFTEN: Final = ("start", "start", "start", *WAYS)
"""Ways to end it; the start is listed several times, as most faults occur there."""


# Ways to end it; each returns the expected exit code


def _by(number: signal.Signals) -> Callable[[Terminal], int]:
    def end(terminal: Terminal) -> int:
        terminal.send_signal(number)
        return 128 + number

    return end


def _stopped_by(stop: signal.Signals) -> Callable[[Terminal], int]:
    """Return a function that suspends cnm-tui with this signal and then ends it. systemd and `timeout` do the
    same.
    """

    def end(terminal: Terminal) -> int:
        terminal.send_signal(stop)
        _wait_until_stopped(terminal)
        terminal.send_signal(signal.SIGTERM)
        terminal.send_signal(signal.SIGCONT)
        return 128 + signal.SIGTERM

    return end


def _continued_after(*before: signal.Signals) -> Callable[[Terminal], int]:
    """Return a function that suspends cnm-tui with these signals, continues it, and then quits it with a keyboard
    key.
    """

    def end(terminal: Terminal) -> int:
        for number in before:
            terminal.send_signal(number)
            _wait_until_stopped(terminal)
            # Only then it is known what was asked of the terminal before it was given back.
            terminal.wait_quiet(0.2)
        terminal.send_signal(signal.SIGCONT)
        # The last that is asked of a terminal: from then on it reads keys.
        terminal.wait_until(lambda: "bracketed paste on" in terminal.given_back())
        terminal.press("ctrl+q")
        return 0

    return end


def _hang_up(terminal: Terminal) -> int:
    terminal.hang_up()
    return 128 + signal.SIGHUP


ENDINGS: Final[dict[str, Callable[[Terminal], int]]] = {
    **{number.name: _by(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)},
    "SIGTSTP and SIGTERM": _stopped_by(signal.SIGTSTP),
    "SIGSTOP and SIGTERM": _stopped_by(signal.SIGSTOP),
    "SIGCONT": _continued_after(),
    "SIGSTOP and SIGCONT": _continued_after(signal.SIGSTOP),
    "SIGTSTP and SIGCONT": _continued_after(signal.SIGTSTP),
    "hang-up": _hang_up,
}
_OF_A_COMMAND: Final = ("SIGINT", "SIGTERM", "SIGHUP")


def _wait_until_stopped(terminal: Terminal) -> None:
    """Wait until cnm-tui is suspended, but only for a short time.

    An early SIGTSTP has no effect, because there is no shell that could continue cnm-tui.
    """
    end = time.monotonic() + _STOPPED_WITHIN_SECONDS
    while terminal.process.poll() is None and time.monotonic() < end:
        if psutil.Process(terminal.process.pid).status() == psutil.STATUS_STOPPED:
            return
        time.sleep(0.005)


# One trial


def try_out(trial: Trial) -> None:
    """Start cnm-tui, end it as the trial demands, and check the result.

    Raises:
        Failed: cnm-tui left something behind, or ended in an unexpected way.
    """
    with (
        tempfile.TemporaryDirectory(prefix="cnm-tui-trial-", ignore_cleanup_errors=True) as home,
        _arguments(trial.way) as arguments,
        Terminal([PROGRAM, *arguments], env=environment(home, KEYS), cwd=home, modern=trial.is_modern) as terminal,
    ):
        try:
            WAYS[trial.way](terminal)
            time.sleep(trial.seconds)
            expected = ENDINGS[trial.ending](terminal)
            # A dead terminal has no exit to wait for: its reader has ended.
            code = terminal.process.wait(_PATIENCE_SECONDS)
        except Exception as error:
            raise Failed(f"{type(error).__name__}: {error}") from error
        is_early = b"\x1b[?1049h" not in terminal.raw
        _check_terminal(trial, terminal)
        _check_code(trial, code, expected, is_early=is_early)
        _check_files(trial, Path(home))


@contextmanager
def _arguments(way: str) -> Iterator[Sequence[str]]:
    if way != "request":
        yield ("query", "--demo", "-o", "rows.csv", "-f", "csv") if way == "query" else ("--demo", "--refresh", "off")
        return
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield "--api-url", f"http://127.0.0.1:{silent.getsockname()[1]}"


def _check_code(trial: Trial, code: int, expected: int, *, is_early: bool) -> None:
    good = {expected}
    if is_early or trial.way == "query":
        # Before Python handles signals, and as a command that dies of them.
        good.add(128 - expected)
    if trial.way == "query":
        good.add(0)
    if is_early and expected == 128 + signal.SIGHUP:
        # The terminal was gone before the program belonged to it: it cannot be written to.
        good.add(4)
    if code not in good:
        raise Failed(f"it ended with {code} instead of {expected}")


def _check_terminal(trial: Trial, terminal: Terminal) -> None:
    if b"Traceback" in terminal.raw and trial.ending == "SIGINT" and b"/cnm_tui/" not in terminal.raw:
        raise TooEarly
    if b"Traceback" in terminal.raw or b"internal error" in terminal.raw or b"Exception ignored" in terminal.raw:
        raise Failed(f"it ended with:\n{terminal.raw.decode(errors='replace')[-3_000:]}")
    if trial.ending == "hang-up":
        return
    terminal.wait_exit()
    if left := terminal.given_back():
        raise Failed(f"it left the terminal with {', '.join(left)}")


def _check_files(trial: Trial, home: Path) -> None:
    files = {path.name: path for path in home.rglob("*") if path.is_file()}
    if left := [name for name in files if name.startswith(("crash-", ".cnm-tui-"))]:
        raise Failed(f"it left {', '.join(left)}")
    if trial.way == "asked":
        kept = files.get("demo-last-question.json")
        if kept is None or _SEARCH not in json.dumps(json.loads(kept.read_bytes())):
            raise Failed("it lost the last question")


# Many trials


def trials(count: int, seed: int, ways: Sequence[str], endings: Sequence[str]) -> Iterator[Trial]:
    """Yield this number of random trials. The same seed always gives the same trials."""
    chance = random.Random(seed)
    for number in range(count):
        way = chance.choice(ways)
        possible = [ending for ending in endings if way != "query" or ending in _OF_A_COMMAND] or _OF_A_COMMAND
        latest = _LATEST_SECONDS if way in ("start", "query") else _SOON_SECONDS
        yield Trial(number, way, chance.choice(possible), chance.uniform(0, latest), chance.random() < 0.5)


def faults(wanted: Sequence[Trial], side_by_side: int) -> list[str]:
    """Run these trials, `side_by_side` of them at the same time. Return one sentence for each fault that they
    find.
    """
    with ThreadPoolExecutor(side_by_side) as pool:
        found = list(pool.map(_fault_of, wanted))
    if early := found.count(_TOO_EARLY):
        print(f"{early} of {len(wanted)} came before the first line of the program.")
    return [fault for fault in found if fault not in ("", _TOO_EARLY)]


def _fault_of(trial: Trial) -> str:
    try:
        try_out(trial)
    except Failed as fault:
        return f"{trial}: {fault}"
    except TooEarly:
        return _TOO_EARLY
    return ""


def main() -> None:
    """Read the command line arguments and run the trials."""
    parser = argparse.ArgumentParser(prog="python -m tests.trials", description=__doc__)
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--way", choices=WAYS, action="append", help="what it does when it is ended; default: all")
    parser.add_argument("--ending", choices=ENDINGS, action="append", help="default: all")
    parser.add_argument("--side-by-side", type=int, default=3)
    given = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        # A shell in the background, and nohup, ignore them, and so would all programs that are started here.
        signal.signal(number, signal.SIG_DFL)
    wanted = list(trials(given.trials, given.seed, given.way or _OFTEN, given.ending or list(ENDINGS)))
    found = faults(wanted, given.side_by_side)
    print(*found, f"{len(wanted)} trials, {len(found)} faults.", sep="\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
