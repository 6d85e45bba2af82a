"""The shape of a search once it is read: what the reader makes and a matcher walks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """A value to match: literal parts between wildcards.

    Each entry of `parts` is a literal text, or `ANY_TEXT` for `*`, or `ANY_CHARACTER` for `?`.
    """

    parts: tuple["str | Wildcard", ...]


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A hole in a pattern: `*` for any text, also none, and `?` for one character."""

    sign: str


ANY_TEXT = Wildcard("*")
ANY_CHARACTER = Wildcard("?")


@dataclass(frozen=True, slots=True)
class Term:
    """`field:value`; a bare `value` has no field and means any field."""

    field: str | None
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class InNetworks:
    """`CIDR(network.client.ip, 10.0.0.0/8, …)`."""

    field: str
    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`NOT x`, or `-x`."""

    inner: "Expression"


@dataclass(frozen=True, slots=True)
class AllOf:
    """`x AND y`, or `x y`; at least two."""

    inner: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`x OR y`; at least two."""

    inner: tuple["Expression", ...]


Expression = Term | InNetworks | Not | AllOf | AnyOf
