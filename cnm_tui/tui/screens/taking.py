"""The part of the screen that sums up what was found and hands it over: to the clipboard or to a file."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.remarks import left_out_sentence
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.snapshot import Source
from cnm_tui.tui.screens.viewing import ViewingScreen
from cnm_tui.tui.session import NOT_CONNECTED
from cnm_tui.tui.widgets.grid import Grid

# What only one key needs is imported when it is pressed.
if TYPE_CHECKING:
    from cnm_tui.core.export.copy_forms import CopyForm, Evidence


class TakingScreen(ViewingScreen):
    """Takes rows, and what was asked for them, out of the program."""

    def action_copy_ids(self) -> None:
        """Copy the ids of the marked connections, one a line, or that of the one under the cursor."""
        left_out = left_out_sentence(self.exploration, ids_alone=True)
        self.copy(self.chosen_ids(), remark=left_out)

    def action_copy_as(self) -> None:
        """Choose what to copy."""
        from cnm_tui.core.export.copy_forms import copy_forms
        from cnm_tui.tui.dialogs.copy_picker import CopyPicker

        if self.session.source is None:
            self.say(NOT_CONNECTED)
            return
        try:
            evidence = self._evidence(self.session.source)
        except InvalidQuery as refusal:
            self.say(refusal.sentence)
            return
        if evidence.left_out and not evidence.table:
            # Why there is no form of rows to choose.
            self.say(evidence.left_out)
        self.ask(CopyPicker(copy_forms(evidence)), self._copy)

    def _copy(self, form: "CopyForm | None") -> None:
        if form is None:
            return
        lines = form.lines()
        if self.session.holds_own_key("\n".join(lines)):
            self.say("One of the keys stands in what was asked. Nothing was copied; take it out.")
        else:
            self.copy(
                lines, form.noun, number=form.number, form=form.form, remark=form.remark, for_shell=form.for_shell
            )

    @property
    def profile_to_name(self) -> str:
        """The profile that a command has to name for the same keys; known to who signs in."""
        return ""

    @property
    def options_of_start(self) -> Sequence[str]:
        """Those that a command has to repeat, whatever it asks; known to who signs in."""
        return ()

    def chosen_ids(self) -> Sequence[str]:
        """The ids of the marked connections, or that of the one under the cursor."""
        return self.exploration.chosen_ids(self._highlighted_id)

    @property
    def _highlighted_id(self) -> str | None:
        highlighted = self.query_one(Grid).highlighted
        return highlighted and highlighted.id

    def _evidence(self, source: Source) -> "Evidence":
        """What is chosen of the answer that is shown; before there is one, the question.

        Raises:
            InvalidQuery: There is no answer, and what is asked cannot be answered now.
        """
        from cnm_tui.core.export.copy_forms import Evidence
        from cnm_tui.core.export.question import command_line, whom_words

        exploration, shown = self.exploration, self.exploration.snapshot
        query = exploration.query if shown is None else shown.query
        arrangement = exploration.arrangement if exploration.table is None else exploration.table.arrangement
        table = exploration.chosen_table(self._highlighted_id)
        whom = whom_words(source.address, source.site, self.profile_to_name, self.options_of_start)
        return Evidence(
            table,
            self.chosen_ids(),
            left_out=left_out_sentence(exploration),
            ids_left_out=left_out_sentence(exploration, ids_alone=True),
            query=query,
            window=query.time_range.window(self.session.now()) if shown is None else shown.window,
            label=self.session.label,
            site=source.site,
            address=source.address,
            command=command_line(query, arrangement, whom),
        )

    def action_write(self) -> None:
        """Write all rows that are shown to a file."""
        from cnm_tui.tui.dialogs.write_dialog import WriteDialog

        if table := self.exploration.table:
            self.ask(WriteDialog(table, self.session.label, self.session.holds_own_key), self._say_written)
        else:
            self.say("There are no rows to write.")

    def _say_written(self, said: str | None) -> None:
        if said is not None:
            self.say(said)

    def action_divide(self) -> None:
        """See how the values of the column under the cursor divide the rows that are shown."""
        from cnm_tui.tui.dialogs.breakdown import DivisionDialog

        table, key = self.exploration.table, self.query_one(Grid).cursor_column
        column = next((column for column in self.exploration.columns if column.key == key), None)
        if table and column is not None:
            self.ask(DivisionDialog(table, column), self._filter_besides)
        elif key is not None and self.exploration.query.endpoint.of_comparison(key):
            shows = f"{self.key('flip_changes')} shows the figures"
            self.say(f"Changes are not divided: move to a group or a figure; {shows}.")
        else:
            self.say("There are no rows to divide.")

    def _filter_besides(self, term: str | None) -> None:
        """Show only those of the rows for which this holds as well."""
        if term is None:
            return
        try:
            row_filter = parsed_filter(
                f"{self.exploration.arrangement.row_filter.text} {term}", self.exploration.query.endpoint
            )
        except InvalidQuery as refusal:
            self.say(refusal.sentence)
            return
        self.session.update(lambda exploration: exploration.filtered(row_filter))
        self.show_filter(row_filter.text)
