"""Parse the conditions of a check, which tests the rows of a response in a script or monitoring system.

A condition is written like a row filter, with the additions `or`, `any`, `all`, `count`, and functions such
as `sum` and `p95`. For example, `retransmits%>2` is true if at least one row is above 2 %.
`sum(refusals)>100` tests the sum of all rows. `or` separates alternatives, of which one must be true. `and`
joins conditions that must all be true.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final, NamedTuple

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.finding_conditions import SEVERITIES
from cnm_tui.core.filter.reader import Comparison, Part, asks_for_finding, comparison_in, figure_in, parts
from cnm_tui.core.filter.row_filter import LONGEST_FILTER, parsed_filter, refuse_changes
from cnm_tui.core.metrics.metric import Metric, Number
from cnm_tui.core.text import clean

_QUANTIFIED: Final = re.compile(r"(any|all|count)\s*\((.*)\)\s*(?:(<=|>=|!=|[<>=])\s*([0-9][0-9,]*))?\s*", re.DOTALL)
_FUNCTIONS: Final = r"sum|total|avg|mean|median|min|max|p[0-9]{1,2}(?:\.[0-9]+)?"
_AGGREGATE: Final = re.compile(rf"({_FUNCTIONS})\s*\(([^()]*)\)\s*(.*)", re.DOTALL)
_CALL: Final = re.compile(rf"(any|all|count|{_FUNCTIONS})\s*\(")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_SLASHED: Final = re.compile(r"/(?:\\.|[^\\])*?/(?=[\s)]|$)")
_CLOSE: Final = 0.8
"""Similarity from which a word is taken for a misspelt one."""
_WORD_BETWEEN: Final = re.compile(r"(?:\A|\s+)(or|and)(?=\s|\Z)\s*", re.IGNORECASE)


class RowPart(NamedTuple):
    """A single condition on one row, for example `retransmits%>2`."""

    part: Part
    comparison: Comparison | None
    """The figure and its limit; None for a range, and for a condition on texts or findings."""
    figure: Metric | None
    """The figure that is compared, also with a range; None for another condition."""
    of_finding: bool


class OfRows(NamedTuple):
    """A condition on how many rows match a filter.

    The condition is true if at least one row matches (`any`), if all rows match (`all`), or if the number of
    matching rows fulfils a comparison (`count`).
    """

    text: str
    quantifier: str
    """`any`, `all` or `count`."""
    parts: tuple[RowPart, ...]
    """A row must match all of these; none match every row."""
    sign: str = ">"
    limit: Number = 0
    """The number of rows that `count` is compared with."""


class OfAll(NamedTuple):
    """A condition on one number that is calculated from all rows, for example `sum(refusals)>100`."""

    text: str
    function: str
    """`sum`, `total`, `mean`, `min`, `max`, or a percentile such as `p95`."""
    metric: Metric
    sign: str
    limit: Number


Factor = OfRows | OfAll


class Condition(NamedTuple):
    """A condition of a check. It consists of one or more factors joined by `and`, and is true if all factors are."""

    text: str
    factors: tuple[Factor, ...]

    @property
    def compares_names(self) -> bool:
        """True if a factor of the condition searches for text in the values of a row."""
        of_rows = (factor for factor in self.factors if isinstance(factor, OfRows))
        return any(part.comparison is None and not part.of_finding for factor in of_rows for part in factor.parts)


def parsed_conditions(text: str, endpoint: Endpoint) -> tuple[Condition, ...]:
    """Return the alternative conditions in a text, in which the word `or` separates them.

    Raises:
        InvalidQuery: The text is empty or too long, or one of its conditions is invalid.
    """
    cleaned = clean(text.strip())
    if not cleaned or len(cleaned) > LONGEST_FILTER:
        what = "A condition is empty." if not cleaned else f"A condition has more than {LONGEST_FILTER} characters."
        raise InvalidQuery(what, hint=f"Write --fail-if '{endpoint.examples.check}'.")
    return tuple(_condition(one, endpoint) for one in _split(cleaned, "or"))


def _condition(text: str, endpoint: Endpoint) -> Condition:
    factors: list[Factor] = []
    plain: list[str] = []
    for piece in _split(text, "and"):
        if _CALL.match(piece) is None:
            plain.append(piece)
        else:
            factors.append(_of_all(piece, endpoint) or _quantified(piece, endpoint))
    if plain:
        factors.insert(0, OfRows(" ".join(plain), "any", _row_parts(" ".join(plain), endpoint)))
    return Condition(text, tuple(factors))


def _quantified(text: str, endpoint: Endpoint) -> OfRows:
    found = _QUANTIFIED.fullmatch(text)
    if found is None:
        raise InvalidQuery(f"{clean(text, 80)!r} is no condition.", hint=f"Write {endpoint.examples.on_rows}.")
    quantifier, inner, sign, limit = found.groups()
    if (quantifier == "count") is not (sign is not None):
        raise InvalidQuery(
            f"{clean(text, 80)!r} {'needs a number' if sign is None else 'takes no number'}.",
            hint="Write count(critical)>3, any(critical) or all(critical).",
        )
    row_parts = _row_parts(inner, endpoint) if inner.strip() else ()
    if quantifier != "count" and not row_parts:
        raise InvalidQuery(
            f"There is no condition in {clean(text, 80)}.", hint=f"Write any({endpoint.examples.figure})."
        )
    return OfRows(text, quantifier, row_parts, sign or ">", int((limit or "0").replace(",", "")))


def _of_all(text: str, endpoint: Endpoint) -> OfAll | None:
    """Return a condition on a number of all rows, such as `sum(refusals)>100`.

    Return None if the text is a condition on single rows.
    """
    found = _AGGREGATE.fullmatch(text)
    if found is None:
        return None
    function, name, rest = found.groups()
    comparison = comparison_in(f"{name.strip()}{rest.strip()}", endpoint)
    if comparison is None:
        raise InvalidQuery(
            f"{clean(text, 80)!r} is no comparison of a figure.", hint=f"Write {endpoint.examples.on_all}."
        )
    metric = comparison.metric
    if metric.key not in endpoint.metrics:
        raise InvalidQuery(
            f"{clean(name, 60)!r} is in no column.", hint="Write one of its parts: sum(packets_sent)>1M."
        )
    if function == "sum" and not metric.accumulates:
        raise InvalidQuery(
            f"Values of {metric.label} do not add up.",
            hint=f"Write total({clean(name.strip(), 40)}) for the value of all rows together, or max, mean, p95.",
        )
    function = {"avg": "mean", "median": "p50"}.get(function, function)
    return OfAll(text, function, metric, comparison.sign, comparison.limit)


def _row_parts(text: str, endpoint: Endpoint) -> tuple[RowPart, ...]:
    # The same checks as for a filter, and the same words.
    refuse_changes(parsed_filter(text, endpoint))
    for part in parts(text, endpoint):
        _refuse_misspelt(part.text, endpoint)
    return row_parts_of(text, endpoint)


def row_parts_of(text: str, endpoint: Endpoint) -> tuple[RowPart, ...]:
    """Return the single conditions that the text of a row filter consists of. The text must be valid."""
    return tuple(
        RowPart(
            part,
            comparison_in(part.text, endpoint),
            figure_in(part.text, endpoint),
            asks_for_finding(part.text, endpoint),
        )
        for part in parts(text, endpoint)
    )


def _refuse_misspelt(word: str, endpoint: Endpoint) -> None:
    """Raise InvalidQuery if a word is nearly the same as the name of a severity or a finding.

    Without this exception, the misspelt word would be searched as text in the rows. No row would contain it, so
    the check would always pass.
    """
    written = word.lstrip("!").casefold()
    if not written.replace("_", "").isalpha() or written in SEVERITIES:
        return
    meant = {**{name: name for name in SEVERITIES}, **{code: f"finding={code}" for code in endpoint.findings().by_code}}
    if near := get_close_matches(written, meant, n=1, cutoff=_CLOSE):
        raise InvalidQuery(
            f"{clean(word, 80)!r} would be looked for in the names of rows.",
            hint=f'Write {meant[near[0]]}, or "{clean(written, 80)}" in quotes for names.',
        )


def _split(text: str, word: str) -> list[str]:
    """Return the pieces of a text between the occurrences of this word.

    The word does not separate inside quotes, regular expressions and parentheses.
    """
    pieces: list[str] = []
    start = 0
    for begun, end, found in _words_between(text):
        if found == word:
            pieces.append(text[start:begun])
            start = end
    pieces.append(text[start:])
    stripped = [piece.strip() for piece in pieces]
    if not all(stripped):
        raise InvalidQuery(f"A condition is missing beside {word!r} in {clean(text, 80)!r}.", hint="Remove it.")
    return stripped


def _words_between(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield a tuple for each `or` and `and` in the text: the start position, the end position, and the word.

    Words inside quotes, regular expressions and parentheses are skipped.
    """
    at, depth = 0, 0
    while at < len(text):
        sign = text[at]
        begins_word = at == 0 or text[at - 1].isspace() or text[at - 1] in "(!"
        if sign == '"':
            at = _end_of(_QUOTED, text, at)
        elif sign == "/" and begins_word:
            at = _end_of(_SLASHED, text, at)
        elif not depth and (found := _WORD_BETWEEN.match(text, at)) is not None:
            yield at, found.end(), found[1].lower()
            at = found.end()
        else:
            depth = max(0, depth + {"(": 1, ")": -1}.get(sign, 0))
            at += 1


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Return the end position of the pattern's match at the position `at`, or `at + 1` if there is no match."""
    found = pattern.match(text, at)
    return at + 1 if found is None else found.end()
