"""Test `cnm-tui doctor` on a terminal: its colours, its width, and its progress while it writes JSON to a file."""

import json
from pathlib import Path

import pytest

from tests.pty.conftest import Start

pytestmark = pytest.mark.pty


def test_on_a_terminal_signs_have_colours_and_words_all_the_same(start: Start) -> None:
    coloured = start("doctor", "--demo", size=(80, 50))
    plain = start("doctor", "--demo", size=(80, 50), environ={"NO_COLOR": "1"})

    assert (coloured.wait_exit(), plain.wait_exit()) == (0, 0)
    assert "\x1b[32m✓\x1b[0m ok      versions".encode() in coloured.raw
    assert b"\x1b" not in plain.raw
    assert "✓ ok      versions" in plain.text()
    assert "TERM=xterm-256color, 80 columns and 50 rows." in plain.text()


def test_on_a_narrow_terminal_lines_are_broken_at_spaces(start: Start) -> None:
    terminal = start("doctor", "--demo", size=(60, 100), environ={"NO_COLOR": "1"})

    assert terminal.wait_exit() == 0
    written = terminal.raw.decode().splitlines()
    assert max(len(line) for line in written) <= 60
    assert "✓ ok      UTF-8           LANG=" in terminal.text()


def test_the_object_goes_to_a_file_while_the_terminal_shows_how_far_it_is(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    terminal = start(size=(80, 50), shell=f'"$PROGRAM" doctor --demo --json > "{file}"')

    assert terminal.wait_exit() == 0
    assert "✓ ok      question" in terminal.text()
    assert json.loads(file.read_text(encoding="utf-8"))["findings"]["question"]["state"] == "ok"
