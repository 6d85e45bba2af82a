"""Test that no real name leaves cnm-tui with the option `--redact`.

The tests check the screen, the clipboard, files and recordings.
"""

import json
import re
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from cnm_tui.store.recording import Recording
from tests.program import KEYS, demo_url, run
from tests.pty.conftest import Start
from tests.pty.reading import copied
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

OUR_OWN_WORDS = {"search", "data", "images", "true", "false", "prod", "none", "edge", "orders"}
"""Values of the demo that are words of the screen or of JSON, too."""


SETTINGS = """
[commands.show]
run = ["printf", "%s to %s", "{client_service}", "{server_service}"]
[links]
wiki = "https://wiki.example/{service}"
"""
FIELDS = (
    "client_service,server_service",
    "client_pod_name,server_domain,client_host,client_team,server_ip",
    "client_availability-zone,client_region,client_image_tag,server_team",
)
TYPED = "acme-outage"
FEATURES = (
    *(
        "d",
        "a",
        "L",
        "enter",
        "B",
        "U",
        "C",
        "C",
        "x",
        "enter",
        "esc",
        "esc",
        "H",
        "enter",
        "backspace",
        "D",
        "backspace",
    ),
    *(
        "G",
        "tab",
        "w",
        "ctrl+u",
        *f"{TYPED}-graph",
        "enter",
        "esc",
        "f",
        "esc",
        "right",
        "right",
        "f",
        "esc",
        "m",
        "enter",
    ),
    *(
        "M",
        "I",
        "I",
        "i",
        "i",
        "!",
        "enter",
        "esc",
        "esc",
        "O",
        "o",
        "enter",
        "esc",
        "N",
        "esc",
        "W",
        "F",
        "space",
        "y",
    ),
    *(
        "Y",
        "enter",
        "P",
        "esc",
        "?",
        "esc",
        "v",
        "esc",
        "ctrl+r",
        "esc",
        "b",
        "esc",
        "c",
        "esc",
        "home",
        "+",
        "backspace",
    ),
    *("w", "ctrl+u", *TYPED, "enter", "w", "ctrl+u", *TYPED, "enter", "esc"),
    *("E", "E", "ctrl+u", *f"/nowhere/{TYPED}", "enter", "esc", "enter", "enter", "backspace"),
)
OPENS = {"G": "Neighbours of ", "w": "Write to a file", "H": "type to filter", "L": "parts of 5 min"}
"""What keys open that the next keys are for."""


def kept(values: Iterable[str]) -> set[str]:
    """Return the values of four and more characters that are no words of the screen."""
    return {value for value in values if len(value) >= 4 and not value.isdigit()} - OUR_OWN_WORDS


def values_in(lines: str) -> set[str]:
    """Return every value of rows written as JSON lines."""
    rows = [json.loads(line) for line in lines.splitlines()]
    assert rows
    return {value for row in rows for values in row["group_bys"].values() for value in values}


def names_of(recording: Path) -> set[str]:
    """Return every value of the answers in a recording, of four and more characters."""
    found: set[str] = set()
    for fields in FIELDS[:2]:
        asked = ("--from-file", str(recording), "-g", fields, "-n", "7500", "-f", "jsonl")
        found |= values_in(run("query", *asked, environ={}).stdout)
    return kept(found)


def pieces_of(terminal: Terminal) -> dict[str, str]:
    """Return all that a terminal was sent, as it came, and in words."""
    sent = terminal.raw.decode("utf-8", "replace")
    return {
        "screen": sent,
        "clipboard": "\n".join(copied(terminal)),
        "screen in words": re.sub(r"\x1b\[[^A-Za-z]*[A-Za-z]", "", sent),
    }


def files_in(folder: Path) -> dict[str, str]:
    """Return the bytes of all files, SQLite's free pages with them, by name."""
    return {path.name: path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()}


def test_no_feature_shows_a_name_or_a_typed_file(start: Start, tmp_path: Path) -> None:
    settings = tmp_path / ".config/cnm-tui/settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(SETTINGS, encoding="utf-8")
    with demo_url("--rate-limit", "100000/60") as url:
        names = {url.removeprefix("http://")}
        for fields in FIELDS:
            names |= values_in(run("query", "--api-url", url, "-g", fields, "-n", "7500", "-f", "jsonl").stdout)
        names |= values_in(run("query", "--dns", "--api-url", url, "-n", "7500", "-f", "jsonl").stdout)

        terminal = start(
            *("--api-url", url, "--redact", "--record", f"{TYPED}.cnm"), size=(200, 50), modern=True, environ=KEYS
        )
        terminal.wait_for("row 1 of")
        for key in FEATURES:
            terminal.press(key)
            if opened := OPENS.get(key):
                terminal.wait_for(opened)
            # A dialog shows a name while it is typed.
            terminal.wait_quiet(0 if len(key) == 1 and key in f"{TYPED}-graph.csv/nowhere" else 0.2)
        terminal.press("q")
        terminal.wait_exit()

    shown, files = pieces_of(terminal), files_in(tmp_path)
    assert {f"{TYPED}.cnm", f"{TYPED}.csv"} <= files.keys()
    assert re.search(r"[a-z]-\d+", shown["clipboard"])
    assert re.search(r"folder-\d+/file-\d+\.csv", shown["screen in words"])
    for where, text in {**shown, **files}.items():
        assert [name for name in kept(names) if name in text] == [], where
    # The boxes alone show what is typed, while it is typed.
    assert TYPED not in terminal.text()
    assert str(tmp_path) not in shown["screen"]


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

    pieces = {**pieces_of(terminal), **files_in(tmp_path)}
    del pieces[clear.name]
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
