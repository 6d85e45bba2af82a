"""Define the rules for findings about DNS.

The codes of the rules must not change, because scripts and settings refer to the codes.
"""

from typing import Final

from cnm_tui.core.endpoints.dns.fields import DNS_QUERY, DNS_SERVER
from cnm_tui.core.endpoints.dns.metrics import BY_KEY, LEAST_REQUESTS
from cnm_tui.core.findings.rule import Level, Question, Rule, Severity, Way, least_text, levels_of, when_text

SLOWER_NOTE: Final = 3
"""Factor on the median of the other rows from which a latency is a note."""
SLOWER_WARNING: Final = 10
"""Factor from which it is a warning."""
LEAST_PEERS: Final = 5
"""Minimum number of other rows for a useful median."""
SECONDS_OF_A_TIMEOUT: Final = 5.0
"""Seconds that a resolver waits before it asks again. Source: resolv.conf(5), `timeout`."""

_WARNING, _CRITICAL, _NOTE = Severity.WARNING, Severity.CRITICAL, Severity.NOTE


def _levels(key: str, odd: Severity, bad: Severity) -> tuple[Level, ...]:
    return levels_of(BY_KEY[key], odd, bad)


_TIMED_OUT: Final = _levels("dns_timeouts", _WARNING, _CRITICAL)
_FAILED: Final = _levels("dns_responses.servfail", _WARNING, _CRITICAL)
_UNKNOWN: Final = _levels("dns_responses.nxdomain", _NOTE, _WARNING)
_OTHER: Final = _levels("dns_responses.other", _WARNING, _CRITICAL)


def _by(text: str, *fields: str) -> Question:
    """Return a suggested question for a finding.

    To answer it, the user groups the rows by the fields that the query suggests.
    """
    return Question(text, Way.FIELDS, fields)


def _when(key: str, levels: tuple[Level, ...], more: str = "") -> str:
    return when_text(BY_KEY[key], levels, more)


RULES: Final = (
    Rule(
        "timeouts",
        "DNS requests time out",
        "Requests get no answer: the DNS server is overloaded or down, or packets vanish on the way.",
        ("dns_timeouts", "dns_total_requests", "dns_successful_responses"),
        _when("dns_timeouts", _TIMED_OUT),
        least_text(BY_KEY["dns_timeouts"]),
        "resolv.conf(5): a resolver waits 5 s, then asks again or the next server",
        (_by("Is it one DNS server, or one client's way to all of them?", DNS_SERVER, "client_host"),),
        "Clients that give up sooner count as timed out, too. A full conntrack table on a host loses DNS packets "
        "first.",
        _TIMED_OUT,
    ),
    Rule(
        "servfail",
        "the DNS server cannot resolve",
        "The DNS server answers SERVFAIL: it cannot reach the servers of the zone, or cannot verify the zone.",
        ("dns_responses.servfail", "dns_total_requests"),
        _when("dns_responses.servfail", _FAILED),
        least_text(BY_KEY["dns_responses.servfail"]),
        "RFC 1035 4.1.1 (RCODE 2); RFC 8914 tells why, if the server is asked by hand",
        (_by("Is it one zone, or everything that one DNS server is asked for?", DNS_QUERY, DNS_SERVER),),
        "A zone that is broken elsewhere cannot be repaired here.",
        _FAILED,
    ),
    Rule(
        "other",
        "DNS answers with another error",
        "The DNS server answers with an error that is neither NXDOMAIN nor SERVFAIL, such as REFUSED.",
        ("dns_responses.other", "dns_total_requests"),
        _when("dns_responses.other", _OTHER),
        least_text(BY_KEY["dns_responses.other"]),
        "RFC 1035 4.1.1 (RCODE)",
        (_by("Does one DNS server refuse these clients or names?", DNS_SERVER, DNS_QUERY),),
        "The endpoint does not say which error it is.",
        _OTHER,
    ),
    Rule(
        "nxdomain",
        "names do not exist",
        "The DNS server answers that the name does not exist.",
        ("dns_responses.nxdomain", "dns_total_requests"),
        _when(
            "dns_responses.nxdomain",
            _UNKNOWN,
            f"; a note at most for rows not grouped by `{DNS_QUERY}`, and for names of Kubernetes' search path",
        ),
        least_text(BY_KEY["dns_responses.nxdomain"]),
        "RFC 2308; Kubernetes documentation, DNS for Services and Pods (`ndots:5` and the search path)",
        (_by("Which names are they?", DNS_QUERY),),
        "Many are benign: Kubernetes' search path tries a name with each of its domains first, and all but one of "
        "these do not exist. A name with a dot at its end is asked for once.",
        _UNKNOWN,
    ),
    Rule(
        "slow",
        "DNS answers slowly",
        "Successful answers take far longer than those of the other rows.",
        ("dns_success_latency_percentile", "dns_total_requests"),
        f"`dns_success_latency_percentile` against the median of the other rows: note from {SLOWER_NOTE} times, "
        f"warning from {SLOWER_WARNING} times",
        f"{LEAST_REQUESTS:,} requests, and {LEAST_PEERS:,} other rows with as many",
        "the other rows of the same answer, as the unit is not documented",
        (
            Question("Was it as slow before?", Way.COMPARE),
            _by("Is it one DNS server, or names that it has to ask others for?", DNS_SERVER, DNS_QUERY),
        ),
        "Names that are seldom asked for are in no cache, and take longer anywhere.",
    ),
    Rule(
        "unmeasured",
        "DNS is not measured",
        "There are no requests in this row, or the answer does not tell how many.",
        ("dns_total_requests",),
        "no requests",
        "none",
        "the documented counters",
        (Question("Is there more in a longer window?", Way.LONGER),),
        "The Agent measures DNS on port 53 only.",
    ),
    Rule(
        "too_little",
        "too little was seen",
        "Too few requests were seen to judge by.",
        ("dns_total_requests",),
        "under the minimum evidence of what looks odd, or of everything",
        f"{LEAST_REQUESTS:,} requests for `healthy`",
        "Wilson 1927; Brown, Cai and DasGupta 2001",
        (Question("Is there more in a longer window?", Way.LONGER),),
        "A row that is seldom used can be ill all the same.",
    ),
    Rule(
        "healthy",
        "nothing is wrong",
        "No figure is beyond its limit.",
        (),
        "none of the above",
        f"{LEAST_REQUESTS:,} requests",
        "the limits above",
        (),
        "Latency is judged only beside other rows.",
    ),
)
"""The rules; those that explain others come first."""
