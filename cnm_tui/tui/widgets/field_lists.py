"""Show the group-by fields in three lists, for the client, for the server, and for the whole flow.

If there is enough room, the lists are side by side. Otherwise only one list is displayed, with the meaning
of each field.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from cnm_tui.core.fields.field_search import Found
from cnm_tui.core.fields.group_by import Side
from cnm_tui.core.text import clean
from cnm_tui.tui.widgets.filtered_list import FilteredList

THREE_LISTS_FROM: Final = 120
"""Minimum screen width for three lists side by side."""

_NAME_WIDTH: Final = 29
"""Width of a field before its meaning, with the sign and the blank."""
_ROOM_FOR_MEANINGS: Final = 30
"""Minimum width of meanings; with less, most would be cut."""
_MATCHED: Final = "bold underline"


class FieldLists(Horizontal):
    """A group of lists that do not get the focus.

    A text input has the focus, and its keys move the highlight in the front list.
    """

    def __init__(self, sign_of: Callable[[str], str]) -> None:
        """Create the lists. `sign_of` is a function that returns the symbol to display before a field."""
        super().__init__()
        self._sign_of = sign_of
        self._shown: dict[Side, list[Found]] = {side: [] for side in Side}
        self.front = Side.CLIENT

    def compose(self) -> ComposeResult:
        """Yield a list for each side of a connection."""
        for side in Side:
            yield FilteredList(id=_list_id(side), markup=False)

    def _list(self, side: Side) -> FilteredList:
        return self.query_one(f"#{_list_id(side)}", FilteredList)

    def side_of(self, options: OptionList) -> Side:
        """Return the side of the connection whose fields this list contains."""
        return next(side for side in Side if _list_id(side) == options.id)

    def show(self, found: Iterable[Found], *, from_the_top: bool = False) -> None:
        """Show these fields, each in the list of its side. Keep the same fields highlighted if possible."""
        listed = list(found)
        self._shown = {side: [one for one in listed if one.field.side is side] for side in Side}
        for side, shown in self._shown.items():
            options = self._list(side)
            kept = None if from_the_top or options.highlighted_option is None else options.highlighted_option.id
            options.set_options(Option(self._prompt(one), id=one.field.group_by) for one in shown)
            places = {one.field.group_by: place for place, one in enumerate(shown)}
            options.highlighted = places.get(kept or "", 0) if shown else None

    def count(self, side: Side) -> int:
        """Return the number of fields in the list of this side (client, server or whole flow)."""
        return len(self._shown[side])

    def best_side(self, otherwise: Side) -> Side:
        """Return the side whose first field matches the typed text best.

        If no side is better than the side `otherwise`, return `otherwise`.
        """
        best = [(shown[0].rank, side is not otherwise, side) for side, shown in self._shown.items() if shown]
        return min(best, key=lambda one: one[:2])[2] if best else otherwise

    def next_side(self, step: int) -> Side:
        """Return the side whose list is `step` lists after the front list. Sides without fields are skipped."""
        sides = [side for side in Side if self._shown[side] or side is self.front]
        return sides[(sides.index(self.front) + step) % len(sides)]

    def bring_to_front(self, side: Side) -> None:
        """Show the list of this side in front."""
        self.front = side
        for other in Side:
            self._list(other).set_class(other is side, "-front")

    @property
    def highlighted(self) -> Found | None:
        """Return the highlighted field of the front list, or None if no field is highlighted."""
        highlighted = self._list(self.front).highlighted
        return None if highlighted is None else self._shown[self.front][highlighted]

    def step(self, lines: int) -> None:
        """Move the highlight of the front list down by this number of lines. A negative number moves it up."""
        self._list(self.front).step(lines)

    def show_signs(self, group_bys: Collection[str]) -> None:
        """Update only the symbols before these fields. If the lists were filled again, they would scroll."""
        for side, shown in self._shown.items():
            for place, one in enumerate(shown):
                if one.field.group_by in group_bys:
                    self._list(side).replace_option_prompt_at_index(place, self._prompt(one))

    def _prompt(self, found: Found) -> Content:
        name = clean(found.field.group_by)
        shown = Content.assemble(self._sign_of(found.field.group_by), " ", marked(name, found.in_name))
        if not self._has_room_for_meanings:
            return shown
        blanks = " " * max(1, _NAME_WIDTH - 2 - len(name))
        return Content.assemble(shown, blanks, marked(found.field.meaning, found.in_meaning, "$text-muted"))

    @property
    def _has_room_for_meanings(self) -> bool:
        room = self._list(self.front).scrollable_content_region.width - _NAME_WIDTH
        return self.app.size.width < THREE_LISTS_FROM and room >= _ROOM_FOR_MEANINGS


def marked(text: str, positions: Collection[int], style: str = "") -> Content:
    """Return the text with its matched letters emphasized. The emphasis does not depend on colour alone."""
    shown = Content.styled(text, style)
    for position in positions:
        shown = shown.stylize(_MATCHED, position, position + 1)
    return shown


def _list_id(side: Side) -> str:
    return f"{side.name.lower()}_fields"
