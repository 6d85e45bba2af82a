"""The findings of an answer: the most important one of each row, and all details on demand.

They depend only on the loaded rows and the window: the same answer has the same findings.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from cnm_tui.core.connections import UNRESOLVED
from cnm_tui.core.diagnosis.judging import RTT, SENT, Held, effect_alone, filled, held, is_unmeasured, reached
from cnm_tui.core.diagnosis.rules import BY_CODE, LEAST_PEERS, RELATIVE_SLOWNESS, ZONES, Rule, Severity
from cnm_tui.core.metrics.confidence import LEAST_PACKETS, LEAST_PACKETS_OF_TIME
from cnm_tui.core.metrics.health import THRESHOLDS
from cnm_tui.core.metrics.metric import Columns, Counters, Number
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.units import plural

NO_WARNINGS: Final = "no warnings"
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


GONE: Final = Found("", Severity.NONE)
"""The place of a finding for a row that is in the baseline of a comparison only."""
_HEALTHY: Final = Found("healthy", Severity.NONE)
_TOO_LITTLE: Final = Found("too_little", Severity.NONE)
_UNMEASURED: Final = Found("unmeasured", Severity.NONE)


class Diagnosis:
    """The findings of all rows of an answer, by row position."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._columns = snapshot.columns
        self._typical = _typical_rtts(snapshot)
        self._reached = reached(self._columns)
        self.found: Sequence[Found] = self._found()
        """The most important finding of each row."""

    def __len__(self) -> int:
        return len(self.found)

    def beside_gone(self, snapshot: Snapshot) -> "Diagnosis":
        """Return the same findings for a comparison of this answer, whose rows end with those of its baseline only."""
        diagnosis = copy(self)
        diagnosis._columns = snapshot.columns
        diagnosis.found = [*self.found, *[GONE] * (len(snapshot.connections) - len(self.found))]
        diagnosis.__dict__.pop("counts", None)
        return diagnosis

    @cached_property
    def counts(self) -> Mapping[Severity, int]:
        """Number of rows by severity."""
        return Counter(found.severity for found in self.found)

    @property
    def summary(self) -> str:
        """Return the number of unhealthy rows: `2 critical · 5 warnings`."""
        return counted_text(self.counts)

    def summary_of(self, positions: Sequence[int]) -> str:
        """Return the number of unhealthy rows among these."""
        if len(positions) == len(self.found):
            return self.summary
        return counted_text(Counter(self.found[position].severity for position in positions))

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
        levels = self._reached.levels.get(position, ())
        return held(levels, self.counters_at(position), self.typical_rtt(position))

    def _counter_of(self, position: int) -> Callable[[int], Number | None]:
        """Return a function that returns a counter of this row."""
        columns = self._columns
        return lambda counter: columns[counter][position]

    def _found(self) -> list[Found]:
        found = [_HEALTHY] * len(self._columns[0])
        for at in _with_little(self._columns):
            found[at] = _UNMEASURED if is_unmeasured(self.counters_at(at)) else _TOO_LITTLE
        for at in self._reached.uncertain:
            found[at] = _TOO_LITTLE
        several = set(_perhaps_slow(self._columns, self._typical))
        for at, levels in self._reached.levels.items():
            # Mostly one rule holds, and thousands of rows cannot wait for more than they need.
            if at in several or len(levels) > 1 or (effect := effect_alone(*levels[0], self._counter_of(at))) is None:
                several.add(at)
            else:
                found[at] = Found(levels[0][0], *effect)
        for at in several:
            if ranked := self.ranked(at):
                found[at] = Found(*ranked[0][:3])
            elif at in self._reached.levels:
                # Another metric contradicts what was proven.
                found[at] = _TOO_LITTLE
        return found


def counted_text(counts: Mapping[Severity, int]) -> str:
    """Return the number of unhealthy rows, in words."""
    critical, warnings = counts.get(Severity.CRITICAL, 0), counts.get(Severity.WARNING, 0)
    parts = [f"{critical:,} critical"] if critical else []
    parts += [plural(warnings, "warning")] if warnings else []
    return " · ".join(parts) or NO_WARNINGS


_diagnoses: Final[WeakKeyDictionary[Snapshot, Diagnosis]] = WeakKeyDictionary()


def diagnosed(snapshot: Snapshot) -> Diagnosis:
    """Return the findings of an answer; computed once."""
    known = known_diagnosis(snapshot)
    if known is None:
        answer = snapshot.answer
        known = Diagnosis(snapshot) if answer is snapshot else diagnosed(answer).beside_gone(snapshot)
        _diagnoses[snapshot] = known
    return known


def known_diagnosis(snapshot: Snapshot) -> Diagnosis | None:
    """Return the findings of an answer, if they were computed before."""
    return _diagnoses.get(snapshot)


def findings_by_id(snapshot: Snapshot) -> Mapping[str, Found]:
    """Return the finding of each connection by its id."""
    return dict(zip(reversed(snapshot.connections.ids), reversed(diagnosed(snapshot).found), strict=True))


def _with_little(columns: Columns) -> list[int]:
    """Return the positions of rows in which too little was seen, or no round-trip time was measured."""
    pairs = zip(filled(columns[SENT]), filled(columns[RTT]), strict=True)
    return [at for at, (sent, rtt) in enumerate(pairs) if sent < LEAST_PACKETS or not rtt]


def _perhaps_slow(columns: Columns, typical: Sequence[Number | None] | None) -> list[int]:
    """Return the positions of rows whose round trips may be slow."""
    rtts = filled(columns[RTT])
    slow = THRESHOLDS["rtt_micro_seconds"].odd
    if typical is None:
        return [at for at, rtt in enumerate(rtts) if rtt >= slow]
    pairs = enumerate(zip(rtts, typical, strict=True))
    return [at for at, (rtt, usual) in pairs if rtt >= (slow if usual is None else RELATIVE_SLOWNESS * usual)]


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
    """Return the median of sorted values after removing one value."""
    left_out = bisect_left(in_order, own)
    middle = (len(in_order) - 1) // 2

    def at(place: int) -> Number:
        return in_order[place if place < left_out else place + 1]

    return at(middle) if len(in_order) % 2 == 0 else (at(middle - 1) + at(middle)) / 2
