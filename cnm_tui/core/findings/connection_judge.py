"""Find the problems (findings) in all rows of a response with connections."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from math import inf
from typing import Final

from cnm_tui.core.connections import UNRESOLVED
from cnm_tui.core.findings.connection_judging import RETRANSMITS, RTT, SENT, effect_alone, held, is_unmeasured
from cnm_tui.core.findings.connection_rules import LEAST_PEERS, RELATIVE_SLOWNESS, RULES, ZONES
from cnm_tui.core.findings.connection_words import doubts, sentence
from cnm_tui.core.findings.judging import filled, judged_by, median_without, reached
from cnm_tui.core.findings.rule import HEALTHY, TOO_LITTLE, UNMEASURED, Findings, Found, Held, Rows, Severity
from cnm_tui.core.metrics.connection_limits import LEAST_PACKETS, LEAST_PACKETS_OF_TIME, THRESHOLDS
from cnm_tui.core.metrics.connections import BY_KEY
from cnm_tui.core.metrics.metric import Columns, Number

_JUDGED: Final = judged_by(RULES, BY_KEY)


class ConnectionJudge:
    """An object that returns the findings of the rows with connections, by the position of the row."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._typical = _typical_rtts(rows)
        self._reached = reached(_JUDGED, rows.columns)
        self.found: Sequence[Found] = self._found()

    def ranked(self, position: int) -> Sequence[Held]:
        """Return the findings of a row, most important first. Findings that another finding explains are left out."""
        levels = self._reached.levels.get(position, ())
        return held(levels, self._rows.counters_at(position), self._typical_rtt(position))

    def unsettled(self) -> Set[int]:
        """Return the positions of rows whose finding could be another one beside rows that are not here.

        A path is slow compared with the other rows between its zones: what changes between a median of 0 and one
        beyond all is not settled.
        """
        members = _members(self._rows) or {}
        measured = (at for positions in members.values() for at in positions)
        return {at for at in measured if self._finding_beside(at, 0) != self._finding_beside(at, inf)}

    def _finding_beside(self, position: int, typical_rtt: Number) -> tuple[str, Severity] | None:
        """Return code and severity of a row's finding if the other rows had this median."""
        levels = self._reached.levels.get(position, ())
        ranked = held(levels, self._rows.counters_at(position), typical_rtt)
        return (ranked[0].code, ranked[0].severity) if ranked else None

    def sentence(self, position: int, decided: Held | None) -> str:
        """Return one sentence that states the finding of a row and the evidence for the finding.

        Args:
            position: The position of the row.
            decided: The finding with its deciding metric and limit. None if the row has no finding.
        """
        code, counters = self.found[position].code, self._rows.counters_at(position)
        return sentence(code, counters, decided, self._typical_rtt(position), zones_asked=self._typical is not None)

    def doubts(self, position: int, *, counts_shown: bool) -> Iterator[str]:
        """Yield sentences that say why the finding of a row may be wrong, judged from the counters of the row.

        Args:
            position: The position of the row.
            counts_shown: True if the rows prove that the metrics are counts and not rates per second.
        """
        return doubts(self.found[position].code, self._rows.counters_at(position), counts_shown=counts_shown)

    def _typical_rtt(self, position: int) -> Number | None:
        """Return the median RTT of the other rows between the same two zones, in microseconds.

        Return None if the median is not known.
        """
        return None if self._typical is None else self._typical[position]

    def _counter_of(self, position: int) -> Callable[[int], Number | None]:
        """Return a function that returns a counter of this row. The argument of that function is the counter's
        position.
        """
        columns = self._rows.columns
        return lambda counter: columns[counter][position]

    def _found(self) -> list[Found]:
        columns = self._rows.columns
        found = [HEALTHY] * len(columns[0])
        for at in _with_little(columns):
            if is_unmeasured(self._rows.counters_at(at)):
                found[at] = UNMEASURED
            elif (columns[SENT][at] or 0) < LEAST_PACKETS:
                found[at] = TOO_LITTLE
        if None in columns[RETRANSMITS]:
            # Absent is not zero: nobody knows if such a row loses packets.
            for at, retransmits in enumerate(columns[RETRANSMITS]):
                if retransmits is None and found[at] is HEALTHY:
                    found[at] = UNMEASURED
        for at in self._reached.uncertain:
            found[at] = TOO_LITTLE
        several = set(_perhaps_slow(columns, self._typical))
        for at, levels in self._reached.levels.items():
            # Mostly one rule holds, and thousands of rows cannot wait for more than they need.
            if at in several or len(levels) > 1:
                several.add(at)
            elif (effect := effect_alone(*levels[0], self._counter_of(at))) is None:
                # Another metric contradicts what was proven.
                found[at] = TOO_LITTLE
            else:
                found[at] = Found(levels[0][0], *effect)
        for at in several:
            if ranked := self.ranked(at):
                found[at] = Found(*ranked[0][:3])
            elif at in self._reached.levels:
                found[at] = TOO_LITTLE
        return found


CONNECTION_FINDINGS: Final = Findings(RULES, ConnectionJudge, telling="packets_sent_by_client")
"""The rules for rows of connections."""


def _with_little(columns: Columns) -> list[int]:
    """Return the positions of rows with too few packets to judge, or without a measured round-trip time."""
    pairs = zip(filled(columns[SENT]), filled(columns[RTT]), strict=True)
    return [at for at, (sent, rtt) in enumerate(pairs) if sent < LEAST_PACKETS or not rtt]


def _perhaps_slow(columns: Columns, typical: Sequence[Number | None] | None) -> list[int]:
    """Return the positions of rows whose round-trip time may be too long. A later step decides if it is too long."""
    rtts = filled(columns[RTT])
    slow = THRESHOLDS["rtt_micro_seconds"].odd
    if typical is None:
        return [at for at, rtt in enumerate(rtts) if rtt >= slow]
    pairs = enumerate(zip(rtts, typical, strict=True))
    return [at for at, (rtt, usual) in pairs if rtt >= (slow if usual is None else RELATIVE_SLOWNESS * usual)]


def _members(rows: Rows) -> Mapping[tuple[str, str], Sequence[int]] | None:
    """Return the positions of rows with a round-trip time by their zones; None if the answer has no zones."""
    columns, group_bys, texts = rows
    if not columns[SENT] or not set(ZONES) <= set(group_bys):
        return None
    clients, servers = (texts(group_bys.index(zone)) for zone in ZONES)
    rtts, packets = columns[RTT], columns[SENT]
    members: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for at, pair in enumerate(zip(clients, servers, strict=True)):
        if rtts[at] and (packets[at] or 0) >= LEAST_PACKETS_OF_TIME and UNRESOLVED not in pair:
            members[pair].append(at)
    return members


def _typical_rtts(rows: Rows) -> list[Number | None] | None:
    """Return for each row the median RTT of the other rows between the same two zones.

    An item of the list is None if the median is not known. Return None instead of a list if the rows are not
    grouped by zones.
    """
    members, rtts = _members(rows), rows.columns[RTT]
    if members is None:
        return None
    typical: list[Number | None] = [None] * len(rtts)
    for positions in members.values():
        if len(positions) > LEAST_PEERS:
            in_order = sorted(rtts[at] or 0 for at in positions)
            for at in positions:
                typical[at] = median_without(in_order, rtts[at] or 0)
    return typical
