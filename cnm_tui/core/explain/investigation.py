"""Plan the queries that find which tag values explain a bad metric, and evaluate the responses."""

from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final, NamedTuple

from cnm_tui.core.connections import Connection
from cnm_tui.core.explain.answers import Answer, Term
from cnm_tui.core.explain.candidates import Resolved, candidates, coarseness, other_end
from cnm_tui.core.explain.measure import Measure, Tally
from cnm_tui.core.explain.ranking import LEAST_BESIDE, Basis, Ranking, Value, implies, ranked
from cnm_tui.core.exploration.baselines import query_for
from cnm_tui.core.fields.group_by import MOST_GROUP_BYS, Side, side_of
from cnm_tui.core.navigation.drilling import drilled, searching, terms_of
from cnm_tui.core.query import LONGEST_SEARCH, MOST_ROWS, Query
from cnm_tui.core.search.reader import narrowed_by
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window

_COARSE: Final = ("network.transport", "client_env")
"""Fields of the question for totals, the first that the endpoint knows: they have a few values only."""
_ASKED_IN_PAIRS: Final = coarseness("client_service")
"""Fields up to this rank have few enough values to ask for those of both sides together."""
_MOST_TOGETHER: Final = 6
"""Maximum number of values that one question compares, to find if they are the same connections."""
_DECISIVE: Final = 3.0
"""A value divides the rows if its rate is this many times that of the others, and it explains half of the events."""
_DECISIVE_SHARE: Final = 0.5
_TOLD_APART: Final = 0.5
"""A coarser value is ill beyond a finer one if the rest of it has at least this share of its rate, by evidence."""
_LEAST_OF_ROWS: Final = 0.9
"""The rows have a value in common if it has at least this share of their events."""
_ALL_OF_ROWS: Final = 0.98
"""A value with at least this share of the rows' base belongs to all rows, and may only be another name for them."""


class Scope(Enum):
    """The set of connections within which tag values are compared, for example all connections of the query."""

    QUESTION = "question"
    """All connections of the question."""
    ROWS = "rows"
    """The chosen rows: their parts are compared with each other."""
    ROWS_IN_QUESTION = "rows in question"
    """The values that all chosen rows have, compared with the rest of the question."""


class Cost(NamedTuple):
    """The minimum and maximum number of requests that an investigation needs."""

    least: int
    most: int


class Explanation(NamedTuple):
    """The explanation of a metric: the tag values that were found, and the data that this result is based on."""

    measure: Measure
    query: Query
    """The question that was explained; values are added to its search."""
    scope: Scope
    fields: tuple[str, ...]
    ranking: Ranking
    asked: int
    """Number of requests that were answered."""
    absent: int
    """Number of rows that the metric is absent from."""
    finished: bool
    """False if it was cancelled; other values may explain more."""


@dataclass
class _Comparison:
    """The responses that were received so far to several queries about the same connections.

    Each of the queries has different group-bys.
    """

    scope: Scope
    query: Query
    fields: tuple[str, ...]
    only: frozenset[Term] | None = None
    rows: Answer | None = None
    """The chosen rows, if values that they share are compared with the question."""
    answers: list[Answer] = field(default_factory=list)
    total: Tally = Tally()
    finished: bool = False

    def by(self, group_bys: tuple[str, ...]) -> Query:
        """Return a query about the connections of this comparison, with these group-bys."""
        return replace(self.query, group_bys=group_bys)

    def ranking(self, measure: Measure) -> Ranking:
        """Return the values that explain the metric according to the responses so far."""
        return ranked(Basis(measure, self.total, self.answers, self.only, self.rows))


class Investigation:
    """A plan of the queries that find which tag values explain a bad metric.

    The caller sends the query in the attribute `question`, and passes the response to `on_answer`. The caller
    repeats this until `question` is None. To explain chosen rows, the first query requests these rows with all
    fields at once. If its response is not cut, it contains all facts about these rows. Some tag values have the
    same connections, or belong to all chosen rows. Such values are then compared within the whole query.
    """

    def __init__(
        self,
        measure: Measure,
        query: Query,
        window: Window,
        fields: tuple[str, ...],
        rows: tuple[Snapshot, Sequence[Connection]] | None = None,
    ) -> None:
        """Plan the queries, and set `question` to the first query.

        Args:
            measure: The metric to explain.
            query: The query whose rows are to be explained.
            window: The time window of all queries.
            fields: The fields to group by.
            rows: A response that is reduced to the rows that the user chose. None to explain the whole query.
        """
        self.measure = measure
        self.fields = fields
        self.asked = 0
        self._whole = replace(query_for(query, window), limit=MOST_ROWS)
        if rows is None:
            self._comparisons = [_Comparison(Scope.QUESTION, self._whole, fields)]
        else:
            self._comparisons = [_Comparison(Scope.ROWS, _of_rows(self._whole, *rows), fields)]
        self._steps = self._row_steps() if rows is not None else self._question_steps(self._comparisons[0])
        self.question: Query | None = next(self._steps, None)
        """The next question; None once there is nothing more to ask."""

    @property
    def cost(self) -> Cost:
        """Return the minimum and maximum number of requests. The minimum applies if no response is cut."""
        groups = _grouped(self.fields)
        # Totals, each group, and which values are the same connections; cut pairs are asked again one by one.
        whole = Cost(1 + len(groups), 2 + len(groups) + sum(len(group) for group in groups if len(group) > 1))
        return whole if self._comparisons[0].scope is Scope.QUESTION else Cost(1, 1 + 2 * whole.most)

    @property
    def search(self) -> str:
        """The search text of the whole query."""
        return self._whole.search

    def on_answer(self, answer: Snapshot) -> None:
        """Process the response to `question`, and set `question` to the next query."""
        self.asked += 1
        try:
            self.question = self._steps.send(answer)
        except StopIteration:
            self.question = None

    def explanation(self) -> Explanation:
        """Return the explanation of the metric that follows from the responses so far."""
        shown, ranking = self._best()
        absent = sum(answer.absent for answer in shown.answers)
        finished = self.question is None
        return Explanation(self.measure, shown.query, shown.scope, shown.fields, ranking, self.asked, absent, finished)

    def _best(self) -> tuple[_Comparison, Ranking]:
        """Return the latest comparison that found explaining values, with its ranking of the values.

        Finished comparisons are preferred. If no comparison found values, return the latest comparison.
        """
        ranked_ones = [(one, one.ranking(self.measure)) for one in reversed(self._comparisons)]
        found = [(one, ranking) for one, ranking in ranked_ones if ranking.values]
        return next((pair for pair in found if pair[0].finished), found[0] if found else ranked_ones[0])

    def _question_steps(self, comparison: _Comparison) -> Generator[Query, Snapshot, None]:
        """Yield the queries of one comparison.

        The first query is for the totals. It is followed by a query for each field. The last query finds out which
        values belong to the same connections.
        """
        comparison.total = self._read((yield comparison.by((_coarse_field(comparison.query),)))).total
        for group in _grouped(comparison.fields) if comparison.total.events else ():
            answer = self._read((yield comparison.by(group)))
            comparison.answers.append(answer)
            if answer.cut and len(group) > 1:
                for field_name in group:
                    comparison.answers.append(self._read((yield comparison.by((field_name,)))))
        if question := _overlap(comparison.query, comparison.ranking(self.measure)):
            comparison.answers.append(Answer((yield question), self.measure, of_part=True))
        comparison.finished = True

    def _row_steps(self) -> Generator[Query, Snapshot, None]:
        """Yield the queries about the chosen rows, then the queries about the tag values that all these rows share."""
        rows = self._comparisons[0]
        answer = self._read((yield rows.by(rows.fields)))
        if answer.cut:
            yield from self._question_steps(rows)
            return
        rows.answers, rows.total, rows.finished = [answer], answer.total, True
        terms = _terms_to_compare(self.measure, answer, rows.ranking(self.measure))
        if not terms:
            return
        fields = tuple(dict.fromkeys(term.field for term in terms))
        compared = _Comparison(Scope.ROWS_IN_QUESTION, self._whole, fields, frozenset(terms), answer)
        self._comparisons.append(compared)
        yield from self._question_steps(compared)

    def _read(self, snapshot: Snapshot) -> Answer:
        return Answer(snapshot, self.measure)


def _coarse_field(query: Query) -> str:
    return next((name for name in _COARSE if name in query.endpoint.fields), _COARSE[-1])


def _terms_to_compare(measure: Measure, rows: Answer, ranking: Ranking) -> list[Term]:
    """Return the values of the chosen rows that must be compared with the whole query.

    Two kinds of values cannot be judged within the rows: values of the same connections, and values that all
    rows share. The list is empty if the rows alone are enough for the explanation.
    """
    if not rows.total.events:
        return []
    if ranking.values and all(_is_decisive(value, rows.total) for value in ranking.values):
        alike = [one for value in ranking.values for one in value.folded if not _is_apart(measure, value, one)]
        every = Basis(measure, rows.total, [rows]).singles()
        alike += [one for one in every if any(_may_be_instead(measure, one, best, rows) for best in ranking.values)]
        return _terms((*ranking.values, *ranking.others, *alike) if alike else ())
    offered = (*ranking.values, *ranking.others)
    terms = _terms(one for value in offered for one in (value, *value.folded))
    for term, tally in rows.tallies.items():
        divides = tally.base < _ALL_OF_ROWS * rows.total.base
        if tally.events >= _LEAST_OF_ROWS * rows.total.events and (divides or not offered):
            terms.append(term)
    return list(dict.fromkeys(terms))


def _terms(values: Iterable[Value]) -> list[Term]:
    return list(dict.fromkeys(term for value in values for term in value.terms))


def _is_decisive(value: Value, total: Tally) -> bool:
    """True if a tag value clearly separates unhealthy connections from healthy connections."""
    return value.explained >= _DECISIVE_SHARE and value.tally.rate >= _DECISIVE * total.minus(value.tally).rate


def _may_be_instead(measure: Measure, coarser: Value, finer: Value, rows: Answer) -> bool:
    """True if a coarser tag value could be the cause of the problem in place of a finer tag value.

    This is the case if the coarser value includes all connections of the finer value, and its other connections
    are not proven to be healthy.
    """
    if coarser.explained < _LEAST_OF_ROWS * finer.explained or not implies(finer, coarser, [rows]):
        return False
    rest, outside = coarser.tally.minus(finer.tally), rows.total.minus(coarser.tally)
    if not outside.base:
        return False
    return not measure.is_enough(rest) or measure.least_rate(rest) >= LEAST_BESIDE * measure.most_rate(outside)


def _is_apart(measure: Measure, coarser: Value, finer: Value) -> bool:
    """True if a coarser tag value also has a high rate of events outside the finer tag value.

    High means at least half of the coarser value's rate. In this case, the finer value alone is not the cause.
    """
    rest = coarser.tally.minus(finer.tally)
    return measure.is_enough(rest) and measure.least_rate(rest) >= _TOLD_APART * coarser.tally.rate


def _overlap(query: Query, ranking: Ranking) -> Query | None:
    """Return a query that shows whether the best tag values belong to the same connections.

    Return None if there are fewer than two values or fewer than two fields, or if the search would be too long.
    """
    best = (*ranking.values, *ranking.others)[:_MOST_TOGETHER]
    terms = _terms(one for value in best for one in (value, *value.folded))
    fields = tuple(dict.fromkeys(term.field for term in terms))[:MOST_GROUP_BYS]
    if len(fields) < 2 or len(best) < 2:
        return None
    written = " OR ".join(" AND ".join(terms_of(term.field, (term.value,))) for term in terms)
    search = narrowed_by(searching(query), written)
    if len(search) > LONGEST_SEARCH:
        return None
    return replace(query, search=search, tags=(), group_bys=fields)


def fields_for(
    measure: Measure, query: Query, known: Resolved, fixed: Collection[str], *, of_rows: bool = False
) -> tuple[str, ...]:
    """Return the fields to group by, without fields that have only one value in the query or in the chosen rows.

    Args:
        measure: The metric to explain.
        query: The query whose result is to be explained.
        known: For each field, the share of the traffic that had a value in earlier responses.
        fixed: Fields with only one value in the whole query.
        of_rows: True if rows are chosen. Each row has only one value for each group-by of the query.
    """
    excluded = {*fixed, *(query.group_bys if of_rows else ())}
    return candidates(measure.metric.key, query.endpoint, known, excluded)


def drill_query(query: Query, value: Value) -> Query:
    """Return the query restricted to the connections that have this tag value.

    Raises:
        InvalidQuery: The search text becomes too long.
    """
    search = searching(query)
    for term in value.terms:
        for written in terms_of(term.field, (term.value,)):
            search = narrowed_by(search, written)
    return replace(query, search=search, tags=())


def _of_rows(query: Query, shown: Snapshot, rows: Sequence[Connection]) -> Query:
    return replace(query, search=drilled(shown, rows, query.group_bys).search, tags=())


def _grouped(fields: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the group-bys of each query that is needed for these fields.

    If a tag has few values, its client field and its server field share one query. Every other field has its
    own query.
    """
    grouped: list[tuple[str, ...]] = []
    for name in fields:
        other = other_end(name)
        in_pairs = side_of(name) is not Side.FLOW and other in fields and coarseness(name) <= _ASKED_IN_PAIRS
        if not in_pairs:
            grouped.append((name,))
        elif side_of(name) is Side.CLIENT:
            grouped.append((name, other))
    return grouped
