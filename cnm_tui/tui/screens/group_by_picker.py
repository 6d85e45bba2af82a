"""Choose and order the fields by which connections are aggregated."""

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import var
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cnm_tui.core.chosen_fields import listed_fields, moved, toggled, with_both_sides
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.field_search import Found, fields_of, offered
from cnm_tui.core.group_by import CATALOGUE, LONGEST_GROUP_BY, MOST_GROUP_BYS, Side, checked_group_bys
from cnm_tui.core.presets import PRESETS
from cnm_tui.core.text import clean
from cnm_tui.core.units import plural
from cnm_tui.tui.keys import in_force_there
from cnm_tui.tui.screens.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.widgets.filtered_list import FilteredList, ListFilter
from cnm_tui.tui.widgets.hint import Hint

CHOSEN: Final = "✓"
RECENT: Final = "·"
NAME_WIDTH: Final = 29
"""Columns for a field where its meaning stands beside it, with the sign before it and the blank behind it."""
THREE_LISTS_FROM: Final = 120
"""Columns of a screen on which the three lists stand beside each other."""
ONE_LINE_FROM: Final = 80
"""Columns of a screen on which the presets stand in one line, and so do the keys."""

_LONGEST_PASTED: Final = MOST_GROUP_BYS * 2 * LONGEST_GROUP_BY
"""Characters; of more than could be chosen, enough is kept to say that it is too much."""
_MATCHED: Final = "bold underline"
_FREE_KEYS: Final = ("space", "less_than_sign", "greater_than_sign")
_DIGITS: Final = tuple(str(number) for number in range(1, len(PRESETS) + 1))
_ROOM_FOR_MEANINGS: Final = 30
"""Columns behind the name; in fewer of them most meanings would be cut."""
_KEYS: Final = "enter asks · space picks · tab side · ctrl+o both sides · <> moves"
_KEYS_IF_WIDE: Final = f"{_KEYS} · esc cancels"
_KEYS_IN_TWO_LINES: Final = (
    "enter asks · space picks · tab side · <> moves\nctrl+o both sides · ctrl+x clears · esc cancels"
)


class FieldFilter(ListFilter):
    """What narrows the lists; what no field's name holds, or begins with, is left to the picker."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Leave out what chooses and moves; a digit only begins what is pasted."""
        return (bool(self.value) or key not in _DIGITS) and super().check_consume_key(key, character)

    def _on_paste(self, event: events.Paste) -> None:
        """A field on each line becomes a list; Textual keeps the first line and drops the others."""
        event.prevent_default()
        event.stop()
        lines = [line.strip(" \t,") for line in event.text[:_LONGEST_PASTED].splitlines()]
        self.replace(clean(",".join(line for line in lines if line)), *sorted(self.selection))


class GroupByPicker(ModalScreen[tuple[str, ...] | None]):
    """Answers the chosen fields in order, or None when cancelled."""

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
        Binding("escape", "dismiss_without", "Cancel", id="group_by.cancel", show=False),
        Binding("down", "highlight(1)", "Next field", id="group_by.down", show=False),
        Binding("up", "highlight(-1)", "Field before", id="group_by.up", show=False),
        Binding("pagedown", "highlight(10)", "Ten fields on", id="group_by.page_down", show=False),
        Binding("pageup", "highlight(-10)", "Ten fields back", id="group_by.page_up", show=False),
        Binding("tab", "next_side(1)", "Next side", id="group_by.next_side", show=False),
        Binding("shift+tab", "next_side(-1)", "Side before", id="group_by.side_before", show=False),
        Binding("space", "toggle_field", "Choose or drop", id="group_by.toggle", show=False),
        Binding("ctrl+o", "choose_both_sides", "Choose it on both sides", id="group_by.both_sides", show=False),
        Binding("ctrl+x", "drop_all", "Drop all", id="group_by.drop_all", show=False),
        Binding("less_than_sign,ctrl+up", "shift(-1)", "Move it forward", id="group_by.earlier", show=False),
        Binding("greater_than_sign,ctrl+down", "shift(1)", "Move it back", id="group_by.later", show=False),
        *(
            Binding(digit, f"ask_preset({place})", f"Group by {preset.name}", id=f"group_by.preset_{digit}", show=False)
            for place, (digit, preset) in enumerate(zip(_DIGITS, PRESETS, strict=True))
        ),
    ]

    recent: var[Sequence[str]] = var((), init=False)
    """The fields used last, the latest first."""

    def __init__(self, chosen: Sequence[str], recent: Sequence[str] = (), side: Side = Side.CLIENT) -> None:
        super().__init__()
        self.set_reactive(GroupByPicker.recent, recent)
        self._chosen = tuple(chosen)
        self._first = list(chosen)
        """Stand first in their lists, with the recent ones. Who is chosen or dropped keeps its place meanwhile."""
        self._side = side
        """Where the user went last; what is typed may lead elsewhere."""
        self._front = side
        self._shown: dict[Side, list[Found]] = {}
        self._chosen_by_hand = False
        """Whether a key or a click has chosen or dropped since the last typing, so that enter takes nothing along."""

    def compose(self) -> ComposeResult:
        """A filter over the lists of three sides, the chosen ones beside them, and what can be asked with one key."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Group by"
            yield FieldFilter("type to filter, or a custom tag: client_tier", free=_FREE_KEYS)
            with Horizontal(id="ready"):
                for digit in _DIGITS:
                    yield Static("", id=f"preset_{digit}", classes="preset", markup=False)
            with Horizontal(id="sides"):
                for side in Side:
                    yield Static("", id=_title_id(side), classes="side", markup=False)
                yield Static("", id="count", markup=False)
            with Horizontal(id="lists"):
                for side in Side:
                    yield FilteredList(id=_list_id(side), markup=False)
                yield Static("", id="chosen", markup=False)
            yield Static("", id="meaning", markup=False)
            yield Static("", id="refusal", markup=False)
            yield Hint()

    def on_mount(self) -> None:
        """All fields, as far as there is room."""
        self._refuse("")
        self._show_for_width()

    def on_resize(self) -> None:
        """Room for three lists, or for one with what its fields mean."""
        self._show_for_width()

    def watch_recent(self) -> None:
        """They were read from the disk while the dialog was opening."""
        if self.is_mounted:
            self._show_fields()

    # What is shown

    @property
    def _three_lists(self) -> bool:
        return self.app.size.width >= THREE_LISTS_FROM

    @property
    def _two_lines(self) -> bool:
        return self.app.size.width < ONE_LINE_FROM

    @property
    def _typed(self) -> str:
        return self.query_one(FieldFilter).value.strip()

    def _list(self, side: Side) -> FilteredList:
        return self.query_one(f"#{_list_id(side)}", FilteredList)

    def _show_for_width(self) -> None:
        for digit, preset in zip(_DIGITS, PRESETS, strict=True):
            called = preset.name if self._three_lists else preset.short_name
            label = Content.assemble((digit, "bold"), " ", (called, "$text-muted"))
            self.query_one(f"#preset_{digit}", Static).update(label)
        keys = _KEYS_IF_WIDE if self._three_lists else _KEYS
        self.query_one(Hint).update(_KEYS_IN_TWO_LINES if self._two_lines else keys)
        self._show_fields()

    def _show_fields(self, *, from_the_top: bool = False) -> None:
        first = [*self._first, *self.recent]
        fields = [field for side in Side for field in fields_of(side, first)]
        found = offered(fields, self._typed)
        self._shown = {side: [one for one in found if one.field.side is side] for side in Side}
        for side, shown in self._shown.items():
            options = self._list(side)
            kept = None if from_the_top or options.highlighted_option is None else options.highlighted_option.id
            options.set_options(Option(self._prompt(one), id=one.field.group_by) for one in shown)
            places = {one.field.group_by: place for place, one in enumerate(shown)}
            options.highlighted = places.get(kept or "", 0) if shown else None
        self._bring_to_front(self._best_side())

    def _best_side(self) -> Side:
        """Where the user went, unless what was typed is found elsewhere, or better."""
        best = [(shown[0].rank, side is not self._side, side) for side, shown in self._shown.items() if shown]
        return min(best, key=lambda one: one[:2])[2] if self._typed and best else self._side

    def _bring_to_front(self, side: Side) -> None:
        self._front = side
        for other in Side:
            self._list(other).set_class(other is side, "-front")
            count = str(len(self._shown[other]))
            title = (f"[{other.value}]", "bold $accent") if other is side else f" {other.value} "
            self.query_one(f"#{_title_id(other)}", Static).update(Content.assemble(title, " ", (count, "$text-muted")))
        self._show_chosen()
        self._show_meaning()

    def _prompt(self, found: Found) -> Content:
        group_by = found.field.group_by
        name = clean(group_by)
        shown = Content.assemble(self._sign(group_by), " ", _marked(name, found.in_name))
        if not self._meanings_in_list:
            return shown
        blanks = " " * max(1, NAME_WIDTH - 2 - len(name))
        return Content.assemble(shown, blanks, _marked(found.field.meaning, found.in_meaning, "$text-muted"))

    def _sign(self, group_by: str) -> str:
        if group_by in self._chosen:
            return CHOSEN
        return RECENT if group_by in self.recent else " "

    @property
    def _meanings_in_list(self) -> bool:
        room = self._list(self._front).scrollable_content_region.width - NAME_WIDTH
        return not self._three_lists and room >= _ROOM_FOR_MEANINGS

    def _highlighted(self) -> str | None:
        option = self._list(self._front).highlighted_option
        return None if option is None else option.id

    def _show_chosen(self) -> None:
        full = len(self._chosen) == MOST_GROUP_BYS
        rest = ", full" if full else " · ctrl+x clears" if self._chosen and not self._two_lines else ""
        called = "" if full and self._two_lines else " chosen"
        count = in_force_there(self, f"{len(self._chosen)}/{MOST_GROUP_BYS}{called}{rest}")
        self.query_one("#count", Static).update(count, layout=self._two_lines)
        highlighted, chosen = self._highlighted(), self.query_one("#chosen", Static)
        lines = [
            Content.styled(f"›{place:>2} {clean(group_by)}", "bold $accent")
            if group_by == highlighted
            else Content(f"{place:>3} {clean(group_by)}")
            for place, group_by in enumerate(self._chosen, start=1)
        ]
        # Where not all have room, those around the one that keys move, or the last ones.
        at = self._chosen.index(highlighted) if highlighted in self._chosen else len(lines)
        room = chosen.size.height or len(lines)
        first = max(0, min(at - room // 2, len(lines) - room))
        chosen.update(Content("\n").join(lines[first : first + room]), layout=False)

    def _refuse(self, sentence: str) -> None:
        self.query_one("#refusal", Static).update(sentence)
        # They share a line: the dialog has none to spare on a small terminal.
        self.query_one("#refusal").display = bool(sentence)
        self.query_one("#meaning").display = not sentence

    def _show_meaning(self) -> None:
        """What the highlighted field means, in one line; its list may have no room for that."""
        highlighted = self._list(self._front).highlighted
        if listed := listed_fields(self._typed):
            chooses = in_force_there(self, "space chooses or drops them all")
            said = Content(f"{plural(len(listed), 'field')} listed: {chooses}, enter asks.")
        elif highlighted is None:
            said = Content("Nothing is called so. A custom tag is one word; several fields stand with commas.")
        else:
            found = self._shown[self._front][highlighted]
            lately = f" {RECENT} used lately" if self._sign(found.field.group_by) == RECENT else ""
            said = Content.assemble(_marked(found.field.meaning, found.in_meaning), lately)
        self.query_one("#meaning", Static).update(said, layout=False)

    # What the user does

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
        self._side = next(side for side in Side if _list_id(side) == message.option_list.id)
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
        """Another field."""
        self._list(self._front).step(rows)

    def action_next_side(self, step: int) -> None:
        """The fields of another side, of those that have any."""
        sides = [side for side in Side if self._shown[side] or side is self._front]
        self._side = sides[(sides.index(self._front) + step) % len(sides)]
        self._bring_to_front(self._side)

    def action_toggle_field(self) -> None:
        """Choose the highlighted field, or those that were listed; or drop them."""
        self._change(lambda: toggled(self._chosen, self._meant()))

    def action_choose_both_sides(self) -> None:
        """Choose the field, and the same one of the other side."""
        self._change(lambda: with_both_sides(self._chosen, self._meant()))

    def action_shift(self, step: int) -> None:
        """Move the highlighted field among the chosen ones."""
        self._change(lambda: moved(self._chosen, self._highlighted() or "", step))

    def action_drop_all(self) -> None:
        """Choose anew."""
        self._change(tuple)

    def action_ask_preset(self, place: int) -> None:
        """Ask by these fields instead of the chosen ones."""
        self.dismiss(PRESETS[place].group_bys)

    def _meant(self) -> Sequence[str]:
        """The fields that a key is about.

        Raises:
            InvalidQuery: What was typed is no field, and there is none to be highlighted.
        """
        if listed := listed_fields(self._typed):
            return listed
        group_by = self._highlighted()
        return checked_group_bys([self._typed]) if group_by is None else (group_by,)

    def _meant_and_missing(self) -> Sequence[str]:
        return [group_by for group_by in self._meant() if group_by not in self._chosen]

    def _change(self, changed: Callable[[], tuple[str, ...]]) -> bool:
        """Take the choice as changed, or say why it cannot be; what was typed stays."""
        try:
            chosen = changed()
        except InvalidQuery as refusal:
            self._refuse(refusal.sentence)
            return False
        self._refuse("")
        self._chosen_by_hand = True
        before, self._chosen = self._chosen, chosen
        # A custom tag is in no list by itself.
        self._first += [group_by for group_by in chosen if group_by not in CATALOGUE and group_by not in self._first]
        self._show_signs({*before} ^ {*chosen})
        self._show_chosen()
        self._show_meaning()
        return True

    def _show_signs(self, group_bys: Collection[str]) -> None:
        """Only theirs: lists that were filled anew would scroll under the user's eyes."""
        for side, shown in self._shown.items():
            for place, one in enumerate(shown):
                if one.field.group_by in group_bys:
                    self._list(side).replace_option_prompt_at_index(place, self._prompt(one))

    @on(Input.Submitted)
    def _on_submitted(self) -> None:
        """Enter asks; what was just typed for is taken along, unless a key has already decided."""
        undecided = self._typed and not self._chosen_by_hand
        if not undecided or self._change(lambda: toggled(self._chosen, self._meant_and_missing())):
            self.dismiss(self._chosen)

    def action_dismiss_without(self) -> None:
        """Cancel."""
        self.dismiss(None)


def _marked(text: str, positions: Collection[int], style: str = "") -> Content:
    """With the typed letters told from the others, not by colour alone."""
    shown = Content.styled(text, style)
    for position in positions:
        shown = shown.stylize(_MATCHED, position, position + 1)
    return shown


def _list_id(side: Side) -> str:
    return f"{side.name.lower()}_fields"


def _title_id(side: Side) -> str:
    return f"{side.name.lower()}_title"
