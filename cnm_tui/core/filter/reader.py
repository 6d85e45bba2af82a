"""Parse the text of the row filter, and turn each part of the text into a condition. A part is a word, a regular
expression such as `/web-[0-9]+/`, a field, or a comparison such as `rtt>50ms`."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Final, NamedTuple

from cnm_tui.core.connections import GroupValues
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.conditions import (
    CHANGE_SIGN,
    STANDINGS,
    change_metric,
    change_units,
    of_other_field,
    read_field_condition,
    safe_pattern,
    searched_texts,
    spelt,
    standing_so,
)
from cnm_tui.core.filter.finding_conditions import SEVERITIES, read_finding_condition, so_severe
from cnm_tui.core.metrics.metric import Metric, Number
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean
from cnm_tui.core.units import BYTES, BYTES_PER_SECOND, COUNT, MICRO_SECONDS, SHARE, Scale

LONGEST_MATCHED: Final = 250
"""Maximum characters of a text that a regular expression sees; a tag value has at most 200."""

Condition = Callable[[Snapshot, Sequence[int]], list[int]]
"""Function that returns the matching positions, in order, among the given positions of a snapshot."""
_Compare = Callable[[Number, Number], bool]


def _holding(word: str) -> Condition:
    folded = word.casefold()

    def matching(snapshot: Snapshot, positions: Sequence[int]) -> list[int]:
        haystack = searched_texts(snapshot)
        return [position for position in positions if folded in haystack[position]]

    return matching


def _comparing(metric: Metric, compare: _Compare, limit: Number) -> Condition:
    """Return a condition that compares a metric with a number. An absent value never matches, not even with `!=`. A
    value that was not measured matches only comparisons with 0."""

    def matching(snapshot: Snapshot, positions: Sequence[int]) -> list[int]:
        figures = snapshot.figures(metric)
        figures = metric.measured(figures) if limit else figures
        return [at for at in positions if (number := figures[at]) is not None and compare(number, limit)]

    return matching


def _between(metric: Metric, least: Number, limit: Number) -> Condition:
    """Return a condition that a metric is in a range. The number `least` is included, and `limit` is excluded."""

    def matching(snapshot: Snapshot, positions: Sequence[int]) -> list[int]:
        figures = metric.measured(snapshot.figures(metric))
        return [at for at in positions if (number := figures[at]) is not None and least <= number < limit]

    return matching


def _absent(metric: Metric) -> Condition:
    def matching(snapshot: Snapshot, positions: Sequence[int]) -> list[int]:
        figures = metric.measured(snapshot.figures(metric))
        return [at for at in positions if figures[at] is None]

    return matching


def _searching(regex: re.Pattern[str]) -> Condition:
    search = regex.search

    def matching(snapshot: Snapshot, positions: Sequence[int]) -> list[int]:
        if not positions:
            return []
        # Thousands of rows share a few hundred values, so each value is tested once.
        found: set[int] = set()
        for group in range(len(snapshot.query.group_bys)):
            texts, values = snapshot.texts(group), snapshot.connections.groups[group]
            values_of = {texts[position]: values[position] for position in positions}
            matched = {text for text, values in values_of.items() if _any_matches(search, text, values)}
            found.update(position for position in positions if texts[position] in matched)
        ids = snapshot.connections.ids
        return [at for at in positions if at in found or search(ids[at][:LONGEST_MATCHED])]

    return matching


def _any_matches(search: Callable[[str], object], text: str, values: GroupValues) -> bool:
    """True if the function `search` matches the whole text of a table cell, or one of several values in the cell."""
    texts = (text, *values) if len(values) > 1 else (text,)
    return any(search(each[:LONGEST_MATCHED]) for each in texts)


def _negated(condition: Condition) -> Condition:
    def matching(snapshot: Snapshot, positions: Sequence[int]) -> list[int]:
        matched = set(condition(snapshot, positions))
        return [position for position in positions if position not in matched]

    return matching


class _Kind(NamedTuple):
    """The units and the spelling that the filter accepts for one kind of number, for example bytes."""

    units: Mapping[str, Decimal]
    """Factor of each unit, by its name in folded case; an empty name if a number needs no unit."""
    written: str
    example: str


def _multiples(*units: str, of: int = 1000) -> dict[str, Decimal]:
    return {unit: Decimal(of) ** power for power, unit in enumerate(units)}


def _or_per_second(units: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {**units, **{f"{unit}/s": factor for unit, factor in units.items()}}


_COUNT_UNITS: Final = _multiples("", "k", "m", "g", "t")
_BYTE_UNITS: Final = {
    **_COUNT_UNITS,
    **_multiples("b", "kb", "mb", "gb", "tb"),
    **_multiples("b", "kib", "mib", "gib", "tib", of=1024),
}

_KINDS: Final[Mapping[Scale, _Kind]] = {
    BYTES: _Kind(_BYTE_UNITS, "B, kB, MB, GB, TB, or KiB, MiB, GiB, TiB", "1.5GB"),
    BYTES_PER_SECOND: _Kind(_or_per_second(_BYTE_UNITS), "B/s, kB/s, MB/s, GB/s, or KiB/s, MiB/s, GiB/s", "10MB/s"),
    COUNT: _Kind(_COUNT_UNITS, "no unit, k, M or G", "10k"),
    # Required: without a unit, 50 would mean milliseconds to the user, but microseconds here.
    MICRO_SECONDS: _Kind({**_multiples("us", "ms", "s"), "µs".casefold(): Decimal(1)}, "µs, ms or s", "50ms"),
    SHARE: _Kind({"": Decimal("0.01"), "%": Decimal("0.01")}, "% or no unit", "1.5%"),
}

_OPERATORS: Final[Mapping[str, _Compare]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "!=": ne}
_OPERATOR: Final = r"\s*(<=|>=|!=|[<>=])"

_GAP: Final = re.compile(r"\s*")
_NOT: Final = re.compile(r"(?:!+(?!=)|NOT\s+(?=\S))*")
_AND: Final = re.compile(r"AND(?!\S)\s*")
_OPERATOR_WORDS: Final = ("AND", "OR", "NOT")
"""Operators of the search language. All conditions of a filter must match, so none of these is needed."""
_QUOTED: Final = re.compile(r'"([^"]*)("?)')
# The slash that ends a pattern must precede a blank or the end, so slashes in names need no backslash.
_SLASHED: Final = re.compile(r"/((?:\\.|[^\\])*?)/(?!\S)")
_UNKNOWN: Final = re.compile(rf"([^\s<>=]*?){_OPERATOR}\s*\S*")
_WORD: Final = re.compile(r"\S*")
_UNIT: Final = re.compile(r"(?:(?!\.\.<)\S)*")
_NONE: Final = re.compile(r"\s*none(?!\S)", re.IGNORECASE)
_UP_TO: Final = re.compile(r"\.\.<")
_NUMBER: Final = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9,])|[0-9]+)(?:\.(?!\.)[0-9]*)?|\.[0-9]+")
_SIGNED_NUMBER: Final = re.compile(rf"[+-]?(?:{_NUMBER.pattern})")


@lru_cache(maxsize=8)
def _comparing_a_figure(endpoint: Endpoint) -> re.Pattern[str]:
    """Return a regular expression for the name of a metric or its change, followed by a comparison operator."""
    names = "|".join(re.escape(name).replace("_", r"[\s_-]+") for name in endpoint.names)
    return re.compile(rf"({CHANGE_SIGN})?({names}){_OPERATOR}", re.IGNORECASE | re.ASCII)


class Reading(NamedTuple):
    """A parsed filter: its conditions, and which of them need a comparison or a diagnosis."""

    conditions: tuple[Condition, ...]
    """A row must match all of these."""
    change: str = ""
    """The first condition that needs a comparison; empty if none does."""
    finding: str = ""
    """The first condition on a finding; empty if there is none."""


def read(text: str, endpoint: Endpoint) -> Reading:
    """Return the parsed filter. The text must already be free of control characters.

    Raises:
        InvalidQuery: A part of the filter is invalid.
    """
    found = list(parts(text, endpoint))
    change = (part.text for part in found if _asks_for_change(part.text, endpoint))
    finding = (part.text for part in found if asks_for_finding(part.text, endpoint))
    conditions = tuple(_negated(part.condition) if part.negated else part.condition for part in found)
    return Reading(conditions, next(change, ""), next(finding, ""))


class Part(NamedTuple):
    """One condition of a filter, with its text. It also says whether the condition is negated by `!`."""

    text: str
    """The condition as typed, without its negation."""
    condition: Condition
    negated: bool


def parts(text: str, endpoint: Endpoint) -> Iterator[Part]:
    """Yield the conditions of a filter. The text must already be free of control characters.

    Raises:
        InvalidQuery: A part of the filter is invalid.
    """
    is_first = True
    position = _after(_GAP, text, 0)
    while position < len(text):
        start = position
        if not is_first and (end := _after(_AND, text, position)) < len(text):
            # "AND" changes nothing: all conditions must match anyway.
            start = position = end
        position = _after(_NOT, text, position)
        negated = _is_negated(text[start:position])
        begun = position
        condition, position = _condition(text, start, position, endpoint)
        yield Part(text[begun:position].strip(), condition, negated)
        is_first = False
        position = _after(_GAP, text, position)


class Comparison(NamedTuple):
    """A comparison of a metric with a number, for example `rtt>50ms`."""

    metric: Metric
    sign: str
    limit: Number


def comparison_in(term: str, endpoint: Endpoint) -> Comparison | None:
    """Return the comparison in the text of a condition. Return None for other conditions, and for
    ranges and changes."""
    begun, metric = _comparing_a_figure(endpoint).match(term), figure_in(term, endpoint)
    if begun is None or metric is None:
        return None
    amount = _amount(term, begun, begun.end(), metric)
    return Comparison(metric, begun[3], amount.number) if amount.end == len(term) else None


def figure_in(term: str, endpoint: Endpoint) -> Metric | None:
    """Return the metric that a condition compares with a number or a range; None for another condition."""
    begun = _comparing_a_figure(endpoint).match(term)
    if begun is None or begun[1] or read_field_condition(term, 0, endpoint.fields) is not None:
        return None
    return None if _NONE.match(term, begun.end()) is not None else endpoint.names[spelt(begun[2])]


def _is_negated(signs: str) -> bool:
    return (signs.count("!") + signs.count("NOT")) % 2 == 1


def with_fields(text: str, other: Callable[[str], str], endpoint: Endpoint) -> str:
    """Return the filter text with other field names. The function `other` returns the new name of a field."""
    written: list[str] = []
    position = 0
    while position < len(text):
        begun = _after(_GAP, text, position)
        if position and (end := _after(_AND, text, begun)) < len(text):
            begun = end
        begun = _after(_NOT, text, begun)
        _, end = _condition(text, begun, begun, endpoint)
        written += [text[position:begun], of_other_field(text[begun:end], other, endpoint.fields)]
        position = end
    return "".join(written)


def _asks_for_change(term: str, endpoint: Endpoint) -> bool:
    known = _comparing_a_figure(endpoint).match(term)
    return term.casefold() in STANDINGS or (known is not None and bool(known[1]))


def asks_for_finding(term: str, endpoint: Endpoint) -> bool:
    """Return True if the text is a condition on a row's finding."""
    return term.casefold() in SEVERITIES or read_finding_condition(term, 0, endpoint) is not None


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return the position after the pattern's match at this position. Without a match, return the
    position unchanged."""
    match = pattern.match(text, position)
    return position if match is None else match.end()


def _condition(text: str, start: int, position: int, endpoint: Endpoint) -> tuple[Condition, int]:
    """Return the condition at this position of the text, and the position of its end. `start` is the position of a `!`
    before the condition. Without a `!`, it equals `position`."""
    if (of_field := read_field_condition(text, position, endpoint.fields)) is not None:
        return of_field
    if (of_finding := read_finding_condition(text, position, endpoint)) is not None:
        return of_finding
    if (quoted := _QUOTED.match(text, position)) is not None:
        if not quoted[1] or not quoted[2]:
            raise InvalidQuery(f"{_shown(quoted[0])} needs words and a closing quote.", hint='Write "two words".')
        return _holding(quoted[1]), quoted.end()
    if (slashed := _SLASHED.match(text, position)) is not None:
        return _searching(safe_pattern(slashed[1])), slashed.end()
    if (known := _comparing_a_figure(endpoint).match(text, position)) is not None:
        return _comparison(text, known, endpoint)
    end = _after(_WORD, text, position)
    if end == position:
        raise InvalidQuery(f"Nothing follows {text[start:end]}.", hint="Write it directly before a word.")
    if text[position] == "/":
        raise InvalidQuery(
            f"{_shown(text[position:])} is a regular expression without its closing /.",
            hint='End it with / before a space; put a word that begins with / in "quotes".',
        )
    if (unknown := _UNKNOWN.match(text, position)) is not None:
        name = repr(_shown(unknown[1])) if unknown[1] else f"What stands before {unknown[2]}"
        raise InvalidQuery(
            f"{name} in {_shown(unknown[0])!r} is no figure.",
            hint=f'Write {endpoint.examples.names} or another heading; or put all of it in "quotes".',
        )
    word = text[position:end]
    if word in _OPERATOR_WORDS:
        raise _misplaced(word)
    if "*" in word and any(map(str.isalnum, word)):
        raise InvalidQuery(
            f"{_shown(word)!r} holds a *, which is no wildcard here.",
            hint='Words are found anywhere: write kafka, or /^kafka/ for a beginning; "*" in quotes is the sign.',
        )
    holding = _holding(word)
    if word.casefold() in SEVERITIES:
        return so_severe(word), end
    return (standing_so(word, holding) if word.casefold() in STANDINGS else holding), end


def _misplaced(word: str) -> InvalidQuery:
    if word == "OR":
        return InvalidQuery(
            "The filter has no OR: all conditions must hold.",
            hint='Write /web|kafka/ for one of several; put "OR" in quotes to look for the word.',
        )
    needs = "needs a condition before and behind it" if word == "AND" else "needs a condition behind it"
    return InvalidQuery(f"{word} {needs}.", hint=f'Put "{word}" in quotes to look for the word.')


def _shown(text: str) -> str:
    return clean(text, 60)


class _Amount(NamedTuple):
    """A number with its unit in a comparison, and the position of its end."""

    number: Number
    unit: str
    end: int


def _comparison(text: str, begun: re.Match[str], endpoint: Endpoint) -> tuple[Condition, int]:
    metric, of_change = endpoint.names[spelt(begun[2])], bool(begun[1])
    if begun[3] == "=" and not of_change and (none := _NONE.match(text, begun.end())) is not None:
        return _absent(metric), none.end()
    amount = _amount(text, begun, begun.end(), metric)
    told = change_metric(metric, amount.unit, endpoint) if of_change else metric
    if begun[3] == "=" and (up_to := _UP_TO.match(text, amount.end)) is not None:
        limit = _amount(text, begun, up_to.end(), metric)
        return _between(told, amount.number, limit.number), limit.end
    return _comparing(told, _OPERATORS[begun[3]], amount.number), amount.end


def _amount(text: str, begun: re.Match[str], position: int, metric: Metric) -> _Amount:
    of_change = bool(begun[1])
    kind = _KINDS[metric.scale]
    if of_change:
        kind = _Kind(change_units(metric, kind.units), f"%, or {kind.written}", "20%")
    right = f"{begun[1] or ''}{begun[2]}{begun[3]}{kind.example}"
    value = _after(_GAP, text, position)
    number = (_SIGNED_NUMBER if of_change else _NUMBER).match(text, value)
    if number is None:
        end = _after(_WORD, text, value)
        what = f"{_shown(text[value:end])!r} in {_shown(text[begun.start() : end])!r} is no number."
        if end == value:
            what = f"Nothing follows {_shown(text[begun.start() : position])!r}."
        raise InvalidQuery(what, hint=f"Write a number: {right}.")
    amount = Decimal(number[0].replace(",", ""))
    end = _after(_UNIT, text, number.end())
    unit = text[number.end() : end]
    if not unit:
        # Also "50 ms", as on the screen: the next word, if it is a unit.
        later = _after(_UNIT, text, _after(_GAP, text, end))
        if (word := text[end:later].strip()) and word.casefold() in kind.units:
            unit, end = word, later
    bare = Decimal(1) if not unit and (not amount or spelt(begun[2]) == metric.key) else None
    factor = kind.units.get(unit.casefold(), bare)
    if factor is None:
        whole = _shown(text[begun.start() : end])
        what = f"{_shown(unit)!r} in {whole!r} is no unit of {metric.label}." if unit else f"{whole!r} has no unit."
        if not of_change and unit == "%" and metric.key == "tcp_retransmits":
            share = f"retransmits%{begun[3]}{number[0]}"
            raise InvalidQuery(what, hint=f"Write {share} for the share of packets, or a count: {right}.")
        raise InvalidQuery(what, hint=f"Write {kind.written}: {right}.")
    # Decimal: as a float, 1.1 GB would be slightly more than 1,100,000,000 B.
    return _Amount(float(amount * factor), unit, end)
