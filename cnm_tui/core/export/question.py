"""A question to take elsewhere: as a command, as a request, as a link."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import SplitResult, parse_qs, quote, urlencode, urlsplit

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.query import DEFAULT_TIME_RANGE, Query
from cnm_tui.core.search.tree import quoted as quoted_text
from cnm_tui.core.search.tree import term
from cnm_tui.core.service import SITES, Address, checked_site, parameters
from cnm_tui.core.shell import joined, quoted
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import Ago, Fixed, Snap, TimeRange, Window, last, short_length
from cnm_tui.core.views.arrangement_text import deciding, sort_texts


def command_line(query: Query, arrangement: Arrangement, whom: Sequence[str] = ()) -> str:
    """What to type into a shell for this question in this arrangement, asked of whom these words say; without keys.

    All that has a default is written out, as another machine may have another one. Nothing in it is invisible: a
    query holds no control characters, and a filter means the same when cleaned.
    """
    words = ["cnm-tui", "-g", ",".join(query.group_bys)]
    if query.search:
        words += ["-q", query.search]
    if query.tags:
        words += ["--tags", ",".join(query.tags)]
    words += [*_time_words(query.time_range), "-n", str(query.limit)]
    words += ["--sort", ",".join(sort_texts(deciding(arrangement.sort, query)))]
    if arrangement.columns:
        words += ["--columns", ",".join(arrangement.columns)]
    if arrangement.row_filter.text:
        words += ["--filter", clean(arrangement.row_filter.text)]
    if arrangement.top is not None:
        words += ["--top", str(arrangement.top)]
    return joined([*words, *whom])


def whom_words(address: Address, site: str | None, profile: str = "", options: Sequence[str] = ()) -> list[str]:
    """What asks the same one, with these options, and with the keys of this profile where one is to be named."""
    if address.of_demo:
        return ["--demo"]
    whom = ["--api-url", address.url] if site is None else ["--site", site]
    return [*whom, *(["--profile", profile] if profile else []), *options]


def _time_words(time_range: TimeRange) -> list[str]:
    snap = [] if time_range.snap is Snap.AUTO else ["--snap", time_range.snap.value]
    if isinstance(time_range.start, Ago) and time_range.live:
        return ["--last", short_length(time_range.start.seconds), *snap]
    return ["--from", time_range.start.written, "--to", time_range.end.written, *snap]


# The request by curl, or by Datadog's client for Python. Keys stand in it by the names of the variables that hold them.
# Whatever else stands in it is quoted, so that no search and no tag acts in a shell or in Python.

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
    """The request over this window as one line for a shell."""
    # Globbing off: curl would take the brackets of an address of IPv6 for a set of addresses.
    words = ["curl", "-sS", "-g", "-G", quoted(address.url + query.endpoint.path)]
    # In double quotes, so that the shell puts the value there.
    words += [f'-H "{header}"' for header in _HEADERS[address.signed_by]]
    words += [f"--data-urlencode {quoted(f'{name}={value}')}" for name, value in parameters(query, window)]
    return " ".join(words)


def python_lines(query: Query, window: Window, address: Address) -> list[str]:
    """The request over this window as a program, for the package `datadog-api-client`."""
    configured = [f"host={address.url!r}", *filter(None, [_SIGNED[address.signed_by]])]
    arguments = (
        # The official client calls it so, as `from` is a word of Python.
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
        "    answer = CloudNetworkMonitoringApi(client).get_aggregated_connections(",
        *arguments,
        "    )",
        "",
        "for row in answer.data:",
        "    print(row.to_dict())",
    ]


# Its link in Datadog's web pages, and what a pasted link asks

_WEB_HOSTS: Final = {site: f"app.{site}" for site in ("datadoghq.com", "datadoghq.eu", "ddog-gov.com")}
"""Where the web pages of a site are, if not at the site itself. Source: Datadog's list of sites."""
_PATH: Final = "/network"
_MOST_DIGITS: Final = 14
"""Of milliseconds; that is the year 5138."""
_MOST_PARAMETERS: Final = 100


def web_link(query: Query, window: Window, site: str) -> str:
    """The web page that shows this search over this window; its address has no known place for group-bys and limit.

    Raises:
        InvalidQuery: There is no such site.
    """
    site = checked_site(site)
    parameters = {
        "query": query.search or _search_for(query.tags),
        "from_ts": window.start * 1_000,
        "to_ts": window.end * 1_000,
        "live": "false",
    }
    return f"https://{_WEB_HOSTS.get(site, site)}{_PATH}?{urlencode(parameters, quote_via=quote, safe='')}"


def _search_for(tags: tuple[str, ...]) -> str:
    """What asks for these tags in the search language: the page is not known to take tags beside a search."""
    split = (tag.partition(":") for tag in tags)
    return " AND ".join(term(field, value) if colon else quoted_text(field) for field, colon, value in split)


def read_web_link(text: str) -> tuple[str, TimeRange] | None:
    """The search and time range that a pasted link asks for; None where the text is no link to the network page.

    A link that follows the clock (`live=true`) keeps its length and ends now; one without a window has the usual one.

    Raises:
        InvalidQuery: It is such a link, and what it asks cannot be asked.
    """
    link = _network_page(text.strip())
    if link is None:
        return None
    try:
        parameters = parse_qs(link.query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise InvalidQuery(
            f"The link has more than {_MOST_PARAMETERS} parameters.", hint="Copy it again from the browser."
        ) from error
    said = {name: values[0] for name, values in parameters.items()}
    query = Query(search=said.get("query", ""), time_range=_time_range_of(said))
    return query.search, query.time_range


def _network_page(text: str) -> SplitResult | None:
    # Within an address, white space would be dropped in silence: a search that mentions a link is no link.
    if any(character.isspace() for character in text):
        return None
    try:
        link = urlsplit(text)
    except ValueError:
        return None
    host = link.hostname or ""
    # An organisation may have a name of its own before the site: acme.datadoghq.com.
    of_datadog = any(host == site or host.endswith(f".{site}") for site in SITES)
    return link if link.scheme == "https" and of_datadog and link.path.rstrip("/") == _PATH else None


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
