"""Go from connections to the DNS of the same client, and back: the query of the other endpoint."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from cnm_tui.core.connections import UNRESOLVED, Connection, group_text
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.fields.dns import DNS_QUERY, DNS_SERVER
from cnm_tui.core.fields.group_by import Side, end_of
from cnm_tui.core.navigation.drilling import searching, terms_of
from cnm_tui.core.query import Query, usual_query
from cnm_tui.core.search.reader import narrowed_by, parts_of
from cnm_tui.core.search.tree import (
    ANY_TEXT,
    AllOf,
    AnyOf,
    Expression,
    InNetworks,
    Not,
    Pattern,
    Term,
    Wildcard,
    printed,
    visible_term,
)
from cnm_tui.core.snapshot import Snapshot

_DOMAIN = "server_domain"


class Passage(NamedTuple):
    """A query of the other endpoint."""

    query: Query
    left_out: tuple[str, ...] = ()
    """Parts of the search that mean something else there: the server of DNS is the DNS server."""


def passage(query: Query, endpoint: Endpoint, shown: Snapshot | None, row: Connection | None) -> Passage:
    """Return the query of this endpoint about the same client, and the same name where it is known.

    Args:
        query: The current query, whose time range and limit stay.
        endpoint: The other endpoint.
        shown: The rows; None without any.
        row: The row at the cursor; None for all clients.

    Raises:
        InvalidQuery: The search becomes too long.
    """
    search, name = "", ""
    left_out = []
    for part in parts_of(searching(query)):
        if found := _name_in(part):
            name = found
        elif all(end_of(field) is Side.CLIENT for field in _fields(part)):
            search = narrowed_by(search, printed(part))
        else:
            left_out.append(printed(part))
    if shown is not None and row is not None:
        for field, values in zip(shown.query.group_bys, row.exact.groups, strict=True):
            text = group_text(values)
            if text == UNRESOLVED:
                continue
            if end_of(field) is Side.CLIENT:
                for term in terms_of(field, values):
                    search = narrowed_by(search, term)
            elif field in (_DOMAIN, DNS_QUERY):
                name = values[0]
    return Passage(_about(name, replace(usual_query(endpoint), search=search), query), tuple(left_out))


def _about(name: str, usual: Query, before: Query) -> Query:
    """Return the query about one name, if there is one, with the time range and limit of the earlier one."""
    asks_dns = DNS_QUERY in usual.endpoint.fields
    search, group_bys = usual.search, usual.group_bys
    if name and asks_dns:
        # The search path of Kubernetes tries the name with more behind it.
        search = narrowed_by(search, printed(Term(DNS_QUERY, Pattern((name, ANY_TEXT)))))
        group_bys = (DNS_QUERY, DNS_SERVER)
    elif name:
        search = narrowed_by(search, visible_term(_DOMAIN, name))
        group_bys = (*usual.group_bys, _DOMAIN)
    return replace(usual, search=search, group_bys=group_bys, time_range=before.time_range, limit=before.limit)


def _name_in(part: Expression) -> str:
    """Return the one name that a term asks for, also with more behind it; empty for any other term."""
    match part:
        case Term(field, Pattern((str(name),) | (str(name), Wildcard()))) if field in (_DOMAIN, DNS_QUERY):
            return name
        case _:
            return ""


def _fields(expression: Expression) -> Iterator[str]:
    """Yield the fields that an expression names; an empty text for a value without a field."""
    match expression:
        case Term(field, _):
            yield field or ""
        case InNetworks(field, _):
            yield field
        case Not(inner):
            yield from _fields(inner)
        case AllOf(inner) | AnyOf(inner):
            for part in inner:
                yield from _fields(part)
