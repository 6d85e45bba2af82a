"""Test text from outside, such as tag values and keyboard input: which of its bytes may be written to the
terminal.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from tests.program import API_KEY, APPLICATION_KEY, KEYS, demo_url
from tests.pty.conftest import WIDE, Start
from tests.pty.reading import copied, detail, rows
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

HOSTILE: Final = {
    "sets the clipboard": "\x1b]52;c;RVZJTA==\x07",
    "names the window": "\x1b]0;a-new-title\x1b\\",
    "paints red": "\x1b[31;45mred",
    "begins a sequence in one character": "\x9b31m",
    "begins a string in one character": "\x9d52;c;RVZJTA==\x9c",
    "rings and deletes": "nul\x00bel\x07bs\x08del\x7f",
    "breaks the line": "line\r\nbreak",
    "turns the text around": "abc\u202ecod.exe",
    "hides": "zero\u200bwidth\u2060join\ufeff",
    "is a link that quits": "[@click=app.quit]x[/]",
    "is markup that is never closed": "A[/nope]B[bold]",
}
NEVER_WRITTEN: Final = (
    *(b"\x1b]52;c;RVZJTA", b"\x1b]0;", b"\x1b[31;45m", b"\x00", b"\x08", b"\x7f", b"\r\nbreak"),
    *(character.encode() for character in "\x9b\x9d\x9c\u202e\u200b\u2060\ufeff"),
)
HOW_IT_IS_SHOWN: Final = (
    *(
        "␛]52;c;RVZJTA==␇",
        "␛]0;a-new-title␛\\",
        "␛[31;45mred",
        "\ufffd31m",
        "\ufffd52;c;RVZJTA==\ufffd",
        "nul␀bel␇bs␈del␡",
        "line␍⏎break",
    ),
    *("abc\ufffdcod.exe", "zero\ufffdwidth\ufffdjoin\ufffd", "[@click=app.quit]x[/]", "A[/nope]B[bold]"),
)


def page() -> bytes:
    """Return the JSON of an API response whose tag values and ids contain malicious text."""
    connections = [
        {
            "id": f"client_service:{value}, server_service:{value}",
            "type": "aggregated_connection",
            "attributes": {
                "group_bys": {"client_service": [value], "server_service": [value]},
                **dict.fromkeys(CONNECTIONS.counted_keys, 1_000 - number),
            },
        }
        for number, value in enumerate(HOSTILE.values())
    ]
    return json.dumps({"data": connections}).encode()


@contextmanager
def answering(*replies: tuple[int, bytes]) -> Iterator[str]:
    """Yield the URL of a server that sends these replies in order, and then repeats the last reply.

    Each reply is a pair of the HTTP status and the body.
    """
    left = list(replies)

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802  # the name that the standard library asks for
            code, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Do nothing, so that the server writes no log to the terminal of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def assert_unharmed(terminal: Terminal) -> None:
    assert [never for never in NEVER_WRITTEN if never in terminal.raw] == []
    assert terminal.process.poll() is None


def test_tag_values_do_nothing_to_the_terminal(start: Start, size: tuple[int, int]) -> None:
    with answering((200, page())) as url:
        terminal = start("--api-url", url, environ=KEYS, size=size)
        terminal.wait_for(f"{len(HOSTILE)} rows")

        for shown in HOW_IT_IS_SHOWN:
            if size != WIDE:
                terminal.press("d")
            terminal.wait_until(partial(is_in_detail, terminal, f"client_service {shown} server_service {shown} ▲▲"))
            if size != WIDE:
                terminal.press("d")
                terminal.wait_until(partial(is_gone, terminal, "esc closes"))
            terminal.press("down")

    assert_unharmed(terminal)


def is_in_detail(terminal: Terminal, text: str) -> bool:
    return text in detail(terminal)


def test_a_copied_id_holds_nothing_that_acts_where_it_is_pasted(start: Start) -> None:
    with answering((200, page())) as url:
        terminal = start("--api-url", url, environ=KEYS)
        terminal.wait_for(f"{len(HOSTILE)} rows")
        terminal.press(*["space"] * len(HOSTILE))
        terminal.wait_for(f"{len(HOSTILE)} marked")

        terminal.press("y")

        terminal.wait_for("ids sent to the terminal's clipboard.")
    (text,) = copied(terminal)
    assert len(text.split("\n")) == len(HOSTILE)
    assert text.replace("\n", "").isprintable()


def test_what_is_summed_up_and_handed_over_holds_nothing_that_acts(start: Start, tmp_path: Path) -> None:
    with answering((200, page())) as url:
        terminal = start("--api-url", url, environ=KEYS, size=WIDE)
        terminal.wait_for(f"{len(HOSTILE)} rows")
        terminal.press("f")
        terminal.wait_for(f"{len(HOSTILE)} values of")
        for shown in HOW_IT_IS_SHOWN:
            terminal.wait_until(partial(is_there_thrice, terminal, shown))
        terminal.press("esc")
        terminal.wait_until(partial(is_gone, terminal, "esc cancels"))
        terminal.press(*["space"] * len(HOSTILE))
        terminal.wait_for(f"{len(HOSTILE)} marked")

        terminal.press("Y")
        terminal.wait_for("─ Copy as ─")
        terminal.press("enter")
        terminal.wait_for("rows sent to the terminal's clipboard as a note.")
        terminal.press("w")
        terminal.wait_for("─ Write to a file ─")
        terminal.press("enter")
        terminal.wait_for("rows written as CSV.")

    (note,) = copied(terminal)
    (written,) = (path.read_text(encoding="utf-8") for path in tmp_path.glob("cnm-*.csv"))
    assert (note + written).replace("\n", "").isprintable()
    assert len(written.splitlines()) == 1 + len(HOSTILE)
    assert_unharmed(terminal)


def is_there_thrice(terminal: Terminal, text: str) -> bool:
    """Return True if the text is on the screen at least three times: as client and server of its row, and in the
    dialog.
    """
    return terminal.text().count(text) >= 3


def test_a_hostile_refusal_does_nothing_to_the_terminal(start: Start) -> None:
    refusal = json.dumps({"errors": [f"no {value}" for value in HOSTILE.values()]}).encode()
    with answering((200, page()), (400, refusal)) as url:
        terminal = start("--api-url", url, environ=KEYS, size=WIDE)
        terminal.wait_for(f"{len(HOSTILE)} rows")

        terminal.press("r")

        terminal.wait_for("! ")
    assert_unharmed(terminal)


def test_keys_are_never_written_to_the_terminal(start: Start, size: tuple[int, int]) -> None:
    with demo_url() as url:
        terminal = start("--api-url", url, environ=KEYS, size=size)
        terminal.wait_for(" rows · ")
        for key, opened in (("?", "─ Keys ─"), ("b", "─ Group by ─"), ("t", "─ Time range"), ("n", "Rows to ask for")):
            terminal.press(key)
            terminal.wait_for(opened)
            terminal.press("esc")
            terminal.wait_until(partial(is_gone, terminal, opened))

        terminal.press("y", "q")

        assert terminal.wait_exit() == 0
    assert API_KEY.encode() not in terminal.raw
    assert APPLICATION_KEY.encode() not in terminal.raw


def is_gone(terminal: Terminal, text: str) -> bool:
    return text not in terminal.text()


def test_refused_keys_are_not_written_to_the_terminal(start: Start) -> None:
    with demo_url() as url:
        terminal = start("--api-url", url, environ={"DD_API_KEY": "wrong-api", "DD_APP_KEY": "wrong-application"})

        terminal.wait_for("one is wrong, or of another site (cnm-tui doctor)")
        terminal.press("q")

        assert terminal.wait_exit() == 0
    assert b"wrong-" not in terminal.raw


def test_a_megabyte_of_odd_bytes_is_pasted_as_one_text_and_what_is_left_out_is_said(start: Start) -> None:
    with start("--demo") as terminal:
        terminal.wait_until(lambda: rows(terminal))
        terminal.press("e")

        terminal.send(b"\x1b[200~" + b"\x1b]52;c;RVZJTA==\x07q\x11\x1b[A\xff" * 50_000 + b"\x1b[201~")

        terminal.wait_for("pasted characters the first 10,000 are taken.")
        assert "␛]52;c;RVZJTA==␇q" in terminal.text()
        assert_unharmed(terminal)


def test_replies_that_nobody_asked_for_and_a_paste_without_an_end_press_nothing(start: Start) -> None:
    terminal = start("--demo", "--refresh", "off")
    terminal.wait_for(" rows · ")
    terminal.wait_quiet(0.3)
    shown = terminal.text()

    for byte in b"\x1b]11;rgb:1212/1212/1212\x1b\\\x1b[?62;22c\x1bP>|q?b\x1b\\\x1bq\x1bq":
        terminal.send(bytes([byte]))
        time.sleep(0.005)
    terminal.wait_quiet(0.3)

    assert terminal.text() == shown
    terminal.press("e")
    terminal.wait_quiet(0.3)
    terminal.send(b"\x1b[200~client_service:checkout")
    terminal.wait_for("client_service:checkout")
    terminal.press("enter")
    terminal.wait_for(" 11 rows · ")
