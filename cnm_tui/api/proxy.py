"""Find the proxy through which Datadog is reached, in environment variables or system settings."""

import ipaddress
import os
import re
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from cnm_tui.core.service import Secret, is_loopback
from cnm_tui.core.text import clean

_IN_BRACKETS: Final = re.compile(r"\[([0-9a-f:.]+)\]((?::\d+|/\d+)?)")
_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_IN_NO_DOUBT: Final = r"[^:/?#@\s]+://(?:[^/?#@\s\\]*@)?[^/?#@\s\\]+(?:/[^?#@\s\\]*)?"
# If two variables differ only in case, the lower-case one counts, as in curl and httpx.
_VARIABLES: Final = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


class Proxy(NamedTuple):
    """An HTTP proxy between this program and Datadog, defined by its URL."""

    url: str
    """URL as set in the environment; may contain a password."""
    variable: str
    """Name of the environment variable that sets it."""

    def __repr__(self) -> str:
        return f"Proxy({self.shown!r}, {self.variable!r})"

    @property
    def is_encrypted(self) -> bool:
        """True if the connection to the proxy itself uses TLS."""
        return self.url.startswith("https://")

    @property
    def is_doubtful(self) -> bool:
        """True if the URL is ambiguous, for example because of `#`, `/`, `?` or `@` in the password."""
        return re.fullmatch(_IN_NO_DOUBT, self.url) is None

    @property
    def users(self) -> tuple[Secret, ...]:
        """The user name in the proxy URL as a tuple of one item. The tuple is empty if the URL has no user name."""
        user, _, _ = self._signed_by.partition(":")
        return (Secret(unquote(user)),) if user else ()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Return the secret texts in the proxy's URL, or an empty tuple if the URL has no password.

        The secret texts are the password, the text `user:password`, and the Base64 form of `user:password`, which
        is sent in an HTTP header.
        """
        user, _, password = map(unquote, self._signed_by.partition(":"))
        if not password:
            return ()
        both = f"{user}:{password}"
        # Even a short password can be read from the header.
        return (Secret(password), Secret(both), Secret(b64encode(both.encode("utf-8", "replace")).decode("ascii")))

    @property
    def _signed_by(self) -> str:
        return self.url.partition("://")[2].rpartition("@")[0]

    @property
    def host(self) -> str:
        """Return the proxy's host name. It is empty if the URL has no host or is ambiguous."""
        with suppress(ValueError):
            return "" if self.is_doubtful else urlsplit(self.url).hostname or ""
        return ""

    @property
    def port(self) -> int:
        """Return the proxy's port. It is 0 if the URL is malformed."""
        with suppress(ValueError):
            parts = urlsplit(self.url)
            return parts.port or {"http": 80, "https": 443}.get(parts.scheme, 1080)
        return 0

    @property
    def name(self) -> str:
        """The host and the port of the proxy, without user name and password.

        The text is empty if the URL is ambiguous or malformed.
        """
        host = clean(self.host, 200)
        return f"{f'[{host}]' if ':' in host else host}:{self.port}" if host and self.port else ""

    @property
    def shown(self) -> str:
        """The proxy's URL for display, with `***` in place of user name and password.

        The whole text is `***` if the URL is ambiguous or malformed.
        """
        scheme, _, rest = self.url.partition("://")
        if scheme not in _SCHEMES or not self.name:
            return "***"
        return f"{scheme}://{'***@' if '@' in rest else ''}{self.name}"


def proxy_for(url: str, environ: Mapping[str, str] = os.environ) -> Proxy | None:
    """Return the proxy for this URL, or None if no proxy is set or NO_PROXY excludes the host.

    A proxy is never used for a URL of this machine. Such a URL may use plain HTTP, and a proxy could then read
    the API keys.
    """
    named = named_proxy(environ)
    parts = urlsplit(url)
    host = parts.hostname or ""
    if named is None or stays_on_this_machine(url) or proxy_bypass(host):
        return None
    return None if is_excepted(host, parts.port or 443, getproxies().get("no", "")) else named


def named_proxy(environ: Mapping[str, str] = os.environ) -> Proxy | None:
    """Return the proxy for https URLs from the environment or the system settings, or None if none is set."""
    named = getproxies()
    proxy = named.get("https") or named.get("all") or ""
    if not proxy:
        return None
    variable = next((name for name in _VARIABLES if environ.get(name)), "the system's settings")
    return Proxy(proxy if "://" in proxy else f"http://{proxy}", variable)


def stays_on_this_machine(url: str) -> bool:
    """True if the host of the URL is this machine, so that the requests never leave this machine."""
    parts = urlsplit(url)
    return parts.scheme != "https" or is_loopback(parts.hostname or "")


def is_excepted(host: str, port: int, excepted: str) -> bool:
    """True if `excepted`, the content of the variable NO_PROXY, contains this host.

    An entry of NO_PROXY may be the host's name, a parent domain, a network of IP addresses, or `*` for all
    hosts. Entries are separated by commas or blanks. An IPv6 address may be in brackets, and must be in
    brackets if a port follows.
    """
    for written in re.split(r"[,\s]+", excepted.lower()):
        name = written.removeprefix("*.").removeprefix(".")
        if (in_brackets := _IN_BRACKETS.fullmatch(name)) is not None:
            address, behind = in_brackets.groups()
            if behind.startswith(":") and behind != f":{port}":
                continue
            name = address + behind.removeprefix(f":{port}")
        if name == "*" or (name and (f".{host}".endswith(f".{name}") or f"{host}:{port}" == name)):
            return True
        with suppress(ValueError):
            if ipaddress.ip_address(host) in ipaddress.ip_network(name, strict=False):
                return True
    return False
