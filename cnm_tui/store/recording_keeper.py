"""Write every answer of the service to a recording file, for as long as the user records."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.service import Exchange
from cnm_tui.core.snapshot import Source
from cnm_tui.store.files import path_text
from cnm_tui.store.recording import Recorder, with_ending, written

if TYPE_CHECKING:
    from cnm_tui.store.redaction import Redaction

_ANOTHER: Final = "Record into another file."


@runtime_checkable
class TellsReplies(Protocol):
    """The interface of a connection to a service. It can pass each answer of the service to a listener function."""

    heard: Callable[[Exchange], None] | None

    @property
    def label(self) -> str:
        """The name of the service whose answers are passed to the listener."""


def _fingerprint(aliases: "Redaction | None") -> str:
    return "" if aliases is None else aliases.fingerprint


class RecordingKeeper:
    """Writes the answers of the service to the open recording.

    If writing fails, the recording is closed and the failure is reported.
    """

    def __init__(self, told: Callable[[], object] = lambda: None) -> None:
        """Prepare the object without opening a recording.

        `told` is a function that is called when a failure closes the recording. The call may come from any thread.
        """
        self.problem: StoreFailed | None = None
        """The failure that ended the last recording; None if there was none."""
        self.last_path = Path()
        """The file of the last recording that was opened."""
        self.kept = 0
        """Number of replies in the open recording that this program wrote."""
        self.aliases: Callable[[], Redaction | None] = lambda: None
        """Returns the aliases to write in place of names; None for names."""
        self.told = told
        self._recorder: Recorder | None = None
        self._fingerprint = ""
        self._source: TellsReplies | None = None

    @property
    def path(self) -> Path | None:
        """The file of the open recording. None if no recording is open."""
        return None if self._recorder is None else self._recorder.path

    def start(self, path: Path) -> None:
        """Open a recording, and close the recording that was open before.

        A file name without a suffix gets the suffix `.cnm`.

        Raises:
            StoreFailed: The file cannot be written. Or the file contains real names although aliases are in use,
                or it contains aliases although real names are in use.
        """
        recorder = Recorder(with_ending(path))
        fingerprint = _fingerprint(self.aliases())
        try:
            recorder.claim(fingerprint)
        except StoreFailed:
            recorder.close()
            raise
        self.stop()
        self._recorder, self._fingerprint, self.problem, self.kept = recorder, fingerprint, None, 0
        self.last_path = recorder.path
        self._listen()

    def stop(self) -> None:
        """Close the recording, if one is open."""
        recorder, self._recorder = self._recorder, None
        self._listen()
        if recorder is not None:
            recorder.close()

    def attach(self, source: Source) -> None:
        """From now on, record the answers that arrive through this connection.

        Do nothing if the connection cannot pass answers to a listener.
        """
        if self._source is not None:
            self._source.heard = None
        self._source = source if isinstance(source, TellsReplies) else None
        self._listen()

    def _listen(self) -> None:
        # Without a listener the source does not hold on to the bodies of replies.
        if self._source is not None:
            self._source.heard = None if self._recorder is None else partial(self.keep, self._source.label)

    def keep(self, label: str, exchange: Exchange) -> None:
        """Write one answer to the open recording. `label` is the name of the service. A failure closes
        the recording.
        """
        if (recorder := self._recorder) is None:
            return
        answer, aliases = written(exchange, label), self.aliases()
        try:
            if _fingerprint(aliases) != self._fingerprint:
                holds, others = ("aliases", "names") if self._fingerprint else ("names", "aliases")
                raise StoreFailed(f"{path_text(recorder.path)} holds {holds}, and no {others}.", hint=_ANOTHER)
            recorder.add(answer if aliases is None else aliases.of_written(answer))
            self.kept += 1
        except StoreFailed as problem:
            self.problem = problem
            self.stop()
            self.told()
