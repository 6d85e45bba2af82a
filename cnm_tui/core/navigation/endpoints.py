"""Convert a query to another API endpoint, for example from the connections to the DNS traffic of a client."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from cnm_tui.core.connections import UNRESOLVED, Connection, GroupValues, group_text
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.fields.group_by import Side, end_of, names
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
    printed,
    visible_term,
)
from cnm_tui.core.snapshot import Snapshot


class Passage(NamedTuple):
    """A query for the other API endpoint (DNS traffic or connections), made from the current query.

    It also lists the search terms of the current query that the other API endpoint cannot use.
    """

    query: Query
    left_out: tuple[str, ...] = ()
    """Parts of the search that mean something else there: the servers of one endpoint are not those of another."""
    clients: str = "all clients"
    """The clients that it is about, in words."""


def passage(query: Query, endpoint: Endpoint, shown: Snapshot | None, row: Connection | None) -> Passage:
    """Return a query that leads from connections to DNS traffic, or from DNS traffic to connections.

    The query is about the same client and, if it is known, about the same DNS name.

    Args:
        query: The current query. Its time range and its limit are kept.
        endpoint: The API endpoint of the new query.
        shown: The displayed rows. None if there are no rows.
        row: The row at the cursor. None to query all clients.

    Raises:
        InvalidQuery: The search becomes too long.
    """
    carrying = _Carrying(query.endpoint, endpoint)
    text = searching(query)
    parts = parts_of(text)
    for part in parts:
        carrying.add_part(part)
    if text and not parts:
        carrying.left_out.append(text)
    searched = bool(carrying.search)
    if shown is not None and row is not None:
        for field, values in zip(shown.query.group_bys, row.exact.groups, strict=True):
            if group_text(values) != UNRESOLVED:
                carrying.add_values(field, values)
    clients = "all clients"
    if carrying.names_client:
        clients = "the same client"
    elif searched:
        clients = "the clients in the search"
    elif row is not None:
        clients = "all clients, as this row names none"
    asked = replace(carrying.query(), time_range=query.time_range, limit=query.limit)
    return Passage(asked, tuple(carrying.left_out), clients)


class _Carrying:
    """Builds the query for the other API endpoint when the user changes from connections to DNS, or back.

    The class collects the search terms that are valid there, and the terms that must be left out.
    """

    def __init__(self, here: Endpoint, there: Endpoint) -> None:
        self._there = there
        self._name_fields = (here.name_field, there.name_field)
        self._names: tuple[str, ...] = ()
        self._patterns: list[str] = []
        """Parts of the search about names, with the other field."""
        self.search = ""
        """The parts about clients."""
        self.names_client = False
        """True if a value of the row is among them."""
        self.left_out: list[str] = []

    def add_part(self, part: Expression) -> None:
        """Add one term of the old search to the new query. If it is not valid there, record it as left out."""
        fields = set(_fields(part))
        if name := self._name_in(part):
            self._names = (name,)
        elif fields & {*self._name_fields}:
            if fields <= {*self._name_fields}:
                self._patterns.append(printed(_renamed(part, self._there.name_field)))
            else:
                self.left_out.append(printed(part))
        elif all(end_of(field) is Side.CLIENT for field in fields):
            self.search = narrowed_by(self.search, printed(part))
        else:
            self.left_out.append(printed(part))

    def add_values(self, field: str, values: GroupValues) -> None:
        """Add the values that a row has in this field to the new query."""
        if field in self._name_fields:
            # A name of the search stays for what the search path makes of it.
            if not all(_is_made_of(value, self._names) for value in values):
                self._names = tuple(dict.fromkeys(value for value in values if value))
        elif names(field, Side.CLIENT):
            self.names_client = True
            for term in terms_of(field, values):
                self.search = narrowed_by(self.search, term)

    def query(self) -> Query:
        """Return the query for the other API endpoint. If a DNS name is known, the query groups its rows by DNS
        name.
        """
        search, usual = self.search, usual_query(self._there)
        about = list(self._patterns)
        if self._names:
            about = [_named(self._there, self._names)]
        for part in about:
            search = narrowed_by(search, part)
        return replace(usual, search=search, group_bys=self._there.name_group_bys if about else usual.group_bys)

    def _name_in(self, part: Expression) -> str:
        """Return the DNS name that a search term requires. Return an empty string if the term requires no name.

        The term may require exactly this name, or also longer texts that begin with the name and a dot.
        """
        match part:
            case Term(field, Pattern((str(name),))) if field in self._name_fields:
                return name
            case AnyOf((Term(field, Pattern((str(name),))), Term(_, Pattern((str(dotted), wildcard))))) if (
                field in self._name_fields and dotted == f"{name}." and wildcard == ANY_TEXT
            ):
                return name
            case _:
                return ""


def _is_made_of(value: str, known: Sequence[str]) -> bool:
    """True if `value` equals one of the known DNS names, or begins with a known name and a dot."""
    return any(value == name or value.startswith(f"{name}.") for name in known)


def _named(endpoint: Endpoint, known: Sequence[str]) -> str:
    """Return a search in the API endpoint's name field for any of the known DNS names.

    If the API endpoint also contains longer forms of a name, the search also matches the name followed by a dot
    and any text.
    """
    field, terms = endpoint.name_field, list[str]()
    for name in known:
        terms.append(visible_term(field, name))
        if endpoint.has_longer_names:
            terms.append(printed(Term(field, Pattern((f"{name}.", ANY_TEXT)))))
    return " OR ".join(terms)


def _renamed(expression: Expression, field: str) -> Expression:
    """Return a copy of a search expression in which the argument `field` replaces every field name."""
    match expression:
        case Term(_, pattern):
            return Term(field, pattern)
        case Not(inner):
            return Not(_renamed(inner, field))
        case AllOf(inner):
            return AllOf(tuple(_renamed(each, field) for each in inner))
        case AnyOf(inner):
            return AnyOf(tuple(_renamed(each, field) for each in inner))
        case InNetworks():
            return expression


def _fields(expression: Expression) -> Iterator[str]:
    """Yield the field name of each term in a search expression. Yield an empty string for a term without a field."""
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
