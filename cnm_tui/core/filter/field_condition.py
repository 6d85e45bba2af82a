"""A condition of the local filter on one field: `client_service=web`, `server_team!="two words"`.

Words are found anywhere in a row; this is for the rows that have one value, as a cell shows it. `==` leaves out those
that have others beside it.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import CATALOGUE, Side, side_of
from cnm_tui.core.snapshot import GroupValues, Snapshot
from cnm_tui.core.text import clean

_QUOTED: Final = r'"((?:[^"\\]|\\.)*)"'
_BEGUN: Final = re.compile(rf'(?:{_QUOTED}|([^\s"!<>=/]+))(!?==?)')
_VALUE: Final = re.compile(rf'(?:{_QUOTED}|([^\s"=]\S*))(?!\S)')
_BARE: Final = re.compile(r'[^\s"=*][^\s*]*')


def read_field_condition(text: str, position: int) -> tuple[Callable[[Snapshot, Sequence[int]], list[int]], int] | None:
    """The condition that stands here and where it ends; None where something else does.

    A field that is not documented, and has no side in its name, stands in quotes: `"my tag"=x`. Bare, it is taken for
    a figure that is misspelt.

    Raises:
        InvalidQuery: There is no value.
    """
    begun = _BEGUN.match(text, position)
    if begun is None or (begun[2] is not None and not _is_field(begun[2])):
        return None
    value = _VALUE.match(text, begun.end())
    if value is None:
        raise InvalidQuery(
            f"{clean(begun[0], 60)} needs a value.", hint='Write client_service=web, or ="two words" in quotes.'
        )
    if value[2] is not None and "*" in value[2]:
        raise InvalidQuery(
            f"{clean(begun[0] + value[0], 60)} holds a *, which is no wildcard here.",
            hint="Write /^web/ for a beginning, or put the value in quotes.",
        )
    field, wanted = _meant(begun), _meant(value)
    sign = begun[3]
    return _of_field(field, wanted, excluded=sign.startswith("!"), alone=sign.endswith("==")), value.end()


def field_term(field: str, value: str, *, alone: bool = False) -> str:
    """Return what is read as the condition that a field has this value, as a cell shows it, or this value alone."""
    sign = "==" if alone else "="
    return f"{_written(field)}{sign}{value if _BARE.fullmatch(value) else _in_quotes(value)}"


def of_other_field(term: str, other: Callable[[str], str]) -> str:
    """A condition on one field as that on another; whatever else a filter holds stays as it is."""
    begun = _BEGUN.match(term)
    if begun is None or (begun[2] is not None and not _is_field(begun[2])):
        return term
    return f"{_written(other(_meant(begun)))}{term[begun.start(3) :]}"


def _written(field: str) -> str:
    name = clean(field)
    return name if _is_field(name) and _BEGUN.fullmatch(f"{name}=") else _in_quotes(name)


def _is_field(name: str) -> bool:
    return name in CATALOGUE or side_of(name) is not Side.FLOW


def _meant(match: re.Match[str]) -> str:
    return match[2] if match[1] is None else re.sub(r"\\(.)", r"\1", match[1])


def _in_quotes(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _of_field(field: str, value: str, *, excluded: bool, alone: bool) -> Callable[[Snapshot, Sequence[int]], list[int]]:
    """Return the condition; rows of an answer without this field have no value of it."""

    def matching(snapshot: Snapshot, positions: Sequence[int]) -> list[int]:
        fields = list(map(clean, snapshot.query.group_bys))
        if field not in fields or not positions:
            return list(positions) if excluded else []
        texts, groups = snapshot.texts(fields.index(field)), snapshot.connections.groups[fields.index(field)]
        if alone:
            return [at for at in positions if (texts[at] == value) is not excluded]
        return [at for at in positions if (texts[at] == value or _is_among(value, groups[at])) is not excluded]

    return matching


def _is_among(value: str, values: GroupValues) -> bool:
    return len(values) > 1 and value in values
