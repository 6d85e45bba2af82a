"""Into some rows of an answer: the question about these alone, grouped by other fields."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import Side, end_of, names
from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import joined, narrowed_by, parts_of, read, with_term
from cnm_tui.core.search.tree import AllOf, AnyOf, Expression, Pattern, Term, any_value, printed, quoted, visible_term
from cnm_tui.core.settings import KeyOf, usual_key
from cnm_tui.core.snapshot import UNRESOLVED, Connection, GroupValues, Snapshot, group_text
from cnm_tui.core.text import all_seen
from cnm_tui.core.units import plural


def narrowed(query: Query, field: str, values: GroupValues, *, excluded: bool) -> Query:
    """The query for connections that have all of these values of a field, or for those that do not; tags become terms.

    Args:
        values: As the endpoint sent them; those of an unresolved end stand for having no value.

    Raises:
        InvalidQuery: The search becomes too long.
    """
    search = searching(query)
    for added in terms_of(field, values, excluded=excluded):
        search = narrowed_by(search, added)
    return replace(query, search=search, tags=())


def searching(query: Query) -> str:
    """The search of a query, to which its tags are added as terms: beside a search they would be dropped."""
    search = query.search
    for tag in query.tags:
        name, colon, value = tag.partition(":")
        search = with_term(search, name, value) if colon and name and value else narrowed_by(search, quoted(tag))
    return search


def terms_of(field: str, values: GroupValues, *, excluded: bool = False) -> Sequence[str]:
    """What must hold all together."""
    named = [value for value in dict.fromkeys(values) if group_text((value,)) != UNRESOLVED]
    if not named:
        return _unresolved_terms(field, values, excluded=excluded)
    terms = [visible_term(field, value) for value in named]
    if not excluded:
        return terms
    return [f"NOT {terms[0]}"] if len(terms) == 1 else [f"NOT ({' AND '.join(terms)})"]


def _unresolved_terms(field: str, values: GroupValues, *, excluded: bool) -> Sequence[str]:
    """Whether a word like `N/A` is only said where there is no value, or is one, is not documented: both are meant."""
    words = [visible_term(field, value) for value in dict.fromkeys(values) if value]
    if excluded:
        return [any_value(field), *(f"NOT {word}" for word in words)]
    return [" OR ".join([f"NOT {any_value(field)}", *words])]


def remark_of(field: str, values: GroupValues) -> str:
    """Return what must be said of a question about these values; empty where there is nothing."""
    if group_text(values) == UNRESOLVED:
        return unresolved_sentence(field)
    return "" if all(map(all_seen, values)) else UNSEEN_SENTENCE


UNSEEN_SENTENCE: Final = "? stands for a character that cannot be seen, and finds any other."


def unresolved_sentence(field: str) -> str:
    """What must be said of a question about unresolved ends."""
    return f"N/A is asked by {any_value(field)}, if the service reads that as any value."


LONGEST_DRILL: Final = 4_000
"""Characters of a search that is made of rows; how long a search the service takes is not published."""

_NAMING: Final = {
    # A client's port is another one for each connection; the server's says what it wanted.
    Side.CLIENT: ("client_ip", "server_port", "gateway_id"),
    Side.SERVER: ("server_ip", "server_domain", "server_port", "server_gateway_id"),
}
"""What names an end that no tag does; only servers have documented domains."""


def fixed_fields(query: Query) -> frozenset[str]:
    """The fields that have one value in all that is asked."""
    return frozenset(
        part.field
        for part in parts_of(searching(query))
        if isinstance(part, Term) and part.field is not None and _is_one_value(part.pattern)
    )


def _is_one_value(pattern: Pattern) -> bool:
    return all(isinstance(part, str) for part in pattern.parts)


def drilled(shown: Snapshot, rows: Sequence[Connection], group_bys: tuple[str, ...]) -> Query:
    """The question that was answered, about the connections of these rows alone, grouped by these fields.

    An unresolved end that all rows of the answer share is not asked for: it divides nothing, and how the service reads
    that is not documented.

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
    """The fields that have no value in any of these rows of an answer."""
    texts = {name: {row.group_text(position) for row in rows} for position, name in enumerate(shown.query.group_bys)}
    return frozenset(name for name, found in texts.items() if found == {UNRESOLVED})


def remark(shown: Snapshot, rows: Sequence[Connection], left_out: str = "", key: KeyOf = usual_key) -> str:
    """What is to be said of a question about these rows; empty where there is nothing.

    Args:
        left_out: What is said of other rows that were marked, which comes first.
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
    are_seen = (all_seen(value) for row in rows if row.unclean for values in row.exact.groups for value in values)
    return "" if all(are_seen) else UNSEEN_SENTENCE


def _gone(shown: Snapshot, row: Connection) -> bool:
    position = shown.position_of.get(row.id)
    return position is not None and shown.standing(position) == "gone"


def _unresolved_throughout(shown: Snapshot, position: int) -> bool:
    return not shown.cut and all(text == UNRESOLVED for text in shown.texts(position))


def _parts(fields: Sequence[str], rows: Sequence[tuple[GroupValues, ...]]) -> Sequence[Expression]:
    """What must hold all together for one of these rows to be meant; what several share is said once.

    Args:
        fields: Those that the rows have values of.
        rows: For each row its values, in the order of the fields; no row is there twice.
    """
    distinct = [len({row[position] for row in rows}) for position in range(len(fields))]
    shared = [_one(fields[position], rows[0][position]) for position, count in enumerate(distinct) if count == 1]
    dividing = [position for position, count in enumerate(distinct) if count > 1]
    if not dividing:
        return shared
    # By the field with the fewest values, so that the alternatives are few.
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
    """That a field has these values."""
    read_terms = (read(term).expression for term in terms_of(name, values))
    return _joined(AllOf, [expression for expression in read_terms if expression is not None])


def _joined(kind: type[AllOf] | type[AnyOf], expressions: Sequence[Expression]) -> Expression:
    expression = joined(kind, expressions)
    assert expression is not None, "there is always something to join"
    return expression


def _spelled(expression: Expression) -> str:
    """As it is printed, but with parentheses where only the precedence of operators would tell."""
    match expression:
        case AllOf(inner):
            return " AND ".join(f"({_spelled(each)})" if isinstance(each, AnyOf) else _spelled(each) for each in inner)
        case AnyOf(inner):
            return " OR ".join(f"({_spelled(each)})" if isinstance(each, AllOf) else _spelled(each) for each in inner)
        case _:
            return printed(expression)


def is_nameless(shown: Snapshot, rows: Sequence[Connection], field: str) -> bool:
    """Whether this is one row, and nothing names that end of it which this field tells of."""
    end = end_of(field)
    return end in _NAMING and len(rows) == 1 and _unresolved(rows[0], shown.query.group_bys, end)


def naming(shown: Snapshot, row: Connection, under_cursor: str | None) -> Query:
    """The question what the unresolved end of a row is: grouped by what names it where no tag does.

    Of two unresolved ends it is the one under the cursor, or else the server.

    Raises:
        InvalidQuery: Both ends have names, or the search becomes too long.
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
    """Whether nothing names this end of a row."""
    texts = [row.group_text(position) for position, field in enumerate(group_bys) if names(field, side)]
    return bool(texts) and all(text == UNRESOLVED for text in texts)
