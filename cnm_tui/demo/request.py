"""Parse and check the parameters of a request to the demo's API."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import MOST_GROUP_BYS, parsed_group_bys
from cnm_tui.core.query import MOST_ROWS
from cnm_tui.core.search.reader import read
from cnm_tui.core.search.tree import AllOf, Expression, Pattern, Term

DEFAULT_LIMIT: Final = 100
_DEFAULT_SECONDS: Final = 900
_LATEST: Final = 1 << 33
"""Largest accepted epoch seconds; floats hold all numbers below exactly."""
_MOST_PARAMETERS: Final = 100


class Refused(Exception):
    """Raised for a request to the demo that the real API would refuse with HTTP status 400."""

    def __init__(self, title: str, detail: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Request:
    """The checked query parameters of one request: time window, group-bys, search expression and row limit."""

    start: float
    end: float
    group_bys: tuple[str, ...]
    expression: Expression | None
    limit: int


def parsed_request(query_string: str, now: float) -> Request | None:
    """Return the parameters of a request. Return None if the query string has no parameters.

    Args:
        query_string: The part of the URL after the question mark.
        now: The current time in epoch seconds.

    Raises:
        Refused: A parameter is invalid. The real API would refuse the request with HTTP status 400.
    """
    parameters = _parameters(query_string)
    if not parameters:
        return None
    start, end = _span(parameters, now)
    limit = _whole_number(parameters, "limit", DEFAULT_LIMIT, 1, MOST_ROWS)
    return Request(start, end, _group_bys(parameters.get("group_by", "")), _expression(parameters), int(limit))


def parsed_span(query_string: str, now: float) -> tuple[float, float]:
    """Return the start and end of the requested time window, in seconds since 1970. Ignore all other parameters.

    Raises:
        Refused: The real API would refuse the time window with HTTP status 400.
    """
    return _span(_parameters(query_string), now)


def _span(parameters: dict[str, str], now: float) -> tuple[float, float]:
    end = _whole_number(parameters, "to", now, 0, _LATEST)
    start = _whole_number(parameters, "from", end - _DEFAULT_SECONDS, 0, _LATEST)
    if start >= end:
        raise Refused("Invalid time range", f"from ({start:.0f}) must be before to ({end:.0f}).")
    return start, end


def _parameters(query_string: str) -> dict[str, str]:
    """Return the URL parameters as a dictionary, including unknown names. If a name is repeated, its first value
    is used.
    """
    try:
        pairs = parse_qsl(query_string, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError as error:
        raise Refused("Invalid query string", "The parameters are not UTF-8.") from error
    except ValueError as error:
        raise Refused("Invalid query string", f"At most {_MOST_PARAMETERS} parameters are read.") from error
    return dict(reversed(pairs))


def _whole_number(parameters: dict[str, str], name: str, otherwise: float, least: int, most: int) -> float:
    text = parameters.get(name, "")
    if not text:
        return otherwise
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise Refused(f"Invalid {name}", f"{name.capitalize()} must be a whole number.")
    if not least <= int(text) <= most:
        raise Refused(f"Invalid {name}", f"{name.capitalize()} must be between {least} and {most}.")
    return int(text)


def _group_bys(text: str) -> tuple[str, ...]:
    if text.count(",") >= MOST_GROUP_BYS:
        raise Refused("Invalid group_by", f"The maximum number of group_by(s) is {MOST_GROUP_BYS}.")
    try:
        return parsed_group_bys(text)
    except InvalidQuery as problem:
        raise Refused("Invalid group_by", str(problem)) from problem


def _expression(parameters: dict[str, str]) -> Expression | None:
    """Return the search expression of a request, or None if the request has no search and no tags.

    If both a search and tags are given, the tags are ignored without an error. The real API does the same.
    """
    search = parameters.get("query", "")
    if not search.strip():
        return _all_of(parameters.get("tags", ""))
    reading = read(search)
    unreadable = [problem for problem in reading.problems if not problem.doubt]
    if unreadable:
        raise Refused("Invalid query", unreadable[0].sentence)
    return reading.expression


def _all_of(tags: str) -> Expression | None:
    """Return a search expression that requires all tags. Return None if there are no tags. Wildcards in tags have
    no effect.
    """
    terms: list[Expression] = []
    for tag in filter(None, map(str.strip, tags.split(","))):
        field, colon, value = tag.partition(":")
        terms.append(Term(field, Pattern((value,))) if colon else Term(None, Pattern((tag,))))
    return AllOf(tuple(terms)) if len(terms) > 1 else terms[0] if terms else None
