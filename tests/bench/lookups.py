"""Measure how fast 7,500 rows of DNS data are decoded, examined for findings, and arranged in a table.

The measurements are the same as for connections.
"""

import json
import random
from collections.abc import Callable, Iterator
from time import process_time
from typing import Any, Final

import msgspec

from cnm_tui.api.row_decoder import DecodedRows, RowDecoder
from cnm_tui.core.diagnosis.diagnosis import Diagnosis
from cnm_tui.core.diagnosis.words import explained
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import Arrangement, arrange, usual_arrangement
from cnm_tui.core.time.time_range import Window
from tests.bench.figures import Figure, at_most, for_orientation, ms, ratio
from tests.bench.programs import ROWS

_GROUP_BYS: Final = ("client_service", "client_pod_name", "network.dns_query")
_QUERY: Final = Query(_GROUP_BYS, limit=ROWS, endpoint=DNS)
_ILL_SHARE: Final = 0.03
_TIMES: Final = 15


def dns() -> Iterator[Figure]:
    """Measure how long it takes to decode, examine, arrange and filter the rows of a DNS response."""
    body = _answer()
    typed = msgspec.json.Decoder(_typed_reply())
    floor = _shortest(lambda: typed.decode(body))
    yield ratio("decoding 7,500 rows of DNS, against msgspec typed", _shortest(lambda: _decoded(body)), floor, 2.0)
    rows = Snapshot(_QUERY, Window(0, 900), 900, _decoded(body).connections)
    yield at_most("diagnosing 7,500 rows of DNS", _shortest(lambda: Diagnosis(rows)) * 1000, 40, "ms")
    usual = usual_arrangement(DNS)
    filtered = Arrangement(usual.sort, RowFilter("timeouts%>1% svc-", DNS))
    yield for_orientation("arranging 7,500 rows of DNS", ms(_shortest(lambda: _arranged(rows, usual))))
    yield for_orientation("filtering 7,500 rows of DNS", ms(_shortest(lambda: _arranged(rows, filtered))))
    every = _shortest(lambda: [explained(rows, at).evidence for at in range(ROWS)])
    yield for_orientation("the evidence of 7,500 rows of DNS, as JSON has it", ms(every))


def _arranged(rows: Snapshot, arrangement: Arrangement) -> object:
    return arrange(rows, arrangement).order


def _answer() -> bytes:
    """Return the JSON of a response with 7,500 DNS rows. The content is the same at each call."""
    figures = random.Random(7)
    rows = []
    for number in range(ROWS):
        values = (f"svc-{number % 40}", f"svc-{number % 40}-{number:05}", f"name-{number % 300}.shop.example")
        rows.append(
            {
                "id": ",".join(f"{key}:{value}" for key, value in zip(_GROUP_BYS, values, strict=True)),
                "type": "aggregated_dns",
                "attributes": {
                    "group_bys": [{"key": key, "value": value} for key, value in zip(_GROUP_BYS, values, strict=True)],
                    "metrics": [{"key": key, "value": value} for key, value in _figures(figures).items()],
                },
            }
        )
    return json.dumps({"data": rows}, separators=(",", ":")).encode()


def _figures(figures: random.Random) -> dict[str, int]:
    ill = 40 if figures.random() < _ILL_SHARE else 1
    success, nxdomain = figures.randint(50, 90_000), figures.randint(0, 300)
    timeouts, servfail = (figures.randint(0, success // 2_000) * ill for _ in range(2))
    errors = nxdomain + servfail
    latency = figures.randint(1, 60) * (ill if ill == 1 else 8)
    counted = (success + errors + timeouts, errors + timeouts, success, errors, timeouts, nxdomain, servfail, 0)
    return dict(zip(DNS.counted_keys, (*counted, latency, 2 * latency), strict=True))


def _typed_reply() -> Any:
    """Return the type that msgspec needs to decode the response without any code of this project."""
    pair = msgspec.defstruct("Pair", [("key", str), ("value", str)], gc=False)
    figure = msgspec.defstruct("Figure", [("key", str), ("value", int | float | None)], gc=False)
    lists: list[tuple[str, Any]] = [("group_bys", list[pair]), ("metrics", list[figure])]  # type: ignore[valid-type]
    row = msgspec.defstruct("Row", lists, gc=False)
    entry = msgspec.defstruct("Entry", [("id", str), ("attributes", row)], gc=False)
    return msgspec.defstruct("Reply", [("data", list[entry])])  # type: ignore[valid-type]  # made at run time


def _decoded(body: bytes) -> DecodedRows:
    decoder = RowDecoder.of(_QUERY, "the endpoint", whole=lambda: body, keeps_json=False)
    decoder.feed(body)
    return decoder.rows()


def _shortest(work: Callable[[], object]) -> float:
    """Run the function many times, and return its shortest processor time in seconds."""
    times = []
    for _ in range(_TIMES):
        started = process_time()
        work()
        times.append(process_time() - started)
    return min(times)
