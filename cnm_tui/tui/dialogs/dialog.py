"""Define the base class of all dialogs. It makes sure that a dialog returns its result exactly once."""

from asyncio import sleep
from typing import TYPE_CHECKING, Any

from textual.await_complete import AwaitComplete
from textual.events import Event, Mount, Resize
from textual.renderables.background_screen import BackgroundScreen
from textual.renderables.blank import Blank
from textual.screen import ModalScreen, ScreenResultType
from textual.worker import NoActiveWorker, get_current_worker

if TYPE_CHECKING:
    from textual.screen import Screen

    _AnyScreen = Screen[Any]
else:
    # Textual reads the style sheet of the first base class that is a DOMNode; Textual's own dialogs keep theirs.
    _AnyScreen = object


class AnswersOnce(_AnyScreen):
    """A screen that returns only its first result, and closes only itself.

    Textual's method `dismiss` closes the front screen at every call, even if another screen is in front.
    """

    answered = False
    """True once there is an answer, even while another screen still covers this one."""
    _held_answer: Any = None

    async def on_event(self, event: Event) -> None:
        """Handle a Textual event. Ignore some events if the screen was closed before its widgets were created."""
        is_open = self.children and self in self.app.screen_stack
        if is_open or not isinstance(event, Mount | Resize):
            await super().on_event(event)

    def render(self) -> Any:
        """Return the screen below this dialog, tinted with the dialog's background colour.

        Textual's own method takes the screen below from a list that is correct only for the front screen. If a late
        mouse event redrew another screen, two screens could draw each other without end.
        """
        stack, colour = self.app.screen_stack, self.styles.background
        below = stack[: stack.index(self)] if self in stack else []
        return BackgroundScreen(below[-1], colour) if below and colour.a < 1 else Blank(colour)

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Store the dialog's result and close the dialog. Later calls do nothing.

        If another screen covers the dialog, the dialog closes after that screen has closed.
        """
        if not self.answered:
            self.answered, self._held_answer = True, result
            self._cancel_workers()
            if self.is_active:
                return super().dismiss(result)
        return AwaitComplete(sleep(0))

    def _cancel_workers(self) -> None:
        """Cancel the workers of the dialog, because they would look for widgets that are gone.

        The worker that returns the result is not cancelled.
        """
        try:
            current = get_current_worker()
        except NoActiveWorker:
            current = None
        for worker in [*self.workers]:
            if worker.node is self and worker is not current:
                worker.cancel()

    def on_screen_resume(self) -> None:
        """Close the dialog if it already has a result, because the screen that covered it has closed."""
        if self.answered and self.is_active:
            super().dismiss(self._held_answer)


class Dialog(AnswersOnce, ModalScreen[ScreenResultType]):
    """A modal dialog. When it closes, the callback function of Textual's `push_screen` receives its result."""
