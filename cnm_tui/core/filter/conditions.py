"""Define the conditions of the row filter, which compare the texts, metric values and changes of a row."""

import math
import re
import string
import warnings
from collections.abc import Callable, Mapping, MutableMapping, Sequence, Set
from decimal import Decimal
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from cnm_tui.core.compare.change_metrics import change_of
from cnm_tui.core.connections import GroupValues
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import PROFILE, Field, Side, side_of
from cnm_tui.core.metrics.metric import ChangeForm, Metric
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean
from cnm_tui.core.units import SHARE

# Accept only regular expressions that are sure to end

_LONGEST_SHOWN: Final = 60
"""Maximum characters of a pattern that a message repeats."""


def safe_pattern(pattern: str) -> re.Pattern[str]:
    """Return the compiled regular expression, which ignores upper and lower case.

    Raises:
        InvalidQuery: The regular expression is invalid, or could take exponential time.
    """
    shown = clean(f"/{pattern}/", _LONGEST_SHOWN)
    if not pattern:
        raise InvalidQuery("There is nothing between the slashes of //.", hint="Write /web-[0-9]+/.")
    with warnings.catch_warnings():
        # Python warns that `[[` may change its meaning, and would print that over the screen.
        warnings.simplefilter("ignore")
        try:
            regex = re.compile(pattern, re.IGNORECASE)
        except (re.error, OverflowError, RecursionError) as error:
            hint = "Put a backslash before a sign that is meant as it is."
            raise InvalidQuery(f"{shown} is no regular expression: {error}.", hint=hint) from error
        _check_work(pattern, shown)
    return regex


# Python's expressions backtrack: /(a+)+b/ doubles its steps with each letter. So nested repeats are refused, and for
# all others the steps are counted for a text of 100 characters in which a letter occurs at most 20 times. Restarts at
# each character are not counted.
_ANYWHERE: Final = 100
_AT_A_LETTER: Final = 20
_TOO_MANY_WAYS: Final = 1_000
_PIECE: Final = re.compile(
    r"""( \( (?: \?(?:[:=!]|<[=!]) )? (?!\?) | [|)]
    | \\(?:x..|u.{4}|U.{8}|N\{[^}]*\}|0[0-7]{0,2}|[^1-9]) | \[\^?\]?(?:\\.|[^\]\\])*\] | [^\\(] )
    (?: ([*+?]) [+?]? | \{(?=[0-9,]) ([0-9]*) (,?) ([0-9]*) \} [+?]? )?""",
    re.VERBOSE,
)
_PLAIN: Final = frozenset(string.ascii_lowercase + string.digits + string.punctuation + " ")


class _Piece(NamedTuple):
    """A smallest unit of a regular expression, or one of `(`, `|`, `)`, and how often it may be repeated.

    For a group in parentheses, the number of repetitions is stored at its `)`.
    """

    text: str
    least: float = 1
    most: float = 1


def _pieces(pattern: str, shown: str) -> list[_Piece]:
    """Return the pieces of a regular expression, which must be valid for Python.

    Raises:
        InvalidQuery: It contains syntax that this function does not support.
    """
    pieces: list[_Piece] = []
    position = 0
    while position < len(pattern):
        match = _PIECE.match(pattern, position)
        if match is None:
            raise InvalidQuery(
                f"What begins with {pattern[position : position + 3]} in {shown} is not read here.",
                hint="There are the groups ( ) (?: ) (?= ) (?! ) (?<= ) (?<! ), nothing refers back; case is ignored.",
            )
        position = match.end()
        text, sign, least, comma, most = match.groups()
        if sign is not None:
            pieces.append(_Piece(text, sign == "+", 1 if sign == "?" else math.inf))
        elif least is not None:
            pieces.append(_Piece(text, int(least or 0), float(most or math.inf) if comma else int(least)))
        else:
            pieces.append(_Piece(text[0] if text[0] == "(" else text))
    return pieces


def _check_work(pattern: str, shown: str) -> None:
    pieces, sample = _pieces(pattern, shown), _PLAIN | set(pattern.lower())
    other_ways, ways = 0.0, 1.0
    # For each open group: its alternatives, and True if anything in it can vary.
    groups = [(1, False)]
    for index, piece in enumerate(pieces):
        rest = pieces[index + 1 :]
        alternatives, varies = groups[-1]
        more = 1.0
        if piece.text == "(":
            groups.append((1, False))
        elif piece.text == "|" and len(groups) == 1:
            other_ways, ways = other_ways + ways, 1.0
        elif piece.text == "|":
            groups[-1] = (alternatives + 1, True)
        elif piece.text == ")":
            if varies and piece.most > 1:
                raise InvalidQuery(
                    f"{shown} repeats a group in which something repeats or varies, and might take for ever.",
                    hint="Repeat single characters or sets of them: [ab]+ instead of (a|b)+ or (a+)+.",
                )
            groups.pop()
            # The content of a group may be empty, so that no text limits its repetitions.
            more = alternatives * (max(piece.least, min(piece.most, _ANYWHERE)) + (piece.least == 0))
            groups[-1] = (groups[-1][0], groups[-1][1] or varies or more > 1)
        elif rest and (len(rest) > 1 or rest[0].text != "$"):
            more = _ends(piece, rest[0], sample)
            groups[-1] = (alternatives, varies or more > 1)
        ways *= more
    if other_ways + ways >= _TOO_MANY_WAYS:
        hint = "Write its parts one after the other: /web.*eu/ /store/."
        raise InvalidQuery(f"{shown} can be matched in too many ways and might take for ever.", hint=hint)


def _ends(atom: _Piece, following: _Piece, sample: Set[str]) -> float:
    """Return at how many different places a match of a repeated piece may end, before the piece that follows it.

    For example, `[0-9]+` in `[0-9]+-` can end at only one place, because `-` is not a digit.
    """
    ends = min(atom.most - atom.least + 1, _ANYWHERE)
    if ends == 1 or following.text in ("(", "|", ")") or not following.least:
        return ends
    within, after = _characters(atom.text, sample), _characters(following.text, sample)
    if within and after and not within & after:
        return 1
    return min(ends, _AT_A_LETTER) if len(after) == 1 < len(within) else ends


def _characters(atom: str, sample: Set[str]) -> set[str]:
    return set(filter(re.compile(atom, re.IGNORECASE).fullmatch, sample))


# Read a condition on one field: `client_service=web`, `server_team!="two words"`. A word matches anywhere in a row;
# this matches one field's value, as its cell shows it. `==` excludes rows with other values beside it.

_QUOTED: Final = r'"((?:[^"\\]|\\.)*)"'
_BEGUN: Final = re.compile(rf'(?:{_QUOTED}|([^\s"!<>=/]+))(!?==?)')
_VALUE: Final = re.compile(rf'(?:{_QUOTED}|([^\s"=]\S*))(?!\S)')
_BARE: Final = re.compile(r'[^\s"=*][^\s*]*')


def read_field_condition(
    text: str, position: int, fields: Mapping[str, Field]
) -> tuple[Callable[[Snapshot, Sequence[int]], list[int]], int] | None:
    """Parse a condition on a field at this position of the filter text.

    Return the condition and the position of its end, or None if there is something else at this position. A
    custom field without a side in its name must be in quotes, for example `"my tag"=x`. Without quotes, the
    name would be read as a misspelt metric.

    Raises:
        InvalidQuery: The value is missing.
    """
    begun = _BEGUN.match(text, position)
    if begun is None or (begun[2] is not None and not _is_field(begun[2], fields)):
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


def field_term(field: str, value: str, fields: Mapping[str, Field], *, alone: bool = False) -> str:
    """Return the filter text for the condition that a field has this value.

    With `alone`, the condition is that the field has only this value.
    """
    sign = "==" if alone else "="
    return f"{_written(field, fields)}{sign}{value if _BARE.fullmatch(value) else _in_quotes(value)}"


def of_other_field(term: str, other: Callable[[str], str], fields: Mapping[str, Field]) -> str:
    """Return the text of a condition with another field name. The function `other` returns the new name of a field.

    A text that is not a condition on a field is returned unchanged.
    """
    begun = _BEGUN.match(term)
    if begun is None or (begun[2] is not None and not _is_field(begun[2], fields)):
        return term
    return f"{_written(other(_meant(begun)), fields)}{term[begun.start(3) :]}"


def _written(field: str, fields: Mapping[str, Field]) -> str:
    name = clean(field)
    return name if _is_field(name, fields) and _BEGUN.fullmatch(f"{name}=") else _in_quotes(name)


def _is_field(name: str, fields: Mapping[str, Field]) -> bool:
    return name in fields or name == PROFILE or side_of(name) is not Side.FLOW


def _meant(match: re.Match[str]) -> str:
    return match[2] if match[1] is None else re.sub(r"\\(.)", r"\1", match[1])


def _in_quotes(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _of_field(field: str, value: str, *, excluded: bool, alone: bool) -> Callable[[Snapshot, Sequence[int]], list[int]]:
    """Return a function that selects the positions of rows in which a field has this value.

    If the field is not a group-by of the query, no row has the value.
    """

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


# Names of metrics: the endpoint's names, headings, or shorter; the same names wherever one is typed


def spelt(name: str) -> str:
    """Return a name in the spelling of `Endpoint.names`. For example, `PKTS SENT` becomes `pkts_sent`."""
    return re.sub(r"[\s_-]+", "_", name.strip()).casefold()


def column_called(name: str, endpoint: Endpoint) -> str | None:
    """Return the key of the metric column or additional column with this name, or None if there is no such column.

    Some metrics, such as the packets of both sides, exist only for the filter and have no column.
    """
    spelt_name = spelt(name)
    for extra in endpoint.extra_names:
        if spelt_name in (extra.key, spelt(extra.label)):
            return extra.key
    metric = endpoint.names.get(spelt_name)
    return metric.key if metric is not None and metric.key in endpoint.metrics else None


# Read conditions on changes: `new`, `gone`, `worse`, `better`, `unsure`, and `Δrtt>20%`

CHANGE_SIGN: Final = r"Δ\s*|δ\s*|d:|change\."
"""Pattern before a metric that means its change; the last two forms need no Greek keyboard."""
STANDINGS: Final = frozenset({"new", "gone", "worse", "better", "unsure"})
"""Words for a row's standing; in quotes, or without a comparison, they are ordinary words."""

_PERCENT: Final = "%"
_POINTS: Final = {"pp": Decimal("0.01"), "": Decimal("0.01")}
_Condition = Callable[[Snapshot, Sequence[int]], list[int]]


def standing_so(word: str, holding: _Condition) -> _Condition:
    """Return a condition on how a row changed since the baseline, for example `new` or `worse`.

    If the rows are not compared with a baseline, the condition `holding` is used in its place.
    """
    wanted = word.casefold()

    def matching(snapshot: Snapshot, positions: Sequence[int]) -> list[int]:
        if snapshot.baseline is None:
            return holding(snapshot, positions)
        return [position for position in positions if snapshot.standing(position) == wanted]

    return matching


def change_units(metric: Metric, units: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    """Return the units in which the user can type a change of a metric, each with its conversion factor.

    For most metrics, these are percent and the units of the metric. For a metric in percent, these are percent
    and percentage points.
    """
    return {**(_POINTS if metric.scale is SHARE else units), _PERCENT: Decimal("0.01")}


def change_metric(metric: Metric, unit: str, endpoint: Endpoint) -> Metric:
    """Return the Metric that represents the change of `metric`, if the user typed the change in this unit.

    Raises:
        InvalidQuery: No change can be calculated for this metric.
    """
    if metric.key not in endpoint.metrics:
        raise InvalidQuery(f"There is no change of {metric.key}.", hint="Write one of its parts: Δpackets_sent>20%.")
    return change_of(metric, ChangeForm.PERCENT if unit == _PERCENT else ChangeForm.CHANGE, endpoint)


# The texts that words are searched in

_haystacks: Final[MutableMapping[Snapshot, Sequence[str]]] = WeakKeyDictionary()


def searched_texts(snapshot: Snapshot) -> Sequence[str]:
    """Return for each connection the text in which words are searched.

    The texts are cached, because building them is slower than the search.
    """
    known = _haystacks.get(snapshot)
    if known is None:
        columns = [snapshot.texts(group) for group in range(len(snapshot.query.group_bys))]
        columns.append(snapshot.connections.ids)
        # A clean text has no line break, so no word matches across two values.
        known = _haystacks[snapshot] = ["\n".join(texts).casefold() for texts in zip(*columns, strict=True)]
    return known
