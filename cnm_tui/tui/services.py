"""Give the screen its sources, and what is kept from one run to the next."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cnm_tui.core.search.past_searches import SearchKeeper
from cnm_tui.core.snapshot import Source

if TYPE_CHECKING:
    from cnm_tui.core.query import Query
    from cnm_tui.core.sign_in import Profiles
    from cnm_tui.core.table.table import Arrangement
    from cnm_tui.core.views.saved_view import SavedView, ViewStore


def _nowhere() -> "ViewStore":
    """Return an empty file that nothing can be written to, for views that are not kept."""
    from cnm_tui.store.saved_views import ViewsFile

    return ViewsFile(Path(os.devnull))


class Services(NamedTuple):
    """Functions that may take a moment; all but `connected` are called off the event loop."""

    connect: Callable[[], Source]
    """Return the source asked for at the start.

    Raises:
        CnmError: There are no keys, or something is wrong with how they are kept.
    """
    connect_demo: Callable[[], Source]
    """Return the demo."""
    views: "Callable[[], ViewStore]" = _nowhere
    """Return the saved views."""
    left: "Callable[[], SavedView | None]" = lambda: None
    """Return the question with which the program was left last.

    Raises:
        StoreFailed: It cannot be read.
    """
    leave: "Callable[[Query, Arrangement], None]" = lambda _query, _arrangement: None
    """Stores the last query."""
    recall_fields: Callable[[], tuple[str, ...]] = tuple
    """Return the fields used last, in this run and earlier ones, the latest first."""
    remember_fields: Callable[[tuple[str, ...]], tuple[str, ...]] = tuple
    """Remember fields that were used now, and return all that are remembered."""
    keep_searches: Callable[[], SearchKeeper] | None = None
    """Return the store of searches for the source that is asked by now; None: searches are not kept."""
    profiles: "Profiles | None" = None
    """The profiles that can be asked; None: nobody can sign in."""
    connected: Callable[[Source], None] = lambda _source: None
    """Note that this source answers from now on; called on the event loop."""
    copied_file: Callable[[], Path] = lambda: Path(os.devnull)
    """Return the file for text that could not be copied."""
