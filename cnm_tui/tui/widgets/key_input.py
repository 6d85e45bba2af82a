"""Define a masked text input for an API key.

Other code reads its content only by a method that also clears it.
"""

from typing import ClassVar, Final

from textual import events

from cnm_tui.tui.terminal.steady_input import SteadyInput

_MASK: Final = "*"
_COPYING: Final = ("copy", "cut")


class KeyInput(SteadyInput):
    """A masked text input for an API key.

    Neither a keyboard key nor the mouse copies its content, because anybody at this computer could paste it.
    """

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="field", password=True)

    @property
    def shown(self) -> str:
        """Return a mask with one character for each character of the content."""
        return _MASK * len(self.value)

    @property
    def selected_text(self) -> str:
        """Return an empty text, because Textual would copy the selected text to the clipboard."""
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the actions that copy text. The key ctrl+c has the same effect as outside this input."""
        return action not in _COPYING and super().check_action(action, parameters)

    def cleared_value(self) -> str:
        """Return the content of the input, and clear the input."""
        value, self.value = self.value, ""
        return value

    def put(self, text: str) -> None:
        """Insert an API key at the cursor, without blanks. Copied API keys often contain blanks."""
        self.replace("".join(text.split()), *sorted(self.selection))

    def on_paste(self, event: events.Paste) -> None:
        """Insert the pasted API key without blanks."""
        event.prevent_default()
        event.stop()
        self.put(event.text)
