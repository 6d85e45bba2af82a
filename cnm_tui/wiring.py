"""Connect the parts of cnm-tui: create the HTTP clients, find the API keys, and start the demo when it is
needed.
"""

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
    """Return the URL and the name of the demo, which needs no API keys, as a target for requests.

    Raises:
        Unreachable: The demo did not start.
    """
    return Target(process.url(), None, DEMO, None, called=DEMO)


def demo_source(process: DemoProcess) -> Source:
    """Return a data source that sends queries to the demo. Closing the data source stops the demo.

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
    """Return a data source that sends queries to the Datadog site or server of these options.

    The API keys in `held` are used. If `held` is None, the API keys are taken from other places, such as the
    environment or the keyring.

    Raises:
        CredentialsMissing: There are no API keys.
        CnmError: The API keys cannot be read.
    """
    return demo_source(DemoProcess()) if options.demo else found_target(options, environ, held, terminal_use).client()


class QueryFunction(NamedTuple):
    """A function that sends a query and waits for the response, together with the name of the Datadog site or
    server.
    """

    label: str
    """The name of the service."""
    answer: Callable[[Query], Snapshot]


Keep = Callable[[str, Exchange], None]
"""Receives the service's name, and each reply."""


def query_function(options: SourceOptions, environ: Mapping[str, str], keep: Keep | None = None) -> QueryFunction:
    """Return a function that sends one query to Datadog and waits for the response.

    All modules that the function needs are imported here.

    Args:
        options: The connection options, which name the Datadog site or server and the profile.
        environ: The environment variables, which may contain the API keys.
        keep: A function that is called with each response.

    Raises:
        CnmError: The function cannot be created. The returned function also raises CnmError if its query fails.
    """
    if options.demo:
        return QueryFunction(DEMO, partial(_demo_answers, keep))
    if options.together:
        return _joined_query_function(options, environ)
    found = found_target(options, environ)
    return QueryFunction(found.label, found.query_function(keep))


def _joined_query_function(options: SourceOptions, environ: Mapping[str, str]) -> QueryFunction:
    """Return a function that sends a query once for each of several profiles, and joins the responses.

    If a profile has no API keys, the joined response names this profile.
    """

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
    """Yield a function that sends queries over one HTTP connection.

    The connection is closed at the end of the `with` block.

    Args:
        options: The connection options, which name the Datadog site or server and the profile.
        environ: The environment variables, which may contain the API keys.
        keep: A function that is called with each response.

    Raises:
        CnmError: The connection cannot be opened. The yielded function also raises CnmError if a query fails.
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
    """A function that requests network health insights and waits for the response, with the name of the Datadog
    site.
    """

    label: str
    answer: "Callable[[Window], Insights]"


@contextmanager
def insights_function(
    options: SourceOptions, environ: Mapping[str, str], keep: Keep | None = None
) -> Iterator[InsightsFunction]:
    """Yield a function that requests network health insights.

    The function `keep` is called with each response.

    Raises:
        CnmError: The connection cannot be opened. The yielded function also raises CnmError if a request fails.
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
    """Yield an object that sends several queries, one after the other, over one HTTP connection.

    Args:
        options: The connection options, which name the Datadog site or server and the profile.
        environ: The environment variables, which may contain the API keys.
        say: A function that is called with a sentence before each pause.
        changed: A function that takes the query function and returns the one to use instead, for example one that
            replaces names by aliases.

    Raises:
        CnmError: The connection cannot be opened, or a query of the series fails.
    """
    with open_query_function(options, environ) as found:
        function = changed(found)
        yield QuestionSeries(function.label, function.answer, say)


class Target(NamedTuple):
    """The URL of a Datadog site or other server, with its API keys and its name for display."""

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
        """Return the name of the Datadog site. If there is none, return the URL of the API server."""
        return self.site or self.url

    def client(self, stop_demo: Callable[[], None] | None = None) -> Source:
        """Return a data source for the screen that sends queries to this target. Closing the data source calls
        `stop_demo`.
        """
        # Imported here: it imports asyncio, which `query` does not need.
        from cnm_tui.api.client import CnmClient

        return CnmClient(self.service(), self.label, stop_demo=stop_demo)

    def service(self, timeouts: Timeouts | None = None) -> Service:
        """Return the data of this target that an HTTP connection needs, such as the URL and the API keys."""
        return Service(
            self.url,
            self.credentials,
            site=self.site,
            called=self.called,
            ca_bundle=self.ca_bundle,
            timeouts=timeouts,
        )

    def query_function(self, keep: Keep | None = None) -> Callable[[Query], Snapshot]:
        """Return a function that sends one query and waits for the response. Its HTTP client is created
        immediately.
        """
        return self.connection(keep).answer_and_close

    def connection(self, keep: Keep | None = None) -> HttpConnection:
        """Return an HTTP connection that does not keep the JSON of the rows. Its HTTP client is created
        immediately.
        """
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
    """Return the Datadog site or server of these options with its API keys. The demo is never returned here.

    The API keys in `held` are used. If `held` is None, the API keys are taken from other places, such as the
    environment or the keyring.

    Raises:
        CredentialsMissing: There are no API keys.
        CnmError: The API keys cannot be read.
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
    """Return the API keys and the site for these options, and the place of each one, for example the keyring.

    Raises:
        InvalidQuery: The name of the profile is invalid.
    """
    return status(
        options.profile,
        environ,
        options.profile_settings,
        use_keyring=options.use_keyring,
        site_wanted=_site_wanted(options),
    )


def target_with_keys(options: SourceOptions, found: Status) -> Target:
    """Return the Datadog site or server of these options with the API keys that were found.

    If none were found, return it without API keys.
    """
    if isinstance(found.outcome, CnmError):
        return _target(options, None, found.site, found.api_url, found.origins)
    return _target(options, found.outcome.credentials, found.site, found.api_url, found.outcome.origins)


def _site_wanted(options: SourceOptions) -> bool:
    """True if no option names the site or the API URL. Only then must the environment variable DD_SITE be a valid
    site.
    """
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
