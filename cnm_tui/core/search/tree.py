"""The syntax tree of a search, and its text."""

from dataclasses import dataclass
from types import UnionType
from typing import Final

from cnm_tui.core.text import is_visible, visible_one_by_one


@dataclass(frozen=True, slots=True)
class Pattern:
    """A value to match, as literal parts and wildcards.

    Each entry of `parts` is a literal text, or `ANY_TEXT` for `*`, or `ANY_CHARACTER` for `?`.
    """

    parts: tuple["str | Wildcard", ...]


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A wildcard of a pattern: `*` for any text, even none, and `?` for one character."""

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


_PLAIN_SIGNS: Final = frozenset("-._/@")
_WORDS_OF_THE_LANGUAGE: Final = frozenset({"AND", "OR", "NOT", "TO", "CIDR"})


def _is_plain(character: str) -> bool:
    return character.isalnum() or character in _PLAIN_SIGNS


def _escaped(text: str) -> str:
    return "".join(character if _is_plain(character) else f"\\{character}" for character in text)


def quoted(value: str) -> str:
    """Return the value as written after `field:` so that it is taken literally; without quotes if possible."""
    bare = value and all(map(_is_plain, value)) and not value.startswith("-")
    if bare and value.upper() not in _WORDS_OF_THE_LANGUAGE:
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def term(field: str, value: str) -> str:
    """Return `field:value`, matching exactly this value."""
    return f"{field_text(field)}:{quoted(value)}"


def visible_term(field: str, value: str) -> str:
    """Return `field:value` with `?` for each invisible character, which still finds this value.

    A search cannot hold such a character: nobody could tell it from another search, and a shell may act on it.
    """
    if is_visible(value):
        return term(field, value)
    each = zip(value, visible_one_by_one(value), strict=True)
    return printed(Term(field, Pattern(tuple(sign if is_seen else ANY_CHARACTER for sign, is_seen in each))))


def any_value(field: str) -> str:
    """Return `field:*`, matching any value."""
    return f"{field_text(field)}:*"


def field_text(field: str) -> str:
    """Return the field as written before its colon."""
    return "\\" + _escaped(field) if field.startswith("-") else _escaped(field)


def _pattern_text(pattern: Pattern) -> str:
    if not any(isinstance(part, Wildcard) for part in pattern.parts):
        return quoted("".join(map(str, pattern.parts)))
    text = "".join(part.sign if isinstance(part, Wildcard) else _escaped(part) for part in pattern.parts)
    return "\\" + text if text.startswith("-") else text


def printed(expression: Expression) -> str:
    """Return the canonical text of a tree: `read(printed(e)).expression == e` for every parsed tree."""
    match expression:
        case Term(field, pattern):
            return f"{'' if field is None else field_text(field) + ':'}{_pattern_text(pattern)}"
        case InNetworks(field, networks):
            return f"CIDR({', '.join((field, *networks))})"
        case Not(inner):
            return f"NOT {_enclosed(inner, AllOf | AnyOf)}"
        case AllOf(inner):
            return " AND ".join(_enclosed(each, AnyOf) for each in inner)
        case AnyOf(inner):
            return " OR ".join(printed(each) for each in inner)


def _enclosed(expression: Expression, looser: type | UnionType) -> str:
    text = printed(expression)
    return f"({text})" if isinstance(expression, looser) else text
