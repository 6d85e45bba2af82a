"""How a list of chosen group-bys changes: by one field or several, by both sides of one, by its order."""

from collections.abc import Iterable, Sequence
from typing import Final

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import CATALOGUE, Side, checked_group_bys, side_of
from cnm_tui.core.text import clean

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


def with_both_sides(chosen: Sequence[str], group_bys: Sequence[str]) -> tuple[str, ...]:
    """With these fields and the same ones of the other side, as far as they are not chosen.

    Raises:
        InvalidQuery: None of them has another side, all are chosen already, or they are too many.
    """
    counterparts = [other for group_by in group_bys if (other := other_side(group_by)) is not None]
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


def other_side(group_by: str) -> str | None:
    """The same field of the other end; None where there is none. A custom tag is taken to be on both."""
    for one, other in _COUNTERPARTS:
        for here, there in ((one, other), (other, one)):
            if group_by.startswith(here):
                counterpart = there + group_by.removeprefix(here)
                return counterpart if counterpart in CATALOGUE or group_by not in CATALOGUE else None
    return None


def listed_fields(text: str) -> tuple[str, ...]:
    """The fields of a text that lists several, by commas or by spaces; empty where it is words to look for."""
    names = tuple(dict.fromkeys(text.replace(",", " ").split()))
    only_fields = len(names) > 1 and all(name in CATALOGUE or side_of(name) is not Side.FLOW for name in names)
    return names if "," in text or only_fields else ()


def used_last(group_bys: Iterable[str], before: Iterable[str]) -> tuple[str, ...]:
    """The fields by when they were used, these being the latest; at most 30."""
    return tuple(dict.fromkeys((*group_bys, *before)))[:MOST_RECENT]
