"""Define a dialog to choose a saved or recommended view. It can also save, rename and delete views."""

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from itertools import islice
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import var
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from cnm_tui.core.errors import CnmError, InvalidQuery
from cnm_tui.core.query import Query
from cnm_tui.core.redaction import may_hold_key
from cnm_tui.core.suggestions.completion import Known
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.text import clean
from cnm_tui.core.views.recommended import View, all_recommended
from cnm_tui.core.views.saved_view import NameTaken, RemovedView, SavedView, StoredViews, ViewStore, same_name
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.dialogs.suggesting_input import TextBox
from cnm_tui.tui.dialogs.view_rows import Broken, Chosen, Row, meaning, row_text, rows
from cnm_tui.tui.terminal.keys import in_force_there
from cnm_tui.tui.widgets.choice_text import ChoiceText
from cnm_tui.tui.widgets.filtered_list import FilteredList, ListFilter
from cnm_tui.tui.widgets.hint import Hint

MOST_OFFERS: Final = 12
"""Maximum number of suggestions: the list's lines."""


Change = Callable[[ViewStore], tuple[StoredViews, RemovedView | None]]
"""Function that changes the store; returns the views, and what can be undone."""


class Step(Enum):
    """A step of the dialog: choose a view, type a value, or type a name. Each step has a hint about keyboard keys."""

    VIEW = "enter asks · ctrl+s saves as · f2 renames · ctrl+x deletes · esc cancels"
    VALUE = "enter asks · tab takes a value of the rows · esc back to the views"
    NAME = "enter saves · tab takes an existing name · esc back to the views"
    NEW_NAME = "enter renames · esc back to the views"


_UNDO_HINT: Final = "enter asks · ctrl+z restores it · ctrl+s saves as · esc cancels"


class ViewPicker(Dialog[Chosen | None]):
    """A dialog to choose a view, which is a named query. If the view needs a value, the user also types the value. The
    result of the dialog is None if the user cancels."""

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    ViewPicker #text { display: none; }
    ViewPicker.-asks-for-text #text { display: block; }
    ViewPicker.-asks-for-text #filter { display: none; }
    ViewPicker ChoiceText { height: 3; margin: 1 0 0 0; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back_out", "Cancel", id="view.cancel", show=False),
        Binding("down", "highlight(1)", "Next view", id="view.down", show=False),
        Binding("up", "highlight(-1)", "Previous view", id="view.up", show=False),
        Binding("pagedown", "highlight(10)", "Ten views down", id="view.page_down", show=False),
        Binding("pageup", "highlight(-10)", "Ten views up", id="view.page_up", show=False),
        Binding("tab", "complete", "Accept the suggestion", id="view.complete", show=False),
        Binding("ctrl+s", "save", "Save this question", id="view.save", show=False),
        Binding("f2,ctrl+r", "rename", "Rename", id="view.rename", show=False),
        Binding("ctrl+x", "delete", "Delete", id="view.delete", show=False),
        Binding("ctrl+z", "put_back", "Undo the deletion", id="view.put_back", show=False),
    ]

    known: var[Known | None] = var(None, init=False)
    """Values of the loaded rows, for suggestions."""

    def __init__(
        self,
        store: Callable[[], ViewStore],
        asked: tuple[Query, Arrangement],
        kept: StoredViews,
        shipped: Sequence[View] | None = None,
        *,
        holds_key: Callable[[str], bool] = may_hold_key,
    ) -> None:
        """Create the dialog.

        Args:
            store: A function that returns the store of saved views.
            asked: The current query and arrangement, which the user can save as a view.
            kept: The saved views, as they were last read.
            shipped: The recommended views to offer. None offers all of them.
            holds_key: A function that returns True if a text contains an API key and must not be saved.
        """
        super().__init__()
        self.kept = kept
        self._store = store
        self._text = ChoiceText()
        self._asked = asked
        self._recommended = all_recommended(asked[0].endpoint) if shipped is None else shipped
        self._holds_key = holds_key
        self._step = Step.VIEW
        self._rows: Sequence[Row] = ()
        self._offers: Sequence[tuple[str, str]] = ()
        """Suggested texts, each with a remark."""
        self._view: Row | None = None
        """The view that needs a value, or is being renamed."""
        self._overwritten = ""
        """The name that a second press of enter overwrites."""
        self._removed: RemovedView | None = None
        """The view deleted last."""
        self._said = ""
        """Message about the last action, shown until the next key."""
        self._changing = False

    def compose(self) -> ComposeResult:
        """Yield an input, the list of views, and a sentence about the highlighted view."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Views"
            yield ListFilter("type to filter")
            yield TextBox(id="text", classes="field")
            with Vertical(id="lists"):
                yield FilteredList(id="views", markup=False)
            yield self._text
            yield Hint()

    def on_mount(self) -> None:
        """Display the views that were last read, and start reading them again."""
        self._show()
        self._load()

    def watch_known(self) -> None:
        """Display the values in the newly loaded rows as suggestions, if the user is about to type a value."""
        if self._step is Step.VALUE:
            self._show()

    # Display

    def _show(self) -> None:
        """Display the list and the hint for the current step."""
        options = self.query_one(OptionList)
        options.clear_options()
        if self._step is Step.VIEW:
            self._rows = rows(self.kept, self._recommended, self._typed)
            options.add_options(map(Option, map(row_text, self._rows)))
            options.highlighted = 0 if self._rows else None
        else:
            self._offers = list(islice(self._offered(), MOST_OFFERS))
            lines = (Content.assemble(clean(text), (f"  {remark}", "$text-muted")) for text, remark in self._offers)
            options.add_options(map(Option, lines))
        hint = _UNDO_HINT if self._step is Step.VIEW and self._removed is not None else self._step.value
        self.query_one(Hint).update(hint)
        self._show_meaning()

    @property
    def _box(self) -> Input:
        return self.query_one("#filter" if self._step is Step.VIEW else "#text", Input)

    @property
    def _typed(self) -> str:
        return self._box.value.strip()

    def _offered(self) -> Iterator[tuple[str, str]]:
        if self._step is Step.VALUE and isinstance(self._view, View):
            if self.known is not None and (seen := self.known.seen.get(self._view.needs)) is not None:
                for value in seen.matching(self._typed):
                    yield value, seen.remark(value)
        elif self._step is Step.NAME:
            yield from ((v.name, "saved") for v in self.kept.views if self._typed.casefold() in v.name.casefold())

    def _highlighted(self) -> Row | None:
        highlighted = self.query_one(OptionList).highlighted
        return None if self._step is not Step.VIEW or highlighted is None else self._rows[highlighted]

    def _show_meaning(self) -> None:
        if self._step is Step.NAME:
            self._text.show(meaning(SavedView("x", *self._asked)).replace("Saved: ", "Saves the current question: ", 1))
        elif self._step is not Step.VIEW:
            self._text.show("" if self._view is None else meaning(self._view))
        else:
            row = self._highlighted()
            self._text.show(self._said or ("No view matches. Delete some words." if row is None else meaning(row)))

    def _go_to(self, step: Step, view: Row | None = None, text: str = "", placeholder: str = "") -> None:
        """Go to another step of the dialog. A text input replaces the filter input if the step needs text."""
        self._step, self._view, self._overwritten, self._said = step, view, "", ""
        self.set_class(step is not Step.VIEW, "-asks-for-text")
        if step is not Step.VIEW:
            self._box.placeholder = placeholder
            self._write(text)
        # At once: keys in the same packet belong to the new step.
        self.set_focus(self._box)
        # A hidden input has no width, so its text was scrolled out of view.
        self.call_after_refresh(self._box.scroll_to, x=0, animate=False, force=True, immediate=True)
        self._show()

    def _write(self, text: str) -> None:
        """Put a text into the input without sending a Changed message, because the message would arrive too late."""
        with self.prevent(Input.Changed):
            self._box.value = text
        self._box.cursor_position = len(text)

    # Input

    @on(Input.Changed)
    def _on_typed(self) -> None:
        self._overwritten = self._said = ""
        self._show()

    @on(OptionList.OptionHighlighted)
    def _on_highlighted(self) -> None:
        if self._step is Step.VIEW:
            self._show_meaning()

    @on(OptionList.OptionSelected)
    def _on_clicked(self) -> None:
        if self._step is Step.VIEW:
            self._choose_highlighted()
        else:
            self.action_complete()

    @on(TextBox.Completed)
    def _on_completed(self) -> None:
        self.action_complete()

    @on(Input.Submitted)
    def _on_submitted(self) -> None:
        if self._step is not Step.VIEW and self.query_one(OptionList).highlighted is not None:
            self.action_complete()
        try:
            self._submit()
        except InvalidQuery as refusal:
            self._text.refuse(refusal.sentence)

    def _submit(self) -> None:
        """Do what the current step of the dialog requires: choose a view, use a value, save a view, or rename a view.

        Raises:
            InvalidQuery: The typed text is invalid. It stays in the input.
        """
        if self._step is Step.VIEW:
            self._choose_highlighted()
        elif self._step is Step.VALUE and isinstance(self._view, View):
            chosen = Chosen(self._view, self._typed)
            chosen.applied_to(self._asked[0])
            self.dismiss(chosen)
        elif self._step is Step.NAME:
            view = SavedView(self._typed, *self._asked)
            if any(map(self._holds_key, view.typed)):
                raise InvalidQuery("Nothing was saved: the question seems to contain a key. Remove it.")
            replacing = same_name(self._overwritten, view.name)
            removed = self._removed
            self._change(lambda s: (s.save(view, replacing=replacing), removed), f"Saved as {view.name}.", view.name)
        elif isinstance(self._view, SavedView):
            old, new, removed = self._view.name, self._typed, self._removed
            if self._holds_key(new):
                raise InvalidQuery("That name looks like a key. Nothing was saved.")
            self._change(lambda store: (store.rename(old, new), removed), f"Renamed; it was {old}.", new)

    def _choose_highlighted(self) -> None:
        row = self._highlighted()
        if isinstance(row, Broken):
            self._text.refuse(row.sentence)
        elif isinstance(row, View) and row.needs:
            self._go_to(Step.VALUE, row, placeholder=f"a value of {clean(row.needs)}, as it stands in the rows")
        elif row is not None:
            self.dismiss(Chosen(row))

    # Changes of the store

    @work(group="views")
    async def _load(self) -> None:
        """Read the saved views in a thread, and display them unless the user changed them in the meantime."""
        before = self.kept
        try:
            kept = await in_daemon_thread(lambda: self._store().load())
        except CnmError as problem:
            kept = StoredViews(broken=(problem.sentence,))
        if self.kept is not before or kept == before:
            return
        options = self.query_one(OptionList)
        chosen = self._highlighted() if options.highlighted else None
        self.kept = kept
        self._show()
        if chosen in self._rows:
            options.highlighted = self._rows.index(chosen)

    @work(group="views")
    async def _change(self, change: Change, done: str, name: str = "") -> None:
        """Change the saved views in a thread. Then display the message `done`, and highlight the view `name`."""
        if self._changing:
            leaves = in_force_there(self, "esc leaves without waiting for it.")
            self._text.refuse(f"The disk has not answered yet; {leaves}")
            return
        self._changing = True
        try:
            kept, self._removed = await in_daemon_thread(lambda: change(self._store()))
        except NameTaken as refusal:
            self._refuse_name(refusal, name)
            return
        except CnmError as problem:
            self._text.refuse(problem.sentence)
            return
        finally:
            self._changing = False
        self._show_kept(kept, done, name)

    def _show_kept(self, kept: StoredViews, done: str, name: str) -> None:
        self.kept = kept
        self._step = Step.VIEW
        self._write("")
        self._go_to(Step.VIEW)
        for position, row in enumerate(self._rows):
            if isinstance(row, SavedView) and same_name(row.name, name):
                self.query_one(OptionList).highlighted = position
        self._said = clean(done)
        self._show_meaning()

    def _refuse_name(self, refusal: NameTaken, name: str) -> None:
        """Display that a view with this name already exists. If the user is saving a view, a second press of the enter
        key overwrites it."""
        if self._step is Step.NAME:
            self._overwritten = name
            goes_back = in_force_there(self, "esc goes back.")
            self._text.refuse(f"{refusal} Enter once more overwrites it; {goes_back}")
        else:
            self._text.refuse(refusal.sentence)

    def action_save(self) -> None:
        """Let the user type a name, under which the current query will be saved."""
        self._go_to(Step.NAME, placeholder="a name for the current question")

    def action_rename(self) -> None:
        """Let the user type a new name for the highlighted view."""
        if (view := self._highlighted_to_change()) is not None:
            self._go_to(Step.NEW_NAME, view, text=view.name)

    def action_delete(self) -> None:
        """Delete the highlighted view. The user can undo the last deletion."""
        if (view := self._highlighted_to_change()) is None:
            return
        undo = in_force_there(self, "ctrl+z restores it.")
        self._change(lambda store: store.delete(view.name), f"Deleted {view.name}; {undo}")

    def _highlighted_to_change(self) -> SavedView | None:
        row = self._highlighted()
        if isinstance(row, SavedView):
            return row
        if isinstance(row, View):
            self._text.refuse("That view comes with the program; only saved ones can be renamed or deleted.")
        return None

    def action_put_back(self) -> None:
        """Restore the view that the user deleted last."""
        if (removed := self._removed) is not None:
            self._change(lambda store: (store.put_back(removed), None), f"{removed.name} is back.", removed.name)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return False for actions that are not possible in the current step of the dialog."""
        if action == "complete":
            return self._step is not Step.VIEW
        if action == "put_back":
            return self._step is Step.VIEW and self._removed is not None
        return self._step is Step.VIEW if action in ("save", "rename", "delete") else True

    def action_complete(self) -> None:
        """Put the highlighted suggestion into the input. If no suggestion is highlighted, use the first one."""
        if self._offers:
            self._write(self._offers[self.query_one(OptionList).highlighted or 0][0])
            self._show()

    def action_highlight(self, lines: int) -> None:
        """Move the highlight down by this number of lines in the list. A negative number moves it up."""
        self._said = ""
        self.query_one(FilteredList).step(lines)

    def action_back_out(self) -> None:
        """Go back to the list of views. If the list of views is already displayed, cancel the dialog."""
        if self._step is Step.VIEW:
            self.dismiss(None)
        else:
            self._go_to(Step.VIEW)
