"""Test the environment variables that cnm-tui sets before it imports Textual."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from textual import constants

from cnm_tui.tui.terminal.environment import prepare

HEEDED = {"TEXTUAL_COLOR_SYSTEM", "TEXTUAL_FPS", "TEXTUAL_FILTERS", "TEXTUAL_SMOOTH_SCROLL"}
OVER_SSH = {"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}


def test_nothing_moves_by_itself_and_over_ssh_there_are_fewer_frames() -> None:
    here, far = dict[str, str](), dict(OVER_SSH)

    prepare(here)
    prepare(far)

    assert here == {"TEXTUAL_ANIMATIONS": "none"}
    assert far == {**OVER_SSH, **here, "TEXTUAL_FPS": "15", "TEXTUAL_SMOOTH_SCROLL": "0"}


def test_what_the_user_set_stays() -> None:
    environ = {**OVER_SSH, "TEXTUAL_FPS": "5", "TEXTUAL_ANIMATIONS": "basic", "TEXTUAL_COLOR_SYSTEM": "256"}

    prepare(environ)

    assert environ.items() >= {"TEXTUAL_FPS": "5", "TEXTUAL_ANIMATIONS": "basic", "TEXTUAL_COLOR_SYSTEM": "256"}.items()


def test_nothing_that_logs_keys_presses_them_or_names_code_is_heeded_and_no_size_but_the_window_s() -> None:
    kept = {"TEXTUAL_DISABLE_KITTY_KEY": "1", "HOME": "/h", "TEXTUAL_ANIMATIONS": "none"}
    read = set(re.findall(r'"(TEXTUAL\w*)"', Path(constants.__file__).read_text(encoding="utf-8")))
    environ = dict.fromkeys({*read, "TEXTUAL", "COLUMNS", "LINES"} - kept.keys() - HEEDED, "1") | kept

    prepare(environ)

    assert len(read) > len(HEEDED)
    assert environ == kept


@pytest.mark.parametrize("frames", ["1000000000", "0x", "-1", ""])
def test_a_rate_of_frames_that_would_do_nothing_else_is_left_out(frames: str) -> None:
    environ = {"TEXTUAL_FPS": frames}

    prepare(environ)

    assert "TEXTUAL_FPS" not in environ


@pytest.mark.parametrize("unusable", ["bogus", "none", ""])
def test_what_textual_would_die_of_is_left_out(unusable: str) -> None:
    environ = {"TEXTUAL_COLOR_SYSTEM": unusable}

    prepare(environ)

    assert "TEXTUAL_COLOR_SYSTEM" not in environ


def test_textual_listens() -> None:
    program = (
        "import os\n"
        "from cnm_tui.tui.terminal.environment import prepare\n"
        "prepare(os.environ)\n"
        "from textual.app import App\n"
        "from textual.screen import UPDATE_PERIOD\n"
        "print(App().animation_level, round(1 / UPDATE_PERIOD))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**OVER_SSH, "TEXTUAL_COLOR_SYSTEM": "bogus"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("none 15\n", "")
