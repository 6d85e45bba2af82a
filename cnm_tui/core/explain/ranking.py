"""Rank the tag values that explain a bad metric by their lift.

The lift of a tag value is its share of the events divided by its share of the base. For example, 81 % of
the retransmits (events) on 12 % of the packets (base) is a lift of 6.8. With lift alone, a single pod with
three lost packets would be first. So a value is offered only if all of these conditions are true:

- Its rate is at least `LEAST_BESIDE` times the rate of the other connections. Its lower end of the 95 %
  confidence interval is compared with their upper end. Its lift is at least `LEAST_LIFT`, a low limit
  because a value with two thirds of the base cannot reach a lift of 1.5.
- If the value had the rate of the other connections, at least `LEAST_EXPLAINED` of all events would not have
  happened.
- Its weight is close to the weight of the best value. The weight measures how much the value tells about
  the events: the divergence of its share of the events from its share of the base (Kullback and Leibler
  1951).

Finer values that tell hardly more than a coarser value are joined with the coarser value, which then has
the largest weight among them. The remaining values are sorted by lift. Values with a smaller weight are in
a second list, which is also sorted by lift.
"""

from collections.abc import Iterable, Sequence
from math import log
from typing import Final, NamedTuple

from cnm_tui.core.explain.answers import Answer, Term
from cnm_tui.core.explain.candidates import coarseness, other_end
from cnm_tui.core.explain.measure import Measure, Tally
from cnm_tui.core.fields.group_by import Side, end_of

LEAST_BESIDE: Final = 1.5
LEAST_LIFT: Final = 1.2
LEAST_EXPLAINED: Final = 0.2
LEAST_EXPLAINED_BY_SHARED: Final = 0.01
"""The limit for values that chosen rows share; other rows may have more trouble from another cause."""
_FADED: Final = 1 / 3
"""Exponent of what a value explains, for values that chosen rows share: it counts less than the lift."""
BEST_WEIGHT: Final = 0.92
"""Smallest weight of a value beside the heaviest one, to be ranked with it."""
LEAST_WEIGHT: Final = 0.4
"""A value is listed if its weight is at least this share of the heaviest value's weight."""
SAYS_AS_MUCH: Final = 0.9
"""A coarser value includes a finer one if its weight is at least this share of the finer value's."""
IMPLIES: Final = 0.98
"""Share of a value's events and base that lie within another value, from which on it implies that value."""
PAIR_GAIN: Final = 1.4
"""Two values together are offered if their lift is this many times that of the better one alone."""
_CROSS_GAIN: Final = 10
"""The factor for values of two different tags that chosen rows have."""


class Value(NamedTuple):
    """One tag value, or a pair of a client's and a server's tag value, that may explain a bad metric.

    It contains its share of the events (such as retransmits) and its share of the base (such as packets).
    """

    terms: tuple[Term, ...]
    tally: Tally
    share: float
    """Share of all events, 0 to 1."""
    base_share: float
    """Share of the base of all events, 0 to 1."""
    lift: float
    least_lift: float
    """Lower end of the 95 % confidence interval of the lift."""
    is_above_others: bool
    """True if its rate is above that of the others, by more than chance."""
    explained: float
    """Share of all events that would not be there if it had the rate of the others."""
    weight: float
    """The information that the value gives about the events."""
    folded: tuple["Value", ...] = ()
    """Finer values, or values of the same connections, that say no more."""

    @property
    def text(self) -> str:
        """Return the value as text for sentences. The text may be unsafe to display."""
        return " → ".join(term.text for term in self.terms)


class Ranking(NamedTuple):
    """The tag values that explain a bad metric, and the totals that they were compared with."""

    values: tuple[Value, ...]
    """Largest lift first; empty if no value explains the metric."""
    others: tuple[Value, ...]
    """Values that explain less, largest lift first."""
    total: Tally
    nearest: Value | None
    """The value with the largest weight, offered or not; for the sentence that nothing explains the metric."""
    cut: tuple[str, ...] = ()
    """Fields whose answers were cut, so that some of their values are unknown."""
    unresolved: tuple[str, ...] = ()
    """Fields that have no value at all."""


class Basis(NamedTuple):
    """The data from which a ranking is calculated: responses to the same query, each with other group-bys."""

    measure: Measure
    total: Tally
    """The sums of the whole question, from a coarse answer."""
    answers: Sequence[Answer]
    only: frozenset[Term] | None = None
    """Each offered value consists of these terms only; None for no limit."""
    without: Answer | None = None
    """Rows of the question that do not count: a value that chosen rows share must hold for others, too."""

    def value(self, terms: tuple[Term, ...], tally: Tally) -> Value | None:
        """Return a Value with its lift for these terms.

        Return None if there are no events, or if the attribute `only` does not contain all of these terms.
        """
        if self.only is not None and not self.only.issuperset(terms):
            return None
        total = self.total
        if self.without is not None:
            tally, total = tally.minus(self.without.all_of(terms)), total.minus(self.without.total)
        value = _value(self.measure, total, terms, tally)
        if value is None or self.without is None:
            return value
        # Chosen rows ask what is wrong with them, however many others have trouble of another cause.
        return value._replace(weight=value.explained**_FADED * log(max(value.least_lift, 1.0)))

    def singles(self) -> list[Value]:
        """Return each single tag value (in contrast to a pair) that has events."""
        return [value for term, tally in _singles(self.answers).items() if (value := self.value((term,), tally))]

    def explains(self, value: Value) -> bool:
        """True if there is enough evidence that the value explains the metric."""
        least = LEAST_EXPLAINED if self.without is None else LEAST_EXPLAINED_BY_SHARED
        enough = self.measure.is_enough(value.tally)
        return enough and value.is_above_others and value.explained >= least


def ranked(basis: Basis) -> Ranking:
    """Return the ranking of the values that explain the metric. The value with the largest lift is the first."""
    answers = basis.answers
    singles = basis.singles()
    offered = [value for value in singles if basis.explains(value)]
    offered += _pairs(
        basis, {value.terms[0]: value for value in singles}, max((value.weight for value in offered), default=0.0)
    )
    heaviest = max((value.weight for value in offered), default=0.0)
    folded = _folded([value for value in offered if value.weight >= LEAST_WEIGHT * heaviest], answers)
    folded.sort(key=lambda value: -value.least_lift)
    best = [value.weight >= BEST_WEIGHT * heaviest for value in folded]
    return Ranking(
        tuple(value for value, is_best in zip(folded, best, strict=True) if is_best),
        tuple(value for value, is_best in zip(folded, best, strict=True) if not is_best),
        basis.total,
        max(_proven(basis.measure, singles), key=lambda value: value.weight, default=None),
        tuple(field for answer in answers if answer.cut for field in answer.fields),
        tuple(_unresolved(answers)),
    )


def _singles(answers: Iterable[Answer]) -> dict[Term, Tally]:
    """Return the sum of events for each single tag value, from responses that contain all rows of the value."""
    found: dict[Term, Tally] = {}
    for answer in answers:
        # A cut answer by one field has whole values; by several fields it has parts of them.
        if not answer.of_part and (not answer.cut or len(answer.fields) == 1):
            for term, tally in answer.tallies.items():
                found.setdefault(term, tally)
    return found


def _value(measure: Measure, total: Tally, terms: tuple[Term, ...], tally: Tally) -> Value | None:
    """Return a Value with its lift, or None if the number of events or the base number is 0."""
    if not tally.events or not total.events or not total.base:
        return None
    others = total.minus(tally)
    # With the rate of the others, its base would have had so many events.
    usual = tally.base * others.rate if others.base else 0.0
    explained = max(0.0, tally.events - usual) / total.events
    lift, least_rate = tally.rate / total.rate, measure.least_rate(tally)
    share, base_share = min(1.0, tally.events / total.events), min(1.0, tally.base / total.base)
    return Value(
        terms,
        tally,
        share,
        base_share,
        lift,
        least_rate / total.rate,
        lift >= LEAST_LIFT and bool(others.base) and least_rate >= LEAST_BESIDE * measure.most_rate(others),
        explained,
        _divergence(share, base_share) if lift > 1 else 0.0,
    )


def _divergence(share: float, base_share: float) -> float:
    """Return the Kullback-Leibler divergence of one share from another share, in nats."""
    parts = ((share, base_share), (1 - share, 1 - base_share))
    return sum(part * log(part / base) for part, base in parts if part > 0 and base > 0)


def _pairs(basis: Basis, alone: dict[Term, Value], heaviest: float) -> list[Value]:
    """Return pairs of a client value and a server value that explain more than each of the two values alone.

    Two values of the same tag, such as two zones, form a path. Values of different tags must in addition weigh
    more than the heaviest single value.
    """
    found: dict[tuple[Term, ...], Value] = {}
    for answer in basis.answers:
        for client, server in _both_sides(answer):
            for pair, tally in answer.pairs(client, server):
                if pair in found or not all(term in alone for term in pair):
                    continue
                value = basis.value(pair, tally)
                if value is None or not basis.explains(value) or not _adds(value, [alone[term] for term in pair]):
                    continue
                if other_end(client) == server or _is_telling(basis, value, heaviest, max(alone[t].lift for t in pair)):
                    found[pair] = value
    return list(found.values())


def _is_telling(basis: Basis, pair: Value, heaviest: float, lift_alone: float) -> bool:
    """True if a pair of values of different tags explains enough.

    A pair that consists of only a few connections by chance must not count.
    """
    if basis.without is None:
        return pair.weight > heaviest
    # With what chosen rows have, any two values together soon are only a few others.
    return pair.least_lift >= _CROSS_GAIN * lift_alone


def _adds(pair: Value, alone: Sequence[Value]) -> bool:
    """True if a pair explains more than each of its two values alone."""
    return all(pair.least_lift >= PAIR_GAIN * one.lift and pair.weight >= one.weight for one in alone)


def _both_sides(answer: Answer) -> Iterable[tuple[str, str]]:
    """Return all combinations of a client field and a server field of a response."""
    clients = [field for field in answer.fields if end_of(field) is Side.CLIENT]
    return ((client, field) for client in clients for field in answer.fields if end_of(field) is not Side.CLIENT)


def _folded(offered: Sequence[Value], answers: Sequence[Answer]) -> list[Value]:
    """Return the tag values without those that a coarser value includes.

    Each returned value contains a list of the values that it includes.
    """
    kept: list[Value] = []
    for value in sorted(offered, key=_fineness):
        taking = (at for at, other in enumerate(kept) if _says_as_much(other, value) and implies(value, other, answers))
        if (coarser := next(taking, None)) is None:
            kept.append(value)
        else:
            taking_in = kept[coarser]
            weight = max(taking_in.weight, value.weight)
            kept[coarser] = taking_in._replace(weight=weight, folded=(*taking_in.folded, value))
    return kept


def _fineness(value: Value) -> tuple[float, ...]:
    """Return a sort key for a tag value, which sorts coarser values first.

    The first criterion is a larger share of the base, the second is coarser fields, and the third is fewer
    fields.
    """
    ranks = [coarseness(term.field) for term in value.terms]
    return (-value.tally.base, max(ranks), len(ranks), *ranks)


def _says_as_much(coarser: Value, finer: Value) -> bool:
    return coarser.weight >= SAYS_AS_MUCH * finer.weight


def implies(finer: Value, coarser: Value, answers: Sequence[Answer]) -> bool:
    """True if nearly all connections of the finer value also have the coarser value."""
    terms = tuple(dict.fromkeys((*finer.terms, *coarser.terms)))
    for answer in answers:
        if not answer.cut and all(term.field in answer.fields for term in terms):
            # The answer may be about a part of the question, so it is compared with itself.
            shared, own = answer.all_of(terms), answer.all_of(finer.terms)
            return shared.base >= IMPLIES * own.base and shared.events >= IMPLIES * own.events
    # Sums that are equal to the last event are those of the same connections.
    return finer.tally == coarser.tally


def _unresolved(answers: Sequence[Answer]) -> Iterable[str]:
    named = {term.field for answer in answers for term in answer.positions}
    asked = (field for answer in answers if answer.snapshot.connections for field in answer.fields)
    return dict.fromkeys(field for field in asked if field not in named)


def _proven(measure: Measure, values: Iterable[Value]) -> list[Value]:
    return [value for value in values if measure.is_enough(value.tally)]
