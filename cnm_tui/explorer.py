"""Create the Textual app with its real services, such as files, API keys and HTTP connections.

This module is imported only when the screen opens, because the other commands do not need Textual.
"""

import time
from contextlib import suppress
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING

from cnm_tui import store
from cnm_tui.core import joined
from cnm_tui.core.errors import InvalidQuery, StoreFailed
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.settings import Look
from cnm_tui.core.snapshot import Source
from cnm_tui.demo_process import DemoProcess
from cnm_tui.file_options import NOTHING_KEPT, RecordingOptions
from cnm_tui.options import Question, SourceOptions, started_environ
from cnm_tui.profiles import KnownProfiles
from cnm_tui.store.export_file import path_of
from cnm_tui.store.files import state_directory
from cnm_tui.tui.app import CnmApp
from cnm_tui.tui.services import Services
from cnm_tui.tui.terminal.terminal_app import refusal, run

if TYPE_CHECKING:
    from cnm_tui.core.query import Query
    from cnm_tui.core.recording import History
    from cnm_tui.core.table.table import Arrangement
    from cnm_tui.core.views.saved_view import SavedView
    from cnm_tui.replay import ReplaySource
    from cnm_tui.store.recording_keeper import RecordingKeeper
    from cnm_tui.store.redaction import Redaction

__all__ = ["make_app", "refusal", "run"]


def make_app(
    options: SourceOptions,
    question: Question,
    refresh_seconds: float | None,
    look: Look,
    demo: DemoProcess | None,
    keeping: RecordingOptions = NOTHING_KEPT,
    timeline: str = "",
    *,
    tour: bool = False,
) -> CnmApp:
    """Return the Textual app, which starts with this query and these connection options.

    If `timeline` is not empty, it is the length of a timeline with which the app starts, for example `4h`.

    Raises:
        StoreFailed: The recording cannot be written, or the file with the key for aliases cannot be read.
        InvalidQuery: The filter contains real names, but names are replaced by aliases.
    """
    parts = _Parts(options, question, demo, keeping)
    services, exploration = parts.services()._replace(timeline=timeline, tour=tour), parts.exploration(refresh_seconds)
    return CnmApp(services, exploration, time.time, state_directory, options.settings, look)


def make_replay(
    source: "ReplaySource", options: SourceOptions, question: Question, look: Look, keeping: RecordingOptions
) -> CnmApp:
    """Return the Textual app that displays a recording. The clock of the app shows the time of the replay.

    Raises:
        StoreFailed: The file with the key for aliases cannot be read.
        InvalidQuery: The filter contains real names, but names are replaced by aliases.
    """
    has_aliases = source.recording.has_aliases
    parts = _Parts(options, question, None, keeping)
    services = parts.services()._replace(
        connect=lambda: source,
        connect_demo=lambda: source,
        left=lambda: None,
        leave=lambda *_left: None,
        keep_searches=None,
        profiles=None,
        recorder=None,
        modes={"replay": "REPLAY", **parts.modes, **({"redaction": "REDACTED"} if has_aliases else {})},
        redaction=None if has_aliases else parts.services().redaction,
        made_early=("replay", *(["redaction"] if has_aliases else parts.made_early)),
        history=None,
        replay=source,
    )
    moment = lambda: source.moment  # noqa: E731  # read at each call
    return CnmApp(services, parts.exploration(None), moment, state_directory, options.settings, look)


class _Parts:
    """Creates the services that the app needs after its first frame is drawn, such as files and connections.

    Most of their modules are imported only when they are needed.
    """

    def __init__(
        self, options: SourceOptions, first: Question, demo: DemoProcess | None, keeping: RecordingOptions
    ) -> None:
        self._profiles = KnownProfiles(options, started_environ())
        self._first = first
        self._demo = demo
        self._asks_demo = options.demo
        self._keeping = keeping
        self._history_file = options.settings.history
        self._source: Source | None = None
        if keeping.record is not None and options.together:
            raise InvalidQuery("--record keeps the answers of one profile.", hint="Give one --profile.")
        if keeping.redact:
            query, arrangement = self.redaction.of_question(*first)
            self._first = Question(query, arrangement)
        if keeping.record is not None:
            self.keeper.start(keeping.record)

    def exploration(self, refresh_seconds: float | None) -> Exploration:
        """Return the start state of the exploration: the query, the arrangement of its rows and the refresh
        interval.
        """
        return Exploration(self._first.query, self._first.arrangement, refresh_seconds)

    @cached_property
    def redaction(self) -> "Redaction":
        """Return the object that replaces names by aliases in this run of cnm-tui."""
        keeping = self._keeping
        return store.Redaction(keeping.redact_key, keeps_subnets=keeping.keep_subnets, on=keeping.redact)

    @property
    def _redacts(self) -> bool:
        return "redaction" in self.__dict__ and self.redaction.on

    @property
    def modes(self) -> dict[str, str]:
        """Return the words that the title bar displays in the first frame, such as `RECORDING`, by the name of the
        feature.
        """
        recording = {"recording": "RECORDING"} if self._keeping.record is not None else {}
        return {**recording, **({"redaction": "REDACTED"} if self._keeping.redact else {})}

    @property
    def made_early(self) -> tuple[str, ...]:
        """Return the names of the features that already display something when the app draws its first frame."""
        return tuple(self.modes)

    @cached_property
    def keeper(self) -> "RecordingKeeper":
        """Return the object that writes the replies of the API to a recording."""
        keeper = store.RecordingKeeper()
        keeper.aliases = lambda: self.redaction if self._redacts else None
        if self._source is not None:
            keeper.attach(self._source)
        return keeper

    @cached_property
    def _files(self) -> ModuleType:
        from cnm_tui import state_files

        return state_files

    def services(self) -> Services:
        """Return the functions through which the app uses files, API keys and data sources."""
        return Services(
            self._connect,
            self._connect_demo,
            views=lambda: self._files.no_views() if self._redacts else self._files.views_file(),
            left=self._left,
            leave=self._leave,
            recall_fields=lambda: self._files.recalled_fields(),
            remember_fields=lambda group_bys: self._files.remembered_fields(group_bys),
            recall_resolved=lambda profile: self._files.recalled_resolved(profile, demo=self._asks_demo),
            remember_resolved=lambda *seen: self._files.remember_resolved(*seen, demo=self._asks_demo),
            keep_searches=lambda: self._files.search_history(demo=self._asks_demo, kept=not self._redacts),
            profiles=self._profiles,
            connected=self._connected,
            copied_file=lambda: self._files.copied_file(),
            recorder=lambda: self.keeper,
            redaction=lambda: self.redaction,
            history=(lambda: self._history) if self._history_file else None,
            modes=self.modes,
            made_early=self.made_early,
            close=self._close,
        )

    @cached_property
    def _history(self) -> "History":
        from cnm_tui.replay import KeptHistory

        label = lambda: "" if self._source is None else self._source.label  # noqa: E731  # read at each call
        return KeptHistory(path_of(self._history_file), label, lambda: self.redaction if self._redacts else None)

    def _left(self) -> "SavedView | None":
        # The last question has names.
        return None if self._redacts else self._files.last_question(demo=self._asks_demo).load()

    def _leave(self, query: "Query", arrangement: "Arrangement") -> None:
        if self._source is not None and not self._source.address.url:
            # The next run may ask one profile, which has no such group.
            query = joined.without_profile(query)
        if not self._redacts:
            self._files.remember(self._first, Question(query, arrangement), demo=self._asks_demo)

    def _close(self) -> None:
        if "keeper" in self.__dict__:
            self.keeper.stop()
        if "redaction" in self.__dict__:
            # The program ends: a failure has nobody to be told to, and the first write was checked.
            with suppress(StoreFailed):
                self.redaction.save()

    def _connect(self) -> Source:
        if self._profiles.together:
            return self._profiles.connect_together(self._profiles.together)
        return self._profiles.connect(self._profiles.first) if self._demo is None else self._connect_demo(self._demo)

    def _connect_demo(self, demo: DemoProcess | None = None) -> Source:
        from cnm_tui import wiring

        return wiring.demo_source(demo or DemoProcess())

    def _connected(self, source: Source) -> Source:
        self._asks_demo = source.address.of_demo
        self._source = source
        if "keeper" in self.__dict__:
            self.keeper.attach(source)
        return self.redaction.wrapped(source) if self._redacts else source
