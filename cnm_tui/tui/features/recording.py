"""Record all responses of this run of the program in a file."""

from functools import partial
from pathlib import Path
from time import strftime

from cnm_tui.core.units import plural
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.store.files import path_text
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
        self._proposed = ""
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
            redacts, session = self._session.redacts, self._session
            holds = "aliases in place of names, and no keys" if redacts else "the names of your services, and no keys"
            self._proposed = usual
            self._view.ask(RecordDialog(usual, self._keeper.start, session.about_file, holds), self._on_started)

    async def _stop(self, path: Path) -> None:
        assert self._keeper is not None
        kept = self._keeper.kept
        await in_daemon_thread(self._keeper.stop)
        self._show()
        self._view.say(f"Recording ended: {plural(kept, 'answer')} in {self._named(path)}.", _OUTCOME_SECONDS)

    def _on_started(self, path: Path | None) -> None:
        if path is not None:
            stops = self._view.key("record")
            self._show()
            self._view.say(f"Recording from the next answer on; {stops} stops. File: {self._named(path)}")

    def _named(self, path: Path) -> str:
        return self._session.about_file(path_text(path), path, self._proposed)

    def _show(self) -> None:
        is_open = self._keeper is not None and self._keeper.path is not None
        self._view.show_mode(_MODE, "RECORDING" if is_open else "")

    def _see_failure(self) -> None:
        """Tell the user once if the recording ended because of an error."""
        keeper = self._keeper
        if keeper is not None and keeper.problem is not None:
            problem, keeper.problem = keeper.problem, None
            self._show()
            said = self._session.about_file(problem.sentence, keeper.last_path, self._proposed)
            self._view.say(f"The recording ended; answers until now are safe. {said}", _OUTCOME_SECONDS)
