"""The one request, without keys: where it goes and what it says. Nothing is sent here."""

from typing import Final, Literal, NamedTuple

from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import Window

PATH: Final = "/api/v2/network/connections/aggregate"


class Address(NamedTuple):
    """Whom requests go to, and how they are signed; never by what."""

    url: str
    """The root of the API."""
    signed_by: Literal["keys", "token", "nothing"] = "keys"
    of_demo: bool = False
    """Whether it is the demo of this run, which elsewhere has another one."""


def parameters(query: Query, window: Window) -> list[tuple[str, str]]:
    """The endpoint's parameters; either `query` or `tags`, as the Query made sure."""
    written = [("from", str(window.start)), ("to", str(window.end))]
    if query.group_bys:
        written.append(("group_by", ",".join(query.group_bys)))
    if query.search:
        written.append(("query", query.search))
    if query.tags:
        written.append(("tags", ",".join(query.tags)))
    written.append(("limit", str(query.limit)))
    return written
