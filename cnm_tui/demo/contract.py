"""The endpoint's contract apart from HTTP: parameters in, a JSON document out."""

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import parse_qsl

import msgspec

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.dns import DNS_QUERY, UNGROUPED, check_group_bys
from cnm_tui.core.fields.group_by import MOST_GROUP_BYS, parsed_group_bys
from cnm_tui.core.query import MOST_ROWS
from cnm_tui.core.search.reader import read
from cnm_tui.core.search.tree import AllOf, Expression, Pattern, Term
from cnm_tui.demo.aggregate import Row, rows_of
from cnm_tui.demo.dns import DnsRow, DnsTraffic, dns_rows
from cnm_tui.demo.estate import estate_of
from cnm_tui.demo.insights import insights_of
from cnm_tui.demo.matching import Matcher
from cnm_tui.demo.traffic import Traffic

DEFAULT_LIMIT: Final = 100
Established = Literal["count", "rate"]
"""The unit of established and closed connections; the API reference does not say which it is."""
_DEFAULT_SECONDS: Final = 900
_LATEST: Final = 1 << 33
"""Largest accepted epoch seconds; floats hold all numbers below exactly."""
_MOST_PARAMETERS: Final = 100


class Refused(Exception):
    """The endpoint would answer 400."""

    def __init__(self, title: str, detail: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Request:
    """The parameters of a request, parsed and checked."""

    start: float
    end: float
    group_bys: tuple[str, ...]
    expression: Expression | None
    limit: int


def parsed_request(query_string: str, now: float) -> Request | None:
    """Return the request's parameters; None if there is none at all. `now` is in epoch seconds.

    Raises:
        Refused: The endpoint would answer 400.
    """
    parameters = _parameters(query_string)
    if not parameters:
        return None
    end = _whole_number(parameters, "to", now, 0, _LATEST)
    start = _whole_number(parameters, "from", end - _DEFAULT_SECONDS, 0, _LATEST)
    if start >= end:
        raise Refused("Invalid time range", f"from ({start:.0f}) must be before to ({end:.0f}).")
    limit = _whole_number(parameters, "limit", DEFAULT_LIMIT, 1, MOST_ROWS)
    return Request(start, end, _group_bys(parameters.get("group_by", "")), _expression(parameters), int(limit))


def _parameters(query_string: str) -> dict[str, str]:
    """Return the parameters; of a repeated one the first, and unknown ones too."""
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
    """Return the search; with a search the tags are silently ignored, as by the endpoint."""
    search = parameters.get("query", "")
    if not search.strip():
        return _all_of(parameters.get("tags", ""))
    reading = read(search)
    unreadable = [problem for problem in reading.problems if not problem.doubt]
    if unreadable:
        raise Refused("Invalid query", unreadable[0].sentence)
    return reading.expression


def _all_of(tags: str) -> Expression | None:
    """Return an expression that requires all tags; each is a literal value."""
    terms: list[Expression] = []
    for tag in filter(None, map(str.strip, tags.split(","))):
        field, colon, value = tag.partition(":")
        terms.append(Term(field, Pattern((value,))) if colon else Term(None, Pattern((tag,))))
    return AllOf(tuple(terms)) if len(terms) > 1 else terms[0] if terms else None


class Endpoint:
    """The endpoint with the aggregated connections of one invented estate."""

    def __init__(self, seed: int, established: Established = "count") -> None:
        """Make the estate.

        Args:
            seed: The seed of the estate; the same seed makes the same estate.
            established: Return established and closed connections as counts, or as rates per second.
        """
        self._established = established
        self._estate = estate_of(seed)
        self._traffic = Traffic(self._estate)
        self._matcher = Matcher(self._estate)
        self._dns: DnsTraffic | None = None
        """Made at the first request for DNS: most runs have none."""

    def answer(self, asked: Request | None, now: float) -> bytes:
        """Return the answer as a JSON document."""
        return msgspec.json.encode({"data": [] if asked is None else self._rows(asked, now)})

    def dns_answer(self, asked: Request | None, now: float) -> bytes:
        """Return the answer with aggregated DNS as a JSON document.

        Raises:
            Refused: The group-bys cannot be combined.
        """
        if asked is not None and UNGROUPED in asked.group_bys:
            try:
                check_group_bys(asked.group_bys)
            except InvalidQuery as problem:
                title = f"Cannot combine {UNGROUPED} with other server groupings or {DNS_QUERY}"
                raise Refused(title) from problem
        return msgspec.json.encode({"data": [] if asked is None else self._dns_rows(asked, now)})

    def insights(self, query_string: str, now: float) -> bytes:
        """Return the network health insights of a window as a JSON document.

        Raises:
            Refused: The endpoint would answer 400.
        """
        parameters = {name: text for name, text in _parameters(query_string).items() if name in ("from", "to")}
        end = _whole_number(parameters, "to", now, 0, _LATEST)
        start = _whole_number(parameters, "from", end - _DEFAULT_SECONDS, 0, _LATEST)
        if start >= end:
            raise Refused("Invalid time range", f"from ({start:.0f}) must be before to ({end:.0f}).")
        self._dns = self._dns or DnsTraffic(self._estate)
        counters = self._dns.within(start, end, now)
        return msgspec.json.encode({"data": insights_of(self._dns.lookups, counters, min(end, now))})

    def _dns_rows(self, asked: Request, now: float) -> list[DnsRow]:
        self._dns = self._dns or DnsTraffic(self._estate)
        counters = self._dns.within(asked.start, asked.end, now)
        if counters is None:
            return []
        lookups = self._dns.lookups
        flags = None if asked.expression is None else Matcher(lookups).flags(asked.expression)
        return dns_rows(lookups, counters, flags, asked.group_bys, asked.limit)

    def _rows(self, asked: Request, now: float) -> list[Row]:
        counters = self._traffic.within(asked.start, asked.end, now)
        if counters is None:
            return []
        flags = None if asked.expression is None else self._matcher.flags(asked.expression)
        seconds = asked.end - asked.start if self._established == "rate" else None
        return rows_of(self._estate, counters, flags, asked.group_bys, asked.limit, rate_seconds=seconds)


def refusal(problem: Refused) -> bytes:
    """Return the error document of a 400, in JSON:API form; the detail is left out if empty."""
    error = {"status": "400", "title": problem.title}
    return msgspec.json.encode({"errors": [error | ({"detail": problem.detail} if problem.detail else {})]})


def plain_errors(*texts: str) -> bytes:
    """Return an error document as gateways write it."""
    return msgspec.json.encode({"errors": texts})
