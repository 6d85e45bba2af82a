"""Make the screen from its real parts; imported only when the screen opens, as the other commands need no Textual."""

import time
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.settings import Look, Settings
from cnm_tui.core.snapshot import Source
from cnm_tui.demo_process import DemoProcess
from cnm_tui.options import Question, SourceOptions, started_environ
from cnm_tui.profiles import KnownProfiles
from cnm_tui.store.files import state_directory
from cnm_tui.tui.app import CnmApp
from cnm_tui.tui.services import Services
from cnm_tui.tui.terminal.terminal_app import refusal, run

if TYPE_CHECKING:
    from cnm_tui.replay import ReplaySource
    from cnm_tui.store.recording_keeper import RecordingKeeper

__all__ = ["make_app", "refusal", "run"]


def make_app(
    options: SourceOptions,
    question: Question,
    refresh_seconds: float | None,
    look: Look,
    demo: DemoProcess | None,
    record: Path | None = None,
    timeline: str = "",
) -> CnmApp:
    """Return the app that starts with this query of this service; with `record` it keeps every answer in that file.

    With `timeline` it begins with the timeline of that span.

    Raises:
        StoreFailed: That file cannot be written.
    """
    exploration = Exploration(question.query, question.arrangement, refresh_seconds)
    parts = _Parts(options, question, demo)
    if record is not None:
        parts.keeper.start(record)
    services = parts.services()._replace(timeline=timeline)
    return CnmApp(services, exploration, time.time, state_directory, options.settings, look)


def make_replay(source: "ReplaySource", question: Question, settings: Settings, look: Look) -> CnmApp:
    """Return the app that shows a recording; its clock stands at the moment of the replay."""
    from cnm_tui import state_files

    services = Services(
        lambda: source,
        lambda: source,
        views=state_files.views_file,
        recall_fields=state_files.recalled_fields,
        copied_file=state_files.copied_file,
        modes={"replay": "REPLAY"},
        made_early=("replay",),
        replay=source,
    )
    exploration = Exploration(question.query, question.arrangement, None)
    return CnmApp(services, exploration, lambda: source.moment, state_directory, settings, look)


class _Parts:
    """The services that the app uses after its first frame; their modules are imported only then."""

    def __init__(self, options: SourceOptions, first: Question, demo: DemoProcess | None) -> None:
        self._profiles = KnownProfiles(options, started_environ())
        self._first = first
        self._demo = demo
        self._asks_demo = options.demo
        self._source: Source | None = None

    @cached_property
    def keeper(self) -> "RecordingKeeper":
        """The object that records answers."""
        from cnm_tui.store.recording_keeper import RecordingKeeper

        keeper = RecordingKeeper()
        if self._source is not None:
            keeper.attach(self._source)
        return keeper

    @property
    def _is_recording(self) -> bool:
        return "keeper" in self.__dict__ and self.keeper.path is not None

    @cached_property
    def _files(self) -> ModuleType:
        from cnm_tui import state_files

        return state_files

    def services(self) -> Services:
        """Return the functions by which the app reaches files, keys and sources."""
        return Services(
            self._connect,
            self._connect_demo,
            views=lambda: self._files.views_file(),
            left=lambda: self._files.last_question(demo=self._asks_demo).load(),
            leave=lambda *left: self._files.remember(self._first, Question(*left), demo=self._asks_demo),
            recall_fields=lambda: self._files.recalled_fields(),
            remember_fields=lambda group_bys: self._files.remembered_fields(group_bys),
            recall_resolved=lambda profile: self._files.recalled_resolved(profile, demo=self._asks_demo),
            remember_resolved=lambda *seen: self._files.remember_resolved(*seen, demo=self._asks_demo),
            keep_searches=lambda: self._files.search_history(demo=self._asks_demo),
            profiles=self._profiles,
            connected=self._connected,
            copied_file=lambda: self._files.copied_file(),
            recorder=lambda: self.keeper,
            modes={"recording": "RECORDING"} if self._is_recording else {},
            made_early=("recording",) if self._is_recording else (),
            close=self._close,
        )

    def _close(self) -> None:
        if "keeper" in self.__dict__:
            self.keeper.stop()

    def _connect(self) -> Source:
        return self._profiles.connect(self._profiles.first) if self._demo is None else self._connect_demo(self._demo)

    def _connect_demo(self, demo: DemoProcess | None = None) -> Source:
        from cnm_tui import wiring

        return wiring.demo_source(demo or DemoProcess())

    def _connected(self, source: Source) -> Source:
        self._asks_demo = source.address.of_demo
        self._source = source
        if "keeper" in self.__dict__:
            self.keeper.attach(source)
        return source
