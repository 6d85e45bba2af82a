"""The real parts, built when they are needed: the client, the keys, the demo."""

import os
import select
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

import cnm_tui
from cnm_tui.core.errors import CnmError, Unreachable
from cnm_tui.core.query import Query
from cnm_tui.core.service.credentials import Credentials, site_url, without_keys
from cnm_tui.core.service.sites import DEFAULT_SITE
from cnm_tui.core.settings.settings import DEFAULT_PROFILE
from cnm_tui.core.snapshot import Snapshot, Source
from cnm_tui.options import Place

if TYPE_CHECKING:
    from cnm_tui.api.service import Service, Timeouts
    from cnm_tui.store.key_command import Lending
    from cnm_tui.store.keychain import Status

_DEMO_START_SECONDS: Final = 20.0
DEMO: Final = "DEMO"
"""The name of the demo."""


class DemoProcess:
    """The demo in a process of its own, so that its work never stalls a key press here.

    It ends when its stdin does, so not even a killed explorer leaves it behind.
    """

    def __init__(self) -> None:
        """Start it.

        Raises:
            Unreachable: The system starts no process of it.
        """
        # Imported here: mostly it is not the demo that is asked.
        import subprocess

        environ = without_keys(os.environ)
        environ["PYTHONPATH"] = os.pathsep.join(
            filter(None, (str(Path(cnm_tui.__file__).parent.parent), environ.get("PYTHONPATH")))
        )
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cnm_tui.demo"],
                env=environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            # Too many processes, too little memory, or an interpreter that may be read but not started.
            raise Unreachable(
                f"The demo did not start: {error.strerror}.", hint="Try `cnm-tui demo` by itself, or ask a site."
            ) from error

    def url(self) -> str:
        """Return where it serves.

        Raises:
            Unreachable: It did not start.
        """
        stdout = self._process.stdout
        ready = stdout is not None and select.select([stdout], [], [], _DEMO_START_SECONDS)[0]
        line = stdout.readline().decode("ascii", "replace").strip() if stdout is not None and ready else ""
        if not line.startswith("http://"):
            self.stop()
            raise Unreachable("The demo did not start.", hint="Try `cnm-tui demo` by itself to see why.")
        return line

    def stop(self) -> None:
        """End it."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        # It has nothing to lose, and while it is stopped nothing else would end it.
        self._process.kill()
        self._process.wait()


def demo_asked(process: DemoProcess) -> "Asked":
    """Return this demo, which is asked without keys.

    Raises:
        Unreachable: It did not start.
    """
    return Asked(process.url(), None, DEMO, None, called=DEMO)


def demo_source(process: DemoProcess) -> Source:
    """Return a client of this demo that ends it when it is closed.

    Raises:
        Unreachable: It did not start.
    """
    return demo_asked(process).client(process.stop)


def source_for(
    place: Place, environ: Mapping[str, str], held: Credentials | None = None, lending: "Lending | None" = None
) -> Source:
    """Return a client of the place, with the keys found for it, or with those that are held in memory.

    Raises:
        CredentialsMissing: There are no keys for it.
        CnmError: Something is wrong with how they are kept.
    """
    return demo_source(DemoProcess()) if place.demo else asked(place, environ, held, lending).client()


class Asking(NamedTuple):
    """Asks once, and waits."""

    label: str
    """Who is asked."""
    answer: Callable[[Query], Snapshot]


def answers(place: Place, environ: Mapping[str, str]) -> Asking:
    """Return what asks the place once, with the keys found for it; import all that this takes.

    Raises:
        CnmError: Any foreseen failure, here or when it asks.
    """
    if place.demo:
        return Asking(DEMO, _demo_answers)
    found = asked(place, environ)
    return Asking(found.label, found.answers())


def _demo_answers(query: Query) -> Snapshot:
    process = DemoProcess()
    try:
        return demo_asked(process).answers()(query)
    finally:
        process.stop()


class Asked(NamedTuple):
    """Who is asked, and with which keys."""

    url: str
    credentials: Credentials | None
    label: str
    site: str | None
    called: str = ""
    ca_bundle: Path | None = None
    origins: Mapping[str, str] = MappingProxyType({})
    """Where keys and site come from, by what each is called; empty for a default."""

    @property
    def where(self) -> str:
        """The site, or whatever server is asked instead of one."""
        return self.site or self.url

    def client(self, stop_demo: Callable[[], None] | None = None) -> Source:
        """Return what asks it for the screen."""
        # The HTTP library takes longer to import than the first frame to paint.
        from cnm_tui.api.client import CnmClient

        return CnmClient(self.service(), self.label, stop_demo=stop_demo)

    def service(self, timeouts: "Timeouts | None" = None) -> "Service":
        """Return the service as the HTTP room knows it."""
        from cnm_tui.api.service import Service

        return Service(
            self.url,
            self.credentials,
            site=self.site,
            called=self.called,
            ca_bundle=self.ca_bundle,
            timeouts=timeouts,
        )

    def answers(self) -> Callable[[Query], Snapshot]:
        """Return what asks it once, and waits; import the HTTP library for that."""
        from cnm_tui.api.http_connection import HttpConnection

        connection = HttpConnection(self.service(), keeps_json=False)
        connection.open()
        return connection.answer_and_close


def asked(
    place: Place, environ: Mapping[str, str], held: Credentials | None = None, lending: "Lending | None" = None
) -> Asked:
    """Return who is asked at a place that is not the demo, with the keys found for it, or with those held in memory.

    Raises:
        CredentialsMissing: There are no keys for it.
        CnmError: Something is wrong with how they are kept.
    """
    from cnm_tui.store.keychain import Found, found_credentials, place_of

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


def looked_up(place: Place, environ: Mapping[str, str]) -> "Status":
    """Return where all that a place is asked with comes from.

    Raises:
        InvalidQuery: The profile's name is none.
    """
    from cnm_tui.store.keychain import status

    return status(place.profile, environ, place.said, use_keyring=place.use_keyring, site_wanted=_site_wanted(place))


def asked_as(place: Place, status: "Status") -> Asked:
    """Return who is asked with the keys that were found, or would be if there were any."""
    if isinstance(status.outcome, CnmError):
        return _asked_with(place, None, status.site, status.api_url, status.origins)
    return _asked_with(place, status.outcome.credentials, status.site, status.api_url, status.outcome.origins)


def _site_wanted(place: Place) -> bool:
    """True if no option says whom to ask: only then a variable has to name a valid site."""
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
