"""Store which group-by fields had values in earlier answers of each service, in a small private file."""

import json
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.fields.group_by import LONGEST_GROUP_BY
from cnm_tui.store.private_file import PrivateFile

_MOST_BYTES: Final = 256 * 1024
_MOST_SERVICES: Final = 20
_MOST_FIELDS: Final = 200
Shares = dict[str, float]


class ResolvedFields:
    """A file that stores, for each field, the share of the traffic for which the field had a value.

    Errors are ignored, because the shares are needed only to suggest fields.
    """

    def __init__(self, path: Path) -> None:
        self._file = PrivateFile(path)

    def recall(self, service: str) -> Mapping[str, float]:
        """Return the stored shares for a service.

        The result maps a field to the share of the traffic, from 0 to 1, for which the field had a value.
        """
        content = None
        with suppress(StoreFailed):
            content = self._file.read(_MOST_BYTES)
        return _read(content).get(service, {})

    def remember(self, service: str, shares: Mapping[str, float]) -> None:
        """Store the shares from new answers of a service, in place of older shares for the same fields."""
        if not shares:
            return

        def changed(content: bytes | None) -> bytes:
            known = _read(content)
            before = {field: share for field, share in known.pop(service, {}).items() if field not in shares}
            # The newest come first, so that the oldest are dropped.
            newest = {service: {**shares, **before}, **known}
            kept = {
                name: dict(islice(fields.items(), _MOST_FIELDS))
                for name, fields in islice(newest.items(), _MOST_SERVICES)
            }
            return json.dumps(kept).encode()

        with suppress(StoreFailed):
            self._file.update(_MOST_BYTES, changed)


def _read(content: bytes | None) -> dict[str, Shares]:
    try:
        found: Any = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {service: _shares(fields) for service, fields in found.items() if isinstance(fields, dict)}


def _shares(fields: Mapping[str, Any]) -> Shares:
    return {
        field: float(share)
        for field, share in fields.items()
        if len(field) <= LONGEST_GROUP_BY and isinstance(share, int | float) and 0 <= share <= 1
    }
