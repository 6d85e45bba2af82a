"""Collect the values of a row by field, so that commands, links and hints for the row can use the values."""

from collections.abc import Mapping

from cnm_tui.core import endpoints
from cnm_tui.core.connections import UNRESOLVED, Connection, GroupValues, group_text
from cnm_tui.core.fields.group_by import AUTO_GROUPS
from cnm_tui.core.query import Query

_ALSO_CALLED = {
    "network.client.ip": "client_ip",
    "network.server.ip": "server_ip",
    "network.server.port": "server_port",
}
"""Fields with the same values, by their names in searches."""


def values_of(row: Connection, query: Query) -> Mapping[str, GroupValues]:
    """Return the known values of a row by field name. A field is left out if Datadog could not resolve its value."""
    found: dict[str, GroupValues] = {}
    for field, values in zip(query.group_bys, row.groups, strict=True):
        if field in AUTO_GROUPS:
            found |= endpoints.fields_of_end(field, values)[0]
    for field, values in zip(query.group_bys, row.groups, strict=True):
        known = tuple(value for value in values if group_text((value,)) != UNRESOLVED)
        if known:
            found[field] = known
            found.setdefault(_ALSO_CALLED.get(field, field), known)
    return found
