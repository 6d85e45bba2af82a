"""Define the syntax tree of a search, and convert a syntax tree to text."""

from dataclasses import dataclass
from types import UnionType
from typing import Final

from cnm_tui.core.text import is_visible, visible_one_by_one


@dataclass(frozen=True, slots=True)
class Pattern:
    """A value to match, made of literal text and wildcards.

    Each item of `parts` is either a literal text or a wildcard. `ANY_TEXT` is the wildcard `*`, and
    `ANY_CHARACTER` is the wildcard `?`.
    """

    parts: tuple["str | Wildcard", ...]


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A wildcard in a pattern: `*` matches any text, even an empty text, and `?` matches exactly one character."""

    sign: str


ANY_TEXT = Wildcard("*")
ANY_CHARACTER = Wildcard("?")


@dataclass(frozen=True, slots=True)
class Term:
    """The search term `field:value`. A `value` without a field matches any field."""

    field: str | None
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class InNetworks:
    """The search term that matches addresses in IP networks, for example `CIDR(network.client.ip, 10.0.0.0/8)`."""

    field: str
    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The negation of a search expression, written as `NOT x` or `-x`."""

    inner: "Expression"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Two or more search expressions joined by AND, written as `x AND y` or `x y`."""

    inner: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Two or more search expressions joined by OR, written as `x OR y`."""

    inner: tuple["Expression", ...]


Expression = Term | InNetworks | Not | AllOf | AnyOf


_PLAIN_SIGNS: Final = frozenset("-._/@")
_WORDS_OF_THE_LANGUAGE: Final = frozenset({"AND", "OR", "NOT", "TO", "CIDR"})


def _is_plain(character: str) -> bool:
    return character.isalnum() or character in _PLAIN_SIGNS


def _escaped(text: str) -> str:
    return "".join(character if _is_plain(character) else f"\\{character}" for character in text)


def quoted(value: str) -> str:
    """Return the value as it must be written after `field:`, so that it is matched literally.

    The value is put in quotes only if this is necessary.
    """
    bare = value and all(map(_is_plain, value)) and not value.startswith("-")
    if bare and value.upper() not in _WORDS_OF_THE_LANGUAGE:
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def term(field: str, value: str) -> str:
    """Return the search term `field:value`, which matches exactly this value."""
    return f"{field_text(field)}:{quoted(value)}"


def visible_term(field: str, value: str) -> str:
    """Return the search term `field:value`, with the wildcard `?` in place of each invisible character of the value.

    The term still matches the value. A search must not contain invisible characters, because nobody can see them,
    and a shell may interpret them.
    """
    if is_visible(value):
        return term(field, value)
    each = zip(value, visible_one_by_one(value), strict=True)
    return printed(Term(field, Pattern(tuple(sign if is_seen else ANY_CHARACTER for sign, is_seen in each))))


def any_value(field: str) -> str:
    """Return the search term `field:*`, which matches any value of the field."""
    return f"{field_text(field)}:*"


def field_text(field: str) -> str:
    """Return the field name as it is written before the colon, with a backslash before special characters."""
    return "\\" + _escaped(field) if field.startswith("-") else _escaped(field)


def _pattern_text(pattern: Pattern) -> str:
    if not any(isinstance(part, Wildcard) for part in pattern.parts):
        return quoted("".join(map(str, pattern.parts)))
    text = "".join(part.sign if isinstance(part, Wildcard) else _escaped(part) for part in pattern.parts)
    return "\\" + text if text.startswith("-") else text


def printed(expression: Expression) -> str:
    """Return the standard text of a syntax tree.

    For every parsed tree `e`, parsing the text gives an equal tree: `read(printed(e)).expression == e`.
    """
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
