"""Make the screen from its real parts; imported only when the screen opens, as the other commands need no Textual."""

import time
from functools import cached_property
from types import ModuleType

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.settings import Look
from cnm_tui.core.snapshot import Source
from cnm_tui.demo_process import DemoProcess
from cnm_tui.options import Place, Question, started_environ
from cnm_tui.profiles import KnownProfiles
from cnm_tui.store.files import state_directory
from cnm_tui.tui.app import CnmApp
from cnm_tui.tui.services import Services
from cnm_tui.tui.terminal.terminal_app import refusal, run

__all__ = ["made_app", "refusal", "run"]


def made_app(
    place: Place,
    question: Question,
    refresh_seconds: float | None,
    look: Look,
    demo: DemoProcess | None,
    timeline: str = "",
) -> CnmApp:
    """Return the app that starts with this query of this service, and with the timeline of a span."""
    exploration = Exploration(question.query, question.arrangement, refresh_seconds)
    services = _Parts(place, question, demo).services()._replace(timeline=timeline)
    return CnmApp(services, exploration, time.time, state_directory, place.settings, look)


class _Parts:
    """The services that the app uses after its first frame; their modules are imported only then."""

    def __init__(self, place: Place, first: Question, demo: DemoProcess | None) -> None:
        self._profiles = KnownProfiles(place, started_environ())
        self._first = first
        self._demo = demo
        self._asks_demo = place.demo

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
            keep_searches=lambda: self._files.search_history(demo=self._asks_demo),
            profiles=self._profiles,
            connected=self._connected,
            copied_file=lambda: self._files.copied_file(),
        )

    def _connect(self) -> Source:
        return self._profiles.connect(self._profiles.first) if self._demo is None else self._connect_demo(self._demo)

    def _connect_demo(self, demo: DemoProcess | None = None) -> Source:
        from cnm_tui import wiring

        return wiring.demo_source(demo or DemoProcess())

    def _connected(self, source: Source) -> None:
        self._asks_demo = source.address.of_demo
