"""Find the problems (findings) in all rows of a response with DNS traffic, and describe them in words."""

from collections.abc import Iterator, Sequence, Set
from typing import Final

from cnm_tui.core.endpoints.dns.fields import DNS_QUERY
from cnm_tui.core.endpoints.dns.metrics import AT, BY_KEY, COUNTED_KEYS, LEAST_REQUESTS, REQUESTS
from cnm_tui.core.endpoints.dns.rules import LEAST_PEERS, RULES, SECONDS_OF_A_TIMEOUT, SLOWER_NOTE, SLOWER_WARNING
from cnm_tui.core.fields.group_by import is_of_search_path
from cnm_tui.core.findings.judging import judged_by, median_without, reached
from cnm_tui.core.findings.rule import HEALTHY, TOO_LITTLE, UNMEASURED, Findings, Found, Held, Rows, Severity
from cnm_tui.core.metrics.health import share_of, thin_sentence
from cnm_tui.core.metrics.metric import Counters, Number
from cnm_tui.core.units import AS_IT_COMES, SHARE

_JUDGED: Final = judged_by(RULES, BY_KEY)
_READS: Final = {rule.code: rule.reads for rule in RULES}
_LATENCY: Final = "dns_success_latency_percentile"
_SUMS: Final = (
    ("dns_total_requests", ("dns_successful_responses", "dns_failures")),
    ("dns_failures", ("dns_failed_responses", "dns_timeouts")),
    ("dns_failed_responses", ("dns_responses.nxdomain", "dns_responses.servfail", "dns_responses.other")),
)
"""Counters that are the sum of others in the documented example."""


class DnsJudge:
    """An object that returns the findings of the rows with DNS traffic, by the position of the row."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._names = rows.texts(rows.group_bys.index(DNS_QUERY)) if DNS_QUERY in rows.group_bys else None
        self._reached = reached(_JUDGED, rows.columns)
        self._typical = _typical_latencies(rows)
        self.found: Sequence[Found] = self._found()

    def ranked(self, position: int) -> Sequence[Held]:
        """Return all findings of a row, most important first."""
        return self._ranked_beside(position, self._typical[position])

    def unsettled(self) -> Set[int]:
        """Return the positions of rows whose finding is uncertain, because more loaded rows could change it.

        The finding "slow" depends on the other rows, because a latency is compared with the latencies of other rows.
        """
        return {at for at in _members(self._rows) if self._finding_beside(at, 1e-9) != self._finding_beside(at, None)}

    def _finding_beside(self, position: int, usual: Number | None) -> tuple[str, Severity] | None:
        """Return the code and the severity of the finding that a row would have with this usual latency.

        `usual` is an assumed median latency of the other rows. Return None if the row would have no finding.
        """
        ranked = self._ranked_beside(position, usual)
        return (ranked[0].code, ranked[0].severity) if ranked else None

    def _ranked_beside(self, position: int, usual: Number | None) -> Sequence[Held]:
        counters = self._rows.counters_at(position)
        held = []
        for code, level in self._reached.levels.get(position, ()):
            severity = self._of_unknown_names(position, level.severity) if code == "nxdomain" else level.severity
            held.append(Held(code, severity, _seconds_lost(code, counters), level.metric, level.limit))
        if (slow := _slow(counters, usual)) is not None:
            held.append(slow)
        return sorted(held, key=lambda one: (-one.severity, -one.seconds_lost))

    def _of_unknown_names(self, position: int, severity: Severity) -> Severity:
        """Return the severity of the finding "unknown names" (NXDOMAIN) for a row.

        If the DNS names are unknown, or if the name has a domain of a search path, the severity is reduced to a
        note.
        """
        if self._names is None or is_of_search_path(self._names[position]):
            return min(severity, Severity.NOTE)
        return severity

    def _found(self) -> list[Found]:
        requests, latencies = (self._rows.columns[at] for at in (REQUESTS, AT[_LATENCY]))
        found = [HEALTHY if (seen or 0) >= LEAST_REQUESTS else TOO_LITTLE if seen else UNMEASURED for seen in requests]
        for at in self._reached.uncertain:
            found[at] = TOO_LITTLE
        slow = (
            at
            for at, (latency, usual) in enumerate(zip(latencies, self._typical, strict=True))
            if latency and usual and latency >= SLOWER_NOTE * usual
        )
        for at in {*self._reached.levels, *slow}:
            found[at] = Found(*self.ranked(at)[0][:3])
        return found

    # Words

    def sentence(self, position: int, decided: Held | None) -> str:
        """Return one sentence that states the finding of a row and the evidence for the finding.

        Args:
            position: The position of the row.
            decided: The finding with its deciding metric and limit. None if the row has no finding.
        """
        counters, code = self._rows.counters_at(position), self.found[position].code
        requests = counters[REQUESTS] or 0
        if decided is None:
            return _unfound_sentence(code, counters)
        metric = BY_KEY[decided.metric]
        number = counters[AT[decided.metric]] or 0
        if decided.code == "slow":
            usual = AS_IT_COMES.text(self._typical[position])
            return f"{metric.label} is {AS_IT_COMES.text(number)}; {usual} is usual for the other rows."
        what = f"{metric.label}: {number:,} of {requests:,} requests ({SHARE.text(share_of(metric, counters))})"
        if decided.code != "nxdomain":
            return f"{what}; {decided.severity.word} from {SHARE.text(decided.limit)}."
        if self._names is None:
            return f"{what}; Kubernetes' search path makes many benign ones. Group by {DNS_QUERY} to see the names."
        if is_of_search_path(self._names[position]):
            return f"{what}; the name looks like Kubernetes' search path, so it is most likely benign."
        return f"{what}; {decided.severity.word} from {SHARE.text(decided.limit)}."

    def doubts(self, position: int, *, counts_shown: bool) -> Iterator[str]:  # noqa: ARG002  # all DNS counters count
        """Yield sentences that say why the finding of a row may be wrong, judged from the counters of the row."""
        counters, code = self._rows.counters_at(position), self.found[position].code
        if absent := [BY_KEY[key].label for key in _READS[code] or COUNTED_KEYS[:8] if counters[AT[key]] is None]:
            yield f"Absent from the answer: {', '.join(absent)}."
        for whole, parts in _SUMS:
            known = [counters[AT[part]] for part in parts]
            total = counters[AT[whole]]
            if total is not None and None not in known and total != sum(number or 0 for number in known):
                labels = " + ".join(BY_KEY[part].label for part in parts)
                yield f"{BY_KEY[whole].label} is not {labels}, as it is in Datadog's example."
        if code == "nxdomain":
            yield "Many are benign: Kubernetes' search path tries a name with each of its domains first."
        if code == "slow":
            yield "Unit and percentile of the latency are not documented; it is compared with the other rows only."


def _unfound_sentence(code: str, counters: Counters) -> str:
    requests = counters[REQUESTS]
    if code == "unmeasured":
        return "No DNS requests." if requests == 0 else "Not judged: the requests are absent."
    if code == "healthy":
        return f"No figure is beyond its limit on {requests or 0:,} requests."
    for key in COUNTED_KEYS[:8]:
        if counters[AT[key]] and (why := thin_sentence(BY_KEY[key], counters)):
            return f"{BY_KEY[key].label} {counters[AT[key]]:,}. {why}"
    return f"Not judged: {requests or 0:,} requests are too few; {LEAST_REQUESTS:,} are enough."


def _slow(counters: Counters, usual: Number | None) -> Held | None:
    """Return the finding "slow answers" if the latency is high compared with the usual latency of the other rows.

    Otherwise return None.
    """
    latency = counters[AT[_LATENCY]]
    if not latency or not usual or latency < SLOWER_NOTE * usual:
        return None
    very = latency >= SLOWER_WARNING * usual
    limit = (SLOWER_WARNING if very else SLOWER_NOTE) * usual
    return Held("slow", Severity.WARNING if very else Severity.NOTE, 0.0, _LATENCY, limit)


def _seconds_lost(code: str, counters: Counters) -> float:
    """Return an estimate of how many seconds the DNS clients of the row lost because of this finding.

    The number is 0.0 for all findings except time-outs.
    """
    return (counters[AT["dns_timeouts"]] or 0) * SECONDS_OF_A_TIMEOUT if code == "timeouts" else 0.0


def _members(rows: Rows) -> Sequence[int]:
    """Return the positions of rows that have a latency and enough requests to compare this latency."""
    latencies, requests = rows.columns[AT[_LATENCY]], rows.columns[REQUESTS]
    return [at for at, latency in enumerate(latencies) if latency and (requests[at] or 0) >= LEAST_REQUESTS]


def _typical_latencies(rows: Rows) -> list[Number | None]:
    """Return for each row the median DNS latency of the other rows.

    An item is None if the row has too few requests, or if there are too few other rows.
    """
    latencies, members = rows.columns[AT[_LATENCY]], _members(rows)
    typical: list[Number | None] = [None] * len(latencies)
    if len(members) > LEAST_PEERS:
        in_order = sorted(latencies[at] or 0 for at in members)
        for at in members:
            typical[at] = median_without(in_order, latencies[at] or 0)
    return typical


DNS_FINDINGS: Final = Findings(RULES, DnsJudge, telling="dns_total_requests")
"""The rules for rows of DNS."""
