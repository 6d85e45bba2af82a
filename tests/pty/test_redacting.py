"""Test that no real name leaves cnm-tui with the option `--redact`.

The tests check the screen, the clipboard, files and recordings.
"""

import json
import re
from contextlib import closing
from pathlib import Path

import pytest

from cnm_tui.store.recording import Recording
from tests.program import run
from tests.pty.conftest import Start
from tests.pty.reading import copied

pytestmark = pytest.mark.pty

OUR_OWN_WORDS = {"search", "data", "images", "true", "false", "prod", "none"}
"""Values of the demo that are words of the screen or of JSON, too."""


def names_of(recording: Path) -> set[str]:
    """Return every tag value with at least four characters that occurs in the answers of a recording.

    Numbers and words that cnm-tui itself displays are left out.
    """
    found: set[str] = set()
    for fields in ("client_service,server_service", "client_pod_name,server_domain,client_host,client_team,server_ip"):
        done = run("query", "--from-file", str(recording), "-g", fields, "-n", "7500", "-f", "jsonl", environ={})
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        assert rows
        found |= {value for row in rows for values in row["group_bys"].values() for value in values}
    return {name for name in found if len(name) >= 4 and not name.isdigit()} - OUR_OWN_WORDS


def test_no_byte_that_leaves_the_program_has_a_name(start: Start, tmp_path: Path) -> None:
    clear, redacted, key = (tmp_path / name for name in ("clear.cnm", "redacted.cnm", "key"))
    fields = "client_pod_name,server_domain,client_host,client_team,server_ip"
    for asked in ("client_service,server_service", fields):
        run("query", "--demo", "--record", str(clear), "-g", asked, "-n", "7500", environ={})
    names = names_of(clear)

    terminal = start(
        *("replay", str(clear), "-g", "client_service,server_service", "-n", "7500", "--redact"),
        *("--redact-key", str(key)),
        size=(200, 50),
        modern=True,
    )
    terminal.wait_for("row 1 of")
    terminal.press("d", "y")
    terminal.wait_until(lambda: copied(terminal))
    for keys in (("J",), ("esc",), ("m",), ("esc",), ("f",), ("esc",), ("v",), ("esc",), ("ctrl+r",), ("esc",), ("o",)):
        terminal.press(*keys)
        terminal.wait_quiet(0.4)
    terminal.press("w")
    terminal.wait_for("Write to a file")
    terminal.press("enter")
    terminal.wait_for("File: ")
    terminal.press("q")
    terminal.wait_exit()
    run("redact", str(clear), str(redacted), "--redact-key", str(key), environ={})

    sent = terminal.raw.decode("utf-8", "replace")
    pieces = {
        "screen": sent,
        "clipboard": "\n".join(copied(terminal)),
        "screen in words": re.sub(r"\x1b\[[^A-Za-z]*[A-Za-z]", "", sent),
    }
    pieces |= {
        path.name: path.read_bytes().decode("latin-1")
        for path in tmp_path.rglob("*")
        if path.is_file() and path != clear
    }
    with closing(Recording(redacted)) as recording:
        bodies = [recording.body(one.id).decode() for one in recording.answers.all]
    assert len(bodies) == 2
    pieces["bodies"] = "\n".join(bodies)
    assert {"redacted.cnm", "key"} <= pieces.keys()
    assert any(name.endswith(".csv") for name in pieces)
    assert "service-" in pieces["screen"]
    assert len(names) > 300
    for where, text in pieces.items():
        assert [name for name in names if name in text] == [], where
