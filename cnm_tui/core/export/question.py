"""Write a query for use in other programs: as a command line, an HTTP request, or a link to Datadog's web page."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import SplitResult, parse_qs, quote, urlencode, urlsplit

from cnm_tui.core.endpoint import CONNECTIONS, Endpoint
from cnm_tui.core.endpoints.known import all_endpoints
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.query import DEFAULT_TIME_RANGE, Query, usual_query
from cnm_tui.core.search.tree import quoted as quoted_text
from cnm_tui.core.search.tree import term
from cnm_tui.core.service import SITES, Address, checked_site, parameters
from cnm_tui.core.shell import joined, quoted
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import Ago, Fixed, Snap, TimeRange, Window, last, short_length
from cnm_tui.core.views.arrangement_text import deciding, sort_texts


def command_line(query: Query, arrangement: Arrangement, whom: Sequence[str] = ()) -> str:
    """Return the shell command for this query and this arrangement of rows. The command contains no API keys.

    `whom` are the connection options to append. Default values are written out, because they may differ on
    another machine. The command contains no invisible characters. A query cannot contain such characters, and
    they are removed from the filter, which does not change its meaning.
    """
    words = ["cnm-tui", *filter(None, [query.endpoint.option]), "-g", ",".join(query.group_bys)]
    if query.search:
        words += ["-q", query.search]
    if query.tags:
        words += ["--tags", ",".join(query.tags)]
    words += [*_time_words(query.time_range), "-n", str(query.limit)]
    words += ["--sort", ",".join(sort_texts(deciding(arrangement.sort, query), query.endpoint))]
    if arrangement.columns:
        words += ["--columns", ",".join(arrangement.columns)]
    if arrangement.row_filter.text:
        words += ["--filter", clean(arrangement.row_filter.text)]
    if arrangement.top is not None:
        words += ["--top", str(arrangement.top)]
    return joined([*words, *whom])


def whom_words(address: Address, site: str | None, profile: str = "", options: Sequence[str] = ()) -> list[str]:
    """Return the command line options that connect to the same service.

    These are the site or the URL, the profile if `profile` is given, and the given options. For the demo, the
    only option is `--demo`.
    """
    if address.of_demo:
        return ["--demo"]
    whom = ["--api-url", address.url] if site is None else ["--site", site]
    return [*whom, *(["--profile", profile] if profile else []), *options]


def _time_words(time_range: TimeRange) -> list[str]:
    snap = [] if time_range.snap is Snap.AUTO else ["--snap", time_range.snap.value]
    if isinstance(time_range.start, Ago) and time_range.live:
        return ["--last", short_length(time_range.start.seconds), *snap]
    return ["--from", time_range.start.written, "--to", time_range.end.written, *snap]


# The request for curl, or for Datadog's Python client. Keys are given as the names of environment variables.

_HEADERS: Final = {
    "keys": ("DD-API-KEY: $DD_API_KEY", "DD-APPLICATION-KEY: $DD_APP_KEY"),
    "token": ("Authorization: Bearer $DD_ACCESS_TOKEN",),
    "nothing": (),
}
_SIGNED: Final = {
    "keys": 'api_key={"apiKeyAuth": os.environ["DD_API_KEY"], "appKeyAuth": os.environ["DD_APP_KEY"]}',
    "token": 'access_token=os.environ["DD_ACCESS_TOKEN"]',
    "nothing": "",
}
_NUMBERS: Final = ("from", "to", "limit")


def curl_line(query: Query, window: Window, address: Address) -> str:
    """Return the HTTP request of a query for this time window, as a curl command on one line."""
    # --globoff: curl would read the brackets of an IPv6 address as a set of URLs.
    words = ["curl", "-sS", "-g", "-G", quoted(address.url + query.endpoint.path)]
    # In double quotes, so that the shell inserts the variable's value.
    words += [f'-H "{header}"' for header in _HEADERS[address.signed_by]]
    words += [f"--data-urlencode {quoted(f'{name}={value}')}" for name, value in parameters(query, window)]
    return " ".join(words)


def python_lines(query: Query, window: Window, address: Address) -> list[str]:
    """Return the HTTP request of a query for this time window, as lines of a Python program.

    The program uses the package `datadog-api-client`.
    """
    configured = [f"host={address.url!r}", *filter(None, [_SIGNED[address.signed_by]])]
    arguments = (
        # The official client names it so, as `from` is a Python keyword.
        f"        {'_from' if name == 'from' else name}={value if name in _NUMBERS else repr(value)},"
        for name, value in parameters(query, window)
    )
    return [
        "import os",
        "",
        "from datadog_api_client import ApiClient, Configuration",
        "from datadog_api_client.v2.api.cloud_network_monitoring_api import CloudNetworkMonitoringApi",
        "",
        f"configuration = Configuration({', '.join(configured)})",
        "with ApiClient(configuration) as client:",
        f"    answer = CloudNetworkMonitoringApi(client).{query.endpoint.client_method}(",
        *arguments,
        "    )",
        "",
        "for row in answer.data:",
        "    print(row.to_dict())",
    ]


# Make a link to Datadog's web pages, and read a pasted link

_WEB_HOSTS: Final = {site: f"app.{site}" for site in ("datadoghq.com", "datadoghq.eu", "ddog-gov.com")}
"""Host of the web pages, if it differs from the site. Source: Datadog's list of sites."""
_MOST_DIGITS: Final = 14
"""Maximum digits of milliseconds; that is the year 5138."""
_MOST_PARAMETERS: Final = 100


def web_host(site: str) -> str:
    """Return the host name of a Datadog site's web pages.

    Raises:
        InvalidQuery: There is no Datadog site with this name.
    """
    site = checked_site(site)
    return _WEB_HOSTS.get(site, site)


def web_link(query: Query, window: Window, site: str) -> str:
    """Return the URL of Datadog's web page with the search of this query and this time window.

    Group-bys and row limit are left out, because no URL parameter is known for them.

    Raises:
        InvalidQuery: There is no Datadog site with this name.
    """
    parameters = {
        "query": query.search or tags_as_search(query.tags),
        "from_ts": window.start * 1_000,
        "to_ts": window.end * 1_000,
        "live": "false",
    }
    encoded = urlencode(parameters, quote_via=quote, safe="")
    return f"https://{web_host(site)}{query.endpoint.web_path}?{encoded}"


def tags_as_search(tags: tuple[str, ...]) -> str:
    """Return tags as a search text, because Datadog's web page may not accept tags together with a search."""
    split = (tag.partition(":") for tag in tags)
    return " AND ".join(term(field, value) if colon else quoted_text(field) for field, colon, value in split)


def read_web_link(text: str) -> tuple[str, TimeRange, Endpoint] | None:
    """Return the search, time range and API endpoint of a pasted link to Datadog's web pages.

    Return None if the text is not a link to a network page. A link with `live=true` gets a time range of the
    same length that ends now. A link without a time window gets the default time range.

    Raises:
        InvalidQuery: The text is a link to a network page, but its query is invalid.
    """
    link = _link_to_datadog(text.strip())
    pages = {endpoint.web_path: endpoint for endpoint in all_endpoints(CONNECTIONS)} if link is not None else {}
    endpoint = None if link is None else pages.get(link.path.rstrip("/"))
    if link is None or endpoint is None:
        return None
    try:
        parameters = parse_qs(link.query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise InvalidQuery(
            f"The link has more than {_MOST_PARAMETERS} parameters.", hint="Copy it again from the browser."
        ) from error
    said = {name: values[0] for name, values in parameters.items()}
    query = replace(usual_query(endpoint), search=said.get("query", ""), time_range=_time_range_of(said))
    return query.search, query.time_range, endpoint


def _link_to_datadog(text: str) -> SplitResult | None:
    # A URL parser drops white space silently, and a search that contains a link is not a link.
    if any(character.isspace() for character in text):
        return None
    try:
        link = urlsplit(text)
    except ValueError:
        return None
    host = link.hostname or ""
    # An organisation may have a subdomain: acme.datadoghq.com.
    of_datadog = any(host == site or host.endswith(f".{site}") for site in SITES)
    return link if link.scheme == "https" and of_datadog else None


def _time_range_of(said: dict[str, str]) -> TimeRange:
    start, end = said.get("from_ts", ""), said.get("to_ts", "")
    if not start and not end:
        return DEFAULT_TIME_RANGE
    window = TimeRange(Fixed(_seconds_of(start, "from_ts")), Fixed(_seconds_of(end, "to_ts")))
    return last(window.end.at(0) - window.start.at(0)) if said.get("live") == "true" else window


def _seconds_of(milliseconds: str, parameter: str) -> int:
    if not (milliseconds.isascii() and milliseconds.isdigit() and len(milliseconds) <= _MOST_DIGITS):
        raise InvalidQuery(
            f"The link's {parameter} is no time in milliseconds.", hint="Copy the link again from the browser."
        )
    return int(milliseconds) // 1_000
