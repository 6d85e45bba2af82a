"""The request as others would send it: by curl, or by Datadog's client for Python.

Keys stand in it by the names of the variables that hold them. Whatever else stands in it is quoted, so that no search
and no tag acts in a shell or in Python.
"""

from typing import Final

from cnm_tui.core.query import Query
from cnm_tui.core.service.request import PATH, Address, parameters
from cnm_tui.core.shell.words import quoted
from cnm_tui.core.time.time_range import Window

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
    words = ["curl", "-sS", "-g", "-G", quoted(address.url + PATH)]
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
