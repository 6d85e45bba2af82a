"""Describe the finding of a row with connections in words, and the reasons why the finding may be wrong."""

from collections.abc import Iterator

from cnm_tui.core.findings.connection_judging import RECEIVED, RETRANSMITS, RTT, SENT
from cnm_tui.core.findings.connection_rules import RULES, STALL_SECONDS
from cnm_tui.core.findings.rule import Held, share_text
from cnm_tui.core.metrics.confidence import least_share
from cnm_tui.core.metrics.connection_limits import AT, COUNTED_KEYS, ESTABLISHED, LEAST_PACKETS, Of
from cnm_tui.core.metrics.connections import BY_KEY
from cnm_tui.core.metrics.health import share_of, thin_sentence, threshold_of
from cnm_tui.core.metrics.metric import Counters, Number
from cnm_tui.core.units import MICRO_SECONDS, SHARE

_READS = {rule.code: rule.reads for rule in RULES}
_LEVELS = {rule.code: rule.levels for rule in RULES}
_JUDGED_KEYS = tuple(dict.fromkeys(level.metric for rule in RULES for level in rule.levels))
"""The counters that decide if a row is healthy."""
_FAILURES = ("tcp_refusals", "tcp_resets", "tcp_timeouts")
_LONGEST_ROW_OF_PROBES = 9
"""Number of consecutive probes after which Linux's pauses grow no longer: two minutes, its longest timeout."""
_SUSPICIOUS_PACKETS = 1_000_000
"""Number of packets after which even a healthy network has retransmitted some."""


def sentence(
    code: str, counters: Counters, decided: Held | None, usual_rtt: Number | None, *, zones_asked: bool = False
) -> str:
    """Return one sentence that states a finding and the evidence for the finding.

    Args:
        code: The code of the finding.
        counters: The counters of the row.
        decided: The finding with its deciding metric and limit. None if the row has no finding.
        usual_rtt: The median RTT of the other rows between the same zones, in microseconds. None if unknown.
        zones_asked: True if the rows are grouped by the zones of client and server.
    """
    if decided is None:
        return _unfound_sentence(code, counters)
    number = counters[AT[decided.metric]] or 0
    if decided.code == "slow_path":
        beside = "too few other rows are between its zones" if zones_asked else "the zones are not known"
        if usual_rtt is not None:
            beside = f"{MICRO_SECONDS.text(usual_rtt)} is usual between its zones"
        return f"A round trip takes {MICRO_SECONDS.text(number)}; {beside}."
    metric = BY_KEY[decided.metric]
    of = threshold_of(metric).of
    base = of.measured(counters) or 0
    if of is Of.CONNECTIONS:
        return _probes_sentence(number, base)
    share, least = SHARE.text(share_of(metric, counters)), SHARE.text(least_share(of, number, base))
    what = f"{metric.label}: {number:,} of {base:,} {of.value}, {share} (95 % sure: at least {least})"
    if decided.code == "loss_stalls":
        what += f", each a pause of {STALL_SECONDS:g} s or more"
    return f"{what}; {_limit_text(decided)}."


def _limit_text(decided: Held) -> str:
    """Return a text with the exceeded limit and its usual severity.

    If the finding has another severity, the text also contains the reason.
    """
    severity = next(
        level.severity
        for level in _LEVELS[decided.code]
        if (level.metric, level.limit) == (decided.metric, decided.limit)
    )
    limit = f"{severity.word} from {share_text(decided.limit)}"
    if decided.severity < severity:
        return f"{limit}, but it cost little time, so it is a {decided.severity.word}"
    if decided.severity > severity:
        return f"{limit}; it is {decided.severity.word} as what it explains is"
    return limit


def _probes_sentence(probes: Number, connections: Number) -> str:
    if not connections:
        return f"{probes:,} zero-window probes, on connections from before the window: how many is not known."
    on = f"{connections:,} connections" if connections != 1 else "1 connection"
    return f"{probes:,} zero-window probes on {on}: {_pause_text(probes / connections)}."


def _pause_text(probes_in_a_row: float) -> str:
    """Return a text that says for how long zero-window probes pause each connection.

    `probes_in_a_row` is the average number of consecutive probes.
    """
    if probes_in_a_row < 1:
        return "a few of them paused"
    if probes_in_a_row > _LONGEST_ROW_OF_PROBES:
        return "in a row they are pauses of minutes each"
    return f"in a row they are pauses of about {STALL_SECONDS * (2**probes_in_a_row - 1):.1f} s each"


def _unfound_sentence(code: str, counters: Counters) -> str:
    if code == "unmeasured":
        if counters[RTT] or counters[ESTABLISHED]:
            return "Not judged: it is TCP, but the answer does not tell its losses and failures."
        return "No TCP figures: UDP, or an Agent that does not collect them. How well it is, is not known."
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
    """Yield sentences that say why the finding of a row may be wrong, judged from the counters of the row.

    Args:
        code: The code of the finding.
        counters: The counters of the row.
        counts_shown: True if the rows prove that the metrics are counts and not rates per second.
    """
    reads = _READS[code] or _JUDGED_KEYS
    if absent := [BY_KEY[key].label for key in reads if key in AT and counters[AT[key]] is None]:
        yield f"Absent from the answer, so not judged: {', '.join(absent)}."
    if code == "unmeasured":
        return
    yield from _contradictions(counters)
    if bool(counters[SENT]) is not bool(counters[RECEIVED]) and code not in ("filtered", "refused"):
        yield f"No packet of the {'server' if counters[SENT] else 'client'} was counted: only one side is measured."
    if code in ("refused", "filtered", "reset", "receiver_stalled") and not counts_shown:
        yield "Connections may be counted or given per second; as a rate, the share would be smaller."
    if code == "reset" and (counters[AT["tcp_resets"]] or 0) > (counters[ESTABLISHED] or 0):
        yield "More connections were reset than opened in the window: older ones were cut."
    if code == "receiver_stalled" and (counters[AT["tcp_probe0_count"]] or 0) > (counters[ESTABLISHED] or 0):
        yield "Connections from before the window are not counted: the probes may be of more connections."
    yield from _doubts_of_loss(code, counters)
    if code == "healthy":
        yield from _doubts_of_health(counters)


def _contradictions(counters: Counters) -> Iterator[str]:
    """Yield a sentence for each contradiction between two counters of a row. At least one of them must be wrong."""
    retransmits, stalls, sent = counters[RETRANSMITS], counters[AT["tcp_rto_count"]], counters[SENT]
    if retransmits is not None and stalls and stalls > retransmits:
        yield "There are more time-outs than retransmits, which hardly can be: one of them is not collected well."
    if retransmits and sent is not None and retransmits > sent:
        yield "There are more retransmits than packets, which cannot be: one of them is not collected well."


def _doubts_of_loss(code: str, counters: Counters) -> Iterator[str]:
    """Yield sentences that say why a finding may be wrong, for findings that are based on a share of packets.

    An example of such a finding is packet loss.
    """
    retransmits, reordered = counters[RETRANSMITS], counters[AT["tcp_reord_seen"]]
    if (of_server := _share_of_server(code, counters)) is not None:
        # Source: Datadog's documentation: measured by the client's Agent, or by the server's if the client has none.
        yield (
            "Without an Agent at the client, the server's Agent counts its own packets: then it is "
            f"{SHARE.text(of_server)} only, which is under the limit."
        )
    if code in ("loss", "loss_stalls") and (reordered or 0) > (retransmits or 0):
        yield "Much reordering was seen: some packets may have been sent again needlessly."
    if code == "reordering" and not reordered:
        yield "Only the receiver saw it: it may be loss before it, or a sender older than Linux 4.19."
    if code == "loss" and counters[AT["tcp_recovery_count"]] == 0:
        yield "No fast recovery was counted, as some Agents do not collect them."


def _share_of_server(code: str, counters: Counters) -> float | None:
    """Return the counter divided by the server's packets, if this share is below the limit of the finding.

    Return None if the share is not below the limit, or if it cannot be calculated.
    """
    levels, received = _LEVELS[code], counters[RECEIVED] or 0
    if not levels or threshold_of(BY_KEY[levels[0].metric]).of is not Of.PACKETS_SENT or not received:
        return None
    lowest = min(level.limit for level in levels if level.metric == levels[0].metric)
    share = (counters[AT[levels[0].metric]] or 0) / received
    return share if 0 < share < lowest else None


def _doubts_of_health(counters: Counters) -> Iterator[str]:
    tried = Of.ATTEMPTS.measured(counters)
    if tried is None:
        yield "Failed connections are not judged, as it is not known how many were opened."
    elif not any(counters[AT[key]] for key in _FAILURES):
        yield "No connection failed at all: Agents before 7.59 do not count refusals, resets and time-outs."
    if counters[RTT] == 0:
        yield "No round-trip time was measured, so that a slow path is not seen."
    if (counters[SENT] or 0) >= _SUSPICIOUS_PACKETS and not counters[RETRANSMITS]:
        yield "Of so many packets some are sent again: retransmits may not be collected."
