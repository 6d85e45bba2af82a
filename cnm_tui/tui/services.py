"""What the screen is given from outside: connections, and what is kept from one run to the next."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cnm_tui.core.search.past_searches import SearchKeeper
from cnm_tui.core.snapshot import Source

if TYPE_CHECKING:
    from cnm_tui.core.query import Query
    from cnm_tui.core.sign_in import Desk
    from cnm_tui.core.table.table import Arrangement
    from cnm_tui.core.views.saved_view import SavedView, ViewStore


def _nowhere() -> "ViewStore":
    """For views that are not kept: an empty file that nothing can be written to."""
    from cnm_tui.store.saved_views import ViewsFile

    return ViewsFile(Path(os.devnull))


class Services(NamedTuple):
    """How the app gets at its answers, and at what is kept; each may take a moment and is called off the event loop."""

    connect: Callable[[], Source]
    """To the service asked for.

    Raises:
        CnmError: There are no keys, or something is wrong with how they are kept.
    """
    connect_demo: Callable[[], Source]
    """To the demo."""
    shelf: "Callable[[], ViewStore]" = _nowhere
    """To the saved views."""
    left: "Callable[[], SavedView | None]" = lambda: None
    """To the question with which the program was left last.

    Raises:
        StoreFailed: It cannot be read.
    """
    leave: "Callable[[Query, Arrangement], None]" = lambda _query, _arrangement: None
    """Keep the question with which the program is left now."""
    recall_fields: Callable[[], tuple[str, ...]] = tuple
    """The fields used last in this sitting and earlier ones, the latest first."""
    remember_fields: Callable[[tuple[str, ...]], tuple[str, ...]] = tuple
    """These were used now; gives all that are remembered."""
    keep_searches: Callable[[], SearchKeeper] | None = None
    """To what keeps the searches, of whom is asked by now, from one run to the next; None: nothing does."""
    desk: "Desk | None" = None
    """Where one signs in, and goes from one profile to another; None: nowhere."""
    connected: Callable[[Source], None] = lambda _source: None
    """This source answers from now on; called on the event loop."""
    copied_file: Callable[[], Path] = lambda: Path(os.devnull)
    """Where what could not be copied is written when that is asked for."""
