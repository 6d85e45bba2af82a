"""Replay a recording: show its responses step by step, jump to a response, or play them continuously."""

from contextlib import suppress
from time import monotonic
from typing import Final

from cnm_tui.core.errors import NotRecorded
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.recording import Recorded, query_sentence
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.units import plural, seconds_text
from cnm_tui.tui.dialogs.recorded_picker import RecordedPicker
from cnm_tui.tui.requests import Timer
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

_MODE: Final = "replay"
_SPEEDS: Final = (0, 1, 10, 60)
_SHORTEST_PAUSE_SECONDS: Final = 0.5
_NONE: Final = "These answers come from the service; `cnm-tui replay FILE` opens a recording."


class ReplayFeature:
    """Shows the recorded responses to the current query, by setting the clock of the replay to their times."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._replay = view.services.replay
        self._speed = 0
        self._next: Timer | None = None
        if self._replay is not None:
            # The clock of a replay stands still, and an answer waits for the cursor to rest.
            session.idle_clock = monotonic
            session.answered.connect(self._on_answer)
            self._show()

    def step(self, steps: int) -> None:
        """Show the recorded response to the current query that is `steps` responses later, or earlier if negative.

        If there is no such response, notify the user.
        """
        if self._replay is None:
            self._view.say(_NONE)
            return
        self._stop_playing()
        query = self._asked_query
        found = self._replay.answers.beside(query, self._replay.moment, steps)
        if found is not None:
            self._go(found)
            return
        _, count = self._replay.answers.place(query, self._replay.moment)
        end = "last" if steps > 0 else "first"
        jumps = self._view.key("replay.jump")
        recorded = f"This is the {end} of {plural(count, 'recorded answer')} to this question"
        self._view.say(
            f"{recorded}; {jumps} lists all." if count else f"This question is not recorded; {jumps} lists all."
        )

    def jump(self) -> None:
        """Open a dialog in which the user chooses a recorded response.

        The response may belong to the current query or to another query.
        """
        if self._replay is None:
            self._view.say(_NONE)
            return
        self._stop_playing()
        answers = [one for one in self._replay.answers.all if one.is_answer]
        self._view.ask(RecordedPicker(answers, self._replay.moment, self._sentence), self._on_picked)

    def _on_picked(self, recorded: Recorded | None) -> None:
        if recorded is not None:
            self._go(recorded, is_other=recorded.replayed_query != self._asked_query)

    @property
    def _asked_query(self) -> Query:
        """Return the current query with the real names, which is the form that the recording contains."""
        return self._session.as_asked(self._session.exploration.query)

    def _sentence(self, recorded: Recorded) -> str:
        """Return a sentence about the query of a recorded response. If redaction is on, the sentence
        contains aliases.
        """
        return query_sentence(self._session.as_shown(recorded.query)) if self._session.redacts else recorded.sentence

    def _go(self, recorded: Recorded, *, is_other: bool = False) -> None:
        """Move the clock of the replay to a recorded response, and show this response."""
        assert self._replay is not None
        self._replay.moment = recorded.moment
        query = self._session.as_shown(recorded.replayed_query) if is_other else self._session.exploration.query
        self._session.ask_changed(lambda _query: query)

    # Play

    def play(self) -> None:
        """Switch to the next speed of the playback: 1, 10, or 60 times the original speed, then stop."""
        if self._replay is None:
            self._view.say(_NONE)
            return
        self._speed = _SPEEDS[(_SPEEDS.index(self._speed) + 1) % len(_SPEEDS)]
        self._show()
        if not self._speed:
            self._stop_playing()
            self._view.say("The replay is paused.")
        else:
            self._plan()

    def _plan(self) -> None:
        """Schedule the display of the next recorded response to the current query.

        If there is no next response, stop the playback.
        """
        assert self._replay is not None
        if self._next is not None:
            self._next.stop()
        found = self._replay.answers.beside(self._asked_query, self._replay.moment, 1)
        if found is None:
            self._stop_playing()
            self._view.say("This is the last recorded answer to this question.")
            return
        pause = max(_SHORTEST_PAUSE_SECONDS, (found.moment - self._replay.moment) / self._speed)
        self._next = self._session.scheduler.call_after(pause, lambda: self._go(found))
        self._view.say(f"Playing at {self._speed}x; the next answer comes in {seconds_text(round(pause))}.")

    def _stop_playing(self) -> None:
        self._speed = 0
        if self._next is not None:
            self._next.stop()
            self._next = None
        self._show()

    def _on_answer(self, _before: Exploration, _answer: Snapshot) -> None:
        """Set the clock of the replay to the time of the displayed response.

        During playback, schedule the next response.
        """
        assert self._replay is not None
        # An answer that is put together from parts has no moment of its own.
        with suppress(NotRecorded):
            self._replay.moment = self._replay.answers.at(self._asked_query, self._replay.moment).moment
        self._show()
        if self._speed:
            self._plan()

    def _show(self) -> None:
        """Show the number of the current response and the count of responses in the title bar, for example `2/7`."""
        assert self._replay is not None
        number, count = self._replay.answers.place(self._asked_query, self._replay.moment)
        speed = f" {self._speed}x" if self._speed else ""
        self._view.show_mode(_MODE, f"REPLAY{speed} {number}/{count}")
