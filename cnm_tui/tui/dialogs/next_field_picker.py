"""Define a dialog to choose the next field of a drill-down, which splits rows by a finer field.

It opens if the settings name several next fields, or none.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from cnm_tui.core.fields.field_search import field_named
from cnm_tui.core.fields.group_by import Field
from cnm_tui.core.navigation.drill_paths import Step
from cnm_tui.core.text import cell_width, clean, padded
from cnm_tui.core.units import plural
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES
from cnm_tui.tui.widgets.filtered_list import ChoiceList
from cnm_tui.tui.widgets.hint import Hint

ANY_FIELDS: Final = ""
"""Answer that opens the picker of all fields."""
ITS_ADDRESS: Final = "N"
"""Answer that identifies an unresolved end; no field has this name."""
_MOST_NEXT_FIELDS: Final = 9
"""Maximum number of fields: one per digit key; settings may name more."""


class NextFieldPicker(Dialog[str | None]):
    """A dialog in which the user chooses the next field of a drill-down.

    Its result is a field, `ITS_ADDRESS`, `ANY_FIELDS`, or None if the user cancels.
    """

    CSS_PATH = DIALOG_STYLES

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(digit), f"choose({digit - 1})", f"Field {digit}", id=f"rung.{digit}", show=False)
            for digit in range(1, _MOST_NEXT_FIELDS + 1)
        ),
        Binding("N", "choose_address", "Identify an N/A end", id="rung.address", show=False),
        Binding("b", "choose_any", "Other fields", id="rung.any", show=False),
        Binding("escape", "dismiss", "Cancel", id="rung.cancel", show=False),
    ]

    def __init__(self, step: Step, catalogue: Mapping[str, Field], marked: int = 0, *, nameless: bool = False) -> None:
        """Create the dialog with the possible next fields of this drill-down step.

        Args:
            step: The field from which the drill-down starts, and the possible next fields.
            catalogue: All fields with their meanings.
            marked: The number of marked rows. 0 means that the drill-down is for the row at the cursor.
            nameless: True if no tag names the client or server from which the drill-down starts.
        """
        super().__init__()
        self._catalogue = catalogue
        self._marked = marked
        self._leaves = clean(step.leaves)
        self._next_fields = step.next_fields[:_MOST_NEXT_FIELDS]
        self._nameless = nameless
        self._answers = (*self._next_fields, *([ITS_ADDRESS] if nameless else []), ANY_FIELDS)

    def compose(self) -> ComposeResult:
        """Yield one line for each next field, with the keyboard key that chooses it."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Drill down"
            yield Static(self._sentence(), classes="paragraph", markup=False)
            yield ChoiceList(
                *(self._line(str(digit), next_field) for digit, next_field in enumerate(self._next_fields, 1)),
                *([Content.assemble(("N", "bold"), "  what it is: address, port, gateway")] if self._nameless else []),
                Content.assemble(("b", "bold"), "  other fields …"),
                markup=False,
            )
            yield Hint("enter goes on · esc cancels")

    def _sentence(self) -> str:
        if self._next_fields:
            into = f"Into {plural(self._marked, 'marked row')}, from" if self._marked else "From"
            return f"{into} {self._leaves}{', N/A here,' if self._nameless else ''} on to:"
        return f"No ladder leads on from {self._leaves}." if self._leaves else "There is no field to drill down from."

    def _line(self, key: str, next_field: str) -> Content:
        """Return a line with a field and its meaning, aligned with the other lines."""
        width = max(cell_width(clean(other)) for other in self._next_fields)
        name = padded(clean(next_field), width)
        meaning = field_named(next_field, self._catalogue).meaning
        return Content.assemble((key, "bold"), f"  {name}  ", (meaning, "$text-muted"))

    @on(OptionList.OptionSelected)
    def _choose(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._answers[message.option_index])

    def action_choose(self, position: int) -> None:
        """Close the dialog with the field at this position (from 0). Do nothing if there is no such field."""
        if position < len(self._next_fields):
            self.dismiss(self._next_fields[position])

    def action_choose_address(self) -> None:
        """Close the dialog with the result `ITS_ADDRESS`. Do nothing if the client or server has a name."""
        if self._nameless:
            self.dismiss(ITS_ADDRESS)

    def action_choose_any(self) -> None:
        """Close the dialog with the result `ANY_FIELDS`, which opens a list of all fields."""
        self.dismiss(ANY_FIELDS)
