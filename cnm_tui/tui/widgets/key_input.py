"""A masked input for an API key, whose content leaves it only by `take`."""

from typing import ClassVar, Final

from textual import events

from cnm_tui.tui.terminal.steady_input import SteadyInput

_MASK: Final = "*"
_COPYING: Final = ("copy", "cut")


class KeyInput(SteadyInput):
    """Masked. Neither a keyboard key nor the mouse copies from it, as anybody nearby could paste its content."""

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="field", password=True)

    @property
    def shown(self) -> str:
        """The content as mask characters."""
        return _MASK * len(self.value)

    @property
    def selected_text(self) -> str:
        """Empty, as Textual copies this."""
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable copying; ctrl+c works here as elsewhere."""
        return action not in _COPYING and super().check_action(action, parameters)

    def cleared_value(self) -> str:
        """Return the content, and clear it."""
        value, self.value = self.value, ""
        return value

    def put(self, text: str) -> None:
        """Insert an API key at the cursor, without blanks: copied keys often have some."""
        self.replace("".join(text.split()), *sorted(self.selection))

    def on_paste(self, event: events.Paste) -> None:
        """Paste an API key without blanks."""
        event.prevent_default()
        event.stop()
        self.put(event.text)
