"""The finding of a row of connections in words, and the doubts about it."""

from collections.abc import Iterator

from cnm_tui.core.findings.connection_judging import RECEIVED, SENT
from cnm_tui.core.findings.connection_rules import RULES, STALL_SECONDS
from cnm_tui.core.findings.rule import Held
from cnm_tui.core.metrics.connection_limits import AT, COUNTED_KEYS, LEAST_PACKETS, Of
from cnm_tui.core.metrics.connections import BY_KEY
from cnm_tui.core.metrics.health import share_of, thin_sentence, threshold_of
from cnm_tui.core.metrics.metric import Counters, Number
from cnm_tui.core.units import MICRO_SECONDS, SHARE, plural

_READS = {rule.code: rule.reads for rule in RULES}
_FAILURES = ("tcp_refusals", "tcp_resets", "tcp_timeouts")
_LONGEST_ROW_OF_PROBES = 9
"""Number of consecutive probes after which Linux's pauses grow no longer: two minutes, its longest timeout."""
_SUSPICIOUS_PACKETS = 1_000_000
"""Number of packets after which even a healthy network has retransmitted some."""


def sentence(code: str, counters: Counters, decided: Held | None, usual_rtt: Number | None) -> str:
    """Return a finding in one sentence, with its evidence.

    Args:
        code: The code of the finding.
        counters: The counters of the row.
        decided: The rule that decided; None without a finding.
        usual_rtt: The median RTT of the other rows between the same zones, in microseconds; None if unknown.
    """
    if decided is None:
        return _unfound_sentence(code, counters)
    number = counters[AT[decided.metric]] or 0
    if decided.code == "slow_path":
        usual = "" if usual_rtt is None else f"{MICRO_SECONDS.text(usual_rtt)} is usual between its zones"
        beside = usual or "the zones are not known"
        return f"A round trip takes {MICRO_SECONDS.text(number)}; {beside}."
    metric = BY_KEY[decided.metric]
    of = threshold_of(metric).of
    base = of.measured(counters) or 0
    if of is Of.CONNECTIONS:
        probes = number / max(base, 1)
        return f"{number:,} zero-window probes on {plural(int(base), 'connection')}: {_pause_text(probes)}."
    what = f"{metric.label}: {number:,} of {base:,} {of.value} ({SHARE.text(share_of(metric, counters))})"
    limit = f"{decided.severity.word} from {SHARE.text(decided.limit)}"
    if decided.code == "loss_stalls":
        return f"{what}, each a pause of {STALL_SECONDS:g} s or more; {limit}."
    return f"{what}; {limit}."


def _pause_text(probes_in_a_row: float) -> str:
    """Return how long this many consecutive probes pause a connection, in words."""
    if probes_in_a_row < 1:
        return "a few of them paused"
    if probes_in_a_row > _LONGEST_ROW_OF_PROBES:
        return "in a row they are pauses of minutes each"
    return f"in a row they are about {STALL_SECONDS * (2**probes_in_a_row - 1):.1f} s each"


def _unfound_sentence(code: str, counters: Counters) -> str:
    if code == "unmeasured":
        return "No TCP figures: UDP, or an Agent that does not collect them."
    if code == "healthy":
        return f"No figure is beyond its limit on {counters[SENT] or 0:,} packets."
    for key in COUNTED_KEYS:
        metric = BY_KEY[key]
        if key != "rtt_micro_seconds" and counters[AT[key]] and (why := thin_sentence(metric, counters)):
            return f"{metric.label} {counters[AT[key]]:,}. {why}"
    if (sent := counters[SENT]) is None:
        return "Not judged: the packets of the client are absent."
    if sent < LEAST_PACKETS:
        return f"Not judged: {sent:,} packets are too few; {LEAST_PACKETS:,} are enough."
    return "Not judged: what looks odd may be chance."


def doubts(code: str, counters: Counters, *, counts_shown: bool) -> Iterator[str]:
    """Yield doubts about the finding from the row's own values."""
    retransmits, stalls = counters[AT["tcp_retransmits"]], counters[AT["tcp_rto_count"]]
    sent, received = counters[SENT], counters[RECEIVED]
    if absent := [BY_KEY[key].label for key in _READS[code] if key in AT and counters[AT[key]] is None]:
        yield f"Absent from the answer: {', '.join(absent)}."
    if code == "unmeasured":
        return
    if retransmits is not None and stalls and stalls > retransmits:
        yield "There are more time-outs than retransmits, which cannot be: one of them is not collected."
    if retransmits and sent is not None and retransmits > sent:
        yield "There are more retransmits than packets, which cannot be: one of them is not collected."
    if bool(sent) is not bool(received) and code not in ("filtered", "refused"):
        yield f"No packet of the {'server' if sent else 'client'} was counted: only one side is measured."
    if code in ("refused", "filtered", "reset") and not counts_shown:
        yield "Connections may be counted or given per second; as a rate, the share would be smaller."
    if code in ("loss", "loss_stalls") and (counters[AT["tcp_reord_seen"]] or 0) > (retransmits or 0):
        yield "Much reordering was seen: some packets may have been sent again needlessly."
    if code == "reordering" and not counters[AT["tcp_reord_seen"]]:
        yield "Only the receiver saw it: it may be loss before it, or a sender older than Linux 4.19."
    if code == "loss" and not counters[AT["tcp_recovery_count"]]:
        yield "No fast recovery was counted, as some Agents do not collect them."
    if code == "healthy":
        yield from _doubts_of_health(counters)


def _doubts_of_health(counters: Counters) -> Iterator[str]:
    tried = Of.ATTEMPTS.measured(counters)
    if tried is None:
        yield "Absent from the answer: ESTAB, so that failed connections are not judged."
    elif not any(counters[AT[key]] for key in _FAILURES):
        yield "No connection failed at all: Agents before 7.59 do not count refusals, resets and time-outs."
    if (counters[SENT] or 0) >= _SUSPICIOUS_PACKETS and not counters[AT["tcp_retransmits"]]:
        yield "Of so many packets some are sent again: retransmits may not be collected."
