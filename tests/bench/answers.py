"""Generate the API responses for all measurements. They are always the same, and as large as the API allows."""

import json
import random
from typing import Any, Final

from cnm_tui.core.endpoint import CONNECTIONS

GROUP_BYS: Final = ("client_service", "client_pod_name", "server_service", "server_pod_name")
_SERVICES: Final = [
    f"{team}-{what}" for team in ("web", "pay", "shop", "mail") for what in ("api", "db", "cache", "job")
]

_ILL_SHARE: Final = 0.03
"""Share of the rows with problems, twenty times as frequent as in other rows."""


def answer(rows: int, *, turn: int = 0, changed_share: float = 1.0, first: int = 0) -> bytes:
    """Return the JSON of an API response with this number of rows.

    Args:
        rows: The number of rows.
        turn: The number of the response. For another number, some rows have other metrics, but the same names.
        changed_share: The share of the rows whose metrics depend on `turn`, from 0 to 1.
        first: The number of the first row.
    """
    numbers = range(first, first + rows)
    data = [_row(number, turn if _changes(number, turn, changed_share) else 0) for number in numbers]
    return json.dumps({"data": data}, separators=(",", ":")).encode()


def _changes(number: int, turn: int, share: float) -> bool:
    return random.Random(f"{number}/{turn}").random() < share


def _row(number: int, turn: int) -> dict[str, Any]:
    names = random.Random(number)
    groups = [
        client := names.choice(_SERVICES),
        f"{client}-{names.getrandbits(36):09x}-{number:05}",
        server := names.choice(_SERVICES),
        f"{server}-{names.getrandbits(36):09x}-{names.getrandbits(20):05x}",
    ]
    figures = random.Random(f"{number}/{turn}")
    # The largest first and always in the same order, so that a refresh moves no row.
    sent = (10_000_000 - number) * 100 + turn
    packets = sent // 900
    ill = 20 if figures.random() < _ILL_SHARE else 1
    counters = dict.fromkeys(CONNECTIONS.counted_keys, 0) | {
        "bytes_sent_by_client": sent,
        "bytes_sent_by_server": int(sent * names.uniform(0.1, 9)),
        "packets_sent_by_client": packets,
        "packets_sent_by_server": int(packets * figures.uniform(0.5, 3)),
        "rtt_micro_seconds": int(figures.uniform(300, 40_000)) * ill,
        "tcp_established_connections": figures.randint(1, 400),
        "tcp_closed_connections": figures.randint(1, 400),
        "tcp_refusals": figures.randint(0, 3) * ill,
        "tcp_resets": figures.randint(0, 40) * ill,
        "tcp_retransmits": int(packets * figures.uniform(0.0002, 0.004)) * ill,
        "tcp_timeouts": figures.randint(0, 3) * ill,
        "tcp_rto_count": int(packets * figures.uniform(0.0001, 0.001)) * ill,
        "tcp_recovery_count": int(packets * figures.uniform(0.0001, 0.001)) * ill,
        "tcp_reord_seen": figures.randint(0, 90),
        "tcp_rcv_ooo_pack": figures.randint(0, 900),
    }
    return {
        "id": ", ".join(f"{key}:{value}" for key, value in zip(GROUP_BYS, groups, strict=True)),
        "type": "aggregated_connection",
        "attributes": {"group_bys": {k: [v] for k, v in zip(GROUP_BYS, groups, strict=True)}, **counters},
    }
