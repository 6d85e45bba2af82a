"""Explain a row's finding: one sentence, the evidence, the doubts, and the next question."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cnm_tui.core.diagnosis.both_ends import end_sentence
from cnm_tui.core.diagnosis.diagnosis import Diagnosis, Found, diagnosed
from cnm_tui.core.diagnosis.judging import AT, RECEIVED, SENT, Held
from cnm_tui.core.diagnosis.rules import STALL_SECONDS, Rule, Severity
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.metrics.confidence import LEAST_PACKETS, Of, attempts, measured, sample
from cnm_tui.core.metrics.health import thin_sentence, threshold_of
from cnm_tui.core.metrics.metric import Counters, Number
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.units import MICRO_SECONDS, SHARE, plural

_FAILURES = ("tcp_refusals", "tcp_resets", "tcp_timeouts")
_LONGEST_ROW_OF_PROBES = 9
"""Number of consecutive probes after which Linux's pauses grow no longer: two minutes, its longest timeout."""
_SUSPICIOUS_PACKETS = 1_000_000
"""Number of packets of which a healthy network retransmits some."""


class Explanation(NamedTuple):
    """Everything to say about the finding of one row."""

    found: Found
    sentence: str
    figures: Mapping[str, Number | None]
    """The values that are evidence, by metric key."""
    decided_by: Held | None
    """The metric and limit that decided; None without a finding."""
    share: float | None
    """The deciding value divided by its base."""
    others: tuple[Held, ...]
    """Further findings of the row, most important first."""
    doubts: tuple[str, ...]
    """Sentences about doubts from this row's values."""
    both_ends: str
    """A sentence about the other rows of the same end; may be empty."""

    @property
    def rule(self) -> Rule:
        """Return the rule behind the finding, with its next question and source."""
        return self.found.rule

    @property
    def evidence(self) -> dict[str, Any]:
        """Return the evidence for programs."""
        decided = self.decided_by
        return {
            "sentence": self.sentence,
            "figures": dict(self.figures),
            "decided_by": None if decided is None else decided.metric,
            "share": self.share,
            "limit": None if decided is None else decided.limit,
            "seconds_lost": round(self.found.seconds_lost, 3),
            "explains": [] if decided is None else list(decided.takes_in),
            "others": [other.code for other in self.others],
            "doubts": list(self.doubts),
            "both_ends": self.both_ends,
        }


def explained(snapshot: Snapshot, position: int) -> Explanation:
    """Return the explanation of a row's finding."""
    diagnosis = diagnosed(snapshot)
    counters, found = diagnosis.counters_at(position), diagnosis.found[position]
    ranked = diagnosis.ranked(position) if found.severity is not Severity.NONE else ()
    decided = ranked[0] if ranked else None
    share = None if decided is None else _share(decided, counters)
    reads = found.rule.reads or ("packets_sent_by_client",)
    return Explanation(
        found,
        _sentence(diagnosis, position, decided, share),
        {key: counters[AT[key]] for key in reads if key in AT},
        decided,
        share,
        tuple(ranked[1:]),
        tuple(_doubts(found, counters, counts_shown=snapshot.counts_connections)),
        end_sentence(snapshot, position),
    )


def _share(decided: Held, counters: Counters) -> float | None:
    of = threshold_of(CONNECTIONS.metrics[decided.metric]).of
    found = sample(of, counters[AT[decided.metric]], measured(of, counters))
    return None if found is None or of is Of.ITSELF else found.share


def _sentence(diagnosis: Diagnosis, position: int, decided: Held | None, share: float | None) -> str:
    counters, found = diagnosis.counters_at(position), diagnosis.found[position]
    if decided is None:
        return _unfound_sentence(found, counters)
    number = counters[AT[decided.metric]] or 0
    if decided.code == "slow_path":
        usual = diagnosis.typical_rtt(position)
        beside = (
            "the zones are not known" if usual is None else f"{MICRO_SECONDS.text(usual)} is usual between its zones"
        )
        return f"A round trip takes {MICRO_SECONDS.text(number)}; {beside}."
    metric = CONNECTIONS.metrics[decided.metric]
    of = threshold_of(metric).of
    base = measured(of, counters) or 0
    if of is Of.CONNECTIONS:
        probes = number / max(base, 1)
        return f"{number:,} zero-window probes on {plural(int(base), 'connection')}: {_pause_text(probes)}."
    what = f"{metric.label}: {number:,} of {base:,} {of.value} ({SHARE.text(share)})"
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


def _unfound_sentence(found: Found, counters: Counters) -> str:
    if found.code == "unmeasured":
        return "No TCP figures: UDP, or an Agent that does not collect them."
    if found.code == "healthy":
        return f"No figure is beyond its limit on {counters[SENT] or 0:,} packets."
    for key in CONNECTIONS.counted_keys:
        metric = CONNECTIONS.metrics[key]
        if key != "rtt_micro_seconds" and counters[AT[key]] and (why := thin_sentence(metric, counters)):
            return f"{metric.label} {counters[AT[key]]:,}. {why}"
    if (sent := counters[SENT]) is None:
        return "Not judged: the packets of the client are absent."
    if sent < LEAST_PACKETS:
        return f"Not judged: {sent:,} packets are too few; {LEAST_PACKETS:,} are enough."
    return "Not judged: what looks odd may be chance."


def _doubts(found: Found, counters: Counters, *, counts_shown: bool) -> Iterator[str]:
    """Yield doubts about the finding from the row's own values."""
    retransmits, stalls = counters[AT["tcp_retransmits"]], counters[AT["tcp_rto_count"]]
    sent, received = counters[SENT], counters[RECEIVED]
    if absent := [
        CONNECTIONS.metrics[key].label for key in found.rule.reads if key in AT and counters[AT[key]] is None
    ]:
        yield f"Absent from the answer: {', '.join(absent)}."
    if found.code == "unmeasured":
        return
    if retransmits is not None and stalls and stalls > retransmits:
        yield "There are more time-outs than retransmits, which cannot be: one of them is not collected."
    if retransmits and sent is not None and retransmits > sent:
        yield "There are more retransmits than packets, which cannot be: one of them is not collected."
    if bool(sent) is not bool(received) and found.code not in ("filtered", "refused"):
        yield f"No packet of the {'server' if sent else 'client'} was counted: only one side is measured."
    if found.code in ("refused", "filtered", "reset") and not counts_shown:
        yield "Connections may be counted or given per second; as a rate, the share would be smaller."
    if found.code in ("loss", "loss_stalls") and (counters[AT["tcp_reord_seen"]] or 0) > (retransmits or 0):
        yield "Much reordering was seen: some packets may have been sent again needlessly."
    if found.code == "reordering" and not counters[AT["tcp_reord_seen"]]:
        yield "Only the receiver saw it: it may be loss before it, or a sender older than Linux 4.19."
    if found.code == "loss" and not counters[AT["tcp_recovery_count"]]:
        yield "No fast recovery was counted, as some Agents do not collect them."
    if found.code == "healthy":
        yield from _doubts_of_health(counters)


def _doubts_of_health(counters: Counters) -> Iterator[str]:
    tried = attempts(counters)
    if tried is None:
        yield "Absent from the answer: ESTAB, so that failed connections are not judged."
    elif not any(counters[AT[key]] for key in _FAILURES):
        yield "No connection failed at all: Agents before 7.59 do not count refusals, resets and time-outs."
    if (counters[SENT] or 0) >= _SUSPICIOUS_PACKETS and not counters[AT["tcp_retransmits"]]:
        yield "Of so many packets some are sent again: retransmits may not be collected."
