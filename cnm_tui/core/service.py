"""Define facts about Datadog's service: its sites, API keys, request parameters and rate limits."""

import ipaddress
import math
import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

from cnm_tui.core.errors import CredentialsMalformed, InvalidQuery
from cnm_tui.core.fields.group_by import asked_fields
from cnm_tui.core.query import Query
from cnm_tui.core.redaction import without_lookalikes
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import Window

SITES: Final = (
    "datadoghq.com",
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "datadoghq.eu",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "uk1.datadoghq.com",
    "ddog-gov.com",
    "us2.ddog-gov.com",
)
DEFAULT_SITE: Final = SITES[0]


_LONGEST_URL: Final = 2_000
_MAY_BE_KEYS: Final = "DD_"
"""Prefix of environment variables that other programs must not get."""
_QUOTES: Final = "\"'`“”„‘’‚«»"
_HOST_NAME: Final = r"(?=.{1,253}\Z)(?:[a-z0-9_][a-z0-9_-]{0,62}(?:\.|\Z))+"


class Secret:
    """A secret text, for example an API key. Printing the object shows `***`. Only `reveal` returns the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret text. Use it only for request headers and the keyring."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


class KeyPair(NamedTuple):
    """An API key with an application key. A personal access token can be used in place of the application key."""

    api_key: Secret
    application_key: Secret


class AccessToken(NamedTuple):
    """A personal access token, service token or OAuth token. It is sent as a bearer token, without an API key."""

    token: Secret


Credentials = KeyPair | AccessToken


def without_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """Return a copy of the environment for starting another program, without variables that may contain API keys."""
    return {name: text for name, text in environ.items() if not name.startswith(_MAY_BE_KEYS)}


def checked_secret(text: str, called: str) -> Secret:
    """Return the API key or token as a `Secret` if an HTTP header can contain it.

    Raises:
        CredentialsMalformed: The text is empty, or has characters that no key has. The error does not repeat the
            text.
    """
    stripped = text.strip()
    if not stripped:
        raise CredentialsMalformed(f"The {called} is empty.", hint="Type or paste it whole.")
    if stripped[0] in _QUOTES or stripped[-1] in _QUOTES:
        raise CredentialsMalformed(f"The {called} stands in quotes, and keys have none.", hint="Leave the quotes out.")
    if not stripped.isascii() or not stripped.isprintable() or " " in stripped or len(stripped) > 4_096:
        raise CredentialsMalformed(
            f"That is no {called}: it holds spaces or characters that no key has.", hint="Paste it again."
        )
    return Secret(stripped)


def checked_site(text: str) -> str:
    """Return the Datadog site in lower case.

    Raises:
        InvalidQuery: Datadog has no such site.
    """
    site = text.strip().lower()
    if site not in SITES:
        raise InvalidQuery(
            f"{clean(without_lookalikes(text), 60)!r} is no Datadog site.",
            hint=f"Sites: {', '.join(SITES)}. Elsewhere: --api-url.",
        )
    return site


def site_url(site: str) -> str:
    """Return the URL of the API of a Datadog site, for example of `datadoghq.eu`."""
    return f"https://api.{site}"


def checked_api_url(text: str) -> str:
    """Return a custom API URL if it is valid. It must use https, except that a URL of this machine may use http.

    Raises:
        InvalidQuery: The URL is invalid, or would send API keys without encryption.
    """
    try:
        url = urlsplit(text.strip())
        port = url.port
    except ValueError as error:
        raise _refused_url(text, f"is not a URL: {clean(str(error), 80)}") from error
    if url.scheme not in ("https", "http") or not text.isprintable() or len(text) > _LONGEST_URL:
        raise _refused_url(text, "is not a URL of an API")
    if url.username is not None or url.password is not None:
        raise _refused_url(text)
    if url.hostname is None or not _is_host(url.hostname):
        raise _refused_url(text, "names no host")
    if url.query or url.fragment or " " in text.strip():
        raise _refused_url(text, "has more than a host and a path")
    if url.scheme == "http" and not is_loopback(url.hostname):
        hint = "Use https; http is only for this machine, as 127.0.0.1."
        raise _refused_url(text, "would send keys in the clear", hint)
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return f"{url.scheme}://{host}{'' if port is None else f':{port}'}{url.path.rstrip('/')}"


_URL_FORM: Final = "Write https://HOST[:PORT][/PATH], or http://127.0.0.1:PORT."


def _refused_url(text: str, why: str = "", hint: str = _URL_FORM) -> InvalidQuery:
    """Return the error for a refused URL. The error does not repeat a URL that may contain a password."""
    if "@" in text:
        return InvalidQuery(
            "The API URL carries a user name or password.", hint="Keys go into headers, never into a URL."
        )
    return InvalidQuery(f"{clean(without_lookalikes(text), 80)!r} {why}.", hint=hint)


def is_loopback(host: str) -> bool:
    """True if this host name or IP address always means this machine."""
    # Imported here, as below: most runs ask a site by its name.
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # Other names could resolve elsewhere; this one is reserved (RFC 6761).
        return host.lower() == "localhost"


def _is_host(host: str) -> bool:
    """True if the text is a valid IP address or host name.

    For an invalid host such as 999.1.1.1, the library httpx would raise its own error.
    """
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return re.fullmatch(_HOST_NAME, host) is not None and not host.replace(".", "").isdigit()
    return True


class Address(NamedTuple):
    """The URL of an API server, and the kind of credentials that requests use. It never contains the credentials."""

    url: str
    """The root of the API."""
    signed_by: Literal["keys", "token", "nothing"] = "keys"
    of_demo: bool = False
    """True for the demo of this run; another run has another demo."""


def parameters(query: Query, window: Window) -> list[tuple[str, str]]:
    """Return the HTTP request parameters for a query and its time window, as pairs of parameter name and text.

    A query has a search or tags, but never both. Therefore the parameters contain at most one of `query` and
    `tags`.
    """
    written = [("from", str(window.start)), ("to", str(window.end))]
    if query.group_bys:
        written.append(("group_by", ",".join(asked_fields(query.group_bys))))
    if query.search:
        written.append(("query", query.search))
    if query.tags:
        written.append(("tags", ",".join(query.tags)))
    written.append(("limit", str(query.limit)))
    return written


INSIGHTS_PATH: Final = "/api/v2/network-health-insights"
"""Path of network health insights, which have no query but a window."""


class Exchange(NamedTuple):
    """A request that was sent to the API, together with the response. It never contains an API key."""

    query: Query | None
    """None for network health insights."""
    window: Window
    asked_at: float
    """In epoch seconds, as `answered_at`."""
    answered_at: float
    status: int
    """HTTP status of the reply."""
    rate_limit: Mapping[str, str]
    """The headers of the reply that state the rate limit."""
    body: bytes
    """The decompressed body; of a refusal its first 64 KB."""


_LEAST_CALLS_KEPT: Final = 3
_RESERVED_SHARE: Final = 10
"""Of this many calls per period, background work leaves one to the user."""
_LEAST_RESERVED: Final = 2
_USUAL_PERIOD_SECONDS: Final = 60.0


class Budget(NamedTuple):
    """The API's rate limit, and how far this machine's clock is ahead, according to the response headers.

    Any of the values may be missing.
    """

    limit: int | None = None
    """Calls per period."""
    period_seconds: float | None = None
    remaining: int | None = None
    reset_at: float | None = None
    """Start of the next period, in epoch seconds."""
    clock_ahead_seconds: float = 0.0
    """Seconds by which this machine's clock is ahead of the service's; 0 if it is about the same, or not known."""


def pause_seconds(refresh_seconds: float, budget: Budget, now: float) -> float:
    """Return the seconds until the next automatic refresh, counted from the end of the last request.

    A third of the calls in a rate limit period, but at least three calls, are reserved for the user. The other
    remaining calls are distributed over the rest of the period. For example, the limit is 30 calls per minute, 12
    calls are left, and the period ends in 24 seconds. Then 10 calls are reserved and 2 calls are left for
    refreshes. The result is one refresh every 12 seconds, even if the user chose an interval of 5 seconds. With
    10 or fewer calls left, the refresh waits for the next period. The result is never less than
    `refresh_seconds`.
    """
    until_reset = _seconds_until_reset(budget, now)
    if budget.remaining is None or until_reset is None:
        return refresh_seconds
    left = budget.remaining - _calls_kept(budget.limit)
    return max(refresh_seconds, until_reset / left if left > 0 else until_reset)


def wait_seconds(not_before: float | None, budget: Budget, now: float) -> float:
    """Return the seconds until a request may be sent. The result is 0 if it may be sent now.

    The wait ends at `not_before`. If the rate limit is used up, the wait also lasts until the next rate limit
    period.

    Args:
        not_before: The earliest time for a request in seconds since 1970. None if the service did not give a
            time.
        budget: The rate limit.
        now: The current time in seconds since 1970.
    """
    told = 0.0 if not_before is None else max(0.0, not_before - now)
    used_up = budget.remaining == 0 and budget.reset_at is not None
    return max(told, _seconds_until_reset(budget, now) or 0.0) if used_up else told


def background_wait_seconds(not_before: float | None, budget: Budget, under_way: int, now: float) -> float:
    """Return the seconds until a background task may send a request.

    The last calls of a rate limit period are reserved for the user: a tenth of the calls, but at least two. For
    example, with 30 calls per minute, 3 calls are reserved. If 4 calls are left and one request is being sent,
    the background task waits for the next period.

    Args:
        not_before: The earliest time for a request in seconds since 1970. None if the service did not give a
            time.
        budget: The rate limit.
        under_way: The number of requests that are being sent and not yet counted in the rate limit.
        now: The current time in seconds since 1970.
    """
    told = wait_seconds(not_before, budget, now)
    if budget.remaining is None or budget.remaining - under_way > reserved_calls(budget):
        return told
    # Without a known end of the period: the service is known to use a minute.
    until_reset = _seconds_until_reset(budget, now)
    return max(told, _USUAL_PERIOD_SECONDS if until_reset is None else until_reset)


def reserved_calls(budget: Budget) -> int:
    """Return how many calls of each rate limit period are reserved for the user. Background tasks must not use
    them.
    """
    return max(_LEAST_RESERVED, math.ceil((budget.limit or 0) / _RESERVED_SHARE))


def _calls_kept(limit: int | None) -> int:
    return max(_LEAST_CALLS_KEPT, math.ceil((limit or 0) / 3))


def _seconds_until_reset(budget: Budget, now: float) -> float | None:
    if budget.reset_at is None:
        return budget.period_seconds
    until_reset = max(0.0, budget.reset_at - now)
    # No reset is further away than one period; if it seems so, the clock was set back.
    return until_reset if budget.period_seconds is None else min(until_reset, budget.period_seconds)
