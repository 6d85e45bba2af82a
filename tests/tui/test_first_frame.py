"""Test that the first frame of the screen is drawn before any work that is needed only later."""

import json
import subprocess
import sys

import pytest

_PROGRAM = """
import gc
gc.disable()
import json, os, sys, time
import cnm_tui.explorer
from cnm_tui.tui.terminal import environment as toolkit
toolkit.prepare(os.environ)
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.text import _suspect
from cnm_tui.tui.app import CnmApp
from cnm_tui.tui.services import Services

class Ended(CnmApp):
    def on_ready(self):
        print(json.dumps([sorted(sys.modules), _suspect.cache_info().currsize]), flush=True)
        os._exit(0)

nowhere = lambda: None
Ended(Services(nowhere, nowhere), Exploration(Query()), time.time).run(headless=True)
"""


@pytest.fixture(scope="module")
def at_first_frame() -> tuple[set[str], int]:
    """Start cnm-tui, and return which modules it imported, and how often it compiled a pattern, until the first
    frame.

    Returns:
        The names of the imported modules, and how often the pattern for unusual characters was compiled.
    """
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    modules, patterns = json.loads(done.stdout)
    return set(modules), patterns


def test_nothing_odd_is_looked_for_in_it(at_first_frame: tuple[set[str], int]) -> None:
    modules, patterns = at_first_frame

    assert "cnm_tui.tui.widgets.grid" in modules
    assert patterns == 0


def test_no_room_is_imported_for_it_that_is_not_on_it(at_first_frame: tuple[set[str], int]) -> None:
    rooms = (
        "cnm_tui.api",
        "cnm_tui.demo.",
        "cnm_tui.tui.dialogs.",
        "cnm_tui.core.suggestions.",
        "httpx",
        "sqlite3",
        "keyring",
        "tomlkit",
    )
    modules, _ = at_first_frame

    assert not [module for module in modules if module.startswith(rooms)]
