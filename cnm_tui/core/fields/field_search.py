"""The fields in the order in which they are offered: all of one side, or those that fit what was typed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from cnm_tui.core.fields.chosen_fields import listed_fields
from cnm_tui.core.fields.fuzzy import Fit, match
from cnm_tui.core.fields.group_by import CATALOGUE, Field, Side, side_of

CUSTOM: Final = "a custom tag, taken as it is"

_LAST: Final = float("inf")
_BY_MEANING: Final = Fit.PART + 0.5
"""Words of the meaning say more than letters scattered over the name."""
_PREFIXES: Final = ("client_", "server_", "network.")


@dataclass(frozen=True, slots=True)
class Found:
    """A field, and why it is offered."""

    field: Field
    rank: float = 0.0
    """How well it fits, 0 is best."""
    in_name: frozenset[int] = frozenset()
    """Positions of typed letters in the field's name."""
    in_meaning: frozenset[int] = frozenset()


def fields_of(side: Side, first: Iterable[str]) -> tuple[Field, ...]:
    """The fields of a side: of those named `first`, then the rest of the catalogue."""
    names = dict.fromkeys(group_by for group_by in first if side_of_field(group_by) is side)
    names |= dict.fromkeys(field.group_by for field in CATALOGUE.values() if field.side is side)
    return tuple(map(field_named, names))


def field_named(group_by: str) -> Field:
    """The field of the catalogue, or a custom one."""
    return CATALOGUE.get(group_by) or Field(group_by, side_of(group_by), CUSTOM)


def side_of_field(group_by: str) -> Side:
    """Where a field is listed."""
    return field_named(group_by).side


def offered(fields: Sequence[Field], typed: str) -> Sequence[Found]:
    """What a typed text offers: all fields without one, those that it lists, or those that fit and itself as a tag."""
    if not typed.strip():
        return list(map(Found, fields))
    if listed := listed_fields(typed):
        return [Found(field_named(group_by)) for group_by in listed]
    fitting = list(found(fields, typed))
    name = typed.strip()
    if " " not in name and all(field.group_by != name for field in fields):
        fitting.append(Found(field_named(name), rank=_LAST))
    return fitting


def found(fields: Iterable[Field], typed: str) -> Sequence[Found]:
    """The fields in which every typed word stands, in the name or the meaning; the best first, else as they came.

    Those over which the letters are scattered are a guess, and left out where any other fits.
    """
    words = typed.split()
    # A name typed out goes before one that is the same but for its side: `gateway_id` before `server_gateway_id`.
    fitting = sorted(
        (one for field in fields if (one := _found(field, words))),
        key=lambda one: (one.rank, one.field.group_by != typed.strip()),
    )
    certain = [one for one in fitting if one.rank < Fit.LETTERS]
    return certain or fitting


def _found(field: Field, words: Sequence[str]) -> Found | None:
    """Ranked by the word that fits worst."""
    rank: float = Fit.WHOLE
    in_name: set[int] = set()
    in_meaning: set[int] = set()
    for word in words:
        named, meant = _in_name(field.group_by, word), match(field.meaning, word)
        if meant is not None and meant.fit < _BY_MEANING and (named is None or named.rank > _BY_MEANING):
            rank = max(rank, _BY_MEANING)
            in_meaning.update(meant.positions)
        elif named is not None:
            rank = max(rank, named.rank)
            in_name.update(named.positions)
        else:
            return None
    return Found(field, rank, frozenset(in_name), frozenset(in_meaning))


class _InName(NamedTuple):
    rank: float
    positions: Sequence[int]


def _in_name(group_by: str, word: str) -> _InName | None:
    """In the name, or in the tag that it is of a side: `service` is all of `client_service` but the side."""
    prefix = next((prefix for prefix in _PREFIXES if group_by.startswith(prefix)), "")
    tag = match(group_by.removeprefix(prefix), word)
    if not prefix:
        return None if tag is None else _InName(tag.fit, tag.positions)
    ways = [] if tag is None else [_InName(tag.fit, [position + len(prefix) for position in tag.positions])]
    # The letters of "server" alone are some of nearly every word, so none may be scattered from there on.
    if (whole := match(group_by, word)) is not None and whole.fit < Fit.LETTERS:
        ways.append(_InName(whole.fit, whole.positions))
    return min(ways, key=lambda way: way.rank, default=None)
