"""Which of the recommended questions to ask."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.query import Query
from cnm_tui.core.recommended import RECOMMENDED, View
from cnm_tui.core.text import clean
from cnm_tui.tui.screens.styles import DIALOG_STYLES


class Chosen(NamedTuple):
    """A view, and the value that it needs."""

    view: View
    value: str = ""
    """Empty where it needs none."""

    def applied_to(self, query: Query) -> Query:
        """The query asking this view over its own time range and limit."""
        return self.view.applied_to(query, self.value)


class ViewPicker(ModalScreen[Chosen | None]):
    """Answers a view, with the value that it needs, or None when cancelled."""

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    ViewPicker #value { display: none; }
    ViewPicker.-asks-for-value #value { display: block; }
    ViewPicker.-asks-for-value #filter { display: none; }
    ViewPicker #told { height: 3; margin: 1 0 0 0; color: $text-muted; }
    ViewPicker #told.-refusal { color: $error; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back_out", "Cancel", id="view.cancel", show=False),
        Binding("down", "highlight(1)", "Next view", id="view.down", show=False, priority=True),
        Binding("up", "highlight(-1)", "View before", id="view.up", show=False, priority=True),
        Binding("pagedown", "highlight(10)", "Ten views on", id="view.page_down", show=False, priority=True),
        Binding("pageup", "highlight(-10)", "Ten views back", id="view.page_up", show=False, priority=True),
    ]

    def __init__(self, views: Sequence[View] = RECOMMENDED) -> None:
        super().__init__()
        self._views = views
        self._asked_for: View | None = None
        """The chosen view, while it waits for its value."""

    def compose(self) -> ComposeResult:
        """A filter over the names, the sentence of one below; the value is asked for in the filter's place."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Views"
            yield Input(id="filter", classes="field", placeholder="type to filter")
            yield Input(id="value", classes="field")
            with Vertical(id="lists"):
                yield OptionList(id="views", markup=False)
            yield Static("", id="told", markup=False)
            yield Static("", id="next", classes="hint", markup=False)

    def on_mount(self) -> None:
        """The keyboard stays in the box; the list is moved by the arrow keys."""
        for box in self.query(Input):
            box.cursor_blink = False
        self.query_one(OptionList).can_focus = False
        self._show_views()
        self._say_what_is_next()

    def _show_views(self) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([_option(view, position) for position, view in self._matching()])
        options.highlighted = 0 if options.option_count else None
        self._show_meaning()

    def _matching(self) -> list[tuple[int, View]]:
        """Views with all words typed, those first that have them in the name."""
        words = self.query_one("#filter", Input).value.casefold().split()
        found = [
            (position, view)
            for position, view in enumerate(self._views)
            if all(word in f"{view.name} {view.meaning}".casefold() for word in words)
        ]
        found.sort(key=lambda one: not all(word in one[1].name.casefold() for word in words))
        return found

    def _highlighted(self) -> View | None:
        options = self.query_one(OptionList)
        if options.highlighted is None:
            return None
        return self._views[int(options.get_option_at_index(options.highlighted).id or 0)]

    def _show_meaning(self) -> None:
        view = self._highlighted()
        self._tell(clean(view.meaning) if view is not None else "No view has these words. Take some away.")

    def _tell(self, sentence: str, *, refusal: bool = False) -> None:
        """What a view means or why a value is refused, in one place, so that nothing moves."""
        told = self.query_one("#told", Static)
        told.update(f"! {sentence}" if refusal else sentence)
        told.set_class(refusal, "-refusal")

    def _say_what_is_next(self) -> None:
        keys = "enter asks · esc back to the views" if self._asked_for else "↑↓ views · enter asks · esc cancels"
        self.query_one("#next", Static).update(keys)

    @on(Input.Changed, "#filter")
    def _on_filter_typed(self) -> None:
        self._show_views()

    @on(Input.Changed, "#value")
    def _on_value_typed(self) -> None:
        self._show_meaning()

    @on(OptionList.OptionHighlighted)
    def _on_highlighted(self) -> None:
        self._show_meaning()

    @on(OptionList.OptionSelected)
    def _on_clicked(self) -> None:
        self._choose_highlighted()

    @on(Input.Submitted, "#filter")
    def _on_filter_submitted(self) -> None:
        self._choose_highlighted()

    @on(Input.Submitted, "#value")
    def _on_value_submitted(self, message: Input.Submitted) -> None:
        if self._asked_for is None:
            return
        chosen = Chosen(self._asked_for, message.value.strip())
        try:
            chosen.applied_to(Query())
        except InvalidQuery as refusal:
            self._tell(refusal.sentence, refusal=True)
            return
        self.dismiss(chosen)

    def _choose_highlighted(self) -> None:
        view = self._highlighted()
        if view is None:
            return
        if view.needs:
            self._ask_for_value(view)
        else:
            self.dismiss(Chosen(view))

    def _ask_for_value(self, view: View | None) -> None:
        """The value box takes the filter's place, or with None gives it back."""
        self._asked_for = view
        self.set_class(view is not None, "-asks-for-value")
        box = self.query_one("#filter" if view is None else "#value", Input)
        if view is not None:
            box.placeholder = f"a value of {clean(view.needs)}, as it stands in the rows"
        box.focus()
        self._show_meaning()
        self._say_what_is_next()

    def action_highlight(self, rows: int) -> None:
        """Another view; back to the filter, should a value have been asked for."""
        if self._asked_for is not None:
            self._ask_for_value(None)
        options = self.query_one(OptionList)
        if options.option_count:
            options.highlighted = max(0, min((options.highlighted or 0) + rows, options.option_count - 1))

    def action_back_out(self) -> None:
        """From the value back to the views; from there, cancel."""
        if self._asked_for is not None:
            self._ask_for_value(None)
        else:
            self.dismiss(None)


def _option(view: View, position: int) -> Option:
    needed = f"  asks for {clean(view.needs)}" if view.needs else ""
    return Option(Content.assemble(clean(view.name), (needed, "$text-muted")), id=str(position))
