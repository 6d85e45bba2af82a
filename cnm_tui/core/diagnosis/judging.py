"""Apply the rules to one row: which match, which explain others, and their order."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from cnm_tui.core.diagnosis.rules import (
    ATTEMPTS_AND_RETRIES,
    BY_CODE,
    LEAST_EXCESS,
    RELATIVE_SLOWNESS,
    RULES,
    STALL_SECONDS,
    Level,
    Severity,
)
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.metrics.confidence import LEAST_PACKETS, LEAST_PACKETS_OF_TIME, Of, Sample, is_above, is_enough
from cnm_tui.core.metrics.confidence import measured as base_of
from cnm_tui.core.metrics.confidence import sample as sample_of
from cnm_tui.core.metrics.health import THRESHOLDS, threshold_of
from cnm_tui.core.metrics.metric import Counters, Number

AT: Final = {key: at for at, key in enumerate(CONNECTIONS.counted_keys)}
"""Position of each counter."""
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

_RETRANSMITS: Final = AT["tcp_retransmits"]
_TIME_OUTS: Final = AT["tcp_rto_count"]
_RECOVERIES: Final = AT["tcp_recovery_count"]
_LIMIT_OF_LOSS: Final = THRESHOLDS["tcp_retransmits"].odd
_LIMIT_OF_STALLS: Final = THRESHOLDS["tcp_rto_count"].odd
_SLOW: Final = THRESHOLDS["rtt_micro_seconds"]
_UNKNOWN_RTT: Final = _SLOW.odd
_SECONDS_OF_A_TRY: Final = 1.0
"""A refused or closed client retries after about a second: the first timeout of RFC 6298."""
_PACKETS_OF_A_ROUND: Final = 10
"""The initial window (RFC 6928): about as many packets are sent per round trip."""
_LEAST_SECONDS_LOST: Final = {Severity.CRITICAL: 1.0, Severity.WARNING: 0.1}
"""Minimum time lost for each severity; a harmless effect is no warning, whatever its share."""


class Held(NamedTuple):
    """A rule that matches a row."""

    code: str
    severity: Severity
    seconds_lost: float
    """Estimated time that it cost all connections of the row together within the window."""
    metric: str
    """Key of the deciding metric."""
    limit: float
    """The limit that was exceeded."""
    takes_in: tuple[str, ...] = ()
    """The codes of findings that it explains."""


_JUDGED: Final = [
    (
        rule.code,
        {level.metric: [each for each in rule.levels if each.metric == level.metric] for level in rule.levels},
    )
    for rule in RULES
    if rule.levels
]
"""The levels of each rule by metric, highest first."""
_BASES: Final = {
    level.metric: threshold_of(CONNECTIONS.metrics[level.metric]).of for rule in RULES for level in rule.levels
}


def judge(counters: Counters, typical_rtt: Number | None) -> tuple[list[Held], bool]:
    """Return the rules that match a row, most important first; and True if something odd may be chance.

    Args:
        typical_rtt: The median of the other rows between the same zones, in microseconds; None if unknown.
    """
    held: list[Held] = []
    uncertain = False
    for code, by_metric in _JUDGED:
        best: Held | None = None
        for key, levels in by_metric.items():
            events = counters[AT[key]]
            if not events:
                continue
            found, perhaps = _reached(key, levels, counters, events)
            uncertain = uncertain or perhaps
            if found is not None and (best is None or found.severity > best.severity):
                best = Held(code, found.severity, _seconds_lost(code, counters), key, found.limit)
        if best is not None:
            held.append(best)
    slow = slowness(counters, typical_rtt)
    if slow is not None:
        held.append(slow)
    known = [one for one in held if _holds(one.code, counters, held)]
    ranked = _ranked([_by_effect(one) for one in known], zones_known=typical_rtt is not None)
    return ranked, uncertain or len(known) < len(held)


def _reached(key: str, levels: Sequence[Level], counters: Counters, events: Number) -> tuple[Level | None, bool]:
    """Return the highest proven level; and True if a level is reached, but with too little evidence."""
    of = _BASES[key]
    base = base_of(of, counters)
    sample = sample_of(of, events, base)
    if sample is None or not is_enough(of, sample):
        return None, _would_be_odd(of, sample, levels[-1].limit)
    for level in levels:
        if is_above(of, sample, level.limit):
            return level, False
    return None, sample.share >= levels[-1].limit


def _would_be_odd(of: Of, sample: Sample | None, limit: float) -> bool:
    """True if a share with too little or no known evidence exceeds the limit."""
    return sample is None or of is Of.CONNECTIONS or sample.share >= limit


def slowness(counters: Counters, typical_rtt: Number | None) -> Held | None:
    """Return the finding of a slow path; None if the round-trip time is normal or not measured."""
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
    return Held("slow_path", severity, sent / _PACKETS_OF_A_ROUND * excess / 1e6, "rtt_micro_seconds", limit)


def _holds(code: str, counters: Counters, held: Sequence[Held]) -> bool:
    """True unless other counters of the row contradict the share."""
    if code == "loss_stalls":
        return (counters[_TIME_OUTS] or 0) >= (counters[_RECOVERIES] or 0)
    if code == "reordering" and not any(one.code == "loss" or one.code == "loss_stalls" for one in held):
        # Unproven loss may be the cause of apparent reordering.
        sent = counters[SENT] or 0
        return (counters[_RETRANSMITS] or 0) < _LIMIT_OF_LOSS * sent and (
            counters[_TIME_OUTS] or 0
        ) < _LIMIT_OF_STALLS * sent
    return True


def _seconds_lost(code: str, counters: Counters) -> float:
    """Return an estimate of the time that all connections of the row lost together, in seconds."""
    round_trip = (counters[RTT] or _UNKNOWN_RTT) / 1e6
    if code == "filtered":
        return (counters[AT["tcp_timeouts"]] or 0) * ATTEMPTS_AND_RETRIES
    if code in ("refused", "reset"):
        return (counters[AT["tcp_refusals" if code == "refused" else "tcp_resets"]] or 0) * _SECONDS_OF_A_TRY
    if code == "receiver_stalled":
        return (counters[AT["tcp_probe0_count"]] or 0) * STALL_SECONDS
    if code == "congestion":
        return (counters[AT["tcp_delivered_ce"]] or 0) / _PACKETS_OF_A_ROUND * round_trip
    if code == "reordering":
        seen = max(counters[AT["tcp_reord_seen"]] or 0, counters[AT["tcp_rcv_ooo_pack"]] or 0)
        return seen / _PACKETS_OF_A_ROUND * round_trip
    # A timeout costs a pause; a repair by recovery costs about a round trip.
    return (counters[_TIME_OUTS] or 0) * STALL_SECONDS + (counters[_RETRANSMITS] or 0) * round_trip


def _by_effect(held: Held) -> Held:
    """Return the finding with a lower severity if it cost almost no time."""
    severity = held.severity
    while held.seconds_lost < _LEAST_SECONDS_LOST.get(severity, 0.0):
        severity = Severity(severity - 1)
    return held if severity is held.severity else held._replace(severity=severity)


def _ranked(held: Sequence[Held], *, zones_known: bool) -> list[Held]:
    """Return the findings that no other one explains, most important first.

    Without known zones a long round trip may be mere distance, so it comes after others of the same severity.
    """
    left = {one.code: one for one in held}
    # Findings that explain others come first.
    for one in held:
        if one.code in left and (codes := _explained(one.code, left)):
            explained = [left.pop(code) for code in codes]
            left[one.code] = one._replace(
                severity=max(one.severity, *(each.severity for each in explained)),
                seconds_lost=max(one.seconds_lost, *(each.seconds_lost for each in explained)),
                takes_in=codes,
            )
    return sorted(
        left.values(),
        key=lambda one: (-one.severity, one.code == "slow_path" and not zones_known, -one.seconds_lost),
    )


def _explained(code: str, held: Collection[str]) -> tuple[str, ...]:
    """Return the codes that a finding explains, directly or indirectly."""
    direct = [taken for taken in BY_CODE[code].takes_in if taken in held]
    return tuple(dict.fromkeys([*direct, *(further for taken in direct for further in _explained(taken, held))]))


def is_unmeasured(counters: Counters) -> bool:
    """True if no TCP counter was measured."""
    return not counters[RTT] and not any(counters[at] for at in TROUBLE)


def is_enough_for_healthy(counters: Counters) -> bool:
    """True if a row without any problem has enough evidence to be called healthy."""
    sent = counters[SENT]
    return sent is not None and sent >= LEAST_PACKETS
