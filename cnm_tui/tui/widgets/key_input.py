"""Define a masked text input for an API key.

Other code can read its content only with a method that also clears the input.
"""

from typing import ClassVar, Final

from textual import events

from cnm_tui.tui.terminal.steady_input import SteadyInput

_MASK: Final = "*"
_COPYING: Final = ("copy", "cut")


class KeyInput(SteadyInput):
    """A masked text input for an API key.

    Its content can be copied neither with a keyboard key nor with the mouse, because anybody at this computer
    could paste it.
    """

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="field", password=True)

    @property
    def shown(self) -> str:
        """Return the text to display, which has one masking character for each character of the content."""
        return _MASK * len(self.value)

    @property
    def selected_text(self) -> str:
        """Return an empty text, because otherwise Textual would copy the selected text to the clipboard."""
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the actions that copy text. The keyboard key ctrl+c has the same effect as outside this input."""
        return action not in _COPYING and super().check_action(action, parameters)

    def cleared_value(self) -> str:
        """Return the content of the input, and clear the input."""
        value, self.value = self.value, ""
        return value

    def put(self, text: str) -> None:
        """Insert an API key at the cursor, without blanks, because a copied API key often contains blanks."""
        self.replace("".join(text.split()), *sorted(self.selection))

    def on_paste(self, event: events.Paste) -> None:
        """Insert the pasted API key without blanks."""
        event.prevent_default()
        event.stop()
        self.put(event.text)
