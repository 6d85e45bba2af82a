"""The base of all dialogs, which answers exactly once."""

from asyncio import sleep
from typing import TYPE_CHECKING, Any

from textual.await_complete import AwaitComplete
from textual.events import Event, Mount, Resize
from textual.renderables.background_screen import BackgroundScreen
from textual.renderables.blank import Blank
from textual.screen import ModalScreen, ScreenResultType

if TYPE_CHECKING:
    from textual.screen import Screen

    _AnyScreen = Screen[Any]
else:
    # Textual reads the style sheet of the first base class that is a DOMNode; Textual's own dialogs keep theirs.
    _AnyScreen = object


class AnswersOnce(_AnyScreen):
    """A screen whose first answer counts. Textual's `dismiss` closes whatever screen is in front, each time."""

    answered = False
    """True once there is an answer, even while another screen still covers this one."""
    _held_answer: Any = None

    async def on_event(self, event: Event) -> None:
        """Handle an event; ignore events of a screen that closed before its widgets existed."""
        is_open = self.children and self in self.app.screen_stack
        if is_open or not isinstance(event, Mount | Resize):
            await super().on_event(event)

    def render(self) -> Any:
        """Return the screen under this one, with the dialog's colour over it.

        Textual takes it from a list that is meant for the screen in front: a mouse event that comes late to a screen
        below would draw two screens each as the background of the other, without end.
        """
        stack, colour = self.app.screen_stack, self.styles.background
        below = stack[: stack.index(self)] if self in stack else []
        return BackgroundScreen(below[-1], colour) if below and colour.a < 1 else Blank(colour)

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Answer and close, once; if covered by another screen, close when that one is gone."""
        if not self.answered:
            self.answered, self._held_answer = True, result
            if self.is_active:
                return super().dismiss(result)
        return AwaitComplete(sleep(0))

    def on_screen_resume(self) -> None:
        """Close now if an answer is waiting: the covering screen is gone."""
        if self.answered and self.is_active:
            super().dismiss(self._held_answer)


class Dialog(AnswersOnce, ModalScreen[ScreenResultType]):
    """A modal dialog; `push_screen` receives its answer."""
