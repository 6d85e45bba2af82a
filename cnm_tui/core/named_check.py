"""Define a check from settings.toml. Its query and its conditions are kept as text until the check runs."""

from typing import NamedTuple


class NamedCheck(NamedTuple):
    """A check from settings.toml: a query, and conditions that are tested on its rows.

    An empty text has the same meaning as a missing option of the command `check`.
    """

    fail_if: tuple[str, ...] = ()
    warn_if: tuple[str, ...] = ()
    endpoint: str = ""
    """Name of the endpoint; empty for connections."""
    query: str = ""
    """The search."""
    tags: str = ""
    group_by: str | None = None
    last: str = ""
    """Length of the window, such as `15m`."""
    filter: str = ""
    limit: int | None = None
    times: int = 1
    """Number of answers in which it must fail; written `for`."""
    every: str = ""
    """Time between them, such as `5m`."""
