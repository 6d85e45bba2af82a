"""Calculate the traffic of the demo in a time window. Each flow gets 17 counters, which are whole numbers."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import mul
from typing import Final

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.time.time_range import RETENTION_SECONDS
from cnm_tui.demo.estate import Estate
from cnm_tui.demo.incidents import Incident
from cnm_tui.demo.places import SITES
from cnm_tui.demo.rhythms import rhythms_of

Columns = dict[str, list[int]]
"""A counter's name, and its value for each flow."""

_OF_RETRANSMITS: Final = {
    "tcp_recovery_count": 0.3,
    "tcp_rto_count": 0.08,
    "tcp_rcv_ooo_pack": 0.25,
    "tcp_reord_seen": 0.02,
    "tcp_delivered_ce": 0.004,
}
"""Counters of a healthy network, per retransmitted packet."""

_RARE_ON_EVERY: Final = 5

_OF_CONNECTIONS: Final = {
    "tcp_resets": 0.004,
    "tcp_refusals": 0.0002,
    "tcp_timeouts": 0.0001,
    "tcp_probe0_count": 0.0002,
}
"""Counters of healthy services, per connection opened."""


class Traffic:
    """The traffic of the invented network, calculated for any time window within the retention period."""

    def __init__(self, estate: Estate) -> None:
        self._flows = estate.flows
        self._rhythms = rhythms_of(estate.seed, [site.utc_offset_hours for site in SITES])
        self._touched = estate.touched
        # Users change the grouping more often than the window; a comparison needs two windows.
        self._remembered: Callable[[float, float], Columns] = lru_cache(maxsize=2)(self._counted)

    def within(self, start: float, end: float, now: float) -> Columns | None:
        """Return the counters of all flows in a time window, as a dictionary from counter name to a list of numbers.

        Return None if the time window is older than the retention period, or is in the future. All times are in epoch
        seconds.
        """
        start, end = max(start, now - RETENTION_SECONDS), min(end, now)
        return self._remembered(start, end) if start < end else None

    def _counted(self, start: float, end: float) -> Columns:
        flows = self._flows
        before = [rhythm.work(start) for rhythm in self._rhythms]
        after = [rhythm.work(end) for rhythm in self._rhythms]
        paces = [(done - had) / (end - start) for had, done in zip(before, after, strict=True)]
        counting = Counting(flows.rhythm, flows.dither, before, after)
        counters: Columns = {
            "packets_sent_by_client": counting.of(flows.client_packets),
            "packets_sent_by_server": counting.of(flows.server_packets),
            "tcp_retransmits": counting.of(flows.retransmits),
            # Busy networks are slower.
            "rtt_micro_seconds": [
                int(rtt * (0.93 + 0.07 * paces[rhythm]))
                for rtt, rhythm in zip(flows.rtt_micro_seconds, flows.rhythm, strict=True)
            ],
            "tcp_established_connections": counting.of(flows.connections),
        }
        self._count_background(counting, counters)
        self._let_happen(counters, counting, start, end)
        counters["tcp_closed_connections"] = [
            number - (number > 0 and dither > 0.9)
            for number, dither in zip(counters["tcp_established_connections"], flows.dither, strict=True)
        ]
        for side, sizes in (("client", flows.client_packet_bytes), ("server", flows.server_packet_bytes)):
            packets = counters[f"packets_sent_by_{side}"]
            counters[f"bytes_sent_by_{side}"] = list(map(mul, packets, sizes))
        return {key: counters[key] for key in CONNECTIONS.counted_keys}

    def _count_background(self, counting: "Counting", counters: Columns) -> None:
        """Count rare events, such as retransmits, for every fifth flow only, at five times the real rate.

        The totals stay the same, and the calculation is five times faster.
        """
        flows, every = self._flows, _RARE_ON_EVERY
        rare = [(flows.retransmits, *entry) for entry in _OF_RETRANSMITS.items()]
        rare += [(flows.connections, *entry) for entry in _OF_CONNECTIONS.items()]
        for number, (rates, key, factor) in enumerate(rare):
            counters[key] = [0] * len(flows)
            counters[key][number % every :: every] = counting.of(rates, factor * every, number % every, every)

    def _let_happen(self, counters: Columns, counting: "Counting", start: float, end: float) -> None:
        for incident, touched in self._touched.items():
            share = incident.recurrence.share(start, end)
            if share > 0:
                opened = counting.picked(self._flows.connections, touched)
                _happen(incident, touched, share, counters, opened, self._flows.dither)


class Counting:
    """Converts rates of flows into whole counts for a time window.

    For each flow, the total since 1970 is rounded. The count is the increase of this total within the time
    window. Therefore the counts of consecutive windows add up to the count of the whole time.
    """

    def __init__(
        self, rhythms: Sequence[int], dithers: Sequence[float], before: Sequence[float], after: Sequence[float]
    ) -> None:
        self._rhythms, self._dithers = rhythms, dithers
        self._before, self._after = before, after

    def of(self, rates: Sequence[float], factor: float = 1.0, first: int = 0, every: int = 1) -> list[int]:
        """Return the count of each flow in the time window.

        If `every` is greater than 1, only the flow at position `first` and then every `every`-th flow are counted.
        """
        flows = zip(rates[first::every], self._rhythms[first::every], self._dithers[first::every], strict=True)
        return self._counted(flows, factor)

    def picked(self, rates: Sequence[float], flows: Sequence[int]) -> list[int]:
        """Return the counts of the flows at these positions in the time window."""
        return self._counted(((rates[flow], self._rhythms[flow], self._dithers[flow]) for flow in flows), 1.0)

    def _counted(self, flows: Iterable[tuple[float, int, float]], factor: float) -> list[int]:
        before = [work * factor for work in self._before]
        after = [work * factor for work in self._after]
        return [
            int(rate * after[rhythm] + dither) - int(rate * before[rhythm] + dither) for rate, rhythm, dither in flows
        ]


def _happen(
    incident: Incident,
    touched: Sequence[int],
    share: float,
    counters: Columns,
    opened: Sequence[int],
    dithers: Sequence[float],
) -> None:
    """Apply the effects of an incident to the counters of the affected flows.

    `share` is the share of the time window, from 0 to 1, during which the incident is active.
    """
    packets = counters["packets_sent_by_client"]
    _lose(packets, touched, incident.client_packets_lost * share)
    _lose(counters["packets_sent_by_server"], touched, incident.server_packets_lost * share)
    _lose(counters["tcp_established_connections"], touched, incident.server_packets_lost * share)
    rtts = counters["rtt_micro_seconds"]
    for flow in touched:
        rtts[flow] = int(rtts[flow] * (1 + (incident.slower - 1) * share))
    for effect in incident.effects:
        column, amount = counters[effect.counter], effect.amount * share
        causes = [packets[flow] for flow in touched] if effect.for_each == "packet" else opened
        for flow, cause in zip(touched, causes, strict=True):
            if cause:
                column[flow] += int(cause * amount + dithers[flow])


def _lose(column: list[int], touched: Sequence[int], share: float) -> None:
    if share:
        for flow in touched:
            column[flow] -= int(column[flow] * share)
