"""Choose and order the fields by which connections are aggregated."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.group_by import CATALOGUE, MOST_GROUP_BYS, Field, Side, checked_group_bys, side_of
from cnm_tui.core.text import clean
from cnm_tui.tui.screens.styles import DIALOG_STYLES

CHOSEN = "✓"
NAME_WIDTH = 29
"""Columns for a field in the list, with the sign before it and the blank behind it."""


class FilterBox(Input):
    """What narrows the list; no field's name holds a space, so that key is free to choose."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Leave the space bar to the picker."""
        return key != "space" and super().check_consume_key(key, character)


class GroupByPicker(ModalScreen[tuple[str, ...] | None]):
    """Answers the chosen fields in order, or None when cancelled."""

    CSS_PATH = DIALOG_STYLES

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_without", "Cancel", id="group_by.cancel", show=False),
        Binding("down", "highlight(1)", "Next field", id="group_by.down", show=False, priority=True),
        Binding("up", "highlight(-1)", "Field before", id="group_by.up", show=False, priority=True),
        Binding("pagedown", "highlight(10)", "Ten fields on", id="group_by.page_down", show=False, priority=True),
        Binding("pageup", "highlight(-10)", "Ten fields back", id="group_by.page_up", show=False, priority=True),
        Binding("tab", "next_side(1)", "Next side", id="group_by.next_side", show=False, priority=True),
        Binding("shift+tab", "next_side(-1)", "Side before", id="group_by.side_before", show=False, priority=True),
        Binding("space", "toggle_field", "Choose or drop", id="group_by.toggle", show=False, priority=True),
        Binding("ctrl+up", "shift(-1)", "Move it up", id="group_by.earlier", show=False, priority=True),
        Binding("ctrl+down", "shift(1)", "Move it down", id="group_by.later", show=False, priority=True),
        Binding("ctrl+x", "drop_all", "Drop all", id="group_by.drop_all", show=False, priority=True),
    ]

    def __init__(self, chosen: Sequence[str]) -> None:
        super().__init__()
        self._chosen = list(chosen)
        self._side = Side.CLIENT
        self._chosen_by_hand = False
        """Whether space or a click has chosen or dropped since the last typing, so that enter takes nothing along."""

    def compose(self) -> ComposeResult:
        """A filter over the fields of one side, and the chosen ones beside them."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Group by"
            yield Static("", id="sides", markup=False)
            yield FilterBox(
                id="filter", classes="field", placeholder="type to filter, or a custom tag such as client_tier"
            )
            with Horizontal(id="lists"):
                yield OptionList(id="fields", markup=False)
                yield Static("", id="chosen", markup=False)
            yield Static("", id="meaning", markup=False)
            yield Static("", id="refusal", markup=False)
            yield Static(
                "space chooses · enter asks · tab side · ctrl+↑↓ moves · ctrl+x clears",
                classes="hint",
                markup=False,
            )

    def on_mount(self) -> None:
        """The keyboard stays in the filter; the list is moved by the arrow keys."""
        self.query_one(Input).cursor_blink = False
        self.query_one(OptionList).can_focus = False
        self._refuse("")
        self._show_all()

    def _show_all(self) -> None:
        self._show_fields()
        self._show_chosen()

    def _show_fields(self) -> None:
        titles = [
            Content.styled(f"[{side.value}]", "bold $accent") if side is self._side else Content(f" {side.value} ")
            for side in Side
        ]
        self.query_one("#sides", Static).update(Content("  ").join(titles))
        options = self.query_one(OptionList)
        kept = self._highlighted()
        options.clear_options()
        options.add_options([self._option(field) for field in self._matching()])
        if options.option_count:
            positions = {option.id: position for position, option in enumerate(options.options)}
            options.highlighted = positions.get(kept, 0)

    def _option(self, field: Field) -> Option:
        sign = CHOSEN if field.group_by in self._chosen else " "
        name = f"{sign} {clean(field.group_by)}".ljust(NAME_WIDTH - 1)
        return Option(Content.assemble(name, " ", (field.meaning, "$text-muted")), id=field.group_by)

    def _matching(self) -> list[Field]:
        typed = self.query_one("#filter", Input).value.strip()
        words = typed.casefold().split()
        if words:
            # What is typed may belong to any side; the side in front comes first.
            sides = [self._side, *(side for side in Side if side is not self._side)]
            fields = [field for side in sides for field in CATALOGUE.values() if field.side is side]
        else:
            fields = [field for field in CATALOGUE.values() if field.side is self._side]
        found = [
            field for field in fields if all(word in f"{field.group_by} {field.meaning}".casefold() for word in words)
        ]
        found.sort(key=lambda field: bool(words) and not any(word in field.group_by.casefold() for word in words))
        if typed and typed not in CATALOGUE and " " not in typed:
            found.append(Field(typed, side_of(typed), "a custom tag, taken as it is"))
        return found

    def _highlighted(self) -> str | None:
        options = self.query_one(OptionList)
        return None if options.highlighted is None else options.get_option_at_index(options.highlighted).id

    def _show_chosen(self) -> None:
        count = f"{len(self._chosen)}/{MOST_GROUP_BYS} chosen{', full' if len(self._chosen) == MOST_GROUP_BYS else ''}"
        lines = [f"{position:>2} {clean(group_by)}" for position, group_by in enumerate(self._chosen, start=1)]
        self.query_one("#chosen", Static).update("\n".join([count, *lines]))

    def _refuse(self, sentence: str) -> None:
        self.query_one("#refusal", Static).update(sentence)
        # They share a line: the dialog has none to spare on a small terminal.
        self.query_one("#refusal").display = bool(sentence)
        self.query_one("#meaning").display = not sentence

    def _show_meaning(self) -> None:
        """What the highlighted field means, where the list is too narrow to say it."""
        field = CATALOGUE.get(self._highlighted() or "")
        room = self.query_one(OptionList).scrollable_content_region.width - NAME_WIDTH
        cut = field is not None and len(field.meaning) > room
        self.query_one("#meaning", Static).update(field.meaning if field is not None and cut else "")

    @on(Input.Changed)
    def _on_typed(self) -> None:
        self._chosen_by_hand = False
        self._refuse("")
        self._show_fields()
        if self.query_one(OptionList).option_count:
            self.query_one(OptionList).highlighted = 0

    @on(OptionList.OptionHighlighted)
    def _on_highlighted(self) -> None:
        self._show_meaning()

    @on(OptionList.OptionSelected)
    def _on_clicked(self) -> None:
        self.action_toggle_field()

    def action_highlight(self, rows: int) -> None:
        """Another field."""
        options = self.query_one(OptionList)
        if options.option_count:
            options.highlighted = max(0, min((options.highlighted or 0) + rows, options.option_count - 1))

    def action_next_side(self, step: int) -> None:
        """The fields of another side."""
        sides = list(Side)
        self._side = sides[(sides.index(self._side) + step) % len(sides)]
        self._show_fields()

    def action_toggle_field(self) -> None:
        """Choose the highlighted field, or drop it."""
        group_by = self._highlighted()
        if group_by is None:
            return
        self._chosen_by_hand = True
        wanted = [g for g in self._chosen if g != group_by] if group_by in self._chosen else [*self._chosen, group_by]
        try:
            self._chosen = list(checked_group_bys(wanted))
        except InvalidQuery as refusal:
            self._refuse(refusal.sentence)
            return
        self._refuse("")
        self._show_all()

    def action_shift(self, step: int) -> None:
        """Move the highlighted field among the chosen ones."""
        group_by = self._highlighted()
        if group_by not in self._chosen:
            self._refuse("Only a chosen field can be moved; space chooses it.")
            return
        position = self._chosen.index(group_by)
        other = max(0, min(position + step, len(self._chosen) - 1))
        self._chosen[position], self._chosen[other] = self._chosen[other], self._chosen[position]
        self._show_chosen()

    def action_drop_all(self) -> None:
        """Choose anew."""
        self._chosen = []
        self._show_all()

    @on(Input.Submitted)
    def _on_submitted(self) -> None:
        """Enter asks; a field that was just typed for is taken along, unless space has already decided."""
        typed = self.query_one("#filter", Input).value.strip()
        found = self._highlighted()
        if typed and not self._chosen_by_hand and found is not None and found not in self._chosen:
            self.action_toggle_field()
            if self.query_one("#refusal", Static).content:
                return
        self.dismiss(tuple(self._chosen))

    def action_dismiss_without(self) -> None:
        """Cancel."""
        self.dismiss(None)
