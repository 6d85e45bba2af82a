"""The part of the screen that sums up what was found and hands it over: to the clipboard or to a file."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.snapshot import Source
from cnm_tui.tui.screens.asking import NOBODY_TO_ASK
from cnm_tui.tui.screens.comparing import ComparingScreen
from cnm_tui.tui.widgets.grid import Grid

# What only one key needs is imported when it is pressed.
if TYPE_CHECKING:
    from cnm_tui.core.export.copy_forms import CopyForm, Evidence


class TakingScreen(ComparingScreen):
    """Takes rows, and what was asked for them, out of the program."""

    def action_copy_as(self) -> None:
        """Choose what to copy."""
        from cnm_tui.core.export.copy_forms import copy_forms
        from cnm_tui.tui.dialogs.copy_picker import CopyPicker

        if self._source is None:
            self.say(NOBODY_TO_ASK)
            return
        try:
            evidence = self._evidence(self._source)
        except InvalidQuery as refusal:
            self.say(refusal.sentence)
            return
        if evidence.left_out and not evidence.table:
            # Why there is no form of rows to choose.
            self.say(evidence.left_out)
        self.app.push_screen(CopyPicker(copy_forms(evidence)), self._copy)

    def _copy(self, form: "CopyForm | None") -> None:
        if form is None:
            return
        lines = form.lines()
        if self._holds_own_key("\n".join(lines)):
            self.say("One of the keys stands in what was asked. Nothing was copied; take it out.")
        else:
            self.post_message(
                self.CopyWanted(
                    lines,
                    form.noun,
                    number=form.number,
                    form=form.form,
                    remark=form.remark,
                    for_shell=form.for_shell,
                )
            )

    @property
    def profile_to_name(self) -> str:
        """The profile that a command has to name for the same keys; known to who signs in."""
        return ""

    @property
    def options_of_start(self) -> Sequence[str]:
        """Those that a command has to repeat, whatever it asks; known to who signs in."""
        return ()

    def _holds_own_key(self, text: str) -> bool:
        """Whether a key that is asked with stands in this text; what only looks like one may be a tag's value."""
        return self._source is not None and self._source.holds_key(text)

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
        from cnm_tui.core.exploration.remarks import left_out_sentence
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
            window=query.time_range.window(self._clock()) if shown is None else shown.window,
            label=self.label,
            site=source.site,
            address=source.address,
            command=command_line(query, arrangement, whom),
        )

    def action_write(self) -> None:
        """Write all rows that are shown to a file."""
        from cnm_tui.tui.dialogs.write_dialog import WriteDialog

        if table := self.exploration.table:
            self.app.push_screen(WriteDialog(table, self.label, self._holds_own_key), self._say_written)
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
            self.app.push_screen(DivisionDialog(table, column), self._filter_besides)
        elif key is not None and self.exploration.query.endpoint.of_comparison(key):
            shows = f"{self.key_for('flip_changes', 'M')} shows the figures"
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
        self.exploration = self.exploration.filtered(row_filter)
        self.show_filter(row_filter.text)
