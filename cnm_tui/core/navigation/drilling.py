"""Build the query for a drill-down.

The query returns only the connections of the chosen rows, grouped by other fields.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cnm_tui.core import endpoints
from cnm_tui.core.connections import UNRESOLVED, Connection, GroupValues, group_text
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import AUTO_GROUPS, Side, end_of, names
from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import joined, narrowed_by, parts_of, read, with_term
from cnm_tui.core.search.tree import AllOf, AnyOf, Expression, Pattern, Term, any_value, printed, quoted, visible_term
from cnm_tui.core.settings import KeyOf, usual_key
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import is_visible
from cnm_tui.core.units import plural


def narrowed(query: Query, field: str, values: GroupValues, *, excluded: bool) -> Query:
    """Return the query limited to connections with these values of a field, or to connections without these values.

    The tags of the query become terms of its search.

    Args:
        query: The query.
        field: The name of the field.
        values: The values as the API returned them. The text for an unresolved value means that there is no
            value.
        excluded: True to keep only connections without these values.

    Raises:
        InvalidQuery: The search becomes too long, or the field is a constant group without values.
    """
    if field in query.endpoint.constant_groups:
        raise InvalidQuery(f"{field} groups by nothing, so there is no value to search for.")
    search = searching(query)
    for added in terms_of(field, values, excluded=excluded):
        search = narrowed_by(search, added)
    return replace(query, search=search, tags=())


def searching(query: Query) -> str:
    """Return the search of a query, with the query's tags added as search terms.

    The API endpoint ignores tags if a request also contains a search.
    """
    search = query.search
    for tag in query.tags:
        name, colon, value = tag.partition(":")
        search = with_term(search, name, value) if colon and name and value else narrowed_by(search, quoted(tag))
    return search


def terms_of(field: str, values: GroupValues, *, excluded: bool = False) -> Sequence[str]:
    """Return search terms for connections with these values of a field. A connection must match all of the terms."""
    if field in AUTO_GROUPS:
        return _terms_of_auto_group(field, values, excluded=excluded)
    named = [value for value in dict.fromkeys(values) if group_text((value,)) != UNRESOLVED]
    if not named:
        return _unresolved_terms(field, values, excluded=excluded)
    terms = [visible_term(field, value) for value in named]
    if not excluded:
        return terms
    return [f"NOT {terms[0]}"] if len(terms) == 1 else [f"NOT ({' AND '.join(terms)})"]


def _terms_of_auto_group(field: str, values: GroupValues, *, excluded: bool) -> Sequence[str]:
    """Return search terms for values of an auto group.

    An auto group names a client or server by the first field that has a value. The terms require the values of
    this field, and no value in the fields before it.
    """
    named, unnamed = endpoints.fields_of_end(field, values)
    without = [term for one in unnamed for term in _unresolved_terms(one, (UNRESOLVED,), excluded=False)]
    terms = [term for one, found in named.items() for term in terms_of(one, found)]
    if not excluded:
        return [*terms, *without]
    return [f"NOT ({' AND '.join([*terms, *(f'({term})' for term in without)])})"]


def _unresolved_terms(field: str, values: GroupValues, *, excluded: bool) -> Sequence[str]:
    """Return search terms for connections without a value in this field.

    The API writes `N/A` for such connections. The documentation does not say if `N/A` is also the stored value.
    Therefore the terms search for both possibilities.
    """
    words = [visible_term(field, value) for value in dict.fromkeys(values) if value]
    if excluded:
        return [any_value(field), *(f"NOT {word}" for word in words)]
    return [" OR ".join([f"NOT {any_value(field)}", *words])]


def remark_of(field: str, values: GroupValues) -> str:
    """Return a remark for the user if these values are missing or contain invisible characters.

    The query for such values may be inexact. Return an empty string for all other values.
    """
    if group_text(values) == UNRESOLVED:
        return unresolved_sentence(field)
    return "" if all(map(is_visible, values)) else UNSEEN_SENTENCE


UNSEEN_SENTENCE: Final = "? stands for a character that cannot be seen, and finds any other."


def unresolved_sentence(field: str) -> str:
    """Return a remark that a query for connections without a value in this field may be inexact."""
    return f"N/A is asked by {any_value(field)}, if the service reads that as any value."


LONGEST_DRILL: Final = 4_000
"""Maximum characters of a generated search; the service's own limit is not published."""

_NAMING: Final = {
    # A client's port changes with each connection; the server's port identifies the protocol.
    Side.CLIENT: ("client_ip", "server_port", "gateway_id"),
    Side.SERVER: ("server_ip", "server_domain", "server_port", "server_gateway_id"),
}
"""Fields that identify an end without tags; only servers have documented domains."""


def fixed_fields(query: Query) -> frozenset[str]:
    """Return the fields that have only one value in all rows of a query, because its search requires this value."""
    return frozenset(
        part.field
        for part in parts_of(searching(query))
        if isinstance(part, Term) and part.field is not None and _is_one_value(part.pattern)
    )


def _is_one_value(pattern: Pattern) -> bool:
    return all(isinstance(part, str) for part in pattern.parts)


def drilled(shown: Snapshot, rows: Sequence[Connection], group_bys: tuple[str, ...]) -> Query:
    """Return a query for only the connections of these rows, grouped by the given fields.

    If a field is unresolved in all rows of the displayed answer, the search does not contain it. It would not
    select anything, and Datadog does not document how it reads such a term.

    Raises:
        InvalidQuery: The search becomes too long.
    """
    fields = [position for position in range(len(shown.query.group_bys)) if not _unresolved_throughout(shown, position)]
    named = [shown.query.group_bys[position] for position in fields]
    values = [tuple(row.exact.groups[position] for position in fields) for row in rows]
    search = searching(shown.query)
    for part in _parts(named, list(dict.fromkeys(values))):
        search = narrowed_by(search, _spelled(part))
    if len(rows) > 1 and len(search) > LONGEST_DRILL:
        raise InvalidQuery(
            f"{plural(len(rows), 'row')} make a search of {len(search):,} characters; at most {LONGEST_DRILL:,} are "
            "asked.",
            hint="Mark fewer, or search by what they share.",
        )
    return replace(shown.query, search=search, tags=(), group_bys=group_bys)


def unresolved_fields(shown: Snapshot, rows: Sequence[Connection]) -> frozenset[str]:
    """Return the fields that have no value in any of these rows."""
    texts = {name: {row.group_text(position) for row in rows} for position, name in enumerate(shown.query.group_bys)}
    return frozenset(name for name, found in texts.items() if found == {UNRESOLVED})


def remark(shown: Snapshot, rows: Sequence[Connection], left_out: str = "", key: KeyOf = usual_key) -> str:
    """Return a remark for the user about the query for these rows. It is empty if there is nothing to remark.

    Args:
        shown: The displayed answer.
        rows: The rows of the query.
        left_out: A remark about marked rows that were left out. If it is not empty, it is returned.
        key: A function that returns the keyboard key of a command.
    """
    if left_out:
        return left_out
    if all(_gone(shown, row) for row in rows):
        takes = f"{key('pick_time_range', 't')} takes another"
        return f"What is gone was in the window compared with, not in this one; {takes}."
    for position, name in enumerate(shown.query.group_bys):
        asked = any(row.group_text(position) == UNRESOLVED for row in rows)
        if asked and not _unresolved_throughout(shown, position):
            return unresolved_sentence(name)
    are_seen = (is_visible(value) for row in rows if row.unclean for values in row.exact.groups for value in values)
    return "" if all(are_seen) else UNSEEN_SENTENCE


def _gone(shown: Snapshot, row: Connection) -> bool:
    position = shown.position_of.get(row.id)
    return position is not None and shown.standing(position) == "gone"


def _unresolved_throughout(shown: Snapshot, position: int) -> bool:
    if shown.query.group_bys[position] in shown.endpoint.constant_groups:
        return True
    return not shown.cut and all(text == UNRESOLVED for text in shown.texts(position))


def _parts(fields: Sequence[str], rows: Sequence[tuple[GroupValues, ...]]) -> Sequence[Expression]:
    """Return search terms that match exactly these rows. A connection must match all of the terms.

    A term that all rows have in common appears only once.

    Args:
        fields: The fields of the rows' values.
        rows: For each row its values, in the order of the fields. No row occurs twice.
    """
    distinct = [len({row[position] for row in rows}) for position in range(len(fields))]
    shared = [_one(fields[position], rows[0][position]) for position, count in enumerate(distinct) if count == 1]
    dividing = [position for position, count in enumerate(distinct) if count > 1]
    if not dividing:
        return shared
    # Split by the field with the fewest values, for few alternatives.
    first, *others = sorted(dividing, key=distinct.__getitem__)
    others.sort()
    rests: dict[GroupValues, set[tuple[GroupValues, ...]]] = {}
    for row in rows:
        rests.setdefault(row[first], set()).add(tuple(row[position] for position in others))
    values_of: dict[tuple[tuple[GroupValues, ...], ...], list[GroupValues]] = {}
    for value, rest in rests.items():
        values_of.setdefault(tuple(sorted(rest)), []).append(value)
    ways: list[list[Expression]] = []
    for rest_rows, values in values_of.items():
        here = _joined(AnyOf, [_one(fields[first], value) for value in values])
        ways.append([here, *_parts([fields[position] for position in others], rest_rows)])
    if len(ways) == 1:
        return [*shared, *ways[0]]
    return [*shared, _joined(AnyOf, [_joined(AllOf, way) for way in ways])]


def _one(name: str, values: GroupValues) -> Expression:
    """Return a search expression that requires these values of a field."""
    read_terms = (read(term).expression for term in terms_of(name, values))
    return _joined(AllOf, [expression for expression in read_terms if expression is not None])


def _joined(kind: type[AllOf] | type[AnyOf], expressions: Sequence[Expression]) -> Expression:
    expression = joined(kind, expressions)
    assert expression is not None, "there is always something to join"
    return expression


def _spelled(expression: Expression) -> str:
    """Return a search expression as text.

    The text contains parentheses even where the precedence of the operators would make them unnecessary.
    """
    match expression:
        case AllOf(inner):
            return " AND ".join(f"({_spelled(each)})" if isinstance(each, AnyOf) else _spelled(each) for each in inner)
        case AnyOf(inner):
            return " OR ".join(f"({_spelled(each)})" if isinstance(each, AllOf) else _spelled(each) for each in inner)
        case _:
            return printed(expression)


def is_nameless(shown: Snapshot, rows: Sequence[Connection], field: str) -> bool:
    """True if there is exactly one row, and its client or server has no name.

    The field `field` decides whether the client or the server is meant.
    """
    end = end_of(field)
    return end in _NAMING and len(rows) == 1 and _unresolved(rows[0], shown.query.group_bys, end)


def naming(shown: Snapshot, row: Connection, under_cursor: str | None) -> Query:
    """Return a query that helps to identify the unresolved client or server of a row, grouped by address and port.

    If client and server are both unresolved, the query is about the side of the column at the cursor. If the
    cursor is not on a column of either side, the query is about the server.

    Raises:
        InvalidQuery: Client and server both have names, or the search becomes too long.
    """
    group_bys = shown.query.group_bys
    ends = [side for side in (Side.SERVER, Side.CLIENT) if _unresolved(row, group_bys, side)]
    if not ends:
        raise InvalidQuery("Both ends of this row have names.", hint="Choose one with N/A.")
    chosen = end_of(under_cursor) if under_cursor is not None and under_cursor in group_bys else None
    end = chosen if chosen in ends else ends[0]
    search = searching(shown.query)
    for name, values in zip(group_bys, row.exact.groups, strict=True):
        for term in terms_of(name, values):
            search = narrowed_by(search, term)
    return replace(shown.query, search=search, tags=(), group_bys=_NAMING[end])


def _unresolved(row: Connection, group_bys: Sequence[str], side: Side) -> bool:
    """True if the row has fields for this side, client or server, and none of these fields has a value."""
    texts = [row.group_text(position) for position, field in enumerate(group_bys) if names(field, side)]
    return bool(texts) and all(text == UNRESOLVED for text in texts)
