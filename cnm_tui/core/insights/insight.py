"""Define the network health insights of Datadog, which are problems that Datadog itself detected.

An insight has a severity, and it is about certain rows. Source: API reference v2, "List network health
insights" (preview), and the models of Datadog's Python client.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import isfinite
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.dns.fields import DNS_QUERY, DNS_SERVER
from cnm_tui.core.endpoints.known import endpoint_called
from cnm_tui.core.findings.rule import Severity
from cnm_tui.core.query import Query, usual_query
from cnm_tui.core.search.tree import visible_term
from cnm_tui.core.text import LONGEST_VALUE, clean
from cnm_tui.core.time.time_range import TimeRange, Window
from cnm_tui.core.units import plural

SCOPE: Final = "network_health_insights_read"

FIELDS: Final = (
    "type",
    "failure_type",
    "client_service",
    "server_service",
    "failure_magnitude",
    "failure_rate",
    "total_requests",
    "traffic_volume",
    "dns_query",
    "dns_server",
    "certificate_id",
    "days_until_expiration",
    "domain_name",
    "loadbalancer_id",
    "account_id",
    "client_region",
    "server_region",
    "certificate_lifetime_percent",
)
"""The documented attributes; others are kept as they come."""
JSON_TYPE: Final = "network-health-insights"
TYPES: Final = ("dns", "tcp", "tls-cert", "security-group")
FAILURE_TYPES: Final = frozenset(
    {"timeout", "nxdomain", "servfail", "general_failure", "expired", "expiring_soon", "denied"}
)
"""Documented values of `failure_type`, which have no alias; others could be names."""
ALIASES: Final = {
    "dns_query": "domain",
    "domain_name": "domain",
    "dns_server": "dns",
    "certificate_id": "certificate",
    "loadbalancer_id": "loadbalancer",
    "account_id": "account",
}
"""Attributes with a word for their values, for aliases."""
MOST_INSIGHTS: Final = 10_000
_MOST_ATTRIBUTES: Final = 100
_UNNAMED: Final = frozenset({"", "N/A", "NA"})

_BAD_RATE: Final = 5.0
_ODD_RATE: Final = 1.0
"""Percent of failures, the limits of failed attempts and requests (`core/metrics`)."""
_DAYS_CRITICAL: Final = 7
_DAYS_WARNING: Final = 30
"""Days until a certificate expires."""


class Insight(NamedTuple):
    """One network health insight, which is a problem that Datadog detected.

    Its texts are cleaned, so they are safe to display.
    """

    id: str
    attributes: Mapping[str, Any]
    """Numbers and texts by name, and `traffic_volume` as a mapping; absent ones are missing."""
    raw: Any = None
    """The entry as it came, for programs."""

    @property
    def kind(self) -> str:
        """Return the type of the insight: `dns`, `tcp`, `tls-cert`, `security-group`, or an unknown type.

        Return an empty string if the type is missing.
        """
        return self.text("type")

    def text(self, name: str) -> str:
        """Return the attribute with this name as text. Return an empty string if it is missing."""
        value = self.attributes.get(name)
        return "" if value is None else str(value)

    def number(self, name: str) -> float | None:
        """Return the attribute with this name as a number. Return None if it is missing or not a number."""
        value = self.attributes.get(name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
        return value if is_number else None

    def named(self, name: str) -> str:
        """Return the attribute with this name as text. The attribute names a client, a server or a DNS name.

        Return an empty string if the attribute is missing, or if Datadog could not resolve the name.
        """
        value = self.text(name)
        return "" if value in _UNNAMED else value

    @property
    def severity(self) -> Severity:
        """Return the severity of the insight. It is based on the same limits as the severity of a row's finding."""
        if self.kind == "tls-cert":
            return self._of_certificate
        rate = self.number("failure_rate")
        if self.kind not in TYPES:
            return Severity.NOTE
        if self.text("failure_type") == "nxdomain":
            return Severity.WARNING if rate is not None and rate >= 50 else Severity.NOTE
        if rate is None:
            return Severity.WARNING
        return Severity.CRITICAL if rate >= _BAD_RATE else Severity.WARNING if rate >= _ODD_RATE else Severity.NOTE

    @property
    def _of_certificate(self) -> Severity:
        days = self.number("days_until_expiration")
        if days is None:
            return Severity.CRITICAL if self.text("failure_type") == "expired" else Severity.WARNING
        if days <= _DAYS_CRITICAL:
            return Severity.CRITICAL
        return Severity.WARNING if days <= _DAYS_WARNING else Severity.NOTE

    @property
    def others(self) -> Mapping[str, Any]:
        """Return the attributes of the insight that Datadog does not document, by name."""
        return {name: value for name, value in self.attributes.items() if name not in FIELDS}


def insight_of(entry: Any) -> Insight | None:
    """Return the insight that one entry of the API response contains.

    Return None if the entry does not have the form of an insight.
    """
    if not isinstance(entry, dict):
        return None
    attributes = entry.get("attributes")
    if not isinstance(attributes, dict):
        return None
    known = {clean(str(name), 60): _value(value) for name, value in list(attributes.items())[:_MOST_ATTRIBUTES]}
    found = {name: value for name, value in known.items() if value is not None}
    return Insight(clean(str(entry.get("id") or "")), MappingProxyType(found), entry)


def _value(value: Any) -> Any:
    """Return the value of an insight's attribute in a form that is safe to display."""
    if isinstance(value, str):
        return clean(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict) and all(isinstance(each, int | float) for each in value.values()):
        return {clean(str(name), 60): each for name, each in list(value.items())[:_MOST_ATTRIBUTES]}
    try:
        return clean(json.dumps(value), LONGEST_VALUE)
    except (ValueError, RecursionError):
        return "?"


def worst_first(insights: Iterable[Insight]) -> list[Insight]:
    """Return the insights sorted by severity, most severe first.

    Among insights of the same severity, certificates come first, by the days until they expire; the others follow by
    the number of failures.
    """

    def rank(insight: Insight) -> tuple[float, bool, float, float]:
        days, failures = insight.number("days_until_expiration"), insight.number("failure_magnitude")
        # A certificate is one line, and among dozens of failures nobody would find it.
        return -insight.severity, insight.kind != "tls-cert", -(failures or 0), 0 if days is None else days

    return sorted(insights, key=rank)


class Insights(NamedTuple):
    """The network health insights of a time window."""

    window: Window
    found: tuple[Insight, ...]
    """Worst first."""
    unreadable: int = 0
    """Number of entries that could not be read."""

    @property
    def summary(self) -> str:
        """Return a text with the number of insights in total and by severity."""
        counts = [
            sum(one.severity is severity for one in self.found) for severity in (Severity.CRITICAL, Severity.WARNING)
        ]
        parts = [f"{counts[0]:,} critical"] if counts[0] else []
        parts += [plural(counts[1], "warning")] if counts[1] else []
        unread = (
            [f"{plural(self.unreadable, 'entry')} not readable".replace("entrys", "entries")] if self.unreadable else []
        )
        return " · ".join([plural(len(self.found), "insight"), *parts, *unread])


@runtime_checkable
class InsightSource(Protocol):
    """The interface of a data source that can return network health insights."""

    async def insights(self, window: Window) -> Insights:
        """Request the network health insights of a time window.

        Raises:
            CnmError: The request failed in an expected way.
        """


NO_INSIGHTS: Final = "This source has no network health insights."


def insights_in(document: Any, window: Window) -> Insights | None:
    """Return the insights in the parsed JSON document of an API response.

    Return None if the document does not have the expected form, or if it contains too many insights.
    """
    entries = document.get("data") if isinstance(document, dict) and "data" in document else None
    entries = [] if entries is None and isinstance(document, dict) and "data" in document else entries
    if not isinstance(entries, list) or len(entries) > MOST_INSIGHTS:
        return None
    read = [insight_of(entry) for entry in entries]
    found = worst_first(one for one in read if one is not None)
    return Insights(window, tuple(found), len(read) - len(found))


# In one sentence


def sentence(insight: Insight) -> str:
    """Return the insight as a sentence, for example `The certificate of shop.example expires in 3 days.`"""
    said = {"tls-cert": _certificate, "dns": _dns, "tcp": _tcp, "security-group": _denied}.get(insight.kind, _unknown)
    others = ", ".join(f"{name} {value}" for name, value in insight.others.items())
    return f"{said(insight)}.{f' Also: {others}.' if others else ''}"


def _certificate(insight: Insight) -> str:
    of = insight.named("domain_name") or insight.named("certificate_id") or insight.named("server_service")
    days = insight.number("days_until_expiration")
    whose = f"The certificate of {of}" if of else "A certificate"
    if days is None:
        when = {"expired": "has expired", "expiring_soon": "expires soon"}.get(
            insight.text("failure_type"), "is not well"
        )
    elif not round(days):
        when = "expired today" if days < 0 or insight.text("failure_type") == "expired" else "expires today"
    elif days < 0:
        when = f"expired {plural(round(-days), 'day')} ago"
    else:
        when = f"expires in {plural(round(days), 'day')}"
    return f"{whose} {when}{_between(insight, ' (', ')')}"


def _between(insight: Insight, before: str, behind: str) -> str:
    client, server = insight.named("client_service"), insight.named("server_service")
    ends = f"{client} → {server}" if client and server else client or server
    return f"{before}{ends}{behind}" if ends else ""


def _share(insight: Insight, noun: str, name: str, server: str) -> str:
    """Return a text such as `12 % of DNS requests from web for api.example to 10.0.0.2`.

    Facts that are not known are left out of the text.
    """
    rate, client = insight.number("failure_rate"), insight.named("client_service")
    ends = ((" from ", client), (" for ", name), (" to ", server))
    told = "".join(f"{word}{end}" for word, end in ends if end)
    return f"{f'{rate:.3g} % of ' if rate is not None else 'Some '}{noun}{told}"


def _counts(insight: Insight) -> str:
    failures, total = insight.number("failure_magnitude"), insight.number("total_requests")
    if failures is None:
        return ""
    return f" ({failures:,.0f} of {total:,.0f})" if total is not None else f" ({failures:,.0f})"


_DNS_WORDS: Final = {
    "timeout": "get no answer",
    "nxdomain": "ask for a name that does not exist",
    "servfail": "cannot be resolved (SERVFAIL)",
    "general_failure": "fail",
}


def _dns(insight: Insight) -> str:
    name, server = insight.named("dns_query"), insight.named("dns_server")
    failure = insight.text("failure_type")
    words = _DNS_WORDS.get(failure) or (f"fail ({failure})" if failure else "fail")
    return f"{_share(insight, 'DNS requests', name, server)} {words}{_counts(insight)}"


def _tcp(insight: Insight) -> str:
    failure = insight.text("failure_type")
    return f"{_connections(insight)} fail{f' ({failure})' if failure else ''}{_counts(insight)}"


def _denied(insight: Insight) -> str:
    failure = insight.text("failure_type")
    words = "are denied by a security group" if failure in ("", "denied") else f"fail at a security group ({failure})"
    return f"{_connections(insight)} {words}{_counts(insight)}"


def _connections(insight: Insight) -> str:
    return _share(insight, "connections", "", insight.named("server_service"))


def _unknown(insight: Insight) -> str:
    kind = " ".join(filter(None, (insight.kind or "no type", insight.text("failure_type"))))
    return f"An insight that this version does not know: {kind}{_between(insight, ', ', '')}{_counts(insight)}"


# The rows that it is about


def query_about(insight: Insight, time_range: TimeRange) -> Query | None:
    """Return the query for the connections or the DNS traffic that an insight is about.

    Return None if the insight names neither a client nor a server.
    """
    client, server = insight.named("client_service"), insight.named("server_service")
    terms = [visible_term("client_service", client)] if client else []
    if insight.kind == "dns":
        if name := insight.named("dns_query"):
            terms.append(visible_term(DNS_QUERY, name))
        if dns_server := insight.named("dns_server"):
            terms.append(visible_term(DNS_SERVER, dns_server))
        usual, group_bys = usual_query(endpoint_called("dns")), ("client_service", DNS_QUERY, DNS_SERVER)
    else:
        domain = insight.named("domain_name")
        if server:
            terms.append(visible_term("server_service", server))
        elif domain and "*" not in domain:
            terms.append(visible_term("server_domain", domain))
        usual, group_bys = usual_query(CONNECTIONS), ("client_service", "server_service", "server_port")
    if not terms:
        return None
    return replace(usual, search=" AND ".join(terms), group_bys=group_bys, time_range=time_range)
