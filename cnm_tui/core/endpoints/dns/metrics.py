"""Define the metrics of aggregated DNS traffic.

They are the ten counters of the API endpoint, and metrics that are derived from these counters.

Source: API reference v2, "Get all aggregated DNS traffic". In its example, the requests are the sum of
successful responses and failures. The failures are the sum of failed responses and time-outs. The failed
responses are the sum of NXDOMAIN, SERVFAIL and other errors.
"""

from collections.abc import Callable
from typing import Final

from cnm_tui.core.metrics.metric import Base, Columns, Counters, Metric, Number, Threshold, Total
from cnm_tui.core.units import AS_IT_COMES, COUNT, PER_SECOND, SHARE, Scale

COUNTED_KEYS: Final = (
    "dns_total_requests",
    "dns_failures",
    "dns_successful_responses",
    "dns_failed_responses",
    "dns_timeouts",
    "dns_responses.nxdomain",
    "dns_responses.servfail",
    "dns_responses.other",
    "dns_success_latency_percentile",
    "dns_failure_latency_percentile",
)
"""The endpoint's ten counters, in the order of `Counters`."""
AT: Final = {key: at for at, key in enumerate(COUNTED_KEYS)}
"""Position of each counter."""
REQUESTS: Final = AT["dns_total_requests"]

LATENCIES: Final = ("dns_success_latency_percentile", "dns_failure_latency_percentile")

LEAST_REQUESTS: Final = 20
OF_REQUESTS: Final = Base("DNS requests", "requests", LEAST_REQUESTS, (REQUESTS,))

_FAILED: Final = "A rule of thumb: one failed request in 100 shows in an error budget, one in 20 is an incident."
FAILED: Final = Threshold(OF_REQUESTS, 0.01, 0.05, _FAILED)
"""Limits of time-outs, SERVFAIL and other errors."""
UNKNOWN_NAMES: Final = Threshold(
    OF_REQUESTS,
    0.05,
    0.5,
    "Kubernetes tries a name with each domain of its search path (`ndots:5`), so many of these are normal.",
    marks=False,
)
_UNIT_NOTE: Final = "Unit and percentile are not documented: shown as it comes."


def _counted(
    key: str,
    label: str,
    meaning: str,
    *,
    unit: str = "requests",
    scale: Scale = COUNT,
    total: Total = Total.SUM,
    threshold: Threshold | None = None,
    unit_note: str = "",
) -> Metric:
    """Return the metric for a counter of the API endpoint."""
    at = AT[key]
    bad_when_high = threshold is not None or key in ("dns_failures", "dns_failed_responses")
    return Metric(
        key,
        label,
        unit,
        scale,
        meaning,
        lambda counters, _window_seconds: counters[at],
        total,
        bad_when_high,
        at,
        threshold=threshold,
        unit_note=unit_note,
    )


COUNTED: Final = (
    _counted("dns_total_requests", "REQUESTS", "DNS requests of the client within the window."),
    _counted("dns_failures", "FAILURES", "Requests that failed: an answer with an error, or none at all."),
    _counted("dns_successful_responses", "SUCCESS", "Requests that were answered without an error."),
    _counted("dns_failed_responses", "ERRORS", "Requests that were answered with an error, NXDOMAIN among them."),
    _counted(
        "dns_timeouts",
        "TIMEOUTS",
        "Requests without an answer: the DNS server is overloaded or down, or packets vanish on the way.",
        threshold=FAILED,
    ),
    _counted(
        "dns_responses.nxdomain",
        "NXDOMAIN",
        "Answers that the name does not exist; Kubernetes' search path makes many that are harmless.",
        unit="responses",
        threshold=UNKNOWN_NAMES,
    ),
    _counted(
        "dns_responses.servfail",
        "SERVFAIL",
        "Answers that the DNS server could not resolve the name: often the servers of its zone do not answer.",
        unit="responses",
        threshold=FAILED,
    ),
    _counted(
        "dns_responses.other",
        "OTHER ERR",
        "Answers with another error, such as REFUSED or FORMERR.",
        unit="responses",
        threshold=FAILED,
    ),
    _counted(
        "dns_success_latency_percentile",
        "OK LATENCY",
        "A percentile of the time to a successful answer.",
        unit="unit not documented",
        scale=AS_IT_COMES,
        total=Total.NONE,
        unit_note=_UNIT_NOTE,
    ),
    _counted(
        "dns_failure_latency_percentile",
        "ERRLATENCY",
        "A percentile of the time to an answer with an error.",
        unit="unit not documented",
        scale=AS_IT_COMES,
        total=Total.NONE,
        unit_note=_UNIT_NOTE,
    ),
)
assert tuple(metric.key for metric in COUNTED) == COUNTED_KEYS, "the order of `Counters`"


def _share(key: str, label: str, meaning: str, of: str, threshold: Threshold | None = None) -> Metric:
    """Return the metric for a share, which is a counter divided by the number of all requests."""
    at = AT[of]
    return Metric(
        key,
        label,
        "ratio",
        SHARE,
        meaning,
        _part_of_requests(at),
        bad_when_high=True,
        of_columns=lambda columns, _window_seconds: _parts_of_requests(columns, at),
        parts=(at, REQUESTS),
        threshold=threshold,
        share_of=COUNTED[at],
    )


def _part_of_requests(at: int) -> Callable[[Counters, float], Number | None]:
    def share(counters: Counters, _window_seconds: float) -> Number | None:
        part, requests = counters[at], counters[REQUESTS]
        # A fraction of a request, only possible in a broken reply, could make the share infinite.
        return None if part is None or requests is None or requests < 1 else part / requests

    return share


def _parts_of_requests(columns: Columns, at: int) -> list[Number | None]:
    # Fast path without absent counters, for thousands of rows.
    pairs = zip(columns[at], columns[REQUESTS], strict=True)
    return [part / requests if requests >= 1 else None for part, requests in pairs]  # type: ignore[operator]  # as said


def _rate(counters: Counters, window_seconds: float) -> Number | None:
    requests = counters[REQUESTS]
    return None if requests is None or window_seconds <= 0 else requests / window_seconds


DERIVED: Final = (
    _share(
        "dns_failure_share",
        "FAIL%",
        "Failures as a share of the requests; not judged, as NXDOMAIN is among them.",
        "dns_failures",
    ),
    _share("dns_timeout_share", "TIMEOUT%", "Time-outs as a share of the requests.", "dns_timeouts", FAILED),
    _share("dns_servfail_share", "SERVFAIL%", "SERVFAIL as a share of the requests.", "dns_responses.servfail", FAILED),
    _share(
        "dns_nxdomain_share",
        "NXDOMAIN%",
        "NXDOMAIN as a share of the requests; half of them or more is normal behind Kubernetes' search path.",
        "dns_responses.nxdomain",
        UNKNOWN_NAMES,
    ),
    Metric(
        "dns_requests_per_second",
        "RATE",
        "requests per second",
        PER_SECOND,
        "Mean rate of requests over the window.",
        _rate,
    ),
)
BY_KEY: Final = {metric.key: metric for metric in (*COUNTED, *DERIVED)}

SHOWN_ORDER: Final = (
    "dns_total_requests",
    "dns_failure_share",
    "dns_timeout_share",
    "dns_servfail_share",
    "dns_nxdomain_share",
    "dns_success_latency_percentile",
    "dns_failures",
    "dns_timeouts",
    "dns_responses.servfail",
    "dns_responses.nxdomain",
    "dns_responses.other",
    "dns_successful_responses",
    "dns_failed_responses",
    "dns_failure_latency_percentile",
    "dns_requests_per_second",
)
"""The columns from left to right: the ones that show trouble best come first."""

SHORT_NAMES: Final = {
    name: BY_KEY[key]
    for name, key in {
        "total": "dns_total_requests",
        "failures%": "dns_failure_share",
        "timeouts%": "dns_timeout_share",
        "successful": "dns_successful_responses",
        "failed": "dns_failed_responses",
        "nxdomain": "dns_responses.nxdomain",
        "servfail": "dns_responses.servfail",
        "other": "dns_responses.other",
        "latency": "dns_success_latency_percentile",
    }.items()
}
"""Short names of metrics, beside keys and headings."""
