"""Define a dialog to choose the fields to group by, and their order."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import var
from textual.widgets import Input, OptionList, Static

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.field_search import fields_of, listed_fields, moved, offered, toggled, with_both_sides
from cnm_tui.core.fields.group_by import LONGEST_GROUP_BY, MOST_GROUP_BYS, Side, checked_group_bys
from cnm_tui.core.text import clean
from cnm_tui.core.units import plural
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.terminal.keys import in_force_there
from cnm_tui.tui.widgets.field_lists import THREE_LISTS_FROM, FieldLists, marked
from cnm_tui.tui.widgets.filtered_list import ListFilter
from cnm_tui.tui.widgets.hint import Hint

CHOSEN: Final = "✓"
RECENT: Final = "·"
ONE_LINE_FROM: Final = 80
"""Minimum screen width for the presets, and the key hints, in one line."""

_LONGEST_PASTED: Final = MOST_GROUP_BYS * 2 * LONGEST_GROUP_BY
"""Maximum characters of a pasted list; a longer one is kept only far enough to report that it is too long."""
_FREE_KEYS: Final = ("space", "less_than_sign", "greater_than_sign")
_DIGITS: Final = tuple("123456789")
"""Keys of the presets; an endpoint may have fewer."""
_KEYS: Final = "enter asks · space adds · tab side · ctrl+o both · <> move · esc cancels"
"""Fits the dialog's width on 80 columns."""
_KEYS_IF_WIDE: Final = "enter asks · space picks · tab side · ctrl+o both sides · <> moves · esc cancels"
_KEYS_IN_TWO_LINES: Final = (
    "enter asks · space picks · tab side · <> moves\nctrl+o both sides · ctrl+x clears · esc cancels"
)


class FieldFilter(ListFilter):
    """The text input in which the user types letters of a field's name.

    Characters that cannot occur in a name are keyboard commands of the dialog. If the input is empty, digits
    are keyboard commands too.
    """

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Return True if this keyboard key types a character into the input.

        Return False if the key is a command of the dialog.
        """
        return (bool(self.value) or key not in _DIGITS) and super().check_consume_key(key, character)

    def on_paste(self, event: events.Paste) -> None:
        """If several lines are pasted, each with one field, paste the fields as a comma-separated list.

        Textual's own method would paste the first line only.
        """
        event.prevent_default()
        event.stop()
        lines = [line.strip(" \t,") for line in event.text[:_LONGEST_PASTED].splitlines()]
        self.replace(clean(",".join(line for line in lines if line)), *sorted(self.selection))


class GroupByPicker(Dialog[tuple[str, ...] | None]):
    """A dialog in which the user chooses the fields to group by.

    Its result is the fields in their order, or None if the user cancels.
    """

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    GroupByPicker #ready { height: 1; }
    GroupByPicker .preset { width: auto; margin: 0 2 0 0; }
    GroupByPicker .preset:hover, GroupByPicker .side:hover { text-style: underline; }
    GroupByPicker #sides { height: 1; margin: 1 0 0 0; }
    GroupByPicker .side { width: auto; padding: 0 2 0 0; }
    GroupByPicker #count { width: 30; padding: 0 0 0 2; dock: right; color: $text-muted; }
    GroupByPicker.-three-lists .side { width: 1fr; }
    GroupByPicker.-two-lines #ready { layout: grid; grid-size: 4; height: 2; }
    GroupByPicker.-two-lines .preset { width: 1fr; margin: 0; }
    GroupByPicker.-two-lines #count { width: auto; padding: 0; }
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-two-lines"), (ONE_LINE_FROM, "-one-list"), (THREE_LISTS_FROM, "-three-lists")]
    VERTICAL_BREAKPOINTS = [*TINY_OR_LOW, (36, "-high")]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="group_by.cancel", show=False),
        Binding("down", "highlight(1)", "Next field", id="group_by.down", show=False),
        Binding("up", "highlight(-1)", "Previous field", id="group_by.up", show=False),
        Binding("pagedown", "highlight(10)", "Ten fields down", id="group_by.page_down", show=False),
        Binding("pageup", "highlight(-10)", "Ten fields up", id="group_by.page_up", show=False),
        Binding("tab", "next_side(1)", "Next side", id="group_by.next_side", show=False),
        Binding("shift+tab", "next_side(-1)", "Previous side", id="group_by.side_before", show=False),
        Binding("space", "toggle_field", "Select or remove", id="group_by.toggle", show=False),
        Binding("ctrl+o", "choose_both_sides", "Select on both sides", id="group_by.both_sides", show=False),
        Binding("ctrl+x", "drop_all", "Remove all", id="group_by.drop_all", show=False),
        Binding("less_than_sign,ctrl+up", "shift(-1)", "Move it forward", id="group_by.earlier", show=False),
        Binding("greater_than_sign,ctrl+down", "shift(1)", "Move it back", id="group_by.later", show=False),
        *(
            Binding(digit, f"ask_preset({place})", f"Preset {digit}", id=f"group_by.preset_{digit}", show=False)
            for place, digit in enumerate(_DIGITS)
        ),
    ]

    recent: var[Sequence[str]] = var((), init=False)
    """The fields used last, latest first."""

    def __init__(
        self,
        chosen: Sequence[str],
        endpoint: Endpoint,
        recent: Sequence[str] = (),
        side: Side = Side.CLIENT,
    ) -> None:
        super().__init__()
        self._endpoint = endpoint
        self.set_reactive(GroupByPicker.recent, recent)
        self._chosen = tuple(chosen)
        self._first = list(chosen)
        """Fields listed first, with the recent ones; they keep their places while the user chooses."""
        self._side = side
        """The side that the user chose; typed text may switch to another."""
        self._lists = FieldLists(self._sign)
        self._chosen_by_hand = False
        """True if a key or click has chosen fields since the last typing; enter then adds nothing."""

    def compose(self) -> ComposeResult:
        """Yield the widgets of the dialog.

        These are a filter input, the presets, three lists (client, server and other fields), and the chosen fields.
        """
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Group by"
            yield FieldFilter("type to filter, or a custom tag: client_tier", free=_FREE_KEYS)
            with Horizontal(id="ready"):
                for digit, _preset in zip(_DIGITS, self._endpoint.presets, strict=False):
                    yield Static("", id=f"preset_{digit}", classes="preset", markup=False)
            with Horizontal(id="sides"):
                for side in Side:
                    yield Static("", id=_title_id(side), classes="side", markup=False)
                yield Static("", id="count", markup=False)
            with Horizontal(id="lists"):
                yield self._lists
                yield Static("", id="chosen", markup=False)
            yield Static("", id="meaning", markup=False)
            yield Static("", id="refusal", markup=False)
            yield Hint()

    def on_mount(self) -> None:
        """Fill the lists with all fields."""
        self._refuse("")
        self._show_for_width()

    def on_resize(self) -> None:
        """Display either three lists, or one list with the meanings of the fields, depending on the new width."""
        self._show_for_width()

    def watch_recent(self) -> None:
        """List the recently used fields, which were read from the disk while the dialog was opening."""
        if self.is_mounted:
            self._show_fields()

    # Display

    @property
    def _three_lists(self) -> bool:
        return self.app.size.width >= THREE_LISTS_FROM

    @property
    def _two_lines(self) -> bool:
        return self.app.size.width < ONE_LINE_FROM

    @property
    def _typed(self) -> str:
        return self.query_one(FieldFilter).value.strip()

    def _show_for_width(self) -> None:
        for digit, preset in zip(_DIGITS, self._endpoint.presets, strict=False):
            called = preset.name if self._three_lists else preset.short_name
            label = Content.assemble((digit, "bold"), " ", (called, "$text-muted"))
            self.query_one(f"#preset_{digit}", Static).update(label)
        keys = _KEYS_IF_WIDE if self._three_lists else _KEYS
        self.query_one(Hint).update(_KEYS_IN_TWO_LINES if self._two_lines else keys)
        self._show_fields()

    def _show_fields(self, *, from_the_top: bool = False) -> None:
        first = [*self._first, *self.recent]
        fields = [field for side in Side for field in fields_of(side, first, self._endpoint.fields)]
        self._lists.show(offered(fields, self._typed, self._endpoint.fields), from_the_top=from_the_top)
        # The user's side, unless typed text matches another side only, or better.
        self._bring_to_front(self._lists.best_side(self._side) if self._typed else self._side)

    def _bring_to_front(self, side: Side) -> None:
        self._lists.bring_to_front(side)
        for other in Side:
            title = (f"[{other.value}]", "bold $accent") if other is side else f" {other.value} "
            counted = Content.assemble(title, " ", (str(self._lists.count(other)), "$text-muted"))
            self.query_one(f"#{_title_id(other)}", Static).update(counted)
        self._show_chosen()
        self._show_meaning()

    def _sign(self, group_by: str) -> str:
        if group_by in self._chosen:
            return CHOSEN
        return RECENT if group_by in self.recent else " "

    @property
    def _highlighted(self) -> str | None:
        return None if (found := self._lists.highlighted) is None else found.field.group_by

    def _show_chosen(self) -> None:
        full = len(self._chosen) == MOST_GROUP_BYS
        rest = ", full" if full else " · ctrl+x clears" if self._chosen and not self._two_lines else ""
        called = "" if full and self._two_lines else " chosen"
        count = in_force_there(self, f"{len(self._chosen)}/{MOST_GROUP_BYS}{called}{rest}")
        self.query_one("#count", Static).update(count, layout=self._two_lines)
        highlighted, chosen = self._highlighted, self.query_one("#chosen", Static)
        lines = [
            Content.styled(f"›{place:>2} {clean(group_by)}", "bold $accent")
            if group_by == highlighted
            else Content(f"{place:>3} {clean(group_by)}")
            for place, group_by in enumerate(self._chosen, start=1)
        ]
        # Without room for all, those around the highlighted one, or the last ones.
        at = self._chosen.index(highlighted) if highlighted in self._chosen else len(lines)
        room = chosen.size.height or len(lines)
        first = max(0, min(at - room // 2, len(lines) - room))
        chosen.update(Content("\n").join(lines[first : first + room]), layout=False)

    def _refuse(self, sentence: str) -> None:
        self.query_one("#refusal", Static).update(sentence)
        # Both on one line: the dialog has no spare line on a small terminal.
        self.query_one("#refusal").display = bool(sentence)
        self.query_one("#meaning").display = not sentence

    def _show_meaning(self) -> None:
        """Display the meaning of the highlighted field in one line below the lists."""
        found = self._lists.highlighted
        if listed := listed_fields(self._typed, self._endpoint.fields):
            chooses = in_force_there(self, "space chooses or drops them all")
            said = Content(f"{plural(len(listed), 'field')} listed: {chooses}, enter asks.")
        elif found is None:
            said = Content("No field matches. A custom tag is one word; separate several fields by commas.")
        else:
            lately = f" {RECENT} used lately" if self._sign(found.field.group_by) == RECENT else ""
            said = Content.assemble(marked(found.field.meaning, found.in_meaning), lately)
        self.query_one("#meaning", Static).update(said, layout=False)

    # Actions

    @on(Input.Changed)
    def _on_typed(self) -> None:
        self._chosen_by_hand = False
        self._refuse("")
        self._show_fields(from_the_top=True)

    @on(OptionList.OptionHighlighted)
    def _on_highlighted(self) -> None:
        self._show_chosen()
        self._show_meaning()

    @on(OptionList.OptionSelected)
    def _on_field_clicked(self, message: OptionList.OptionSelected) -> None:
        self._side = self._lists.side_of(message.option_list)
        self._bring_to_front(self._side)
        self.action_toggle_field()

    @on(events.Click, ".side")
    def _on_side_clicked(self, message: events.Click) -> None:
        if message.widget is not None:
            self._side = next(side for side in Side if _title_id(side) == message.widget.id)
            self._bring_to_front(self._side)

    @on(events.Click, ".preset")
    def _on_preset_clicked(self, message: events.Click) -> None:
        if message.widget is not None and message.widget.id is not None:
            self.action_ask_preset(_DIGITS.index(message.widget.id.removeprefix("preset_")))

    def action_highlight(self, rows: int) -> None:
        """Move the highlight down by this number of lines in the list. A negative number moves it up."""
        self._lists.step(rows)

    def action_next_side(self, step: int) -> None:
        """Go to the next list (client, server or other fields) that contains a matching field."""
        self._side = self._lists.next_side(step)
        self._bring_to_front(self._side)

    def action_toggle_field(self) -> None:
        """Choose the highlighted field, or remove it if it was chosen.

        If the user typed or pasted a list of fields, this applies to all fields of the list.
        """
        self._change(lambda: toggled(self._chosen, self._meant()))

    def action_choose_both_sides(self) -> None:
        """Choose the highlighted field for both the client and the server."""
        self._change(lambda: with_both_sides(self._chosen, self._meant(), self._endpoint.fields))

    def action_shift(self, step: int) -> None:
        """Move the highlighted field forward or back in the order of the chosen fields."""
        self._change(lambda: moved(self._chosen, self._highlighted or "", step))

    def action_drop_all(self) -> None:
        """Remove all chosen fields."""
        self._change(tuple)

    def action_ask_preset(self, place: int) -> None:
        """Close the dialog with the fields of a preset as its result. The chosen fields are ignored."""
        if place < len(self._endpoint.presets):
            self.dismiss(self._endpoint.presets[place].group_bys)

    def _meant(self) -> Sequence[str]:
        """Return the fields to which a pressed key applies: the typed list of fields, or the highlighted field.

        Raises:
            InvalidQuery: No field is highlighted, and the typed text is not a field.
        """
        if listed := listed_fields(self._typed, self._endpoint.fields):
            return listed
        group_by = self._highlighted
        return checked_group_bys([self._typed]) if group_by is None else (group_by,)

    def _meant_and_missing(self) -> Sequence[str]:
        return [group_by for group_by in self._meant() if group_by not in self._chosen]

    def _change(self, changed: Callable[[], tuple[str, ...]]) -> bool:
        """Apply the function `changed`, which changes the chosen fields, and return True.

        If the change is invalid, display the reason and return False. The typed text stays in the input.
        """
        try:
            chosen = changed()
        except InvalidQuery as refusal:
            self._refuse(refusal.sentence)
            return False
        self._refuse("")
        self._chosen_by_hand = True
        before, self._chosen = self._chosen, chosen
        # A custom tag is in no list by itself.
        listed = {*self._endpoint.fields, *self._first}
        self._first += [group_by for group_by in chosen if group_by not in listed]
        self._lists.show_signs({*before} ^ {*chosen})
        self._show_chosen()
        self._show_meaning()
        return True

    @on(Input.Submitted)
    def _on_submitted(self) -> None:
        """Close the dialog with the chosen fields.

        If the user typed a name and has chosen nothing since then, the matching field is included.
        """
        undecided = self._typed and not self._chosen_by_hand
        if not undecided or self._change(lambda: toggled(self._chosen, self._meant_and_missing())):
            self.dismiss(self._chosen)


def _title_id(side: Side) -> str:
    return f"{side.name.lower()}_title"
