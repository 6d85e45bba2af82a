"""Calculate the breadcrumbs, which show how the user narrowed the query step by step.

They are the earlier, wider queries, the current query, and later, narrower queries to which the user can
return.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from cnm_tui.core.connections import UNRESOLVED
from cnm_tui.core.exploration.history import History
from cnm_tui.core.fields.group_by import Side, end_of
from cnm_tui.core.navigation.drilling import searching
from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import parts_of
from cnm_tui.core.search.tree import AllOf, AnyOf, Expression, InNetworks, Not, Pattern, Term, Wildcard, printed
from cnm_tui.core.text import clean, fitted

WIDEST_NAME: Final = 28
"""Terminal columns of a value in a breadcrumb."""
_EVERYTHING: Final = "everything"


class Crumb(NamedTuple):
    """One query of the breadcrumbs, with its name and its distance from the current query.

    The distance is a number of steps in the history. It is negative for an earlier query.
    """

    name: str
    distance: int
    """Steps forward in the history, negative for back; 0 is the current query."""


def breadcrumbs(history: History, shown: Query) -> tuple[Crumb, ...]:
    """Return the breadcrumbs, widest query first. If no query was narrowed, return a single breadcrumb.

    A query counts as narrowed if it has more search terms, or if one of its group-bys is a finer field. If
    several queries differ only by time window, limit or fields, the latest of these queries is used.
    """
    above: list[tuple[Query, int]] = [(shown, 0)]
    for distance, entry in enumerate(reversed(history.before), 1):
        if _is_above(entry.query, above[-1][0]):
            above.append((entry.query, -distance))
    below = [(shown, 0)]
    for distance, entry in enumerate(reversed(history.after), 1):
        if _is_above(below[-1][0], entry.query):
            below.append((entry.query, distance))
    questions = [*reversed(above), *below[1:]]
    first, distance = questions[0]
    crumbs = [Crumb(_first_name(first), distance)]
    for (before, _), (query, distance) in zip(questions, questions[1:], strict=False):
        crumbs.append(Crumb(_labelled(_name(before, query), before, query), distance))
    return tuple(crumbs)


def _is_above(query: Query, other: Query) -> bool:
    """True if the other query is narrower than the first query.

    The other query is narrower if it has all search terms of the first query and more. It is also narrower if it
    has the same terms, and exactly one group-by is different.
    """
    ours, theirs = set(_parts(searching(query))), set(_parts(searching(other)))
    return ours < theirs or (ours == theirs and _is_one_field_on(query.group_bys, other.group_bys))


def _is_one_field_on(group_bys: Sequence[str], others: Sequence[str]) -> bool:
    differing = [here != there for here, there in zip(group_bys, others, strict=False)]
    return len(group_bys) == len(others) and sum(differing) == 1


# Cached: parsed for each query of the history after every answer.
@lru_cache(maxsize=256)
def _parts(search: str) -> Sequence[Expression]:
    return parts_of(search)


def _first_name(query: Query) -> str:
    name = fitted(clean(searching(query) or _EVERYTHING), WIDEST_NAME)
    return f"{query.endpoint.label}: {name}" if query.endpoint.label else name


def _labelled(name: str, before: Query, query: Query) -> str:
    """Return the name of a breadcrumb.

    If its query uses another API endpoint than the query before, the name begins with the kind of its rows.
    """
    if query.endpoint is before.endpoint:
        return name
    return f"{query.endpoint.label or query.endpoint.rows_noun}: {name}"


def _name(before: Query, query: Query) -> str:
    """Return a name for a query: the search terms that it adds to the query `before`.

    An example is `checkout → payments`. If the query adds no term, return its new group-by.
    """
    known = _parts(searching(before))
    added = [part for part in _parts(searching(query)) if part not in known]
    if not added:
        return f"by {', '.join(clean(field) for field in query.group_bys if field not in before.group_bys)}"
    return _from_end_to_end(added)


def _from_end_to_end(parts: Iterable[Expression]) -> str:
    """Return the search values for client, server and the whole connection, for example `checkout → payments, udp`."""
    by_end: dict[Side, list[str]] = {side: [] for side in Side}
    for part in parts:
        by_end[_end(part)].append(_value(part))
    ends = ""
    if by_end[Side.CLIENT] or by_end[Side.SERVER]:
        ends = f"{_listed(by_end[Side.CLIENT])} → {_listed(by_end[Side.SERVER])}".strip()
    return ", ".join(filter(None, (ends, _listed(by_end[Side.FLOW]))))


def _listed(names: Iterable[str]) -> str:
    """Return the names joined by commas, each name once.

    A service and its deployment often have the same name.
    """
    return ", ".join(dict.fromkeys(names))


def _end(part: Expression) -> Side:
    """Return the side of a connection (client or server) that a search term is about.

    Return `Side.FLOW`, which means the whole connection, if the term is about both sides or names no field.
    """
    ends = {Side.FLOW if field is None else end_of(field) for field in _fields(part)}
    return ends.pop() if len(ends) == 1 else Side.FLOW


def _fields(part: Expression) -> set[str | None]:
    match part:
        case Term(field) | InNetworks(field):
            return {field}
        case Not(inner):
            return _fields(inner)
        case AllOf(inners) | AnyOf(inners):
            return set().union(*map(_fields, inners))


def _value(part: Expression) -> str:
    """Return the value of a search term as a short text.

    If the term lists several values, return the first value and the number of the others.
    """
    match part:
        case Term(_, Pattern(parts)) if not any(isinstance(each, Wildcard) for each in parts):
            return fitted(clean("".join(map(str, parts))), WIDEST_NAME)
        case AnyOf((Not(Term(_, Pattern((Wildcard(),)))), *_)) | Not(Term(_, Pattern((Wildcard(),)))):
            return UNRESOLVED
        case AnyOf((first, *others)):
            return f"{_value(first)} +{len(others)}" if len(_fields(part)) == 1 else f"{_value(first)} …"
        case Not(inner):
            return f"NOT {_value(inner)}"
        case InNetworks(_, networks):
            return ", ".join(networks)
        case AllOf(inners):
            return _from_end_to_end(inners) if _end(part) is Side.FLOW else _listed(map(_value, inners))
        case _:
            return fitted(clean(printed(part)), WIDEST_NAME)
