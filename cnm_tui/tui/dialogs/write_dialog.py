"""Define a dialog to choose a file and a format, and to write the rows to the file."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList

from cnm_tui.core.compare.change_words import off_sentence
from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.exploration.remarks import formula_sentence
from cnm_tui.core.export.file_form import ALL_FORMS, GRAPH_FORMS, FileForm, file_name, form_of, renamed
from cnm_tui.core.export.graphs import left_out
from cnm_tui.core.export.rows import export, formulas_in
from cnm_tui.core.table.row_words import row_count
from cnm_tui.core.table.table import Table
from cnm_tui.core.units import plural
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.store.export_file import path_of, write_export
from cnm_tui.store.files import FileIsThere, path_text
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.terminal.keys import in_force_there
from cnm_tui.tui.terminal.steady_input import SteadyInput
from cnm_tui.tui.widgets.choice_text import ChoiceText
from cnm_tui.tui.widgets.filtered_list import FilteredList
from cnm_tui.tui.widgets.hint import Hint

_LABEL_WIDTH: Final = max(len(form.label) for form in ALL_FORMS)
_LONG_SECONDS: Final = 0.4
"""Longer writes show a message; 7,500 rows take less."""


class WriteDialog(Dialog[str | None]):
    """A dialog that writes the rows to a file.

    Its result is a sentence about the written file, or None if the user cancels.
    """

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    WriteDialog ChoiceText { height: 4; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="write.cancel", show=False),
        Binding("down", "step(1)", "Next format", id="write.down", show=False),
        Binding("up", "step(-1)", "Previous format", id="write.up", show=False),
    ]

    def __init__(
        self,
        table: Table,
        source: str,
        holds_key: Callable[[str], bool],
        *,
        graph_first: bool = False,
        about_file: Callable[[str, Path, str], str] = lambda sentence, _path, _proposed: sentence,
    ) -> None:
        """Create the dialog.

        Args:
            table: The rows to write.
            source: The name of the service.
            holds_key: A function that returns True if a text contains an API key. Such a text is not written.
            graph_first: True to list the formats for graphs before the formats for rows.
            about_file: A function that returns a sentence about a file, as it may be shown.
        """
        super().__init__()
        self._table = table
        self._source = source
        self._text = ChoiceText()
        self._holds_key = holds_key
        self._about_file = about_file
        snapshot = table.snapshot
        before = None if snapshot.baseline is None else snapshot.baseline.window
        self._proposed = file_name(snapshot.query, snapshot.window, ALL_FORMS[0], source, before)
        others = tuple(form for form in ALL_FORMS if form not in GRAPH_FORMS)
        self._forms = (*GRAPH_FORMS, *others) if graph_first else ALL_FORMS
        self._form = self._forms[0]
        self._overwritten: Path | None = None
        """The file that a second press of enter overwrites."""
        self._writing = False

    def compose(self) -> ComposeResult:
        """Yield the list of formats, an input for the file name, and the complete path."""
        name = renamed(self._proposed, ALL_FORMS[0], self._form)
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Write to a file"
            yield FilteredList(*map(_prompt, self._forms), id="forms", markup=False)
            yield SteadyInput(name, id="file", classes="field", select_on_focus=False)
            yield self._text
            yield Hint("enter writes · arrows format · esc cancels")

    def on_mount(self) -> None:
        """Select the first format, and put the input's cursor before the file name's suffix."""
        self.query_one(OptionList).highlighted = 0
        box = self.query_one(Input)
        box.cursor_position = len(box.value) - len(self._form.ending)
        self._tell_path()

    def _tell_path(self) -> None:
        try:
            where = self._named(path_of(self.query_one(Input).value))
        except StoreFailed:
            where = "…"
        self._text.show(f"{row_count(self._table)} as {self._form.label} to\n{where}")

    def _named(self, path: Path) -> str:
        return self._about_file(path_text(path), path, self._proposed)

    @on(OptionList.OptionHighlighted)
    def _on_form(self, message: OptionList.OptionHighlighted) -> None:
        before, self._form = self._form, self._forms[message.option_index]
        box = self.query_one(Input)
        # Input and list would update each other for ever, if a format is chosen while a letter is being processed.
        with self.prevent(Input.Changed):
            box.value = renamed(box.value, before, self._form)
        self._tell_path()

    @on(Input.Changed)
    def _on_typed(self, message: Input.Changed) -> None:
        self._overwritten = None
        # Use the input's current text: a format chosen meanwhile has renamed the file.
        form = form_of(message.input.value.strip(), self._form)
        if form is not self._form:
            self._form = form
            with self.prevent(OptionList.OptionHighlighted):
                self.query_one(OptionList).highlighted = self._forms.index(form)
        self._tell_path()

    @on(Input.Submitted)
    def _on_submitted(self, message: Input.Submitted) -> None:
        if self._writing:
            return
        try:
            path = path_of(message.value)
        except StoreFailed as problem:
            self._text.refuse(problem.sentence)
        else:
            self._writing = True
            self._write(path, self._form, overwriting=path == self._overwritten)

    @work(group="write")
    async def _write(self, path: Path, form: FileForm, *, overwriting: bool) -> None:
        slow = self.set_timer(_LONG_SECONDS, partial(self._text.show, f"Writing {plural(len(self._table), 'row')} …"))
        try:
            said = await in_daemon_thread(partial(self._written, path, form, overwriting=overwriting))
        except FileIsThere:
            self._overwritten = path
            cancels = in_force_there(self, "esc cancels.")
            # The name is last, as a long one exceeds the line.
            name = self._named(path).rpartition("/")[2]
            asked = f"This file is there already. Enter once more overwrites it; {cancels}\n{name}"
            self._text.refuse(asked)
        except StoreFailed as problem:
            self._text.refuse(self._about_file(problem.sentence, path, self._proposed))
        else:
            self.dismiss(said)
        finally:
            slow.stop()
            self._writing = False

    def _written(self, path: Path, form: FileForm, *, overwriting: bool) -> str:
        """Write the rows to the file, and return a sentence about the file."""
        content = b"".join(export(self._table, form.format_name, source=self._source))
        if self._holds_key(content.decode()):
            raise StoreFailed("The question contains one of your keys.", hint="Nothing was written; remove it.")
        write_export(path, content, overwriting=overwriting)
        graph = left_out(self._table, form.format_name) if form in GRAPH_FORMS else ""
        formulas = formula_sentence(formulas_in(self._table, form.format_name))
        # The path is last, as it was visible before: a small screen may cut it.
        written = f"{plural(len(self._table), 'row')} written as {form.label}."
        told = (written, graph, formulas, off_sentence(self._table.snapshot), f"File: {self._named(path)}")
        return " ".join(filter(None, told))

    def action_step(self, step: int) -> None:
        """Choose the next format in the list, or the previous one if `step` is negative."""
        self.query_one(FilteredList).step(step)

    def action_cancel(self) -> None:
        """Close the dialog. A file that is being written at this moment is still completed, and the result says so."""
        self.dismiss(
            "The dialog was closed while writing: the file will be complete, or not there." if self._writing else None
        )


def _prompt(form: FileForm) -> Content:
    return Content.assemble(f"{form.label:<{_LABEL_WIDTH}}", (f"  {form.meaning}", "$text-muted"))
