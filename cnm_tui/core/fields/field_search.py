"""Search for fields with the text that the user typed, and change the list of chosen fields."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import Field, Side, checked_group_bys, side_of
from cnm_tui.core.text import clean

# Match a few typed letters against a name, with the positions of the letters

_FEWEST_FOR_PART: Final = 2
"""Minimum number of letters to match inside a word."""
_FEWEST_FOR_LETTERS: Final = 3
"""Minimum number of letters to match with other letters in between."""


class Fit(IntEnum):
    """The ways in which typed letters can match a text, sorted from the best to the worst."""

    WHOLE = 0
    """They are the whole text."""
    BEGINNING = 1
    WORD = 2
    """They begin one of its words."""
    PART = 3
    """They are together within a word."""
    LETTERS = 4
    """They are in order with others in between; the first begins a word."""


@dataclass(frozen=True, slots=True)
class Match:
    """The way in which typed letters match a text, and the positions of the letters in the text."""

    fit: Fit
    positions: tuple[int, ...]
    """Positions in the text of each typed letter, ascending."""


def match(text: str, typed: str) -> Match | None:
    """Return the best match of the typed letters, or None if they do not match.

    Upper and lower case are not distinguished.
    """
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
    """Return a match whose letters occur in the right order with other letters between them. Return None otherwise.

    The match starts at the first word that begins with the first letter. If it could start anywhere, a few
    letters would match nearly every name.
    """
    starts = (at for at in range(len(text)) if text[at] == typed[0] and _begins_word(text, at))
    positions = [next(starts, -1)]
    while positions[-1] >= 0 and len(positions) < len(typed):
        positions.append(text.find(typed[len(positions)], positions[-1] + 1))
    return None if positions[-1] < 0 else Match(Fit.LETTERS, tuple(positions))


def _folded(text: str) -> str:
    """Return the text in lower case, or unchanged if lower case would change its length."""
    small = text.lower()
    return small if len(small) == len(text) else text


# Change a list of chosen group-bys: add or remove fields, add the other side, reorder

MOST_RECENT: Final = 30
"""Maximum number of recently used fields."""

_COUNTERPARTS: Final = (("client_", "server_"), ("network.client.", "network.server."))


def toggled(chosen: Sequence[str], group_bys: Sequence[str]) -> tuple[str, ...]:
    """Return the list of chosen fields with these fields added.

    If all of these fields are chosen already, they are removed.

    Raises:
        InvalidQuery: There would be too many fields, or a field is invalid.
    """
    missing = [group_by for group_by in group_bys if group_by not in chosen]
    if not missing:
        return tuple(group_by for group_by in chosen if group_by not in group_bys)
    return checked_group_bys((*chosen, *missing))


def moved(chosen: Sequence[str], group_by: str, step: int) -> tuple[str, ...]:
    """Return the list with the field `group_by` moved by `step` places. A negative `step` moves it to the front.

    Raises:
        InvalidQuery: The field is not in the list.
    """
    if group_by not in chosen:
        raise InvalidQuery("Only a chosen field can be moved; space chooses it.")
    others = [other for other in chosen if other != group_by]
    place = max(0, min(chosen.index(group_by) + step, len(others)))
    return (*others[:place], group_by, *others[place:])


def with_both_sides(chosen: Sequence[str], group_bys: Sequence[str], catalogue: Mapping[str, Field]) -> tuple[str, ...]:
    """Return the list of chosen fields with these fields and the corresponding fields of the other side added.

    For example, `client_host` also adds `server_host`.

    Raises:
        InvalidQuery: No field exists on the other side, all are chosen already, or there would be too many.
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
    """Return the corresponding field of the other side, for example `server_host` for `client_host`.

    Return None if there is no such field. A custom tag is assumed to exist on both sides.
    """
    for one, other in _COUNTERPARTS:
        for here, there in ((one, other), (other, one)):
            if group_by.startswith(here):
                counterpart = there + group_by.removeprefix(here)
                return counterpart if counterpart in catalogue or group_by not in catalogue else None
    return None


def listed_fields(text: str, catalogue: Mapping[str, Field]) -> tuple[str, ...]:
    """Return the fields in a text that lists several fields, separated by commas or blanks.

    The tuple is empty if the text is not such a list. The text is then used to search for a field.
    """
    names = tuple(dict.fromkeys(text.replace(",", " ").split()))
    only_fields = len(names) > 1 and all(name in catalogue or side_of(name) is not Side.FLOW for name in names)
    return names if "," in text or only_fields else ()


def used_last(group_bys: Iterable[str], before: Iterable[str]) -> tuple[str, ...]:
    """Return the list of recently used fields with these fields added. The latest is first, and at most 30 are kept."""
    return tuple(dict.fromkeys((*group_bys, *before)))[:MOST_RECENT]


# Offer fields: all fields of one side, or those that match the typed text

CUSTOM: Final = "a custom tag, taken as it is"

_LAST: Final = float("inf")
_BY_MEANING: Final = Fit.PART + 0.5
"""Rank of words in the meaning: better than letters scattered over the name."""
_PREFIXES: Final = ("client_", "server_", "network.")


@dataclass(frozen=True, slots=True)
class Found:
    """A field that matches the typed text, and how well it matches."""

    field: Field
    rank: float = 0.0
    """Quality of the match; 0 is best."""
    in_name: frozenset[int] = frozenset()
    """Positions of the typed letters in the field's name."""
    in_meaning: frozenset[int] = frozenset()


def fields_of(side: Side, first: Iterable[str], catalogue: Mapping[str, Field]) -> tuple[Field, ...]:
    """Return the catalogue's fields of one side (client, server or whole flow). The fields in `first` come first."""
    names = dict.fromkeys(group_by for group_by in first if side_of_field(group_by, catalogue) is side)
    names |= dict.fromkeys(field.group_by for field in catalogue.values() if field.side is side)
    return tuple(field_named(name, catalogue) for name in names)


def field_named(group_by: str, catalogue: Mapping[str, Field]) -> Field:
    """Return the field with this name from the catalogue, or a custom field if the catalogue does not contain it."""
    return catalogue.get(group_by) or Field(group_by, side_of(group_by), CUSTOM)


def side_of_field(group_by: str, catalogue: Mapping[str, Field]) -> Side:
    """Return the side (client, server or whole flow) under which a field is listed."""
    return field_named(group_by, catalogue).side


def offered(fields: Sequence[Field], typed: str, catalogue: Mapping[str, Field]) -> Sequence[Found]:
    """Return the fields to offer for a typed text.

    An empty text offers all fields. A list of field names offers exactly these fields. Any other text offers
    the matching fields, and the text itself as a custom tag.
    """
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
    """Return the fields whose name or meaning contains every typed word.

    The best matches are first, and equal matches keep the given order. A match with other letters between the
    typed letters is only a guess, so it is left out if any field matches better.
    """
    words = typed.split()
    # A whole name beats the same name with a side: `gateway_id` before `server_gateway_id`.
    fitting = sorted(
        (one for field in fields if (one := _found(field, words))),
        key=lambda one: (one.rank, one.field.group_by != typed.strip()),
    )
    certain = [one for one in fitting if one.rank < Fit.LETTERS]
    return certain or fitting


def _found(field: Field, words: Sequence[str]) -> Found | None:
    """Return a field with the rank of its worst matching word, or None if a word does not match."""
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
    """Return how a typed word matches the name of a field, or None.

    The word may also match the name without its side. For example, `service` matches the whole rest of
    `client_service`.
    """
    prefix = next((prefix for prefix in _PREFIXES if group_by.startswith(prefix)), "")
    tag = match(group_by.removeprefix(prefix), word)
    if not prefix:
        return None if tag is None else _InName(tag.fit, tag.positions)
    ways = [] if tag is None else [_InName(tag.fit, [position + len(prefix) for position in tag.positions])]
    # The letters of "server" match nearly every word, so scattered letters must start after the side.
    if (whole := match(group_by, word)) is not None and whole.fit < Fit.LETTERS:
        ways.append(_InName(whole.fit, whole.positions))
    return min(ways, key=lambda way: way.rank, default=None)
