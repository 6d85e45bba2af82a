"""Show a tour of five steps. Each step explains one keyboard key.

The next step is displayed when the user has pressed that key.
"""

from typing import Final, NamedTuple

from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


class Step(NamedTuple):
    """One step of the tour. It contains a command that the user should try, and a sentence with its keyboard key."""

    command: str
    sentence: str


STEPS: Final = (
    Step("toggle_detail", "{key} shows what is known of the worst row, on top"),
    Step("divide", "{key} tells how this column's values divide the rows"),
    Step("neighbours", "{key} shows who calls this service, what it calls"),
    Step("drill_down", "{key} asks for what is behind the row"),
    Step("help", "{key} has all keys; ctrl+p finds actions by name"),
)


class TourFeature:
    """Shows the steps of the tour above the status bar. The tour ends after the last step or with the esc key."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._at: int | None = None
        """The step shown; None without a tour."""

    @property
    def is_on(self) -> bool:
        """True if a step of the tour is displayed."""
        return self._at is not None

    def start(self) -> None:
        """Show the first step of the tour."""
        self._at = 0
        self._show()

    def on_command(self, command: str) -> None:
        """Show the next step of the tour if this command belongs to the current step."""
        if self._at is None or STEPS[self._at].command != command:
            return
        self._at += 1
        if self._at < len(STEPS):
            self._show()
        else:
            self._end("That was the tour. Everything else is in the help.")

    def skip(self) -> None:
        """End the tour."""
        self._end(f"The tour is over; {self._view.key('help')}, then t starts it again.")

    def _show(self) -> None:
        if self._at is not None:
            step = STEPS[self._at]
            sentence = step.sentence.format(key=self._view.key(step.command))
            self._view.offer(f"{self._at + 1}/{len(STEPS)}  {sentence} · esc skips")

    def _end(self, sentence: str) -> None:
        self._at = None
        self._view.offer("")
        self._view.say(sentence)
