"""The same question in Datadog's web pages: its link, and what a pasted link asks."""

from typing import Final
from urllib.parse import SplitResult, parse_qs, quote, urlencode, urlsplit

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.query import DEFAULT_TIME_RANGE, Query
from cnm_tui.core.search.writer import quoted, term
from cnm_tui.core.service.credentials import checked_site
from cnm_tui.core.service.sites import SITES
from cnm_tui.core.time.time_range import Fixed, TimeRange, Window, last

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
    return " AND ".join(term(field, value) if colon else quoted(field) for field, colon, value in split)


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
