"""Make the client, the keys and the demo when they are needed."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from cnm_tui.api.http_connection import HttpConnection
from cnm_tui.api.service import Service, Timeouts
from cnm_tui.core import joined
from cnm_tui.core.errors import CnmError
from cnm_tui.core.query import Query
from cnm_tui.core.service import DEFAULT_SITE, Credentials, Exchange, site_url
from cnm_tui.core.settings import DEFAULT_PROFILE
from cnm_tui.core.snapshot import Snapshot, Source
from cnm_tui.daemon import started
from cnm_tui.demo_process import DemoProcess
from cnm_tui.options import SourceOptions
from cnm_tui.question_series import QuestionSeries
from cnm_tui.store.key_names import TerminalUse
from cnm_tui.store.keychain import Found, Status, found_credentials, place_of, status

if TYPE_CHECKING:
    from cnm_tui.core.insights.insight import Insights
    from cnm_tui.core.time.time_range import Window

DEMO: Final = "DEMO"
"""The demo's name."""


def demo_target(process: DemoProcess) -> "Target":
    """Return the demo as a service, which needs no keys.

    Raises:
        Unreachable: The demo did not start.
    """
    return Target(process.url(), None, DEMO, None, called=DEMO)


def demo_source(process: DemoProcess) -> Source:
    """Return a client of the demo; closing the client stops the demo.

    Raises:
        Unreachable: The demo did not start.
    """
    return demo_target(process).client(process.stop)


def source_for(
    options: SourceOptions,
    environ: Mapping[str, str],
    held: Credentials | None = None,
    terminal_use: TerminalUse | None = None,
) -> Source:
    """Return a client of the service, with keys held in memory, else with the keys found for it.

    Raises:
        CredentialsMissing: There are no keys.
        CnmError: The keys cannot be read.
    """
    return demo_source(DemoProcess()) if options.demo else found_target(options, environ, held, terminal_use).client()


class QueryFunction(NamedTuple):
    """A blocking query function, and the name of the service."""

    label: str
    """The name of the service."""
    answer: Callable[[Query], Snapshot]


Keep = Callable[[str, Exchange], None]
"""Receives the service's name, and each reply."""


def query_function(options: SourceOptions, environ: Mapping[str, str], keep: Keep | None = None) -> QueryFunction:
    """Return a blocking query function for the service, with its keys; import everything that it needs.

    Args:
        keep: Called with each reply of the service.

    Raises:
        CnmError: Any expected failure, here or during the query.
    """
    if options.demo:
        return QueryFunction(DEMO, partial(_demo_answers, keep))
    if options.together:
        return _joined_query_function(options, environ)
    found = found_target(options, environ)
    return QueryFunction(found.label, found.query_function(keep))


def _joined_query_function(options: SourceOptions, environ: Mapping[str, str]) -> QueryFunction:
    """Return a query function that asks several profiles; one without keys is named in the answer."""

    def function_of(profile: str) -> Callable[[Query], Snapshot]:
        return found_target(options._replace(profile=profile), environ).query_function()

    functions = {profile: joined.result_or_failure(partial(function_of, profile)) for profile in options.together}

    def answer(query: Query) -> Snapshot:
        window, asked = joined.questions(query, options.together, time.time())
        begun = {profile: started(partial(_answer_of, functions[profile], one)) for profile, one in asked.items()}
        return joined.together(query, window, {profile: result() for profile, result in begun.items()})

    return QueryFunction(" + ".join(options.together), answer)


def _answer_of(function: "Callable[[Query], Snapshot] | CnmError", query: Query) -> "Snapshot | CnmError":
    if isinstance(function, CnmError):
        return function
    return joined.result_or_failure(partial(function, query))


@contextmanager
def open_query_function(
    options: SourceOptions, environ: Mapping[str, str], keep: Keep | None = None
) -> Iterator[QueryFunction]:
    """Yield a blocking query function for many queries, over one connection that ends with the context.

    Args:
        options: The service to ask.
        environ: The environment with its keys.
        keep: Called with each reply of the service.

    Raises:
        CnmError: Any expected failure, here or during a query.
    """
    if options.together:
        yield _joined_query_function(options, environ)
        return
    process = DemoProcess() if options.demo else None
    try:
        target = found_target(options, environ) if process is None else demo_target(process)
        with closing(target.connection(keep)) as connection:
            yield QueryFunction(target.label, connection.answer)
    finally:
        if process is not None:
            process.stop()


class InsightsFunction(NamedTuple):
    """A blocking function for network health insights, and the name of the service."""

    label: str
    answer: "Callable[[Window], Insights]"


@contextmanager
def insights_function(
    options: SourceOptions, environ: Mapping[str, str], keep: Keep | None = None
) -> Iterator[InsightsFunction]:
    """Yield a function that asks for network health insights; `keep` is called with each reply.

    Raises:
        CnmError: Any expected failure, here or during the request.
    """
    # Imported here: `query` asks for none.
    from cnm_tui.api.insights import ask_insights

    process = DemoProcess() if options.demo else None
    try:
        target = found_target(options, environ) if process is None else demo_target(process)
        service = target.service()
        with closing(HttpConnection(service)) as connection:
            connection.heard = None if keep is None else partial(keep, target.label)
            yield InsightsFunction(target.label, partial(ask_insights, service, connection))
    finally:
        if process is not None:
            process.stop()


def _demo_answers(keep: Keep | None, query: Query) -> Snapshot:
    process = DemoProcess()
    try:
        return demo_target(process).query_function(keep)(query)
    finally:
        process.stop()


@contextmanager
def question_series(
    options: SourceOptions,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    changed: Callable[[QueryFunction], QueryFunction] = lambda function: function,
) -> Iterator[QuestionSeries]:
    """Yield a series of questions to the service over one connection.

    Args:
        options: The service to ask.
        environ: The environment with its keys.
        say: Called with a sentence before each pause.
        changed: Returns the function to ask with, as redaction wraps it.

    Raises:
        CnmError: Any expected failure, here or during a query.
    """
    with open_query_function(options, environ) as found:
        function = changed(found)
        yield QuestionSeries(function.label, function.answer, say)


class Target(NamedTuple):
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

    def query_function(self, keep: Keep | None = None) -> Callable[[Query], Snapshot]:
        """Return a blocking query function; its HTTP client is made now."""
        return self.connection(keep).answer_and_close

    def connection(self, keep: Keep | None = None) -> HttpConnection:
        """Return a connection that drops the JSON of rows; its HTTP client is made now."""
        connection = HttpConnection(self.service(), keeps_json=False)
        connection.heard = None if keep is None else partial(keep, self.label)
        connection.open()
        return connection


def found_target(
    options: SourceOptions,
    environ: Mapping[str, str],
    held: Credentials | None = None,
    terminal_use: TerminalUse | None = None,
) -> Target:
    """Return the real service (not the demo), with keys held in memory, else with the keys found for it.

    Raises:
        CredentialsMissing: There are no keys.
        CnmError: The keys cannot be read.
    """
    if held is not None:
        site, api_url = place_of(options.profile_settings, environ) if _site_wanted(options) else (None, None)
        found = Found(held, site, api_url=api_url)
    else:
        found = found_credentials(
            environ,
            options.profile,
            options.profile_settings,
            use_keyring=options.use_keyring,
            site_wanted=_site_wanted(options),
            terminal_use=terminal_use,
        )
    return _target(options, found.credentials, found.site, found.api_url, found.origins)


def key_status(options: SourceOptions, environ: Mapping[str, str]) -> Status:
    """Return where the keys and the site of a service come from.

    Raises:
        InvalidQuery: The profile's name is invalid.
    """
    return status(
        options.profile,
        environ,
        options.profile_settings,
        use_keyring=options.use_keyring,
        site_wanted=_site_wanted(options),
    )


def target_with_keys(options: SourceOptions, found: Status) -> Target:
    """Return the service with the keys found; without any keys if none were found."""
    if isinstance(found.outcome, CnmError):
        return _target(options, None, found.site, found.api_url, found.origins)
    return _target(options, found.outcome.credentials, found.site, found.api_url, found.outcome.origins)


def _site_wanted(options: SourceOptions) -> bool:
    """True if no option names the service: only then DD_SITE must be a valid site."""
    return options.api_url is None and options.site is None


def _target(
    options: SourceOptions,
    credentials: Credentials | None,
    kept_site: str | None,
    kept_url: str | None,
    origins: Mapping[str, str],
) -> Target:
    url, site = options.api_url, options.site
    site_by = "--api-url" if url is not None else "--site" if site is not None else ""
    if url is None and site is None:
        url, site = kept_url, kept_site
        site_by = origins.get("site", "") if url is not None or site is not None else ""
    if url is not None:
        label = _label(options, urlsplit(url).netloc)
    else:
        site = site or DEFAULT_SITE
        url, label = site_url(site), _label(options, site)
    said = {**origins, "site": site_by}
    return Target(url, credentials, label, site, ca_bundle=options.ca_bundle, origins=said)


def _label(options: SourceOptions, where: str) -> str:
    return where if options.profile == DEFAULT_PROFILE else f"{options.profile} ({where})"
