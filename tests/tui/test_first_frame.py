"""What the first frame does not wait for: what only a key, an answer or odd text needs is made afterwards."""

import json
import subprocess
import sys

import pytest

_PROGRAM = """
import gc
gc.disable()
import json, os, sys, time
import cnm_tui.cli
from cnm_tui.tui.terminal import environment as toolkit
toolkit.prepare(os.environ)
toolkit.import_lightly()
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.text import _suspect
from cnm_tui.tui.app import CnmApp, Doors

class Ended(CnmApp):
    def on_ready(self):
        print(json.dumps([sorted(sys.modules), _suspect.cache_info().currsize]), flush=True)
        os._exit(0)

nowhere = lambda: None
Ended(Doors(nowhere, nowhere), Exploration(Query()), time.time).run(headless=True)
"""


@pytest.fixture(scope="module")
def at_first_frame() -> tuple[set[str], int]:
    """The modules that are loaded by then, and how often the pattern for odd text was made."""
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    modules, patterns = json.loads(done.stdout)
    return set(modules), patterns


def test_nothing_odd_is_looked_for_in_it(at_first_frame: tuple[set[str], int]) -> None:
    modules, patterns = at_first_frame

    assert "cnm_tui.tui.widgets.grid" in modules
    assert patterns == 0


def test_no_more_of_textual_is_imported_for_it_than_is_on_it(at_first_frame: tuple[set[str], int]) -> None:
    modules, _ = at_first_frame

    assert "textual.widgets._input" in modules
    assert not modules & {"bz2", "lzma", "mimetypes", "ssl"}
    assert not modules & {"textual.types", "textual.widgets._select", "textual.widgets._tree"}


def test_no_dialog_is_made_for_it(at_first_frame: tuple[set[str], int]) -> None:
    modules, _ = at_first_frame

    assert not modules & {"cnm_tui.tui.dialogs.palette", "cnm_tui.tui.dialogs.styles", "cnm_tui.tui.terminal.memory"}


def test_what_was_left_out_is_there_for_who_wants_it() -> None:
    program = (
        "from cnm_tui.tui.terminal.environment import import_lightly\n"
        "import_lightly()\n"
        "import ssl, textual.types\n"
        "from textual.widgets import Select\n"
        "print(ssl.OPENSSL_VERSION, textual.types.CallbackType, textual.types.NoSelection, Select.__name__)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("OpenSSL")
