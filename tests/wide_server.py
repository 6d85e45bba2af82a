"""Run an HTTP server that simulates the API with very many rows: `python -m tests.wide_server PORT [ROWS]`."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from tests.wide_world import WideWorld


def reply(world: WideWorld, query_string: str) -> bytes:
    """Return the JSON of the response to a request with this query string."""
    asked = {name: values[0] for name, values in parse_qs(query_string).items()}
    fields = tuple(asked["group_by"].split(","))
    answer = world.answer(Query(group_bys=fields, search=asked.get("query", ""), limit=int(asked["limit"])))
    return json.dumps({"data": list(_rows(answer, fields))}).encode()


def _rows(answer: Snapshot, fields: tuple[str, ...]) -> Iterator[dict[str, object]]:
    for row in answer.connections:
        groups = {field: list(values) or ["N/A"] for field, values in zip(fields, row.groups, strict=True)}
        counters = dict(zip(CONNECTIONS.counted_keys, row.counters, strict=True))
        yield {"id": row.id, "type": "aggregated_connection", "attributes": {"group_bys": groups, **counters}}


def server(world: WideWorld, port: int = 0) -> ThreadingHTTPServer:
    """Return an HTTP server on this machine that serves the rows of this simulated network."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802  # http.server's name
            body = reply(world, urlsplit(self.path).query)
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.api+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Do nothing, so that the server prints no log."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


@contextmanager
def serving(world: WideWorld) -> Iterator[str]:
    """Yield the URL of a running server with the rows of this simulated network."""
    running = server(world)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


if __name__ == "__main__":
    server(WideWorld(int(sys.argv[2]) if len(sys.argv) > 2 else 100_000), int(sys.argv[1])).serve_forever()
