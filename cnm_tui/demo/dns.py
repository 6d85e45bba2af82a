"""Calculate the demo's DNS rows: the DNS requests in a time window, grouped by fields and counted."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from cnm_tui.core.endpoints.dns.endpoint import DNS
from cnm_tui.core.endpoints.dns.fields import DNS_QUERY, UNGROUPED, check_group_bys
from cnm_tui.core.endpoints.dns.metrics import COUNTED_KEYS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.time.time_range import RETENTION_SECONDS
from cnm_tui.demo.aggregate import UNRESOLVED, Named, grouped, picked, summed
from cnm_tui.demo.estate import Estate
from cnm_tui.demo.lookups import LookupEstate
from cnm_tui.demo.matching import Matcher
from cnm_tui.demo.places import SITES
from cnm_tui.demo.request import Refused, Request
from cnm_tui.demo.rhythms import rhythms_of
from cnm_tui.demo.traffic import Columns, Counting

_TOTAL, _FAILURES, _SUCCESS, _ERRORS, _TIMEOUTS, _NXDOMAIN, _SERVFAIL, _OTHER, _LATENCY, _FAILURE_LATENCY = COUNTED_KEYS
_BACKGROUND: Final = ((_TIMEOUTS, 0.0004), (_SERVFAIL, 0.0002), (_OTHER, 0.00005))
"""Counters of healthy DNS servers, per request."""
_FAILURE_TAKES: Final = 1.5


class Pair(msgspec.Struct, gc=False):
    """A pair of a group-by field's name and its value, in the JSON form of a DNS row."""

    key: str
    value: str


class Number(msgspec.Struct, gc=False):
    """A pair of a metric's name and its number, in the JSON form of a DNS row."""

    key: str
    value: int


class Attributes(msgspec.Struct, gc=False):
    """The attributes of one DNS row in the JSON reply: its group-by values and its metrics."""

    group_bys: list[Pair]
    metrics: list[Number]


class DnsRow(msgspec.Struct, gc=False):
    """One row of a DNS reply. Its attributes are written to JSON in the order of their definition."""

    id: str
    type: str
    attributes: Attributes


class DnsTraffic:
    """The DNS requests of the invented network, calculated for any time window within the retention period."""

    def __init__(self, estate: Estate) -> None:
        self.lookups: Final = LookupEstate(estate)
        self._rhythms = rhythms_of(estate.seed, [site.utc_offset_hours for site in SITES])
        self._remembered: Callable[[float, float], Columns] = lru_cache(maxsize=2)(self._counted)

    def rows(self, asked: Request, now: float) -> list[DnsRow]:
        """Return the DNS rows of the reply to a request.

        Raises:
            Refused: The group-bys cannot be combined.
        """
        if UNGROUPED in asked.group_bys:
            try:
                check_group_bys(asked.group_bys)
            except InvalidQuery as problem:
                title = f"Cannot combine {UNGROUPED} with other server groupings or {DNS_QUERY}"
                raise Refused(title) from problem
        counters = self.within(asked.start, asked.end, now)
        if counters is None:
            return []
        flags = None if asked.expression is None else Matcher(self.lookups, (DNS_QUERY,)).flags(asked.expression)
        return dns_rows(self.lookups, counters, flags, asked.group_bys, asked.limit)

    def within(self, start: float, end: float, now: float) -> Columns | None:
        """Return the counters of all DNS requests in a time window.

        Return None if the time window is older than the retention period, or is in the future. All times are in epoch
        seconds.
        """
        start, end = max(start, now - RETENTION_SECONDS), min(end, now)
        return self._remembered(start, end) if start < end else None

    def _counted(self, start: float, end: float) -> Columns:
        flows = self.lookups.flows
        before = [rhythm.work(start) for rhythm in self._rhythms]
        after = [rhythm.work(end) for rhythm in self._rhythms]
        counting = Counting(flows.rhythm, flows.dither, before, after)
        total, latency = counting.of(flows.requests), list(flows.latency)
        counted = {key: counting.of(flows.requests, share) for key, share in _BACKGROUND}
        for incident, touched in self.lookups.touched.items():
            share = incident.recurrence.share(start, end)
            for at in touched if share > 0 else ():
                dither = flows.dither[at]
                total[at] = int(total[at] * (1 + (incident.more - 1) * share))
                counted[_TIMEOUTS][at] += int(total[at] * incident.timed_out * share + dither * incident.timed_out)
                counted[_SERVFAIL][at] += int(total[at] * incident.servfail * share + dither * incident.servfail)
                latency[at] = int(latency[at] * (1 + (incident.slower - 1) * share))
        timeouts = list(map(min, counted[_TIMEOUTS], total))
        heard = [all_of - lost for all_of, lost in zip(total, timeouts, strict=True)]
        servfail = list(map(min, counted[_SERVFAIL], heard))
        other = [min(some, most - taken) for some, most, taken in zip(counted[_OTHER], heard, servfail, strict=True)]
        left = [most - one - two for most, one, two in zip(heard, servfail, other, strict=True)]
        nxdomain = [0 if exists else most for exists, most in zip(flows.exists, left, strict=True)]
        errors = [sum(parts) for parts in zip(nxdomain, servfail, other, strict=True)]
        failures = [some + lost for some, lost in zip(errors, timeouts, strict=True)]
        return {
            _TOTAL: total,
            _FAILURES: failures,
            _SUCCESS: [all_of - failed for all_of, failed in zip(total, failures, strict=True)],
            _ERRORS: errors,
            _TIMEOUTS: timeouts,
            _NXDOMAIN: nxdomain,
            _SERVFAIL: servfail,
            _OTHER: other,
            _LATENCY: latency,
            _FAILURE_LATENCY: [int(one * _FAILURE_TAKES) for one in latency],
        }


# Cached as the estate is: the rows and the insights are made of the same requests.
@lru_cache(maxsize=1)
def dns_traffic_of(estate: Estate) -> DnsTraffic:
    """Return the DNS requests of an invented network."""
    return DnsTraffic(estate)


def dns_rows(
    lookups: LookupEstate, counters: Columns, flags: bytes | None, group_bys: Sequence[str], limit: int
) -> list[DnsRow]:
    """Group the DNS requests, and return one row for each group. The groups with the most requests are first."""
    group_bys = tuple(name for name in group_bys or (DNS_QUERY,) if name != UNGROUPED)
    columns = [lookups.column(group_by) for group_by in group_bys]
    members = [at for at, number in enumerate(counters[_TOTAL]) if number and (flags is None or flags[at])]
    groups, keys = grouped(columns, members)
    sums = {key: summed(picked(counters[key], members), groups, len(keys)) for key in COUNTED_KEYS[:-2]}
    for key, weight in ((_LATENCY, _SUCCESS), (_FAILURE_LATENCY, _ERRORS)):
        weights = picked(counters[weight], members)
        parts = [one * of_it for one, of_it in zip(picked(counters[key], members), weights, strict=True)]
        weighted = summed(parts, groups, len(keys))
        sums[key] = [round(one / of_it) if of_it else 0 for one, of_it in zip(weighted, sums[weight], strict=True)]
    named = [Named(group_by, column) for group_by, column in zip(group_bys, columns, strict=True)]
    order = sorted(range(len(keys)), key=sums[_TOTAL].__getitem__, reverse=True)[:limit]
    return [
        DnsRow(
            ",".join(map(Named.text, named, keys[group])),
            DNS.row_type,
            Attributes(
                [pair for name, number in zip(named, keys[group], strict=True) if (pair := _pair(name, number))],
                [Number(key, sums[key][group]) for key in COUNTED_KEYS],
            ),
        )
        for group in order
    ]


def _pair(named: Named, number: int) -> Pair | None:
    """Return a group-by field with one of its values. `number` is the index of the value.

    Return None if the value is missing and the reply leaves out this field in such a case.
    """
    found = named.lists[number]
    return None if found is None else Pair(named.group_by, found[0] if found else UNRESOLVED)
