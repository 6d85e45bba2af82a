"""Test queries to tmux: to a real tmux, to a tmux that has ended, and to a tmux that never replies."""

from pathlib import Path

import pytest

from cnm_tui.tmux import LETS_THROUGH, Clipboard, clipboard_of_tmux
from tests.tmux import set_option


def test_a_tmux_as_it_comes_drops_what_programs_send(tmux: dict[str, str]) -> None:
    clipboard = clipboard_of_tmux(tmux)

    assert clipboard == Clipboard("external", "off")
    assert clipboard.drops


def test_the_command_that_is_said_to_help_helps(tmux: dict[str, str]) -> None:
    program, command, *arguments = LETS_THROUGH.split()
    assert (program, command) == ("tmux", "set")

    set_option(tmux, *arguments)

    assert clipboard_of_tmux(tmux) == Clipboard("on", "off")
    assert not clipboard_of_tmux(tmux).drops


@pytest.mark.parametrize("where", ["-g", "-p"], ids=["everywhere", "in this pane"])
def test_what_passes_through_is_not_dropped(tmux: dict[str, str], where: str) -> None:
    set_option(tmux, where, "allow-passthrough", "on")

    assert not clipboard_of_tmux(tmux).drops


def test_a_tmux_older_than_the_option_passes_on_what_is_wrapped() -> None:
    assert not Clipboard("external", "").drops


def test_of_a_tmux_that_is_gone_nothing_is_known(tmp_path: Path) -> None:
    gone = clipboard_of_tmux({"TMUX": f"{tmp_path / 'socket'},1,0", "PATH": "/usr/bin:/bin"})

    assert gone == Clipboard("", "")
    assert not gone.drops


def test_where_there_is_no_tmux_to_ask_nothing_is_known(tmp_path: Path) -> None:
    assert clipboard_of_tmux({"TMUX": "/a/socket,1,0", "PATH": str(tmp_path)}) == Clipboard("", "")


def test_tmux_is_told_no_key(tmp_path: Path) -> None:
    (tmp_path / "tmux").write_text('#!/bin/sh\necho "${DD_API_KEY:-no key} in $TMUX"\n')
    (tmp_path / "tmux").chmod(0o755)

    said = clipboard_of_tmux({"TMUX": "here", "PATH": str(tmp_path), "DD_API_KEY": "a-key"})

    assert said.set_clipboard == "no key in here"
