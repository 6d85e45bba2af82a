"""Fields to choose from: how words find them, and how a list of chosen ones changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import Field, Side, checked_group_bys, side_of
from cnm_tui.core.text import clean

# How well a few typed letters fit a name, and which of its letters they are

_FEWEST_FOR_PART: Final = 2
"""Letters typed before they may stand in the middle of a word."""
_FEWEST_FOR_LETTERS: Final = 3
"""Letters typed before they may be scattered."""


class Fit(IntEnum):
    """How the typed letters stand in a text, the best first."""

    WHOLE = 0
    """They are all of it."""
    BEGINNING = 1
    WORD = 2
    """At the beginning of one of its words."""
    PART = 3
    """Together, within a word."""
    LETTERS = 4
    """One after the other with others in between, the first at the beginning of a word."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where the typed letters stand."""

    fit: Fit
    positions: tuple[int, ...]
    """Of each typed letter in the text, ascending."""


def match(text: str, typed: str) -> Match | None:
    """The best way in which the typed letters stand in the text, large or small; None where they do not."""
    text, typed = _folded(text), _folded(typed)
    starts = [at for at in range(len(text) + 1) if text.startswith(typed, at)] if typed in text else []
    if starts:
        at = min(starts, key=lambda at: not _begins_word(text, at))
        fit = _fit_at(text, typed, at)
        if fit is not Fit.PART or len(typed) >= _FEWEST_FOR_PART:
            return Match(fit, tuple(range(at, at + len(typed))))
    if len(typed) < _FEWEST_FOR_LETTERS:
        return None
    return _scattered(text, typed)


def _fit_at(text: str, typed: str, at: int) -> Fit:
    if text == typed:
        return Fit.WHOLE
    if at == 0:
        return Fit.BEGINNING
    return Fit.WORD if _begins_word(text, at) else Fit.PART


def _begins_word(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum()


def _scattered(text: str, typed: str) -> Match | None:
    """From the first word on that begins with the first letter: elsewhere, a few letters are in nearly every name."""
    starts = (at for at in range(len(text)) if text[at] == typed[0] and _begins_word(text, at))
    positions = [next(starts, -1)]
    while positions[-1] >= 0 and len(positions) < len(typed):
        positions.append(text.find(typed[len(positions)], positions[-1] + 1))
    return None if positions[-1] < 0 else Match(Fit.LETTERS, tuple(positions))


def _folded(text: str) -> str:
    """In small letters, as long as before: the few letters that would become two stay as they are."""
    small = text.lower()
    return small if len(small) == len(text) else text


# How a list of chosen group-bys changes: by one field or several, by both sides of one, by its order

MOST_RECENT: Final = 30
"""Fields that are remembered as used last."""

_COUNTERPARTS: Final = (("client_", "server_"), ("network.client.", "network.server."))


def toggled(chosen: Sequence[str], group_bys: Sequence[str]) -> tuple[str, ...]:
    """With these fields at the end, as far as they are not chosen; without them where all of them are.

    Raises:
        InvalidQuery: They are too many with those chosen before, or one cannot be a field.
    """
    missing = [group_by for group_by in group_bys if group_by not in chosen]
    if not missing:
        return tuple(group_by for group_by in chosen if group_by not in group_bys)
    return checked_group_bys((*chosen, *missing))


def moved(chosen: Sequence[str], group_by: str, step: int) -> tuple[str, ...]:
    """With one field so many places further back in the order, or with a negative step further in front.

    Raises:
        InvalidQuery: It is not among the chosen ones.
    """
    if group_by not in chosen:
        raise InvalidQuery("Only a chosen field can be moved; space chooses it.")
    others = [other for other in chosen if other != group_by]
    place = max(0, min(chosen.index(group_by) + step, len(others)))
    return (*others[:place], group_by, *others[place:])


def with_both_sides(chosen: Sequence[str], group_bys: Sequence[str], catalogue: Mapping[str, Field]) -> tuple[str, ...]:
    """With these fields and the same ones of the other side, as far as they are not chosen.

    Raises:
        InvalidQuery: None of them has another side, all are chosen already, or they are too many.
    """
    counterparts = [other for group_by in group_bys if (other := other_side(group_by, catalogue)) is not None]
    if not counterparts:
        raise InvalidQuery(_no_other_side(group_bys))
    missing = [group_by for group_by in (*group_bys, *counterparts) if group_by not in chosen]
    if not missing:
        raise InvalidQuery(f"{clean(counterparts[0])} is chosen already.")
    return checked_group_bys(dict.fromkeys((*chosen, *missing)))


def _no_other_side(group_bys: Sequence[str]) -> str:
    if len(group_bys) != 1:
        return "None of these has the same field on the other side."
    side = side_of(group_bys[0])
    if side is Side.FLOW:
        return f"{clean(group_bys[0])} describes the whole flow; it has no other side."
    other = Side.SERVER if side is Side.CLIENT else Side.CLIENT
    return f"{clean(group_bys[0])} is of the {side.value} only; the {other.value} has no such field."


def other_side(group_by: str, catalogue: Mapping[str, Field]) -> str | None:
    """The same field of the other end; None where there is none. A custom tag is taken to be on both."""
    for one, other in _COUNTERPARTS:
        for here, there in ((one, other), (other, one)):
            if group_by.startswith(here):
                counterpart = there + group_by.removeprefix(here)
                return counterpart if counterpart in catalogue or group_by not in catalogue else None
    return None


def listed_fields(text: str, catalogue: Mapping[str, Field]) -> tuple[str, ...]:
    """The fields of a text that lists several, by commas or by spaces; empty where it is words to look for."""
    names = tuple(dict.fromkeys(text.replace(",", " ").split()))
    only_fields = len(names) > 1 and all(name in catalogue or side_of(name) is not Side.FLOW for name in names)
    return names if "," in text or only_fields else ()


def used_last(group_bys: Iterable[str], before: Iterable[str]) -> tuple[str, ...]:
    """The fields by when they were used, these being the latest; at most 30."""
    return tuple(dict.fromkeys((*group_bys, *before)))[:MOST_RECENT]


# The fields in the order in which they are offered: all of one side, or those that fit what was typed

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


def fields_of(side: Side, first: Iterable[str], catalogue: Mapping[str, Field]) -> tuple[Field, ...]:
    """The fields of a side: of those named `first`, then the rest of the catalogue."""
    names = dict.fromkeys(group_by for group_by in first if side_of_field(group_by, catalogue) is side)
    names |= dict.fromkeys(field.group_by for field in catalogue.values() if field.side is side)
    return tuple(field_named(name, catalogue) for name in names)


def field_named(group_by: str, catalogue: Mapping[str, Field]) -> Field:
    """The field of the catalogue, or a custom one."""
    return catalogue.get(group_by) or Field(group_by, side_of(group_by), CUSTOM)


def side_of_field(group_by: str, catalogue: Mapping[str, Field]) -> Side:
    """Where a field is listed."""
    return field_named(group_by, catalogue).side


def offered(fields: Sequence[Field], typed: str, catalogue: Mapping[str, Field]) -> Sequence[Found]:
    """What a typed text offers: all fields without one, those that it lists, or those that fit and itself as a tag."""
    if not typed.strip():
        return list(map(Found, fields))
    if listed := listed_fields(typed, catalogue):
        return [Found(field_named(group_by, catalogue)) for group_by in listed]
    fitting = list(found(fields, typed, catalogue))
    name = typed.strip()
    if " " not in name and all(field.group_by != name for field in fields):
        fitting.append(Found(field_named(name, catalogue), rank=_LAST))
    return fitting


def found(fields: Iterable[Field], typed: str, catalogue: Mapping[str, Field]) -> Sequence[Found]:
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
