"""The findings of an answer: the most important one of each row, and all details on demand.

They depend only on the loaded rows and the window: the same answer has the same findings.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from cnm_tui.core.diagnosis.judging import AT, RTT, SENT, Held, is_enough_for_healthy, is_unmeasured, judge
from cnm_tui.core.diagnosis.rules import BY_CODE, LEAST_PEERS, RELATIVE_SLOWNESS, RULES, ZONES, Rule, Severity
from cnm_tui.core.metrics.confidence import LEAST_PACKETS, LEAST_PACKETS_OF_TIME
from cnm_tui.core.metrics.health import THRESHOLDS
from cnm_tui.core.metrics.metric import Columns, Counters, Number
from cnm_tui.core.snapshot import UNRESOLVED, Snapshot
from cnm_tui.core.units import plural

NO_RULE: Final = ("unmeasured", "too_little", "healthy")
"""The codes of rows without a problem."""


class Found(NamedTuple):
    """The finding of a row, in short form."""

    code: str
    severity: Severity
    seconds_lost: float = 0.0
    """Estimated time that it cost all connections of the row together within the window, in seconds."""

    @property
    def rule(self) -> Rule:
        """The rule behind the finding."""
        return BY_CODE[self.code]


_HEALTHY: Final = Found("healthy", Severity.NONE)
_TOO_LITTLE: Final = Found("too_little", Severity.NONE)
_UNMEASURED: Final = Found("unmeasured", Severity.NONE)


class Diagnosis:
    """The findings of all rows of an answer, by row position."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._columns = snapshot.columns
        self._typical = _typical_rtts(snapshot)
        self.found: Sequence[Found] = _found(self._columns, self._typical)
        """For each row its most important finding."""

    def __len__(self) -> int:
        return len(self.found)

    @cached_property
    def counts(self) -> Mapping[Severity, int]:
        """Number of rows by severity."""
        return Counter(found.severity for found in self.found)

    @property
    def summary(self) -> str:
        """Return the number of unhealthy rows: `2 critical · 5 warnings`."""
        return counted_text(self.counts)

    def worst_first(self) -> list[int]:
        """Return the positions of all rows by severity, then by time lost, then in the answer's order."""
        found = self.found
        return sorted(range(len(found)), key=lambda at: (-found[at].severity, -found[at].seconds_lost))

    def counters_at(self, position: int) -> Counters:
        """Return the counters of a row."""
        return tuple([figures[position] for figures in self._columns])

    def typical_rtt(self, position: int) -> Number | None:
        """Return the median RTT of the other rows between the same zones, in microseconds; None if unknown."""
        return None if self._typical is None else self._typical[position]

    def ranked(self, position: int) -> Sequence[Held]:
        """Return all findings of a row that no other finding explains, most important first."""
        counters = self.counters_at(position)
        return judge(counters, self.typical_rtt(position))[0]


def counted_text(counts: Mapping[Severity, int]) -> str:
    """Return the number of unhealthy rows, in words."""
    critical, warnings = counts.get(Severity.CRITICAL, 0), counts.get(Severity.WARNING, 0)
    parts = [f"{critical:,} critical"] if critical else []
    parts += [plural(warnings, "warning")] if warnings else []
    return " · ".join(parts) or "no warnings"


_diagnoses: Final[WeakKeyDictionary[Snapshot, Diagnosis]] = WeakKeyDictionary()


def diagnosed(snapshot: Snapshot) -> Diagnosis:
    """Return the findings of an answer; computed once."""
    known = _diagnoses.get(snapshot)
    if known is None:
        known = _diagnoses[snapshot] = Diagnosis(snapshot)
    return known


def findings_by_id(snapshot: Snapshot) -> Mapping[str, Found]:
    """Return the finding of each connection by its id."""
    return dict(zip(reversed(snapshot.connections.ids), reversed(diagnosed(snapshot).found), strict=True))


def _found(columns: Columns, typical: Sequence[Number | None] | None) -> list[Found]:
    """Return the finding of each row; healthy rows are found without applying each rule."""
    found = [_HEALTHY] * len(columns[0])
    for at in _suspects(columns, typical):
        counters = tuple([figures[at] for figures in columns])
        found[at] = _of_row(counters, None if typical is None else typical[at])
    return found


def _of_row(counters: Counters, typical_rtt: Number | None) -> Found:
    held, uncertain = judge(counters, typical_rtt)
    if held:
        return Found(*held[0][:3])
    if is_unmeasured(counters):
        return _UNMEASURED
    return _TOO_LITTLE if uncertain or not is_enough_for_healthy(counters) else _HEALTHY


def _lowest(key: str) -> float:
    return min(level.limit for rule in RULES for level in rule.levels if level.metric == key)


_OF_SENT: Final = ("tcp_retransmits", "tcp_rto_count", "tcp_reord_seen", "tcp_delivered_ce")
_OF_ATTEMPTS: Final = ("tcp_refusals", "tcp_timeouts", "tcp_resets")


def _suspects(columns: Columns, typical: Sequence[Number | None] | None) -> Iterator[int]:
    """Yield the positions of rows that may be unhealthy; a fast loop, for thousands of rows."""
    keys = ("packets_sent_by_client", "packets_sent_by_server", "rtt_micro_seconds", "tcp_established_connections")
    rows = zip(
        *(
            _filled(columns[AT[key]])
            for key in (*keys, *_OF_SENT, *_OF_ATTEMPTS, "tcp_rcv_ooo_pack", "tcp_probe0_count")
        ),
        strict=True,
    )
    lost, stalls, reordered, marks = map(_lowest, _OF_SENT)
    refusals, timeouts, resets = map(_lowest, _OF_ATTEMPTS)
    behind, probes = _lowest("tcp_rcv_ooo_pack"), _lowest("tcp_probe0_count")
    slow = THRESHOLDS["rtt_micro_seconds"].odd
    for at, (sent, received, rtt, tried, retrans, rto, reord, ce, refused, timed_out, cut, ooo, zero) in enumerate(
        rows
    ):
        if (
            sent < LEAST_PACKETS
            or not rtt
            or rtt >= slow
            or retrans >= lost * sent
            or rto >= stalls * sent
            or reord >= reordered * sent
            or ce >= marks * sent
            or (ooo and ooo >= behind * received)
            or (zero and zero >= probes * tried)
            or ((refused or timed_out or cut) and (
                refused >= refusals * (tried + refused + timed_out + cut)
                or timed_out >= timeouts * (tried + refused + timed_out + cut)
                or cut >= resets * (tried + refused + timed_out + cut)
            ))
            or (typical is not None and (usual := typical[at]) is not None and rtt >= RELATIVE_SLOWNESS * usual)
        ):  # fmt: skip
            yield at


def _filled(column: Sequence[Number | None]) -> Sequence[Number]:
    """Return the counters with zeros for absent values, which prove nothing."""
    # In most answers nothing is absent.
    return [number or 0 for number in column] if None in column else column  # type: ignore[return-value]


def _typical_rtts(snapshot: Snapshot) -> list[Number | None] | None:
    """Return for each row the median of the other rows between its zones; None if the answer has no zones."""
    group_bys = snapshot.query.group_bys
    if not snapshot.connections or not set(ZONES) <= set(group_bys):
        return None
    columns = snapshot.columns
    clients, servers = (snapshot.texts(group_bys.index(zone)) for zone in ZONES)
    rtts, packets = columns[RTT], columns[SENT]
    members: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for at, pair in enumerate(zip(clients, servers, strict=True)):
        if rtts[at] and (packets[at] or 0) >= LEAST_PACKETS_OF_TIME and UNRESOLVED not in pair:
            members[pair].append(at)
    typical: list[Number | None] = [None] * len(rtts)
    for positions in members.values():
        if len(positions) > LEAST_PEERS:
            in_order = sorted(rtts[at] or 0 for at in positions)
            for at in positions:
                typical[at] = _median_without(in_order, rtts[at] or 0)
    return typical


def _median_without(in_order: Sequence[Number], own: Number) -> Number:
    """Return the median of sorted values without one of them."""
    left_out = bisect_left(in_order, own)
    middle = (len(in_order) - 1) // 2

    def at(place: int) -> Number:
        return in_order[place if place < left_out else place + 1]

    return at(middle) if len(in_order) % 2 == 0 else (at(middle - 1) + at(middle)) / 2
