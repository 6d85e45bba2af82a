"""Make the client, the keys and the demo when they are needed."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cnm_tui.api.http_connection import HttpConnection
from cnm_tui.api.service import Service, Timeouts
from cnm_tui.core.errors import CnmError
from cnm_tui.core.query import Query
from cnm_tui.core.service import DEFAULT_SITE, Credentials, Exchange, site_url
from cnm_tui.core.settings import DEFAULT_PROFILE
from cnm_tui.core.snapshot import Snapshot, Source
from cnm_tui.demo_process import DemoProcess
from cnm_tui.options import Place
from cnm_tui.store.key_names import Lending
from cnm_tui.store.keychain import Found, Status, found_credentials, place_of, status

DEMO: Final = "DEMO"
"""The demo's name."""


def demo_asked(process: DemoProcess) -> "Asked":
    """Return the demo as a service, which needs no keys.

    Raises:
        Unreachable: The demo did not start.
    """
    return Asked(process.url(), None, DEMO, None, called=DEMO)


def demo_source(process: DemoProcess) -> Source:
    """Return a client of the demo; closing the client stops the demo.

    Raises:
        Unreachable: The demo did not start.
    """
    return demo_asked(process).client(process.stop)


def source_for(
    place: Place, environ: Mapping[str, str], held: Credentials | None = None, lending: Lending | None = None
) -> Source:
    """Return a client of the service, with keys held in memory, else with the keys found for it.

    Raises:
        CredentialsMissing: There are no keys.
        CnmError: The keys cannot be read.
    """
    return demo_source(DemoProcess()) if place.demo else asked(place, environ, held, lending).client()


class Asking(NamedTuple):
    """A blocking query function, and the name of the service."""

    label: str
    """The name of the service."""
    answer: Callable[[Query], Snapshot]


Keep = Callable[[str, Exchange], None]
"""Receives the service's name, and each reply."""


def answers(place: Place, environ: Mapping[str, str], keep: Keep | None = None) -> Asking:
    """Return a blocking query function for the service, with its keys; import everything that it needs.

    Args:
        keep: Called with each reply of the service.

    Raises:
        CnmError: Any expected failure, here or during the query.
    """
    if place.demo:
        return Asking(DEMO, partial(_demo_answers, keep))
    found = asked(place, environ)
    return Asking(found.label, found.answers(keep))


def _demo_answers(keep: Keep | None, query: Query) -> Snapshot:
    process = DemoProcess()
    try:
        return demo_asked(process).answers(keep)(query)
    finally:
        process.stop()


class Asked(NamedTuple):
    """A service, and the keys for it."""

    url: str
    credentials: Credentials | None
    label: str
    site: str | None
    called: str = ""
    ca_bundle: Path | None = None
    origins: Mapping[str, str] = MappingProxyType({})
    """The origins of keys and site, by their names in messages ("API key"); empty for a default."""

    @property
    def where(self) -> str:
        """The site, or the custom API URL."""
        return self.site or self.url

    def client(self, stop_demo: Callable[[], None] | None = None) -> Source:
        """Return a client for the screen."""
        # Imported here: it imports asyncio, which `query` does not need.
        from cnm_tui.api.client import CnmClient

        return CnmClient(self.service(), self.label, stop_demo=stop_demo)

    def service(self, timeouts: Timeouts | None = None) -> Service:
        """Return the description of the service for an HTTP connection."""
        return Service(
            self.url,
            self.credentials,
            site=self.site,
            called=self.called,
            ca_bundle=self.ca_bundle,
            timeouts=timeouts,
        )

    def answers(self, keep: Keep | None = None) -> Callable[[Query], Snapshot]:
        """Return a blocking query function; its HTTP client is made now."""
        connection = HttpConnection(self.service(), keeps_json=False)
        connection.heard = None if keep is None else partial(keep, self.label)
        connection.open()
        return connection.answer_and_close


def asked(
    place: Place, environ: Mapping[str, str], held: Credentials | None = None, lending: Lending | None = None
) -> Asked:
    """Return the real service (not the demo), with keys held in memory, else with the keys found for it.

    Raises:
        CredentialsMissing: There are no keys.
        CnmError: The keys cannot be read.
    """
    if held is not None:
        site, api_url = place_of(place.said, environ) if _site_wanted(place) else (None, None)
        found = Found(held, site, api_url=api_url)
    else:
        found = found_credentials(
            environ,
            place.profile,
            place.said,
            use_keyring=place.use_keyring,
            site_wanted=_site_wanted(place),
            lending=lending,
        )
    return _asked_with(place, found.credentials, found.site, found.api_url, found.origins)


def looked_up(place: Place, environ: Mapping[str, str]) -> Status:
    """Return where the keys and the site of a service come from.

    Raises:
        InvalidQuery: The profile's name is invalid.
    """
    return status(place.profile, environ, place.said, use_keyring=place.use_keyring, site_wanted=_site_wanted(place))


def asked_as(place: Place, found: Status) -> Asked:
    """Return the service with the keys found; without any keys if none were found."""
    if isinstance(found.outcome, CnmError):
        return _asked_with(place, None, found.site, found.api_url, found.origins)
    return _asked_with(place, found.outcome.credentials, found.site, found.api_url, found.outcome.origins)


def _site_wanted(place: Place) -> bool:
    """True if no option names the service: only then DD_SITE must be a valid site."""
    return place.api_url is None and place.site is None


def _asked_with(
    place: Place,
    credentials: Credentials | None,
    kept_site: str | None,
    kept_url: str | None,
    origins: Mapping[str, str],
) -> Asked:
    url, site = place.api_url, place.site
    site_by = "--api-url" if url is not None else "--site" if site is not None else ""
    if url is None and site is None:
        url, site = kept_url, kept_site
        site_by = origins.get("site", "") if url is not None or site is not None else ""
    if url is not None:
        label = _label(place, urlsplit(url).netloc)
    else:
        site = site or DEFAULT_SITE
        url, label = site_url(site), _label(place, site)
    said = {**origins, "site": site_by}
    return Asked(url, credentials, label, site, ca_bundle=place.ca_bundle, origins=said)


def _label(place: Place, where: str) -> str:
    return where if place.profile == DEFAULT_PROFILE else f"{place.profile} ({where})"
