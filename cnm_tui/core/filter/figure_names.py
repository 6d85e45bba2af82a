"""What people call the figures: as the endpoint does, by their headings, or shorter; the same wherever one is named."""

import re
from collections.abc import Mapping
from typing import Final

from cnm_tui.core.metrics.catalogue import METRICS, Counters, Metric, Number
from cnm_tui.core.units import COUNT


def _all_packets(counters: Counters, window_seconds: float) -> Number | None:
    sent = METRICS["packets_sent_by_client"].value(counters, window_seconds)
    received = METRICS["packets_sent_by_server"].value(counters, window_seconds)
    return None if sent is None and received is None else (sent or 0) + (received or 0)


# Of both sides, as `bytes` are, though no column shows it.
_PACKETS_MEANING: Final = "Packets sent by both sides within the window."
_PACKETS: Final = Metric("total_packets", "PACKETS", "packets", COUNT, _PACKETS_MEANING, _all_packets)

SHORT_NAMES: Final[Mapping[str, str]] = {
    "bytes": "total_bytes",
    "bytes_sent": "bytes_sent_by_client",
    "received": "bytes_sent_by_server",
    "bytes_received": "bytes_sent_by_server",
    "packets_sent": "packets_sent_by_client",
    "packets_recvd": "packets_sent_by_server",
    "packets_received": "packets_sent_by_server",
    "established": "tcp_established_connections",
    "refusals": "tcp_refusals",
    "retransmits": "tcp_retransmits",
    "retransmits%": "retransmit_share",
    "out_of_order": "tcp_rcv_ooo_pack",
}
"""What people call the metrics, beside their keys and headings."""

NAMED: Final[Mapping[str, Metric]] = {
    **{metric.key: metric for metric in METRICS.values()},
    **{metric.label.casefold().replace(" ", "_"): metric for metric in METRICS.values()},
    **{name: METRICS[key] for name, key in SHORT_NAMES.items()},
    "packets": _PACKETS,
    "total_packets": _PACKETS,
}
"""Each name that a comparison may begin with, in lower case, with underscores for spaces."""


def spelt(name: str) -> str:
    """Return a name as `NAMED` has it: `PKTS SENT` is `pkts_sent`."""
    return re.sub(r"[\s_-]+", "_", name.strip()).casefold()


def column_called(name: str) -> str | None:
    """Return the key of the column of figures that is called so; None where there is none.

    Packets of both sides are only for the filter: no column shows them.
    """
    metric = NAMED.get(spelt(name))
    return metric.key if metric is not None and metric.key in METRICS else None
