"""Test the simulated terminal of the tests with simple programs, because its faults could hide faults of
cnm-tui.
"""

import sys

import pytest

from tests.pty.emulator import Emulator
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

SILENT_KEYBOARD = "import os, sys, time, tty\ntty.setraw(0)\nsay = lambda text: os.write(1, text.encode())\n"


def a_program(lines: str, *, modern: bool = True) -> Terminal:
    """Return a terminal of 80x10 in which Python runs these lines. Typed keys are not echoed."""
    return Terminal([sys.executable, "-c", SILENT_KEYBOARD + lines], (80, 10), modern=modern)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b[38;2;1;2;3;48;5;9mcoloured\x1b[0m", "coloured"),
        ("\x1b[4:3;38:2::1:2:3;58:2::9:9:9mcoloured", "coloured"),
        ("\x1b[>25u\x1b[<u\x1b[?u\x1b[>4;1m\x1b[=1;1uplain", "plain"),
        ("\x1b]0;a title\x07\x1bP1$r0m\x1b\\\x1b_Gi=1;A\x1b\\\x1b]22;default\x1b\\plain", "plain"),
        ("\x1b[?2026$p\x1b[?2048h\x1b[>q\x1b[cplain", "plain"),
        ("a-\x1b[5bz", "a------z"),
        ("gone\x1b[1;1H\x1b[2Jback", "back"),
        ("\x1b(0q\x1b(B", "─"),
        ("検索 wide", "検索 wide"),
    ],
    ids=ascii,
)
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "byte by byte"])
def test_nothing_but_text_is_taken_for_text(written: str, shown: str, at_once: bool) -> None:
    emulator = Emulator(20, 3)

    for part in [written.encode()] if at_once else [bytes([byte]) for byte in written.encode()]:
        emulator.feed(part)

    assert emulator.lines() == [shown, "", ""]


def test_the_main_screen_comes_back_when_the_alternate_one_is_left() -> None:
    emulator = Emulator(20, 2)

    emulator.feed(b"before\x1b[?1049h\x1b[1;1Hcovered")
    covered = emulator.lines()
    emulator.feed(b"\x1b[?1049l")

    assert (covered, emulator.lines()) == (["covered", ""], ["before", ""])


@pytest.mark.parametrize(
    ("asked", "answer", "answer_of_xterm"),
    [
        ("\x1b[c", "\x1b[?62;22c", "\x1b[?62;22c"),
        ("xy\x1b[6n", "\x1b[1;3R", "\x1b[1;3R"),
        ("\x1b[?1049$p", "\x1b[?1049;2$y", "\x1b[?1049;2$y"),
        ("\x1b[?2026$p", "\x1b[?2026;2$y", "\x1b[?2026;0$y"),
        ("\x1b[?2048h", "\x1b[48;10;80;200;800t", ""),
        ("\x1b[18t", "\x1b[8;10;80t", "\x1b[8;10;80t"),
        ("\x1b[>25u\x1b[?u", "\x1b[?25u", ""),
        ("\x1b]11;?\x07", "\x1b]11;rgb:1212/1212/1212\x07", "\x1b]11;rgb:1212/1212/1212\x07"),
    ],
    ids=ascii,
)
@pytest.mark.parametrize("modern", [True, False], ids=["modern", "xterm"])
def test_questions_are_answered(asked: str, answer: str, answer_of_xterm: str, modern: bool) -> None:
    # The status report comes last and ends the answers.
    lines = (
        f"say({asked!r} + '\\x1b[5n')\n"
        "got = b''\n"
        "while not got.endswith(b'\\x1b[0n'): got += os.read(0, 99)\n"
        "say('\\r\\n' + got[:-4].hex() + '.')\n"
        "time.sleep(99)"
    )
    with a_program(lines, modern=modern) as terminal:
        terminal.wait_for((answer if modern else answer_of_xterm).encode().hex() + ".")


def test_what_a_program_leaves_behind_is_named() -> None:
    with a_program("say('\\x1b[?1049h\\x1b[>25u\\x1b[?1003;1006h\\x1b[?25l\\x1b[?7l')") as terminal:
        assert terminal.wait_exit() == 0

        left = terminal.given_back()

    assert {"alternate screen on", "cursor shown off", "line wrap off", "mouse moves on", "mouse as SGR on"} < set(left)
    assert {"kitty keyboard 25", "iflag", "lflag"} < set(left)


def test_a_key_is_seen_when_its_synchronized_update_ends() -> None:
    lines = (
        "say('ready')\n"
        "while True:\n"
        "    say('\\x1b[?2026h\\x1b[2;1H' + os.read(0, 9).hex())\n"
        "    time.sleep(0.05)\n"
        "    say('\\x1b[?2026l')\n"
        "    time.sleep(0.05)\n"
        "    say('.')\n"
    )
    with a_program(lines) as terminal:
        terminal.wait_for("ready")

        (down,) = terminal.key_latency("down", quiet_seconds=0.5)

    assert down.written == len("\x1b[?2026h\x1b[2;1H1b5b42\x1b[?2026l.")
    assert 0.05 <= down.first_seconds <= down.settled_seconds


def test_a_resize_reaches_the_program() -> None:
    with a_program(
        "import signal\n"
        "signal.signal(signal.SIGWINCH, lambda *_: say('%dx%d' % os.get_terminal_size()))\n"
        "say('ready')\nwhile True: time.sleep(99)"
    ) as terminal:
        terminal.wait_for("ready")

        terminal.resize(33, 7)

        terminal.wait_for("33x7")


def test_nobody_waits_for_a_program_that_ends_while_it_is_typed_for() -> None:
    with a_program("say('ready')\ntime.sleep(0.5)") as terminal:
        terminal.wait_for("ready")

        with pytest.raises(OSError, match="unavailable|Input"):
            terminal.send(b"x" * 100_000)
