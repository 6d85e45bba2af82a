"""Find the flows of the demo that match a search. A flow is a connection before rows are grouped."""

import re
from collections.abc import Callable, Iterable, Sequence, Sized
from functools import reduce
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network
from operator import and_, or_
from typing import Final, Protocol

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.search.tree import (
    ANY_CHARACTER,
    ANY_TEXT,
    AllOf,
    AnyOf,
    Expression,
    InNetworks,
    Not,
    Pattern,
    Term,
    Wildcard,
)
from cnm_tui.demo.ends import Values
from cnm_tui.demo.estate import Column

_ANY_FIELD: Final = tuple(
    f"{side}_{tag}"
    for side in ("client", "server")
    for tag in (
        *("service", "pod_name", "host", "ip", "team", "env", "region", "availability-zone", "kube_namespace"),
        *("kube_deployment", "kube_cluster_name", "app", "image_tag", "loadbalancer"),
    )
) + (
    "server_domain",
    "server_s3_bucket",
    "server_rds_instance_id",
    "server_cacheclusterid",
    "network.transport",
)
"""Fields searched for a bare value."""

_SAID_OF_UNRESOLVED: Final = frozenset({"", "N/A"})

Mask = int
"""One byte per flow (1 = matches) as one large integer, so that AND, OR and NOT are single operations."""


class Searched(Protocol):
    """The interface of a set of flows or DNS requests in which `Matcher` can search. Each field has a column of
    values.
    """

    @property
    def flows(self) -> Sized:
        """Return all flows or DNS requests. They are in the same order as the values in the columns."""

    def knows(self, name: str, /) -> bool:
        """Return True if at least one client or server has this field."""

    def column(self, name: str, /) -> Column:
        """Return the values of a field for all flows or DNS requests."""


class Matcher:
    """Finds the flows or DNS requests of one invented network that match a search."""

    def __init__(self, estate: Searched, further: Sequence[str] = ()) -> None:
        """Store the flows or DNS requests to search.

        Args:
            estate: The flows or DNS requests, with the values of each field.
            further: Names of additional fields that are searched for a value without a field name.
        """
        self._estate = estate
        self._any_field: Final = (*_ANY_FIELD, *further)
        self._everything: Final = int.from_bytes(b"\x01" * len(estate.flows), "big")

    def flags(self, expression: Expression) -> bytes:
        """Return one byte for each flow. The byte is 1 if the flow matches the expression, and 0 if not."""
        return self._mask(expression).to_bytes(len(self._estate.flows), "big")

    def _mask(self, expression: Expression) -> Mask:
        match expression:
            case Term(field, pattern):
                holds = _reader_of(pattern)
                return self._any(self._any_field if field is None else self._fields_of(field), holds)
            case InNetworks(field, networks):
                return self._any(self._fields_of(field), _within(networks))
            case Not(inner):
                return self._everything ^ self._mask(inner)
            case AllOf(inner):
                return reduce(and_, map(self._mask, inner))
            case AnyOf(inner):
                return reduce(or_, map(self._mask, inner))

    def _fields_of(self, field: str) -> Sequence[str]:
        """Return the names of the fields to search for the field name of a search term.

        If the name has no prefix for client or server, for example `env`, return the client's field and the server's
        field.
        """
        if field in CONNECTIONS.fields or self._estate.knows(field) or field.startswith(("client_", "server_")):
            return (field,)
        return (f"client_{field}", f"server_{field}")

    def _any(self, fields: Iterable[str], holds: Callable[[Values], bool]) -> Mask:
        return reduce(or_, (_column_mask(self._estate.column(field), holds) for field in fields))


def _column_mask(column: Column, holds: Callable[[Values], bool]) -> Mask:
    """Return a number whose bytes are a mask. A flow's byte is 1 if the value of the flow passes the test `holds`.

    `holds` is called only once for each distinct value.
    """
    of_value = [holds(values) for values in column.values]
    if not any(of_value):
        return 0
    return int.from_bytes(bytes([of_value[number] for number in column.of_flow]), "big")


def _reader_of(pattern: Pattern) -> Callable[[Values], bool]:
    """Return a function that tests if the values of a field match a pattern. Upper and lower case are different."""
    if not any(isinstance(part, Wildcard) for part in pattern.parts):
        literal = "".join(map(str, pattern.parts))
        unresolved = literal in _SAID_OF_UNRESOLVED
        return lambda values: literal in values if values else unresolved
    matches = re.compile(_regular_expression(pattern), re.DOTALL).fullmatch
    return lambda values: any(matches(value) for value in values)


def _regular_expression(pattern: Pattern) -> str:
    """Return the pattern as a regular expression that never backtracks, so that no pattern is slow.

    Backtracking is not needed, because after each `*` the first match is always sufficient.
    """
    stretches = [""]
    for part in pattern.parts:
        if part is ANY_TEXT:
            stretches.append("")
        else:
            stretches[-1] += "." if part is ANY_CHARACTER else re.escape(str(part))
    if len(stretches) == 1:
        return stretches[0]
    first, *middle, last = stretches
    return first + "".join(f"(?>.*?{stretch})" for stretch in middle) + ".*" + last


def _within(networks: Iterable[str]) -> Callable[[Values], bool]:
    blocks = [ip_network(network, strict=False) for network in networks]
    v4_blocks = [block for block in blocks if isinstance(block, IPv4Network)]
    return lambda values: any(_is_in(value, v4_blocks) for value in values)


def _is_in(value: str, blocks: Iterable[IPv4Network]) -> bool:
    """True if the text is an IPv4 address in one of these networks. IPv6 addresses do not occur in the demo."""
    try:
        address = ip_address(value)
    except ValueError:
        return False
    return isinstance(address, IPv4Address) and any(address in block for block in blocks)
