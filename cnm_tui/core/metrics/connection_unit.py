"""What the two figures of TCP connections are: a count over the window, or a rate per second.

The reference says "measured in connections per second from the client", but the type is an integer, the documented
example has 40 established beside 10 packets of the client, and the web lists "established" and "established / second"
apart. So each answer is asked: a connection costs packets, so a row in which established x seconds of the window
exceeds the packets of both sides shows a count. Nothing can show a rate; what is not shown is judged as a count, which
flags more. All that is worked out from established connections begins here.
"""

from collections.abc import Sequence
from operator import add
from typing import Final

from cnm_tui.core.metrics.catalogue import COUNTED_KEYS, Columns, Counters, Metric, Number

_COUNT_OR_RATE: Final = frozenset({"tcp_established_connections", "tcp_closed_connections"})
ESTABLISHED: Final = COUNTED_KEYS.index("tcp_established_connections")
_PACKETS: Final = tuple(COUNTED_KEYS.index(f"packets_sent_by_{side}") for side in ("client", "server"))
_FAILED: Final = tuple(COUNTED_KEYS.index(f"tcp_{kind}") for kind in ("refusals", "resets", "timeouts"))


def may_be_rate(metric: Metric) -> bool:
    """True for the two figures of which the reference does not tell what they are."""
    return metric.key in _COUNT_OR_RATE


def shows_counts(columns: Columns, window_seconds: float) -> bool:
    """True if these connections show that the figures are counts; an absent figure shows nothing.

    Args:
        columns: For each of `COUNTED` the figures of all connections.
    """
    rows = zip(columns[ESTABLISHED], *(columns[packets] for packets in _PACKETS), strict=True)
    return any(
        # Mostly none is established, or the first rows show it already.
        established and sent is not None and received is not None and established * window_seconds > sent + received
        for established, sent, received in rows
    )


def unit_sentence(metric: Metric, *, counts_shown: bool) -> str:
    """Return what is known of the unit of this figure; empty for a figure of which it is documented."""
    if not may_be_rate(metric):
        return ""
    if counts_shown:
        return "A count over the window: as a rate it would need more packets than there were."
    return "From this answer, count or rate is not known; it is judged as a count."


def attempts(counters: Counters) -> Number | None:
    """Return the connections tried within the window: established, refused, reset or timed out.

    None where the established ones are absent: a share of the others alone would always be all of them.
    """
    known = counters[ESTABLISHED]
    return None if known is None else known + sum(counters[failed] or 0 for failed in _FAILED)


def attempts_of(columns: Columns) -> Sequence[Number | None]:
    """Return the attempts of many connections."""
    try:
        # Mostly nothing is absent.
        tried = columns[ESTABLISHED]
        for failed in _FAILED:
            tried = list(map(add, tried, columns[failed]))
        return tried
    except TypeError:
        return [attempts(counters) for counters in zip(*columns, strict=True)]
