"""Define the functions through which the screen uses sources of data, and files that are kept between runs."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from cnm_tui import store
from cnm_tui.core.snapshot import Source

if TYPE_CHECKING:
    from cnm_tui.core.query import Query
    from cnm_tui.core.recording import History, Replayed
    from cnm_tui.core.search.past_searches import SearchKeeper
    from cnm_tui.core.sign_in import Profiles
    from cnm_tui.core.table.table import Arrangement
    from cnm_tui.core.views.saved_view import SavedView, ViewStore
    from cnm_tui.store.recording_keeper import RecordingKeeper
    from cnm_tui.store.redaction import Redaction


def _nowhere() -> "ViewStore":
    """Return a store for views that is always empty and cannot be written.

    It is used when the program has no place to store views.
    """
    return store.ViewsFile(Path(os.devnull))


class Services(NamedTuple):
    """The functions that the screen calls to reach sources of data, files and settings.

    They may block, so all of them except `connected` are called in a thread.
    """

    connect: Callable[[], Source]
    """Returns the source of the command line.

    Raises:
        CnmError: There are no keys, or they cannot be read.
    """
    connect_demo: Callable[[], Source]
    """Returns the demo."""
    views: "Callable[[], ViewStore]" = _nowhere
    """Returns the store of saved views."""
    left: "Callable[[], SavedView | None]" = lambda: None
    """Returns the last query of the previous run.

    Raises:
        StoreFailed: It cannot be read.
    """
    leave: "Callable[[Query, Arrangement], None]" = lambda _query, _arrangement: None
    """Stores the last query."""
    recall_fields: Callable[[], tuple[str, ...]] = tuple
    """Returns the fields used last, in this run and earlier ones, latest first."""
    remember_fields: Callable[[tuple[str, ...]], tuple[str, ...]] = tuple
    """Stores used fields; returns all recent ones."""
    recall_resolved: Callable[[str], Mapping[str, float]] = lambda _profile: {}
    """Returns the share of the traffic with a value of each field, in earlier answers of a profile."""
    remember_resolved: Callable[[str, Mapping[str, float]], None] = lambda _profile, _shares: None
    """Stores these shares of new answers of a profile."""
    keep_searches: "Callable[[], SearchKeeper] | None" = None
    """Returns the store for searches of the current source; None to store none."""
    profiles: "Profiles | None" = None
    """The profiles; None if nobody can sign in."""
    connected: Callable[[Source], Source] = lambda source: source
    """Called in the event loop with each new source; returns the one to use, as redaction wraps it."""
    modes: Mapping[str, str] = MappingProxyType({})
    """Words of the title bar in the first frame, by feature."""
    made_early: tuple[str, ...] = ()
    """Features that are made before there is a source, besides those of every run."""
    recorder: "Callable[[], RecordingKeeper] | None" = None
    """Returns the object that records answers, made at the first call; None if nothing can be recorded."""
    redaction: "Callable[[], Redaction] | None" = None
    """Returns the redaction of this run, made at the first call; None if there is none."""
    history: "Callable[[], History] | None" = None
    """Returns the answers kept in the file of the settings; None without one.

    Raises:
        StoreFailed: The file cannot be read.
    """
    replay: "Replayed | None" = None
    """The recording that is replayed; None for a service."""
    close: Callable[[], object] = lambda: None
    """Called at the end of the run."""
    copied_file: Callable[[], Path] = lambda: Path(os.devnull)
    """Returns the path for text that could not be copied."""
    tour: bool = False
    """True to begin with the tour."""
    timeline: str = ""
    """Span of the timeline that the run begins with; empty for none."""
