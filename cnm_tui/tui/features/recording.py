"""Record all responses of this run of the program in a file."""

from functools import partial
from pathlib import Path
from time import strftime

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import clean
from cnm_tui.core.units import plural
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.store.recording_keeper import RecordingKeeper
from cnm_tui.tui.dialogs.record_dialog import RecordDialog
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

_MODE = "recording"
_OUTCOME_SECONDS = 12.0


class RecordingFeature:
    """Starts and stops a recording, and shows in the title bar that a recording is running."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        made = view.services.recorder
        self._keeper: RecordingKeeper | None = None if made is None else made()
        session.answered.connect(lambda _before, _answer: self._see_failure())
        session.changed.connect(lambda _before, _after: self._see_failure())
        self._show()

    def toggle(self) -> None:
        """Stop the recording. If none is running, open a dialog in which the user chooses a file and starts one."""
        if self._keeper is None:
            self._view.say("Nothing can be recorded here: these answers come from a recording.")
        elif self._session.together:
            self._view.say("A recording keeps the answers of one profile: choose one first.")
        elif (path := self._keeper.path) is not None:
            self._session.scheduler.start_work(partial(self._stop, path))
        else:
            usual = f"cnm-{strftime('%Y%m%d-%H%M')}.cnm"
            self._view.ask(RecordDialog(usual, self._keeper.start), self._on_started)

    async def _stop(self, path: Path) -> None:
        assert self._keeper is not None
        kept = self._keeper.kept
        await in_daemon_thread(self._keeper.stop)
        self._show()
        self._view.say(f"Recording ended: {plural(kept, 'answer')} in {clean(str(path))}.", _OUTCOME_SECONDS)

    def _on_started(self, path: Path | None) -> None:
        if path is not None:
            stops = self._view.key("record")
            self._show()
            self._view.say(f"Recording from the next answer on; {stops} stops. File: {clean(str(path))}")

    def _show(self) -> None:
        is_open = self._keeper is not None and self._keeper.path is not None
        self._view.show_mode(_MODE, "RECORDING" if is_open else "")

    def _see_failure(self) -> None:
        """Tell the user once if the recording ended because of an error."""
        if self._keeper is not None and self._keeper.problem is not None:
            problem, self._keeper.problem = self._keeper.problem, None
            self._show()
            self._say_failure(problem)

    def _say_failure(self, problem: StoreFailed) -> None:
        self._view.say(f"The recording ended; answers until now are safe. {problem.sentence}", _OUTCOME_SECONDS)
