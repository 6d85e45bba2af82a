"""Find the row for the reverse direction of a connection.

For a connection from A to B, this is the row from B to A. The module also builds queries with client and server
swapped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.field_search import other_side
from cnm_tui.core.fields.group_by import Field, Side, end_of
from cnm_tui.core.filter.reader import with_fields as filter_with_fields
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.navigation.drilling import narrowed
from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import with_fields
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import Fixed, TimeRange

MOST_REVERSE_ROWS: Final = 100
"""Limit of the query for one reverse row: a tag may have several values."""
_OF_THE_SERVER: Final = frozenset({"pre_nat.ip"})
"""Server fields whose names do not say so."""
_PORTS: Final = frozenset({"client_port", "server_port", "network.server.port"})
"""Port fields that do not swap: a client does not connect from its server's port."""


class ReverseRow(NamedTuple):
    """The result of a search for the row in the reverse direction of a connection.

    It contains the reverse row if this row is loaded. Otherwise it states if an API request could find the row.
    """

    connection: Connection | None = None
    asks: bool = False
    """True if a request could find it, and none was sent."""
    key: str = "I"
    """Keyboard key that requests it."""

    @property
    def sentence(self) -> str:
        """Return a sentence to display if the reverse row is not known. Return an empty string if the row is known."""
        if self.connection is not None:
            return ""
        return f"{self.key} asks for the other way" if self.asks else "nothing the other way"


def swapped_field(field: str, catalogue: Mapping[str, Field]) -> str:
    """Return the field for the other side, for example `server_service` for `client_service`.

    Ports, and most fields that belong to neither client nor server, are returned unchanged.

    Raises:
        InvalidQuery: The other side has no such field.
    """
    if field in _PORTS or (end_of(field) is Side.FLOW and field not in _OF_THE_SERVER):
        return field
    other = other_side(field, catalogue)
    if other is None:
        raise InvalidQuery(
            f"{clean(field, 60)} is of one end only, so there is nothing to swap it with.", hint="Take it out first."
        )
    return other


def _check_reverse(endpoint: Endpoint) -> None:
    if not endpoint.has_reverse_rows:
        raise InvalidQuery(f"There is no other direction: a row of {endpoint.label} is of one client and its server.")


def swapped_group_bys(group_bys: Sequence[str], catalogue: Mapping[str, Field]) -> tuple[str, ...]:
    """Return the group-bys with each client field replaced by the server field, and each server field by the client
    field.

    The positions of client and server fields in the list stay the same.

    Raises:
        InvalidQuery: A field has no counterpart on the other side.
    """
    swapped = tuple(swapped_field(field, catalogue) for field in group_bys)
    if set(swapped) == set(group_bys):
        return tuple(group_bys)
    sides = list(dict.fromkeys(map(end_of, group_bys)))
    # An end that gains fields takes the place of the end that loses them.
    places = [
        sides.index(end_of(new) if end_of(new) in sides else end_of(old))
        for old, new in zip(group_bys, swapped, strict=True)
    ]
    return tuple(new for _, new in sorted(zip(places, swapped, strict=True), key=lambda placed: placed[0]))


def swapped(query: Query) -> Query:
    """Return the query with client and server swapped in group-bys, search and tags.

    Raises:
        InvalidQuery: A field exists for only one side of a connection.
    """
    _check_reverse(query.endpoint)
    # Imported here: finding a row needs no parser of the search language.
    tags = tuple(
        f"{swapped_field(name, query.endpoint.fields)}{colon}{value}" if colon else tag
        for tag in query.tags
        for name, colon, value in (tag.partition(":"),)
    )
    search = with_fields(query.search, partial(swapped_field, catalogue=query.endpoint.fields))
    group_bys = swapped_group_bys(query.group_bys, query.endpoint.fields)
    return replace(query, group_bys=group_bys, search=search, tags=tags)


def swapped_arrangement(arrangement: Arrangement, query: Query) -> Arrangement:
    """Return the sort order, column widths and filter of a table with client and server fields swapped.

    Metrics do not change.

    Raises:
        InvalidQuery: A field exists for only one side of a connection.
    """
    other = {field: swapped_field(field, query.endpoint.fields) for field in query.group_bys}
    sort = tuple(key._replace(column=other.get(key.column, key.column)) for key in arrangement.sort)
    widths = tuple((other.get(key, key), more) for key, more in arrangement.widths)
    return replace(
        arrangement, sort=sort, widths=widths, row_filter=_swapped_filter(arrangement.row_filter, query.endpoint)
    )


def _swapped_filter(row_filter: RowFilter, endpoint: Endpoint) -> RowFilter:
    if not row_filter.text:
        return row_filter
    swapped = partial(swapped_field, catalogue=endpoint.fields)
    return RowFilter(filter_with_fields(clean(row_filter.text), swapped, endpoint), endpoint)


def reverse_row_in(answer: Snapshot, connection: Connection, shown: Snapshot) -> Connection | None:
    """Return the row of an answer that is the reverse of a connection. Return None if there is no such row.

    Args:
        answer: The answer in which the reverse row is searched.
        connection: The connection.
        shown: The answer that contains the connection.

    Raises:
        InvalidQuery: A field exists for only one side of a connection.
    """
    _check_reverse(shown.endpoint)
    fields = {
        swapped_field(name, shown.endpoint.fields): connection.group_text(position)
        for position, name in enumerate(shown.query.group_bys)
    }
    return _row_with(answer, fields) if fields.keys() == set(answer.query.group_bys) else None


def known_reverse_row(connection: Connection, shown: Snapshot) -> ReverseRow:
    """Return the reverse row of a connection if it is among the loaded rows.

    If all rows are loaded and the reverse row is not among them, the result states that there is no reverse row.

    Raises:
        InvalidQuery: A field exists for only one side of a connection.
    """
    found = reverse_row_in(shown, connection, shown)
    query = shown.query
    both_ways = set(swapped_group_bys(query.group_bys, query.endpoint.fields)) == set(query.group_bys)
    everything = both_ways and not (shown.cut or query.search or query.tags)
    return ReverseRow(found, asks=found is None and not everything)


def _row_with(answer: Snapshot, texts: Mapping[str, str]) -> Connection | None:
    """Return the row whose group-bys have these texts as values. Return None if there is no such row.

    The texts are compared column by column. After the first columns, only few rows still need a comparison.
    """
    positions: Sequence[int] = range(len(answer.connections))
    for column, name in enumerate(answer.query.group_bys):
        wanted, of_column = texts[name], answer.texts(column)
        positions = [position for position in positions if of_column[position] == wanted]
    return answer.connections[positions[0]] if positions else None


def reverse_query(connection: Connection, shown: Snapshot) -> Query:
    """Return a query for the reverse of a connection, for exactly the displayed time window.

    Raises:
        InvalidQuery: A field exists for only one side of a connection, or the search becomes too long.
    """
    window = TimeRange(Fixed(shown.window.start), Fixed(shown.window.end))
    query = replace(swapped(shown.query), time_range=window, limit=MOST_REVERSE_ROWS)
    for name, values in zip(shown.query.group_bys, connection.exact.groups, strict=True):
        query = narrowed(query, swapped_field(name, query.endpoint.fields), values, excluded=False)
    return query
