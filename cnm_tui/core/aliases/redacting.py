"""Replace every tag value by its alias (an invented name) in responses, queries and errors.

If a query contains aliases, they are replaced by the values again before the query is sent.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from cnm_tui.core import endpoints
from cnm_tui.core.aliases.aliases import Aliases, kind_of
from cnm_tui.core.aliases.failures import redacted_problem
from cnm_tui.core.connections import Connections, GroupValues, group_text
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.known import all_endpoints
from cnm_tui.core.errors import CnmError, InvalidQuery
from cnm_tui.core.fields.group_by import AUTO_GROUPS, PROFILE
from cnm_tui.core.insights.insight import (
    FAILURE_TYPES,
    JSON_TYPE,
    NO_INSIGHTS,
    TYPES,
    Insights,
    InsightSource,
    insight_of,
)
from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import read
from cnm_tui.core.search.tree import AllOf, AnyOf, Expression, InNetworks, Not, Pattern, Term, Wildcard, printed
from cnm_tui.core.service import Address, Budget
from cnm_tui.core.snapshot import Remainder, Snapshot, Source
from cnm_tui.core.time.time_range import Window

ROWS_KEPT: Final = 10_000
"""Rows whose ids are kept from one answer to the next."""
_KEPT_TEXTS: Final = {
    "type": frozenset(
        {*(endpoint.row_type for endpoint in all_endpoints(CONNECTIONS)), "aggregated_connections", JSON_TYPE, *TYPES}
    ),
    "failure_type": FAILURE_TYPES,
}
"""Words of the service by the names of their JSON members; any other text there is a name."""


class RedactedRow:
    """The JSON text of one row with aliases in place of names. The text is made when it is first read."""

    __slots__ = ("_raw", "_redaction")

    def __init__(self, redaction: "Redacting", raw: Any) -> None:
        self._redaction = redaction
        self._raw = raw

    def __bytes__(self) -> bytes:
        try:
            row = json.loads(bytes(self._raw))
        except (ValueError, RecursionError):
            return b"{}"
        return json.dumps(self._redaction.row(row), ensure_ascii=False, separators=(",", ":")).encode()


def _unchanged(_field: str, value: str) -> str:
    return value


class Redacting:
    """Replace values by aliases in everything that is displayed, written or recorded.

    Aliases in a query are replaced by the values before the query is sent.
    """

    def __init__(self, aliases: Aliases) -> None:
        self.aliases = aliases
        self._searches: dict[str, str] = {}
        """Searches by their redacted text."""
        self._originals: dict[str, Term | InNetworks] = {}
        """Conditions with wildcards or networks, by the alias of their text."""
        self._ids: dict[str, str] = {}
        """Ids made of aliases by the ids of their rows; the rows seen longest ago come first."""
        self._rows_of: dict[str, str] = {}
        """The row that has each id made of aliases."""

    # Questions

    def redacted_query(self, query: Query) -> Query:
        """Return a query with aliases in its search text and its tags. Existing aliases are not changed."""
        search = self._changed_search(query.search, self.aliases.redacted)
        if search not in self._searches:
            # The typed search may have aliases, too; without them it is asked as it was typed.
            asked, typed = (self._changed_search(query.search, change) for change in (self._value, _unchanged))
            self._searches[search] = query.search if asked == typed else asked
        tags = tuple(self._changed_tag(tag, self.aliases.redacted) for tag in query.tags)
        return replace(query, search=search, tags=tags)

    def asked_query(self, query: Query) -> Query:
        """Return the query with values in place of aliases, as it is sent to the service."""
        if (search := self._searches.get(query.search)) is None:
            search = self._changed_search(query.search, self._value)
        return replace(query, search=search, tags=tuple(self._changed_tag(tag, self._value) for tag in query.tags))

    def _value(self, _field: str, alias: str) -> str:
        found = self.aliases.value(alias)
        return alias if found is None else found

    def _changed_search(self, search: str, change: Callable[[str, str], str]) -> str:
        if not search:
            return ""
        reading = read(search)
        if reading.expression is None or any(not problem.doubt for problem in reading.problems):
            # A part that cannot be read could hold a name.
            return change("", search)
        return printed(self._changed(reading.expression, change))

    def _changed(self, expression: Expression, change: Callable[[str, str], str]) -> Expression:
        """Return a search expression in which the function `change` has replaced each value.

        A value with wildcards is replaced as a whole.
        """
        match expression:
            case Term() | InNetworks():
                return self._changed_condition(expression, change)
            case Not(inner):
                return Not(self._changed(inner, change))
            case AllOf(inner):
                return AllOf(tuple(self._changed(each, change) for each in inner))
            case AnyOf(inner):
                return AnyOf(tuple(self._changed(each, change) for each in inner))

    def _changed_condition(self, condition: Term | InNetworks, change: Callable[[str, str], str]) -> Expression:
        field: str | None = condition.field
        if isinstance(condition, InNetworks):
            # The alias of networks is not a network, so it becomes the value of a term.
            text, is_pattern = printed(condition), True
        else:
            parts = condition.pattern.parts
            text = "".join(part.sign if isinstance(part, Wildcard) else part for part in parts)
            is_pattern = any(isinstance(part, Wildcard) for part in parts)
            if parts and all(isinstance(part, Wildcard) for part in parts):
                return condition
        if (original := self._originals.get(text)) is not None and change == self._value:
            return original if isinstance(original, InNetworks) else Term(field, original.pattern)
        changed = change(field or "", text)
        if is_pattern:
            # In quotes its wildcards would be letters.
            self._originals.setdefault(changed, condition)
        return condition if changed == text else Term(field, Pattern((changed,)))

    @staticmethod
    def _changed_tag(tag: str, change: Callable[[str, str], str]) -> str:
        field, colon, value = tag.partition(":")
        return f"{field}:{change(field, value)}" if colon else change("", tag)

    # Answers

    def snapshot(self, answer: Snapshot, query: Query) -> Snapshot:
        """Return a response with aliases. `query` is the redacted query that the response belongs to."""
        connections = self.connections(answer.connections, query.group_bys)
        remainder, warning = answer.remainder, answer.warning
        if remainder is not None:
            remainder, warning = self._remainder(remainder, warning)
        warning = self.aliases.in_text(warning)
        return replace(answer, query=query, connections=connections, warning=warning, remainder=remainder)

    def _remainder(self, remainder: Remainder, warning: str) -> tuple[Remainder, str]:
        """Return the parts with aliases of the profiles, and the warning without the text of their failures."""
        missing, cut = (
            tuple(self._alias(PROFILE, name) for name in names) for names in (remainder.missing, remainder.cut_profiles)
        )
        failures = tuple(f"{name} has no rows here." for name in missing)
        for before, after in zip(remainder.failures, failures, strict=True):
            warning = warning.replace(before, after)
        return remainder._replace(missing=missing, cut_profiles=cut, failures=failures), warning

    def connections(self, connections: Connections, group_bys: Sequence[str]) -> Connections:
        """Return the connections with aliases in place of their tag values, and with ids made of aliases."""
        self._forget_old_rows()
        exact = connections.exact_groups
        groups = [self._values(field, values) for field, values in zip(group_bys, exact, strict=False)]
        by_row = zip(*groups, strict=True) if groups else [()] * len(connections)
        ids = [
            self._id(row_id, tuple(group_bys), values)
            for row_id, values in zip(connections.exact_ids, by_row, strict=True)
        ]
        raws = [RedactedRow(self, raw) for raw in connections.raws]
        return Connections(ids, groups, connections.counters, raws, {})

    def _values(self, field: str, column: Sequence[GroupValues]) -> list[GroupValues]:
        known: dict[GroupValues, GroupValues] = {}
        for values in column:
            if values not in known:
                known[values] = tuple([self._alias(field, value) for value in values])
        return [known[values] for values in column]

    def _alias(self, field: str, value: str) -> str:
        if field not in AUTO_GROUPS:
            return self.aliases.of_field(field, value)
        # The field that named the end stays, so that a search for the alias finds it.
        named = endpoints.named_by(field, value)
        return named._replace(value=self.aliases.of_field(named.field, named.value)).text

    def _id(self, row_id: str, group_bys: tuple[str, ...], values: tuple[GroupValues, ...]) -> str:
        """Return the id of a row with aliases in place of its values, in the format of Datadog's ids.

        If another row already has this id, the returned id is a single alias for the whole original id.
        """
        if (known := self._ids.pop(row_id, None)) is None:
            named = ((field, each) for field, each in zip(group_bys, values, strict=True) if each)
            # Endpoints join groups with or without a blank.
            joint = ", " if ", " in row_id else ","
            made = joint.join(f"{field}:{group_text(each)}" for field, each in named)
            if self._rows_of.setdefault(made, row_id) != row_id:
                made = self.aliases.alias("row", row_id)
            known = made
        self._ids[row_id] = known
        return known

    def _forget_old_rows(self) -> None:
        """Remove the stored ids of old rows, beginning with the rows that were seen longest ago.

        This is done only between two responses, because two rows of one response must not have the same id.
        """
        for row_id in tuple(islice(self._ids, max(0, len(self._ids) - ROWS_KEPT))):
            made = self._ids.get(row_id, "")
            if self._rows_of.get(made) == row_id:
                # Both are made again, of the same aliases, when the row is seen again.
                self._ids.pop(row_id, None)
                self._rows_of.pop(made, None)

    def exported_id(self, row_id: str, groups: Mapping[str, Sequence[str]]) -> str:
        """Return the id of a row in an exported file. The values in `groups` are already aliases."""
        if row_id in self._rows_of:
            return row_id
        return self._id(row_id, tuple(groups), tuple(map(tuple, groups.values())))

    # JSON

    def body(self, body: bytes) -> bytes:
        """Return the body of a response with aliases in place of names. If the body is not JSON, return empty bytes."""
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            return b""
        self._forget_old_rows()
        if isinstance(document, dict) and isinstance(document.get("data"), list):
            rest = {name: self._texts("text", value) for name, value in document.items() if name != "data"}
            document = {"data": [self.row(row) for row in document["data"]], **rest}
        else:
            document = self._texts("text", document)
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    def insights(self, found: Insights) -> Insights:
        """Return network health insights with aliases in place of names."""
        self._forget_old_rows()
        entries = [insight_of(self.row(one.raw)) for one in found.found]
        return found._replace(found=tuple(one for one in entries if one is not None))

    def row(self, row: Any) -> Any:
        """Return the JSON object of a row with aliases in place of names."""
        attributes = row.get("attributes") if isinstance(row, dict) else None
        if not isinstance(row, dict) or not isinstance(attributes, dict):
            return self._texts("text", row)
        groups, metrics = attributes.get("group_bys"), attributes.get("metrics")
        pairs = _pairs(groups)
        if pairs is not None:
            changed = {field: self._group(field, value) for field, value in pairs}
            sent: Any = [{"key": field, "value": self._group(field, value)} for field, value in pairs]
        elif isinstance(groups, dict):
            sent = changed = {field: self._group(field, values) for field, values in groups.items()}
        else:
            return self._texts("text", row)
        kept = self._texts("text", {name: value for name, value in attributes.items() if name != "group_bys"})
        if (figures := _pairs(metrics)) is not None:
            # The keys are names of metrics.
            kept["metrics"] = [{"key": key, "value": self._texts("text", value)} for key, value in figures]
        found = self._texts("text", {k: v for k, v in row.items() if k not in ("id", "attributes")})
        values = tuple(
            tuple(map(str, filter(None, each))) if isinstance(each, list) else (str(each),) for each in changed.values()
        )
        if isinstance(row.get("id"), str):
            found = {"id": self._id(row["id"], tuple(changed), values), **found}
        return {**found, "attributes": {"group_bys": sent, **kept}}

    def _group(self, field: str, values: Any) -> Any:
        if isinstance(values, list):
            return [self._group(field, value) for value in values]
        return self.aliases.of_field(field, values) if isinstance(values, str) else self._texts("text", values)

    def _texts(self, kind: str, value: Any, name: str = "") -> Any:
        """Return a JSON value in which every string is replaced by its alias.

        The names of JSON members, and fixed words of the service, are not changed.
        """
        if isinstance(value, str):
            return value if value in _KEPT_TEXTS.get(name, ()) else self.aliases.alias(kind, value)
        if isinstance(value, list):
            return [self._texts(kind, each, name) for each in value]
        if isinstance(value, dict):
            return {
                key: self._texts(kind_of(key) if kind_of(key) != "value" else kind, v, key) for key, v in value.items()
            }
        return value

    # Labels and errors

    def label(self, label: str) -> str:
        """Return the alias of a service's name. The name of the demo is not changed."""
        return self.aliases.alias("site", label)

    def problem(self, problem: CnmError, query: Query, label: str) -> CnmError:
        """Return the error with a text that contains no names.

        Args:
            problem: The error that the original Source raised.
            query: The query that failed, with aliases.
            label: The alias of the service's name.
        """
        return redacted_problem(problem, query, label, self.aliases)


def _pairs(value: Any) -> list[tuple[str, Any]] | None:
    """Return the items of a list of {key, value} objects as tuples, or None if `value` is not a list."""
    if not isinstance(value, list):
        return None
    pairs = [(each.get("key"), each.get("value")) for each in value if isinstance(each, dict)]
    return [(key, each) for key, each in pairs if isinstance(key, str)]


class RedactedSource:
    """A Source (the interface for queries) that returns responses with aliases in place of names.

    Before it passes a query to the original Source, it replaces the aliases in the query by the real values.
    """

    def __init__(self, source: Source, redacting: Redacting) -> None:
        self.source = source
        self.redacting = redacting
        # Known to errors and labels from the first answer on.
        aliases = redacting.aliases
        self._label = redacting.label(source.label)
        for known in (source.site, source.address.url, source.address.url.partition("://")[2]):
            if known and not source.address.of_demo:
                aliases.alias("host", known)

    @property
    def label(self) -> str:
        """The alias of the service's name, for display."""
        return self._label

    @property
    def site(self) -> str | None:
        """Always None. The Datadog site could reveal which organisation the names belong to."""
        return None

    @property
    def address(self) -> Address:
        """An invented URL in place of the server's URL, and the kind of keys. The URL of the demo is not replaced."""
        address = self.source.address
        return address if address.of_demo else address._replace(url=f"https://{self._label}.invalid")

    @property
    def budget(self) -> Budget:
        """The rate limit of the original Source."""
        return self.source.budget

    def holds_key(self, text: str) -> bool:
        """Return True if the text contains an API key or access token of the original Source."""
        return self.source.holds_key(text)

    async def fetch(self, query: Query) -> Snapshot:
        """Send the query with the values in place of aliases, and return the response with aliases.

        Raises:
            CnmError: Any expected failure, with aliases in its texts.
        """
        asked = self.redacting.asked_query(query)
        try:
            answer = await self.source.fetch(asked)
        except CnmError as problem:
            raise self.redacting.problem(problem, query, self._label) from None
        return self.redacting.snapshot(answer, query)

    async def insights(self, window: Window) -> Insights:
        """Request the network health insights of a time window, and return them with aliases.

        Raises:
            CnmError: Any expected failure, with aliases in its texts.
        """
        if not isinstance(self.source, InsightSource):
            raise InvalidQuery(NO_INSIGHTS)
        try:
            return self.redacting.insights(await self.source.insights(window))
        except CnmError as problem:
            raise self.redacting.problem(problem, Query(endpoint=CONNECTIONS), self._label) from None

    async def aclose(self) -> None:
        """Close the original Source."""
        await self.source.aclose()
