"""List all API endpoints by name. Each API endpoint is imported at its first use."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from cnm_tui.core.endpoint import CONNECTIONS, Endpoint
from cnm_tui.core.endpoints import dns
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.text import clean


class Known(NamedTuple):
    """An entry of the list of API endpoints. It contains a function that imports the API endpoint."""

    endpoint: Callable[[], Endpoint]
    option_help: str
    """The help of its option; empty for the usual endpoint, which has none."""


KNOWN: Final[Mapping[str, Known]] = MappingProxyType(
    {
        CONNECTIONS.name: Known(lambda: CONNECTIONS, ""),
        "dns": Known(lambda: dns.DNS, "Ask for DNS requests instead of connections."),
    }
)
"""The endpoints by name; the option of each is its name."""


def endpoint_called(name: str) -> Endpoint:
    """Return the API endpoint with this name.

    Raises:
        InvalidQuery: There is no API endpoint with this name.
    """
    if name not in KNOWN:
        raise InvalidQuery(f"{clean(name, 40)!r} is no endpoint.", hint=f"Write one of {', '.join(KNOWN)}.")
    return KNOWN[name].endpoint()


def all_endpoints(first: Endpoint) -> tuple[Endpoint, ...]:
    """Return all API endpoints, starting with `first`."""
    return (first, *(endpoint_called(name) for name in KNOWN if name != first.name))
