"""Write recording files for tests. A test supplies only the values that matter, and the rest has defaults."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from cnm_tui.core.query import Query
from cnm_tui.core.service import Exchange
from cnm_tui.core.time.time_range import Window
from cnm_tui.store.recording import Recorder, written
from tests.builders import MOMENT


def a_body(*rows: Mapping[str, Any], group_bys: Sequence[str] = ("client_service", "server_service")) -> bytes:
    """Return the JSON of an API response with these rows.

    A row is a dictionary of metrics, and may contain the names `client` and `server`.
    """
    data = []
    for row in rows:
        ends = [row.get("client", "web"), row.get("server", "store")]
        groups = {group_by: [value] for group_by, value in zip(group_bys, ends, strict=False)}
        figures = {name: value for name, value in row.items() if name not in ("client", "server")}
        data.append({"id": ", ".join(f"{k}:{v[0]}" for k, v in groups.items()), "attributes": {"group_bys": groups}})
        data[-1]["attributes"] |= figures  # type: ignore[operator]
    return json.dumps({"data": data}).encode()


def an_exchange(
    query: Query | None = None,
    at: float = MOMENT,
    body: bytes | None = None,
    *,
    status: int = 200,
    window: Window | None = None,
    rate_limit: Mapping[str, str] | None = None,
) -> Exchange:
    """Return the record of a query that was sent at the time `at`, together with the reply of the API."""
    query = query or Query()
    body = a_body({"bytes_sent_by_client": 1_000}) if body is None else body
    return Exchange(query, window or query.time_range.window(at), at, at + 0.5, status, rate_limit or {}, body)


def a_recording(path: Path, *exchanges: Exchange, label: str = "datadoghq.eu") -> Path:
    """Write a recording file that contains these replies, and return its path."""
    with closing(Recorder(path)) as recorder:
        for exchange in exchanges:
            recorder.add(written(exchange, label))
    return path
