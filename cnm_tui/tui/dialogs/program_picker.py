"""Define a dialog to choose a command from settings.toml that runs for a row.

The complete command line is displayed before it runs.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from cnm_tui.core.row_commands import Offer
from cnm_tui.core.text import clean, padded
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.terminal.keys import textual_name
from cnm_tui.tui.widgets.filtered_list import ChoiceList, ScrolledText
from cnm_tui.tui.widgets.hint import Hint

_LONGEST_LINE_SHOWN = 400


class ProgramPicker(Dialog[Offer | None]):
    """A dialog in which the user chooses a command to run. Its result is None if the user cancels."""

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    ProgramPicker #line { height: 5; margin: 1 0 0 0; color: $text; }
    ProgramPicker.-tiny #line { height: 3; margin: 0; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="program.cancel", show=False),
    ]

    def __init__(self, offered: Sequence[Offer], first: str = "") -> None:
        """Create the dialog with these commands. The command whose name is `first` is highlighted."""
        super().__init__()
        self._offered = offered
        self._first = next((at for at, one in enumerate(offered) if one.name == first), 0)
        self._by_key = {textual_name(one.command.key): at for at, one in enumerate(offered) if one.command.key}

    def compose(self) -> ComposeResult:
        """Yield the list of commands, and the complete command line of the highlighted command."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Run for this row"
            yield ChoiceList(*map(self._line, self._offered), markup=False)
            yield Static("", id="line", markup=False)
            yield Hint("enter runs it as shown · arrows choose · esc cancels")

    def on_mount(self) -> None:
        """Highlight the command that was named when the dialog was created."""
        self.query_one(ChoiceList).highlighted = self._first

    def _line(self, one: Offer) -> Content:
        width = max(len(other.name) for other in self._offered)
        key = padded(clean(one.command.key, 8), 8 if self._by_key else 0)
        said = clean(one.why_not or one.line, _LONGEST_LINE_SHOWN)
        return Content.assemble((key, "bold"), f"{one.name:<{width}}  ", (said, "$text-muted"))

    @on(OptionList.OptionHighlighted)
    def _show(self, message: OptionList.OptionHighlighted) -> None:
        one = self._offered[message.option_index]
        self.query_one("#line", Static).update(one.why_not or one.line)

    @on(OptionList.OptionSelected)
    def _choose(self, message: OptionList.OptionSelected) -> None:
        if not (one := self._offered[message.option_index]).why_not:
            self.dismiss(one)

    def on_key(self, event: events.Key) -> None:
        """Highlight the command that belongs to the pressed keyboard key. Ignore other keys."""
        if (at := self._by_key.get(event.key)) is not None:
            event.stop()
            self.query_one(ChoiceList).highlighted = at


class ConfirmProgram(Dialog[bool]):
    """A dialog that displays a complete command line. Its result is True if the command may run."""

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = "ConfirmProgram #line { height: auto; max-height: 50vh; margin: 1 0 0 0; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "dismiss(False)", "Cancel", id="confirm.cancel", show=False),
        Binding("y", "dismiss(True)", "Run it", id="confirm.run", show=False),
    ]

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self._offer = offer

    def compose(self) -> ComposeResult:
        """Yield the complete command line. A long command line can be scrolled."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = f"Run {self._offer.name}?"
            with ScrolledText(id="line"):
                yield Static(self._offer.line, markup=False)
            yield Hint("y runs it · esc cancels")
