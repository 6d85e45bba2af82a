"""The other way: of a connection from A to B that from B to A, and a question with its two ends changed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.field_search import other_side
from cnm_tui.core.fields.group_by import Field, Side, end_of
from cnm_tui.core.filter.reader import with_fields as filter_with_fields
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.navigation.drilling import narrowed
from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import with_fields
from cnm_tui.core.snapshot import Connection, Snapshot
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import Fixed, TimeRange

OTHER_WAY_ROWS: Final = 100
"""Asked for: one, but where a tag has several values."""
_OF_THE_SERVER: Final = frozenset({"pre_nat.ip"})
"""Whose names do not say so."""
_PORTS: Final = frozenset({"client_port", "server_port", "network.server.port"})
"""The same for whoever connects: no client asks from the port on which it is asked."""


class OtherWay(NamedTuple):
    """What is known of the other way."""

    connection: Connection | None = None
    asks: bool = False
    """Whether it could be asked for, and was not."""
    key: str = "I"
    """That asks for it."""

    @property
    def sentence(self) -> str:
        """What stands in the place of its figures; empty where they are known."""
        if self.connection is not None:
            return ""
        return f"{self.key} asks for the other way" if self.asks else "nothing the other way"


def swapped_field(field: str, catalogue: Mapping[str, Field]) -> str:
    """The same field of the other end; ports and what describes the whole flow stay.

    Raises:
        InvalidQuery: The other end has no such field.
    """
    if field in _PORTS or (end_of(field) is Side.FLOW and field not in _OF_THE_SERVER):
        return field
    other = other_side(field, catalogue)
    if other is None:
        raise InvalidQuery(
            f"{clean(field, 60)} is of one end only, so there is nothing to swap it with.", hint="Take it out first."
        )
    return other


def swapped_group_bys(group_bys: Sequence[str], catalogue: Mapping[str, Field]) -> tuple[str, ...]:
    """The fields of the other ends. Sides keep their order, and fields that are the same for both keep all of it.

    Raises:
        InvalidQuery: One of them has no other side.
    """
    swapped = tuple(swapped_field(field, catalogue) for field in group_bys)
    if set(swapped) == set(group_bys):
        return tuple(group_bys)
    sides = list(dict.fromkeys(map(end_of, group_bys)))
    # An end that had no field before stands where the one that has none now was.
    places = [
        sides.index(end_of(new) if end_of(new) in sides else end_of(old))
        for old, new in zip(group_bys, swapped, strict=True)
    ]
    return tuple(new for _, new in sorted(zip(places, swapped, strict=True), key=lambda placed: placed[0]))


def swapped(query: Query) -> Query:
    """The question about the same connections with client and server changed: group-bys, search and tags.

    Raises:
        InvalidQuery: It names a field of one end that the other does not have.
    """
    tags = tuple(
        f"{swapped_field(name, query.endpoint.fields)}{colon}{value}" if colon else tag
        for tag in query.tags
        for name, colon, value in (tag.partition(":"),)
    )
    search = with_fields(query.search, partial(swapped_field, catalogue=query.endpoint.fields))
    group_bys = swapped_group_bys(query.group_bys, query.endpoint.fields)
    return replace(query, group_bys=group_bys, search=search, tags=tags)


def swapped_arrangement(arrangement: Arrangement, query: Query) -> Arrangement:
    """The same order, widths and filter for the fields of the other ends; figures keep theirs.

    Raises:
        InvalidQuery: It names a field of one end that the other does not have.
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


def other_way_in(answer: Snapshot, connection: Connection, shown: Snapshot) -> Connection | None:
    """The connection of an answer that has the ends of this one, of `shown`, the other way round; None if none has.

    Raises:
        InvalidQuery: A field of one end is not there for the other.
    """
    fields = {
        swapped_field(name, shown.endpoint.fields): connection.group_text(position)
        for position, name in enumerate(shown.query.group_bys)
    }
    return _row_with(answer, fields) if fields.keys() == set(answer.query.group_bys) else None


def known_other_way(connection: Connection, shown: Snapshot) -> OtherWay:
    """What the rows at hand tell of it; where they are all that there is, that there is none.

    Raises:
        InvalidQuery: A field of one end is not there for the other.
    """
    found = other_way_in(shown, connection, shown)
    query = shown.query
    both_ways = set(swapped_group_bys(query.group_bys, query.endpoint.fields)) == set(query.group_bys)
    everything = both_ways and not (shown.cut or query.search or query.tags)
    return OtherWay(found, asks=found is None and not everything)


def _row_with(answer: Snapshot, texts: Mapping[str, str]) -> Connection | None:
    """By columns, which are at hand as such: so the few that are left are soon found."""
    positions: Sequence[int] = range(len(answer.connections))
    for column, name in enumerate(answer.query.group_bys):
        wanted, of_column = texts[name], answer.texts(column)
        positions = [position for position in positions if of_column[position] == wanted]
    return answer.connections[positions[0]] if positions else None


def asked_the_other_way(connection: Connection, shown: Snapshot) -> Query:
    """The question for the other way of a connection, over the very window that is shown.

    Raises:
        InvalidQuery: A field of one end is not there for the other, or the search becomes too long.
    """
    window = TimeRange(Fixed(shown.window.start), Fixed(shown.window.end))
    query = replace(swapped(shown.query), time_range=window, limit=OTHER_WAY_ROWS)
    for name, values in zip(shown.query.group_bys, connection.exact.groups, strict=True):
        query = narrowed(query, swapped_field(name, query.endpoint.fields), values, excluded=False)
    return query
