"""Test copying to the clipboard: in which order clipboards are tried, their control sequences, and the messages."""

import base64
from pathlib import Path

import pytest

from cnm_tui.tui.terminal.clipboard import LONGEST_BYTES, Outcome, Provider, copied, providers, terminal_sequence
from tests.tmux import set_option

TERMINAL, DESKTOP = (Provider.TERMINAL,), (Provider.DESKTOP, Provider.TERMINAL)
DISPLAY = {"DISPLAY": ":0", "TERM": "xterm-256color"}
SENT = "1 id sent to the terminal's clipboard."


@pytest.mark.parametrize(
    ("environ", "tried"),
    [
        (DISPLAY, DESKTOP),
        ({"WAYLAND_DISPLAY": "wayland-0"}, DESKTOP),
        ({**DISPLAY, "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}, TERMINAL),
        ({**DISPLAY, "SSH_TTY": "/dev/pts/0"}, TERMINAL),
        ({**DISPLAY, "TMUX": "/tmp/tmux-1000/default,1,0"}, TERMINAL),
        ({**DISPLAY, "STY": "1.pts-0.host"}, TERMINAL),
        ({"TERM": "xterm-256color"}, TERMINAL),
        ({"TERM": "linux"}, ()),
        ({"TERM": "linux", "SSH_TTY": "/dev/pts/0"}, ()),
    ],
    ids=[
        "X",
        "Wayland",
        "ssh -X",
        "SSH",
        "tmux on a desktop",
        "screen on a desktop",
        "neither",
        "console",
        "SSH from it",
    ],
)
def test_by_itself_it_finds_out_which_clipboard_is_the_users(
    environ: dict[str, str], tried: tuple[Provider, ...]
) -> None:
    assert providers("auto", environ) == tried


@pytest.mark.parametrize(("setting", "tried"), [("osc52", TERMINAL), ("native", (Provider.DESKTOP,)), ("off", ())])
@pytest.mark.parametrize("environ", [DISPLAY, {**DISPLAY, "SSH_TTY": "/dev/pts/0"}, {"TMUX": "here"}], ids=str)
def test_whoever_knows_better_decides(setting: str, tried: tuple[Provider, ...], environ: dict[str, str]) -> None:
    assert providers(setting, environ) == tried


def test_over_ssh_it_is_said_to_be_sent_and_no_more() -> None:
    outcome = copied("web", "auto", {"SSH_TTY": "/dev/pts/0"})

    assert outcome.sequence == "\x1b]52;c;d2Vi\x07"
    assert outcome.sentence("3 rows", "as TSV") == "3 rows sent to the terminal's clipboard as TSV."


@pytest.mark.parametrize("characters", ["x", "ж"], ids=["of one byte", "of two"])
def test_a_text_that_just_fits_is_sent_and_a_longer_one_is_not(characters: str) -> None:
    fits = characters * (LONGEST_BYTES // len(characters.encode()))

    sent, refused = copied(fits, "osc52", {}), copied(fits + "x", "osc52", {})

    assert len(sent.sequence) == 100_000
    assert refused == Outcome(problem="A terminal's clipboard takes 74,994 bytes; this is 74,995.")


def test_screen_gets_pieces_that_it_does_not_drop_and_that_make_the_whole() -> None:
    sequence = terminal_sequence("x" * 1_000, {"STY": "1.pts-0.host"})

    pieces = [piece.removeprefix("\x1bP") for piece in sequence.split("\x1b\\")]
    assert max(map(len, pieces)) < 256
    assert "".join(pieces) == f"\x1b]52;c;{base64.b64encode(b'x' * 1_000).decode()}\x07"


def test_tmux_gets_it_plain_and_wrapped() -> None:
    sequence = terminal_sequence("web", {"TMUX": "here"})

    assert sequence == "\x1b]52;c;d2Vi\x07\x1bPtmux;\x1b\x1b]52;c;d2Vi\x07\x1b\\"


@pytest.mark.parametrize(
    ("setting", "environ", "problem"),
    [
        ("off", DISPLAY, "The clipboard is off."),
        ("auto", {"TERM": "linux"}, "This terminal has no clipboard."),
        ("native", {"PATH": ""}, "The desktop's clipboard needs xclip, xsel or wl-clipboard."),
    ],
)
def test_where_there_is_no_way_it_says_why(setting: str, environ: dict[str, str], problem: str) -> None:
    assert copied("web", setting, environ) == Outcome(problem=problem)


def test_where_the_desktop_fails_the_terminal_may_not_and_both_are_said() -> None:
    outcome = copied("web", "auto", {"DISPLAY": ":0", "PATH": ""})

    assert outcome.sentence("1 id") == f"{SENT} The desktop's clipboard needs xclip, xsel or wl-clipboard."
    assert outcome.sequence


def test_under_a_tmux_that_drops_it_nothing_is_sent_and_what_helps_is_said(tmux: dict[str, str]) -> None:
    outcome = copied("web", "auto", tmux)

    assert outcome.sequence == ""
    assert outcome.problem.endswith("What helps: tmux set -s set-clipboard on")


@pytest.mark.parametrize("option", [("-s", "set-clipboard", "on"), ("-g", "allow-passthrough", "on")], ids=str)
def test_under_a_tmux_that_passes_it_on_it_is_sent(tmux: dict[str, str], option: tuple[str, ...]) -> None:
    set_option(tmux, *option)

    assert copied("web", "auto", tmux).sentence("1 id") == SENT


def test_under_a_tmux_that_says_nothing_it_is_sent(tmp_path: Path) -> None:
    environ = {"TMUX": f"{tmp_path / 'gone'},1,0", "PATH": "/usr/bin:/bin"}

    outcome = copied("web", "auto", environ)

    assert outcome.sentence("1 id") == SENT
