"""A check of settings.toml, as written: its question and its conditions are read when it runs."""

from typing import NamedTuple


class NamedCheck(NamedTuple):
    """A question with conditions on its rows; empty texts mean what the options of `check` mean without a value."""

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
