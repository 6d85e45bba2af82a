"""Define a dialog to choose a past search."""

from typing import ClassVar, Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cnm_tui.core.search.past_searches import PastSearch, PastSearches, matching
from cnm_tui.core.text import clean, wrapped
from cnm_tui.core.time.time_range import utc_text
from cnm_tui.core.units import age_text, plural
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.widgets.filtered_list import FilteredList, ListFilter
from cnm_tui.tui.widgets.hint import Hint

_AGE_WIDTH: Final = 10
_ROWS_WIDTH: Final = 6
_TOLD_LINES: Final = 2
_TAKE_WORDS_AWAY: Final = "No search matches. Delete some words."


class PickedSearch(NamedTuple):
    """The past search that the user chose. `asks` is True to run it immediately, and False to edit it first."""

    search: str
    asks: bool


class SearchPicker(Dialog[PickedSearch | None]):
    """A dialog in which the user chooses a past search. Its result is None if the user cancels."""

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    SearchPicker #told { height: 3; margin: 1 0 0 0; color: $text-muted; }
    SearchPicker #heading { height: 1; color: $text-muted; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="past.cancel", show=False),
        Binding("tab", "take(False)", "Edit it first", id="past.edit", show=False),
        Binding("down,ctrl+r", "highlight(1)", "Previous search", id="past.down", show=False),
        Binding("up", "highlight(-1)", "Next search", id="past.up", show=False),
        Binding("pagedown", "highlight(10)", "Ten searches up", id="past.page_down", show=False),
        Binding("pageup", "highlight(-10)", "Ten searches down", id="past.page_up", show=False),
    ]

    def __init__(self, past: PastSearches, now: float, edits: str = "e") -> None:
        """Create the dialog.

        A hint in the dialog mentions `edits`, the keyboard key of the main screen for editing the search.
        """
        super().__init__()
        self._nothing = f"No searches yet: {edits} edits the search; answered searches are listed here."
        self._past = past
        self._now = now
        self._found: PastSearches = ()

    def compose(self) -> ComposeResult:
        """Yield a filter input, the list of searches, and the full text of the highlighted search."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Earlier searches"
            yield ListFilter("type to filter")
            yield Static(f"{'asked':>{_AGE_WIDTH}}  {'rows':>{_ROWS_WIDTH}}  search", id="heading", markup=False)
            with Vertical(id="lists"):
                yield FilteredList(id="past", markup=False)
            yield Static("", id="told", markup=False)
            yield Hint("enter asks it · tab edits it first · esc cancels")

    def on_mount(self) -> None:
        """List all past searches. The latest search is first."""
        self._show_matching()

    def on_resize(self) -> None:
        """Wrap the text of the highlighted search for the new width."""
        self._tell()

    @on(Input.Changed)
    def _show_matching(self) -> None:
        self._found = matching(self._past, self.query_one(Input).value)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([self._option(one) for one in self._found])
        options.highlighted = 0 if self._found else None
        self._tell()

    def _option(self, past: PastSearch) -> Option:
        figures = f"{age_text(self._now - past.answered_at):>{_AGE_WIDTH}}  {past.rows:>{_ROWS_WIDTH},}  "
        return Option(Content.assemble((figures, "$text-muted"), clean(past.search)))

    @property
    def _highlighted(self) -> PastSearch | None:
        highlighted = self.query_one(OptionList).highlighted
        return None if highlighted is None else self._found[highlighted]

    @on(OptionList.OptionHighlighted)
    def _tell(self) -> None:
        """Display the full text of the highlighted search, and the time and row count of its answer."""
        past, told = self._highlighted, self.query_one("#told", Static)
        if past is None:
            told.update(_TAKE_WORDS_AWAY if self._past else self._nothing)
            return
        lines = wrapped(clean(past.search), max(told.content_size.width, 1), _TOLD_LINES)
        answered = f"answered {utc_text(int(past.answered_at))} with {plural(past.rows, 'row')}"
        told.update("\n".join([*lines, answered]))

    @on(OptionList.OptionSelected)
    def _on_clicked(self) -> None:
        self.action_take(True)

    @on(Input.Submitted)
    def _on_submitted(self) -> None:
        self.action_take(True)

    def action_take(self, asks: bool) -> None:
        """Close the dialog with the highlighted search. If `asks` is True, the search is run immediately."""
        if (past := self._highlighted) is not None:
            self.dismiss(PickedSearch(past.search, asks))

    def action_highlight(self, rows: int) -> None:
        """Move the highlight down by this number of lines in the list. A negative number moves it up."""
        self.query_one(FilteredList).step(rows)
