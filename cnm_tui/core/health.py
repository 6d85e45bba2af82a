"""Which figures are odd and which are bad: one table of thresholds, each with its reason."""

from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

from cnm_tui.core.connection_unit import attempts
from cnm_tui.core.metrics import COUNTED_KEYS, Counters, Number


class Health(Enum):
    """How a figure stands."""

    GOOD = "good"
    ODD = "odd"
    BAD = "bad"


class Of(Enum):
    """What a figure is measured against, so that busy and quiet connections are judged alike."""

    ITSELF = "itself"
    PACKETS_SENT = "packets sent by the client"
    PACKETS_RECEIVED = "packets sent by the server"
    CONNECTIONS = "connections tried within the window"


class Threshold(NamedTuple):
    """From where on a figure is odd, and from where on it is bad."""

    of: Of
    odd: float
    bad: float
    reason: str


_LOSS: Final = "TCP's throughput falls with the square root of loss (Mathis et al. 1997): 1 % is felt, 3 % hurts."
_ATTEMPTS: Final = "A rule of thumb: one failed attempt in 100 shows in an error budget, one in 20 is an incident."

THRESHOLDS: Final[Mapping[str, Threshold]] = {
    "retransmit_share": Threshold(Of.ITSELF, 0.01, 0.03, _LOSS),
    "tcp_retransmits": Threshold(Of.PACKETS_SENT, 0.01, 0.03, _LOSS),
    "rtt_micro_seconds": Threshold(
        Of.ITSELF,
        100_000,
        300_000,
        "100 ms is the most that feels immediate (Nielsen 1993); 300 ms is twice the 150 ms one way of ITU-T G.114.",
    ),
    "tcp_refusals": Threshold(Of.CONNECTIONS, 0.01, 0.05, _ATTEMPTS),
    "tcp_resets": Threshold(Of.CONNECTIONS, 0.01, 0.05, _ATTEMPTS),
    "tcp_timeouts": Threshold(Of.CONNECTIONS, 0.01, 0.05, _ATTEMPTS),
    "tcp_rto_count": Threshold(
        Of.PACKETS_SENT,
        0.002,
        0.01,
        "A time-out costs 200 ms or more (RFC 6298, Linux), a fast recovery one round trip.",
    ),
    "tcp_rcv_ooo_pack": Threshold(
        Of.PACKETS_RECEIVED, 0.01, 0.05, "Three packets out of order look like a loss to the sender (RFC 5681)."
    ),
    "tcp_delivered_ce": Threshold(
        Of.PACKETS_SENT, 0.01, 0.1, "A mark is a queue about to drop (RFC 3168); DCTCP lives with a few (RFC 8257)."
    ),
    "tcp_probe0_count": Threshold(
        Of.CONNECTIONS, 0.1, 1.0, "A window stays shut only while the receiving application does not read (RFC 9293)."
    ),
}

_LIKE_LOSS: Final = Threshold(Of.PACKETS_SENT, 0.01, 0.03, "Events on the way of packets are felt as their loss is.")
"""For counts that are nothing odd by themselves."""

_PACKETS_SENT: Final = COUNTED_KEYS.index("packets_sent_by_client")
_PACKETS_RECEIVED: Final = COUNTED_KEYS.index("packets_sent_by_server")


def health(key: str, number: Number | None, counters: Counters, window_seconds: float) -> Health:
    """How the figure of this metric stands on a connection with these counters."""
    threshold = THRESHOLDS.get(key)
    if threshold is None or not number:
        return Health.GOOD
    # As it is shown, in percent with two decimals: otherwise "1.00 %" would stand with a sign here and without there.
    measured = round(100 * (number / _measure(threshold.of, number, counters, window_seconds)), 2) / 100
    if measured >= threshold.bad:
        return Health.BAD
    return Health.ODD if measured >= threshold.odd else Health.GOOD


def noticed_from(key: str, number: Number, counters: Counters, window_seconds: float) -> float:
    """How much more or less of a count is noticed by anybody: a tenth of what makes it odd."""
    threshold = THRESHOLDS.get(key, _LIKE_LOSS)
    return threshold.odd / 10 * _measure(threshold.of, number, counters, window_seconds)


def _measure(of: Of, number: Number, counters: Counters, window_seconds: float) -> float:
    """What to divide by; the figure itself where nothing else is known, which makes it bad."""
    if of is Of.ITSELF:
        return 1.0
    if of is Of.PACKETS_SENT:
        return counters[_PACKETS_SENT] or number
    if of is Of.PACKETS_RECEIVED:
        return counters[_PACKETS_RECEIVED] or number
    return attempts(counters) or number
