"""Test repeated refreshes with the largest possible answer, at the same time as a user presses keys."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from tests.program import KEYS
from tests.pty.conftest import Start
from tests.pty.reading import round_trips, rows
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

MOST_ROWS: Final = 7_500
REFRESHES: Final = 4
HELD_ON: Final = 10
"""Number of presses after the last byte is sent, while the answer is decoded and waits."""


class Service:
    """An HTTP service that answers with the maximum number of rows.

    In answer number n, each round-trip time is n ms.
    """

    def __init__(self) -> None:
        self.url = ""
        self.begun = 0
        self.sent = 0

    def reply(self) -> bytes:
        self.begun += 1
        return json.dumps({"data": [row(number, self.begun * 1_000) for number in range(MOST_ROWS)]}).encode()


def row(number: int, rtt_micro_seconds: int) -> dict[str, object]:
    """Return a row with this number. Rows with low numbers have more bytes, so that a refresh never moves a row."""
    groups = {"client_service": [f"web-{number:04}"], "server_service": ["store"]}
    counters = {
        **dict.fromkeys(CONNECTIONS.counted_keys, 0),
        "bytes_sent_by_client": 10_000_000 - number,
        "rtt_micro_seconds": rtt_micro_seconds,
    }
    named = ", ".join(f"{field}:{value}" for field, (value,) in groups.items())
    return {"id": named, "type": "aggregated_connection", "attributes": {"group_bys": groups, **counters}}


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # noqa: N802  # the name that the standard library asks for
            body = service.reply()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            service.sent += 1

        def log_message(self, *_arguments: object) -> None:
            """Do nothing, so that the server writes no log to the terminal of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        service.url = f"http://127.0.0.1:{server.server_port}"
        yield service
        server.shutdown()
        thread.join()


@pytest.fixture
def terminal(start: Start, service: Service, size: tuple[int, int]) -> Terminal:
    """Return a terminal in which cnm-tui displays the first answer."""
    # The column that tells the answers apart is in sight in a small window, too.
    asked = ("--api-url", service.url, "-n", str(MOST_ROWS), "--columns", "rtt,total", "--refresh", "off")
    terminal = start(*asked, size=size, environ=KEYS)
    terminal.wait_for("7,500 rows")
    wait_for_answer(terminal, 1)
    return terminal


def wait_for_answer(terminal: Terminal, number: int) -> None:
    """Wait until all visible rows belong to the answer with this number."""
    terminal.wait_until(lambda: rows(terminal) and set(round_trips(terminal)) == {number * 1e3})


def names(terminal: Terminal) -> list[str]:
    """Return the client name of each visible row."""
    return [row.split()[0] for row in rows(terminal)]


def see_the_next_page(terminal: Terminal) -> None:
    """Press a key for the next page, and wait until all its rows are drawn."""
    before = names(terminal)
    terminal.press("pgdn")
    terminal.wait_until(lambda: names(terminal) not in ([], before) and is_whole(names(terminal)))


def is_whole(page: list[str]) -> bool:
    """Return True if the names are consecutive. They are not while a page is drawn in part."""
    first = int(page[0].removeprefix("web-"))
    return page == [f"web-{number:04}" for number in range(first, first + len(page))]


def test_each_refresh_is_shown_and_keys_go_on_working(terminal: Terminal, service: Service) -> None:
    for number in range(2, 2 + REFRESHES):
        terminal.press("r")

        wait_for_answer(terminal, number)
        see_the_next_page(terminal)

    assert service.begun == 1 + REFRESHES


def test_a_key_goes_on_working_while_answers_come_and_each_is_shown_once_it_is_let_go(
    terminal: Terminal, service: Service
) -> None:
    for number in range(2, 2 + REFRESHES):
        terminal.press("r")

        while service.sent < number:
            see_the_next_page(terminal)
        for _ in range(HELD_ON):
            see_the_next_page(terminal)

        seen = names(terminal)
        wait_for_answer(terminal, number)
        assert names(terminal) == seen
