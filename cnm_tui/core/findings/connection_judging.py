"""Apply the rules to one row of connections.

The rules decide which findings the row has, which findings explain other findings, and which finding comes
first.
"""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final

from cnm_tui.core.findings.connection_rules import (
    ATTEMPTS_AND_RETRIES,
    LEAST_EXCESS,
    MOST_RESENT,
    RELATIVE_SLOWNESS,
    RULES,
    STALL_SECONDS,
)
from cnm_tui.core.findings.rule import Held, Level, Severity
from cnm_tui.core.metrics.connection_limits import AT, ESTABLISHED, LEAST_PACKETS_OF_TIME, THRESHOLDS
from cnm_tui.core.metrics.metric import Counters, Number

SENT: Final = AT["packets_sent_by_client"]
RECEIVED: Final = AT["packets_sent_by_server"]
RTT: Final = AT["rtt_micro_seconds"]
TROUBLE: Final = tuple(
    AT[f"tcp_{name}"]
    for name in (
        *("refusals", "resets", "retransmits", "timeouts", "rto_count", "recovery_count"),
        *("reord_seen", "rcv_ooo_pack", "delivered_ce", "probe0_count"),
    )
)
"""Counters that prove, if above zero, that TCP is measured."""

RETRANSMITS: Final = AT["tcp_retransmits"]
_REORDERED: Final = AT["tcp_reord_seen"]
_MARKED: Final = AT["tcp_delivered_ce"]
_GIVEN_UP: Final = AT["tcp_timeouts"]
_TIME_OUTS: Final = AT["tcp_rto_count"]
_RECOVERIES: Final = AT["tcp_recovery_count"]
_LIMIT_OF_LOSS: Final = THRESHOLDS["tcp_retransmits"].odd
_LIMIT_OF_STALLS: Final = THRESHOLDS["tcp_rto_count"].odd
_SLOW: Final = THRESHOLDS["rtt_micro_seconds"]
_UNKNOWN_RTT: Final = _SLOW.odd
_TAKES_IN: Final = {rule.code: rule.takes_in for rule in RULES}
_SECONDS_OF_A_TRY: Final = 1.0
"""A refused or closed client retries after about a second: the first timeout of RFC 6298."""
_PACKETS_OF_A_ROUND: Final = 10
"""The initial window (RFC 6928): about as many packets are sent per round trip."""
_LEAST_SECONDS_LOST: Final = (0.0, 0.0, 0.1, 1.0)
"""Minimum time lost for each severity; a harmless effect is no warning, whatever its share."""


def held(levels: Sequence[tuple[str, Level]], counters: Counters, typical_rtt: Number | None) -> list[Held]:
    """Return the findings of a row, most important first. Findings that another finding explains are left out.

    Args:
        levels: Pairs of a rule's code and the highest limit that the row has proven to exceed.
        counters: The counters of the row.
        typical_rtt: The median RTT of the other rows between the same zones, in microseconds. None if unknown.
    """
    found: dict[str, Level] = {}
    for code, level in levels:
        if code not in found or level.severity > found[code].severity:
            found[code] = level
    slow = slowness(counters, typical_rtt)
    codes: Collection[str] = found if slow is None else {*found, slow.code}
    known = [
        Held(code, *_effect(code, level, counters.__getitem__), level.metric, level.limit)
        for code, level in found.items()
        if code not in _CONTRADICTED or _holds(code, counters.__getitem__, codes)
    ]
    if slow is not None:
        known.append(slow)
    return known if len(known) < 2 else _ranked(known, counters, zones_known=typical_rtt is not None)


def slowness(counters: Counters, typical_rtt: Number | None) -> Held | None:
    """Return the finding "slow path" for a row with a long round-trip time.

    Return None if the round-trip time is normal, or if it was not measured with enough packets.
    """
    rtt, sent = counters[RTT], counters[SENT]
    if not rtt or not sent or sent < LEAST_PACKETS_OF_TIME:
        return None
    if typical_rtt is None:
        if rtt < _SLOW.odd:
            return None
        severity = Severity.WARNING if rtt >= _SLOW.bad else Severity.NOTE
        limit: float = _SLOW.bad if rtt >= _SLOW.bad else _SLOW.odd
        excess = rtt - _SLOW.odd
    else:
        limit = max(RELATIVE_SLOWNESS * typical_rtt, typical_rtt + LEAST_EXCESS)
        if rtt < limit:
            return None
        severity = Severity.CRITICAL if rtt >= _SLOW.bad else Severity.WARNING
        excess = rtt - typical_rtt
    seconds = sent / _PACKETS_OF_A_ROUND * excess / 1e6
    return Held("slow_path", _lowered(severity, seconds), seconds, "rtt_micro_seconds", limit)


def _holds(code: str, counter: Callable[[int], Number | None], found: Collection[str]) -> bool:
    """True if a finding is plausible, because no other counter of the row contradicts it."""
    if code == "loss_stalls":
        return (counter(_TIME_OUTS) or 0) >= (counter(_RECOVERIES) or 0)
    if code == "reordering":
        if "loss" in found or "loss_stalls" in found:
            # More of it than of loss is not explained by loss, and with so much loss it is not reordering alone.
            return (counter(_REORDERED) or 0) <= (counter(RETRANSMITS) or 0)
        # Unproven loss may be the cause of apparent reordering.
        sent = counter(SENT) or 0
        return (counter(RETRANSMITS) or 0) < _LIMIT_OF_LOSS * sent and (
            counter(_TIME_OUTS) or 0
        ) < _LIMIT_OF_STALLS * sent
    return True


_CONTRADICTED: Final = frozenset({"loss_stalls", "reordering"})
"""The codes of findings that other counters of the row may contradict."""
_SECONDS_OF_ONE: Final = {
    "filtered": (AT["tcp_timeouts"], ATTEMPTS_AND_RETRIES),
    "refused": (AT["tcp_refusals"], _SECONDS_OF_A_TRY),
    "reset": (AT["tcp_resets"], _SECONDS_OF_A_TRY),
    "receiver_stalled": (AT["tcp_probe0_count"], STALL_SECONDS),
}


def _seconds_lost(code: str, counter: Callable[[int], Number | None]) -> float:
    """Return an estimate of how many seconds all connections of the row together lost because of a finding."""
    if code in _SECONDS_OF_ONE:
        at, seconds = _SECONDS_OF_ONE[code]
        return (counter(at) or 0) * seconds
    round_trip = (counter(RTT) or _UNKNOWN_RTT) / 1e6
    if code == "congestion":
        return (counter(AT["tcp_delivered_ce"]) or 0) / _PACKETS_OF_A_ROUND * round_trip
    if code == "reordering":
        seen = max(counter(AT["tcp_reord_seen"]) or 0, counter(AT["tcp_rcv_ooo_pack"]) or 0)
        return seen / _PACKETS_OF_A_ROUND * round_trip
    # A timeout costs a pause; a repair by recovery costs about a round trip.
    return (counter(_TIME_OUTS) or 0) * STALL_SECONDS + (counter(RETRANSMITS) or 0) * round_trip


def _lowered(severity: Severity, seconds_lost: float) -> Severity:
    while seconds_lost < _LEAST_SECONDS_LOST[severity]:
        severity = Severity(severity - 1)
    return severity


def effect_alone(code: str, level: Level, counter: Callable[[int], Number | None]) -> tuple[Severity, float] | None:
    """Return the severity and the lost seconds for a row that has only one finding.

    Return None if other counters of the row contradict the finding.
    """
    return None if code in _CONTRADICTED and not _holds(code, counter, ()) else _effect(code, level, counter)


def _effect(code: str, level: Level, counter: Callable[[int], Number | None]) -> tuple[Severity, float]:
    """Return the severity and the lost seconds of one finding; a finding that cost little time is less severe."""
    seconds = _seconds_lost(code, counter)
    return _lowered(_capped(code, level.severity, counter), seconds), seconds


def _capped(code: str, severity: Severity, counter: Callable[[int], Number | None]) -> Severity:
    """Return the severity of a finding. If it is unknown how many connections are affected, it is at most a warning."""
    # Connections from before the window are not counted: the probes may be spread over very many.
    if code == "receiver_stalled" and not counter(ESTABLISHED):
        return min(severity, Severity.WARNING)
    return severity


def _explains(code: str, taken: str, counters: Counters) -> bool:
    """True if the first finding can explain the second finding completely.

    The result is False if the row has more events of the second finding than the first finding can cause.

    Args:
        code: The code of the finding that may be the cause.
        taken: The code of the finding that may be explained.
        counters: The counters of the row.
    """
    again = max(counters[RETRANSMITS] or 0, counters[_TIME_OUTS] or 0)
    if code == "filtered" and taken in ("loss", "loss_stalls"):
        return again <= MOST_RESENT * (counters[_GIVEN_UP] or 0)
    if code == "congestion" and taken in ("loss", "loss_stalls"):
        # A queue marks packets instead of dropping them: it does not drop more than it marks.
        return again <= (counters[_MARKED] or 0)
    return True


_LIMITED: Final = frozenset({"filtered", "congestion"})
"""The codes of findings that explain only as much of others as their own counter allows."""


def _ranked(known: Sequence[Held], counters: Counters, *, zones_known: bool) -> list[Held]:
    """Return the findings of a row, most important first. Findings that another finding explains are left out.

    If the zones of client and server are not known, a long round-trip time may only be the effect of distance.
    The finding for slowness then comes after other findings of the same severity.
    """
    left = {one.code: one for one in known}
    unexplained = frozenset(
        (code, taken)
        for code in _LIMITED.intersection(left)
        for taken in _TAKES_IN[code]
        if not _explains(code, taken, counters)
    )
    for code, codes in _explanations(tuple(left), unexplained):
        if codes:
            one = left[code]
            all_of_it = [one, *[left.pop(taken) for taken in codes]]
            severity = max([each.severity for each in all_of_it])
            seconds = max([each.seconds_lost for each in all_of_it])
            left[code] = Held(code, severity, seconds, one.metric, one.limit, codes)
    if len(left) == 1:
        return list(left.values())
    return sorted(
        left.values(),
        key=lambda one: (-one.severity, one.code == "slow_path" and not zones_known, -one.seconds_lost),
    )


@lru_cache(maxsize=256)
def _explanations(
    codes: tuple[str, ...], unexplained: frozenset[tuple[str, str]]
) -> Sequence[tuple[str, tuple[str, ...]]]:
    """Return each code that no other code explains, in a pair with the codes that it explains.

    Args:
        codes: The codes of a row's findings. Codes that explain other codes come first.
        unexplained: Pairs of codes. In this row, the first code of a pair does not explain the second code.
    """
    left = dict.fromkeys(codes)
    found = []
    # Those that explain others come first.
    for code in codes:
        if code in left:
            taken = _explained(code, left, unexplained)
            for one in taken:
                del left[one]
            found.append((code, taken))
    return found


def _explained(code: str, left: Collection[str], unexplained: frozenset[tuple[str, str]]) -> tuple[str, ...]:
    """Return the codes that a finding explains, directly or through another finding.

    Args:
        code: The code of the finding.
        left: The codes of the row that no finding explains so far.
        unexplained: Pairs of codes. In this row, the first code of a pair does not explain the second code.
    """
    direct = [taken for taken in _TAKES_IN[code] if taken in left and (code, taken) not in unexplained]
    further = (more for taken in direct for more in _explained(taken, left, unexplained))
    return tuple(dict.fromkeys([*direct, *further]))


def is_unmeasured(counters: Counters) -> bool:
    """True if a row has neither a measured round-trip time nor a measured TCP counter."""
    return not counters[RTT] and not any(_of_trouble(counters))


_of_trouble: Final = itemgetter(*TROUBLE)
