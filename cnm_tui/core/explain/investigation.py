"""Ask which values explain a metric: the questions one after the other, and what their answers tell so far."""

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
    """The connections that values are compared within."""

    QUESTION = "question"
    """All connections of the question."""
    ROWS = "rows"
    """The chosen rows: their parts are compared with each other."""
    ROWS_IN_QUESTION = "rows in question"
    """The values that all chosen rows have, compared with the rest of the question."""


class Cost(NamedTuple):
    """The number of requests."""

    least: int
    most: int


class Explanation(NamedTuple):
    """The result, and what it is based on."""

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
    """Answers to the questions about one set of connections, so far."""

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
        """Return the question by these fields."""
        return replace(self.query, group_bys=group_bys)

    def ranking(self, measure: Measure) -> Ranking:
        """Return the values that explain the metric, by the answers so far."""
        return ranked(Basis(measure, self.total, self.answers, self.only, self.rows))


class Investigation:
    """The questions for one explanation; give each answer to `on_answer` before the next question is asked for.

    For rows, the first question asks them by all fields at once. If it is not cut, it tells everything about them.
    Values that it cannot tell apart, or that all rows share, are then compared with the whole question.
    """

    def __init__(
        self,
        measure: Measure,
        query: Query,
        window: Window,
        fields: tuple[str, ...],
        rows: tuple[Snapshot, Sequence[Connection]] | None = None,
    ) -> None:
        """Plan the questions.

        Args:
            measure: The metric to explain.
            query: The question.
            window: The window of all questions, which must not move meanwhile.
            fields: The fields to ask by.
            rows: An answer with the chosen rows of it; None to explain the whole question.
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
        """Return how many requests it takes; the fewest if no answer is cut."""
        groups = _grouped(self.fields)
        # Totals, each group, and which values are the same connections; cut pairs are asked again one by one.
        whole = Cost(1 + len(groups), 2 + len(groups) + sum(len(group) for group in groups if len(group) > 1))
        return whole if self._comparisons[0].scope is Scope.QUESTION else Cost(1, 1 + 2 * whole.most)

    @property
    def search(self) -> str:
        """The search of the whole question."""
        return self._whole.search

    def on_answer(self, answer: Snapshot) -> None:
        """Process the answer to `question`, and choose the next question."""
        self.asked += 1
        try:
            self.question = self._steps.send(answer)
        except StopIteration:
            self.question = None

    def explanation(self) -> Explanation:
        """Return what the answers tell so far."""
        shown, ranking = self._best()
        absent = sum(answer.absent for answer in shown.answers)
        finished = self.question is None
        return Explanation(self.measure, shown.query, shown.scope, shown.fields, ranking, self.asked, absent, finished)

    def _best(self) -> tuple[_Comparison, Ranking]:
        """Return the last comparison that found values, finished ones first; else the last one."""
        ranked_ones = [(one, one.ranking(self.measure)) for one in reversed(self._comparisons)]
        found = [(one, ranking) for one, ranking in ranked_ones if ranking.values]
        return next((pair for pair in found if pair[0].finished), found[0] if found else ranked_ones[0])

    def _question_steps(self, comparison: _Comparison) -> Generator[Query, Snapshot, None]:
        """Yield the questions about one search: totals, each field, and which values belong together."""
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
        """Yield the questions about rows, then those about the values that they share."""
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
    """Return the values of the rows to compare with the question; none if the rows alone tell enough.

    Values of the same connections cannot be told apart within the rows, nor can values that all rows share.
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
    """True if a value divides the rows into ill and well connections."""
    return value.explained >= _DECISIVE_SHARE and value.tally.rate >= _DECISIVE * total.minus(value.tally).rate


def _may_be_instead(measure: Measure, coarser: Value, finer: Value, rows: Answer) -> bool:
    """True if a coarser value includes the connections of a finer one, and it is not proven that its rest is well."""
    if coarser.explained < _LEAST_OF_ROWS * finer.explained or not implies(finer, coarser, [rows]):
        return False
    rest, outside = coarser.tally.minus(finer.tally), rows.total.minus(coarser.tally)
    if not outside.base:
        return False
    return not measure.is_enough(rest) or measure.least_rate(rest) >= LEAST_BESIDE * measure.most_rate(outside)


def _is_apart(measure: Measure, coarser: Value, finer: Value) -> bool:
    """True if the rest of a coarser value is as ill as the finer one, which then is not the cause."""
    rest = coarser.tally.minus(finer.tally)
    return measure.is_enough(rest) and measure.least_rate(rest) >= _TOLD_APART * coarser.tally.rate


def _overlap(query: Query, ranking: Ranking) -> Query | None:
    """Return a query that shows if the best-ranked values share their connections; None if they cannot differ."""
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
    """Return the fields to ask by, without those that have one value in the question, or in the chosen rows.

    Args:
        measure: The metric to explain.
        query: The question.
        known: What earlier answers have resolved.
        fixed: Fields with one value in the whole question.
        of_rows: True if rows are chosen, which have one value of each field of the question.
    """
    excluded = {*fixed, *(query.group_bys if of_rows else ())}
    return candidates(measure.metric.key, query.endpoint, known, excluded)


def drill_query(query: Query, value: Value) -> Query:
    """Return the question for the connections with this value.

    Raises:
        InvalidQuery: The search becomes too long.
    """
    search = searching(query)
    for term in value.terms:
        for written in terms_of(term.field, (term.value,)):
            search = narrowed_by(search, written)
    return replace(query, search=search, tags=())


def _of_rows(query: Query, shown: Snapshot, rows: Sequence[Connection]) -> Query:
    return replace(query, search=drilled(shown, rows, query.group_bys).search, tags=())


def _grouped(fields: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the fields question by question: those of few values for both sides together, others alone."""
    grouped: list[tuple[str, ...]] = []
    for name in fields:
        other = other_end(name)
        in_pairs = side_of(name) is not Side.FLOW and other in fields and coarseness(name) <= _ASKED_IN_PAIRS
        if not in_pairs:
            grouped.append((name,))
        elif side_of(name) is Side.CLIENT:
            grouped.append((name, other))
    return grouped
