"""A box for a key: what is in it is seen by nobody and goes nowhere but to who takes it out."""

from typing import ClassVar, Final

from textual import events

from cnm_tui.tui.terminal.steady_input import SteadyInput

_MASK: Final = "*"
_COPYING: Final = ("copy", "cut")


class KeyInput(SteadyInput):
    """Masked. Neither a key nor the mouse copies from it: whoever stands by could paste what is in it."""

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="field", password=True)

    @property
    def shown(self) -> str:
        """A mask for each character."""
        return _MASK * len(self.value)

    @property
    def selected_text(self) -> str:
        """None: it is what Textual copies."""
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what copies; ctrl+c means here what it means elsewhere."""
        return action not in _COPYING and super().check_action(action, parameters)

    def take(self) -> str:
        """What is in it, which from then on is not."""
        value, self.value = self.value, ""
        return value

    def put(self, text: str) -> None:
        """Where the cursor is. No key has blanks, but what is copied from a page or a terminal mostly has some."""
        self.replace("".join(text.split()), *sorted(self.selection))

    def on_paste(self, event: events.Paste) -> None:
        """Take a key without its blanks."""
        event.prevent_default()
        event.stop()
        self.put(event.text)
