"""Test the checks of the terminal and of environment variables for the command `doctor`, with a real tmux."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from cnm_tui.core.finding import Finding, State
from cnm_tui.environment_checks import environment_findings
from tests.tmux import set_option


def found(environ: Mapping[str, str]) -> dict[str, Finding]:
    return {finding.name: finding for finding in environment_findings(environ)}


def test_a_tmux_that_drops_what_is_copied_is_told_with_the_one_command_that_helps(tmux: dict[str, str]) -> None:
    set_option(tmux, "-s", "set-clipboard", "external")
    dropping = found(tmux)["tmux"]
    set_option(tmux, "-s", "set-clipboard", "on")
    passing = found(tmux)["tmux"]

    assert (dropping.state, dropping.next_step) == (State.WARNING, "tmux set -s set-clipboard on")
    assert dropping.proof.startswith("tmux 3")
    assert (passing.state, passing.next_step) == (State.OK, "")


def test_a_tmux_that_is_gone_is_said_to_say_nothing(tmp_path: Path) -> None:
    gone = found({"TMUX": f"{tmp_path / 'socket'},1,0", "PATH": os.environ["PATH"]})["tmux"]

    assert gone.state is State.WARNING
    assert "does not say" in gone.proof


def test_over_ssh_it_is_said_that_compression_cannot_be_known_and_how_to_have_it() -> None:
    ssh = found({"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"})["ssh"]

    assert "cannot be known" in ssh.proof
    assert "Compression yes" in ssh.next_step
    assert "192.0.2" not in ssh.sentence


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, "None"),
        ({"NO_COLOR": "", "COLORTERM": "truecolor"}, "16 million"),
        ({"COLORTERM": "truecolor", "TERM": "xterm"}, "16 million"),
        ({"TERM": "screen-256color"}, "256"),
        ({"TERM": "linux"}, "16, the terminal's own, in the theme ansi (TERM=linux)."),
        ({"TERM": "xterm-256color-italic"}, "16, "),
        ({"TERM": "xterm-ghostty"}, "16, "),
        ({"TERM": "xterm-kitty"}, "256 (TERM=xterm-kitty)"),
        ({"TERM": "xterm-256color", "TEXTUAL_COLOR_SYSTEM": "standard"}, "16, "),
    ],
)
def test_colours_are_those_that_the_environment_promises(environ: dict[str, str], said: str) -> None:
    assert found(environ)["colours"].proof.startswith(said)


@pytest.mark.parametrize(
    ("environ", "is_so"),
    [
        ({}, False),
        ({"LANG": "C"}, False),
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "de_DE.utf8"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "en_GB.UTF-8"}, True),
        ({"LC_ALL": "C.UTF-8"}, True),
    ],
)
def test_the_locale_says_whether_there_is_utf_8(environ: dict[str, str], is_so: bool) -> None:
    assert (found(environ)["utf_8"].state is State.OK) is is_so


def test_the_versions_are_those_of_what_is_installed() -> None:
    versions = found({})["versions"]

    assert versions.state is State.OK
    for name in ("cnm-tui 0.", "Python 3.", "textual 8.", "httpx 0.", "truststore 0.", "keyring ", "OpenSSL "):
        assert name in versions.proof


def test_what_the_environment_says_is_cleaned_before_it_is_shown() -> None:
    hostile = {"TERM": "a\x1b]52;c;eA==\x07", "LANG": "x\x9b2J", "COLORTERM": "\x1b[2J"}

    assert all(finding.sentence.isprintable() for finding in environment_findings(hostile))
