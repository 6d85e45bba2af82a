"""Datadog's service: sites, keys, request parameters, and when the next request is allowed."""

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
    """A text that is shown only by `reveal`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text; only for request headers and the keyring."""
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
    """An API key and an application key (or a personal access token in its place)."""

    api_key: Secret
    application_key: Secret


class AccessToken(NamedTuple):
    """A personal access token, service token or OAuth token, sent as a bearer token."""

    token: Secret


Credentials = KeyPair | AccessToken


def without_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for another program, without variables that may hold keys."""
    return {name: text for name, text in environ.items() if not name.startswith(_MAY_BE_KEYS)}


def checked_secret(text: str, called: str) -> Secret:
    """Return a key that is valid in a header.

    Raises:
        CredentialsMalformed: It is empty, or has characters that no key has; the message does not repeat it.
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
    """Return the site in lower case.

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
    """Return the URL of a site's API."""
    return f"https://api.{site}"


def checked_api_url(text: str) -> str:
    """Return a custom API URL: https for any host, http for this machine only.

    Raises:
        InvalidQuery: The URL is invalid, or would send keys in clear text.
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
    """Return the error for a refused URL; it does not repeat a URL that may hold a password."""
    if "@" in text:
        return InvalidQuery(
            "The API URL carries a user name or password.", hint="Keys go into headers, never into a URL."
        )
    return InvalidQuery(f"{clean(without_lookalikes(text), 80)!r} {why}.", hint=hint)


def is_loopback(host: str) -> bool:
    """True if this host name always means this machine."""
    # Imported here, as below: most runs ask a site by its name.
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # Other names could resolve elsewhere; this one is reserved (RFC 6761).
        return host.lower() == "localhost"


def _is_host(host: str) -> bool:
    """True for an IP address or a host name. For others, such as 999.1.1.1, httpx would raise an error of its own."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return re.fullmatch(_HOST_NAME, host) is not None and not host.replace(".", "").isdigit()
    return True


class Address(NamedTuple):
    """The URL of a service and the kind of its keys; never the keys."""

    url: str
    """The root of the API."""
    signed_by: Literal["keys", "token", "nothing"] = "keys"
    of_demo: bool = False
    """True for the demo of this run; another run has another demo."""


def parameters(query: Query, window: Window) -> list[tuple[str, str]]:
    """Return the endpoint's parameters; `query` or `tags`, never both, as Query ensures."""
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
    """A request that was sent, and the reply to it; never holds a key."""

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
    """The rate limit and the time from response headers; every part may be missing."""

    limit: int | None = None
    """Calls per period."""
    period_seconds: float | None = None
    remaining: int | None = None
    reset_at: float | None = None
    """Start of the next period, in epoch seconds."""
    clock_ahead_seconds: float = 0.0
    """Seconds by which this machine's clock is ahead of the service's; 0 if it is about the same, or not known."""


def pause_seconds(refresh_seconds: float, budget: Budget, now: float) -> float:
    """Return the seconds until the next automatic refresh, counted from the end of the last fetch.

    A third of the period's calls, at least three, are reserved for the user; the remaining calls are spread over the
    rest of the period. With 30 calls per minute, 12 of them left and 24 s to the reset, 10 are reserved and 2 are left
    for refreshes: one every 12 s, even with an interval of 5 s. With 10 or fewer left, refreshes wait for the reset.
    Never less than `refresh_seconds`.
    """
    until_reset = _seconds_until_reset(budget, now)
    if budget.remaining is None or until_reset is None:
        return refresh_seconds
    left = budget.remaining - _calls_kept(budget.limit)
    return max(refresh_seconds, until_reset / left if left > 0 else until_reset)


def wait_seconds(not_before: float | None, budget: Budget, now: float) -> float:
    """Return the seconds until a request is allowed: until `not_before`, and until the reset of a used-up rate limit.

    Args:
        budget: The rate limit.
        not_before: In epoch seconds; None if the service gave no time.
        now: In epoch seconds.
    """
    told = 0.0 if not_before is None else max(0.0, not_before - now)
    used_up = budget.remaining == 0 and budget.reset_at is not None
    return max(told, _seconds_until_reset(budget, now) or 0.0) if used_up else told


def background_wait_seconds(not_before: float | None, budget: Budget, under_way: int, now: float) -> float:
    """Return the seconds until background work may send a request: it leaves the last calls of a period to the user.

    A tenth of the period's calls, at least two, are reserved. With 30 calls per minute 3 are; while 4 are left, one of
    them being sent, background work waits for the reset.

    Args:
        not_before: In epoch seconds; None if the service gave no time.
        under_way: Requests that were sent, and are not counted in the rate limit yet.
    """
    told = wait_seconds(not_before, budget, now)
    if budget.remaining is None or budget.remaining - under_way > reserved_calls(budget):
        return told
    # Without a known end of the period: the service is known to use a minute.
    until_reset = _seconds_until_reset(budget, now)
    return max(told, _USUAL_PERIOD_SECONDS if until_reset is None else until_reset)


def reserved_calls(budget: Budget) -> int:
    """Return the calls of a period that background work leaves to the user."""
    return max(_LEAST_RESERVED, math.ceil((budget.limit or 0) / _RESERVED_SHARE))


def _calls_kept(limit: int | None) -> int:
    return max(_LEAST_CALLS_KEPT, math.ceil((limit or 0) / 3))


def _seconds_until_reset(budget: Budget, now: float) -> float | None:
    if budget.reset_at is None:
        return budget.period_seconds
    until_reset = max(0.0, budget.reset_at - now)
    # No reset is further away than one period; if it seems so, the clock was set back.
    return until_reset if budget.period_seconds is None else min(until_reset, budget.period_seconds)
