"""Measure other programs that show the same rows, in the same run as cnm-tui."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.answers import answer
from tests.bench.figures import Figure, for_orientation, middle, ms
from tests.bench.programs import ROWS, SIZE, explorer_with_rows, module, server
from tests.pty.terminal import Terminal


def rivals() -> Iterator[Figure]:
    """Measure key presses in Textual's own DataTable, and in visidata if it is installed.

    The second column of the result contains the times of cnm-tui.
    """
    with server() as answering, explorer_with_rows(answering.url) as terminal:
        ours = middle(press.first_seconds for press in terminal.key_latency("down", 20))
        our_page = middle(press.first_seconds for press in terminal.key_latency("pgdn", 20))
    with tempfile.TemporaryDirectory() as directory:
        reply = Path(directory, "reply.json")
        reply.write_bytes(answer(ROWS))
        with module("tests.bench.stock_app", str(reply)) as terminal:
            yield from _compared("DataTable", terminal, ours, our_page, "web-")
        if (visidata := shutil.which("vd")) is None:
            yield for_orientation("visidata", "not installed")
            return
        rows = Path(directory, "rows.jsonl")
        entries = json.loads(reply.read_bytes())["data"]
        rows.write_text("\n".join(json.dumps(entry["attributes"]) for entry in entries), encoding="utf-8")
        with Terminal([visidata, str(rows)], SIZE, {"HOME": directory, "PATH": "/usr/bin:/bin"}) as terminal:
            yield from _compared("visidata", terminal, ours, our_page, "0.")


def _compared(name: str, terminal: Terminal, ours: float, our_page: float, shown: str) -> Iterator[Figure]:
    seconds = terminal.wait_for(shown, timeout=60)
    terminal.wait_quiet(1.0)
    yield for_orientation(f"{name}: start to rows", ms(seconds))
    down = middle(press.first_seconds for press in terminal.key_latency("down", 20))
    yield for_orientation(f"{name}: key down (second: the explorer)", ms(down), ms(ours))
    page = middle(press.first_seconds for press in terminal.key_latency("pgdn", 20, quiet_seconds=0.5))
    yield for_orientation(f"{name}: page down (second: the explorer)", ms(page), ms(our_page))
