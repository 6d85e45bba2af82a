"""The endpoints by name, each imported when it is asked for."""

from typing import Final

from cnm_tui.core import endpoints
from cnm_tui.core.endpoint import CONNECTIONS, Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.text import clean

NAMES: Final = ("connections", "dns")


def endpoint_called(name: str) -> Endpoint:
    """Return the endpoint with this name.

    Raises:
        InvalidQuery: There is none.
    """
    if name == CONNECTIONS.name:
        return CONNECTIONS
    if name != "dns":
        raise InvalidQuery(f"{clean(name, 40)!r} is no endpoint.", hint=f"Write one of {', '.join(NAMES)}.")
    return endpoints.DNS


def all_endpoints(first: Endpoint) -> tuple[Endpoint, ...]:
    """Return all endpoints, this one first."""
    return (first, *(endpoint_called(name) for name in NAMES if name != first.name))
