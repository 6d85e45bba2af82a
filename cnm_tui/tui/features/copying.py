"""Copy rows, ids and queries to the clipboard. If no clipboard accepts a text, display the text."""

import os
from collections.abc import Sequence
from functools import partial
from typing import Final

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.remarks import left_out_sentence
from cnm_tui.core.exploration.selection import chosen_ids, chosen_table
from cnm_tui.core.export.copy_forms import CopyForm, Evidence, copy_forms
from cnm_tui.core.export.monitor import Watched
from cnm_tui.core.export.question import command_line, whom_words
from cnm_tui.core.query import Query, field_of
from cnm_tui.core.shell import pasteable
from cnm_tui.core.sign_in import profile_to_name
from cnm_tui.core.snapshot import Source
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.units import plural
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.store.private_file import write_copied
from cnm_tui.tui.dialogs.copy_by_hand import CopyByHand
from cnm_tui.tui.dialogs.copy_picker import CopyPicker
from cnm_tui.tui.requests import Handle, Work
from cnm_tui.tui.session import NOT_CONNECTED, Session
from cnm_tui.tui.terminal.clipboard import copied, is_local_desktop
from cnm_tui.tui.terminal.desktop import open_page
from cnm_tui.tui.view import View

_KEY_IN_IT: Final = "Nothing was copied: the text contains one of your keys."


class CopyingFeature:
    """Copies text to the clipboard of the user's own terminal or desktop."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._under_way: Handle | None = None

    # Choose what to copy

    def ids(self) -> None:
        """Copy the ids of the marked connections, one id per line.

        If no connection is marked, copy the id of the connection at the cursor.
        """
        left_out = left_out_sentence(self._session.exploration, ids_alone=True)
        self.copy(self._chosen_ids(), remark=left_out)

    def choose(self) -> None:
        """Open a dialog in which the user chooses what to copy and in which format."""
        source = self._session.source
        if source is None:
            self._view.say(NOT_CONNECTED)
            return
        try:
            evidence = self._evidence(source)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        if evidence.left_out and not evidence.table:
            # The reason why rows cannot be copied.
            self._view.say(evidence.left_out)
        self._view.ask(CopyPicker(copy_forms(evidence)), self._copy_form)

    def _copy_form(self, form: CopyForm | None) -> None:
        if form is None:
            return
        lines = form.lines()
        if self._session.holds_own_key("\n".join(lines)):
            self._view.say("Nothing was copied: the question contains one of your keys. Remove it.")
            return
        self.copy(lines, form.noun, number=form.number, form=form.form, remark=form.remark, for_shell=form.for_shell)

    def _chosen_ids(self) -> Sequence[str]:
        """Return the ids of the marked connections. If none is marked, return the id of the row at the cursor."""
        return chosen_ids(self._session.exploration, self._row_id)

    @property
    def _row_id(self) -> str | None:
        row = self._view.row
        return row and row.id

    def _evidence(self, source: Source) -> Evidence:
        """Return the chosen rows together with the query. Before the first response there is only the query.

        Raises:
            InvalidQuery: There is no response yet, and the time range of the query is not valid now.
        """
        session, exploration = self._session, self._session.exploration
        shown, profiles = exploration.snapshot, self._view.services.profiles
        query = exploration.query if shown is None else shown.query
        arrangement = exploration.arrangement if exploration.table is None else exploration.table.arrangement
        options = () if profiles is None else profiles.options_of_start
        # Profiles and files have names, too.
        profile, options = ("", ()) if session.redacts else (profile_to_name(session.profile, profiles), options)
        whom = whom_words(source.address, source.site, profile, options)
        if session.together:
            named = () if session.redacts else session.together
            whom = [*(word for name in named for word in ("--profile", name)), *options]
        window = query.time_range.window(session.now()) if shown is None else shown.window
        return Evidence(
            chosen_table(exploration, self._row_id),
            self._chosen_ids(),
            left_out=left_out_sentence(exploration),
            ids_left_out=left_out_sentence(exploration, ids_alone=True),
            query=query,
            window=window,
            label=session.label,
            site=source.site,
            address=source.address,
            command=command_line(query, arrangement, whom),
            watched=self._watched(query, window),
        )

    def _watched(self, query: Query, window: Window) -> Watched | None:
        """Return the metric of the column at the cursor, with its query, time window and value in the row.

        Return None if the column is a group-by, or if there is no response. The value is None without a row.
        """
        shown, row = self._session.exploration.snapshot, self._view.row
        metric = query.endpoint.metrics.get(self._view.column or "")
        if shown is None or metric is None or field_of(self._view.column, query) is not None:
            return None
        value = None if row is None else metric.value(row.counters, window.seconds)
        return Watched(query, window, metric, value)

    # Copying

    def copy(
        self,
        lines: Sequence[str],
        noun: str = "id",
        *,
        number: int | None = None,
        form: str = "",
        remark: str = "",
        page: str = "",
        for_shell: bool = False,
    ) -> None:
        """Copy these lines to the clipboard, and show a message about the result.

        Args:
            lines: The lines of text. If empty, nothing is copied, and a message says so, followed by `remark`.
            noun: Noun for the counted things, for the message.
            number: Number of the counted things, or None to count the lines.
            form: Description of the format for the message, for example `copied as TSV`.
            remark: Note for the user.
            page: URL that is also opened if the user has a browser on this machine.
            for_shell: True if each line is a shell command.
        """
        if not lines:
            self._view.say(f"There is no row to copy. {remark}".rstrip())
            return
        what = plural(len(lines) if number is None else number, noun)
        self._start(partial(self._copy, pasteable(lines), what, form, remark, page, for_shell=for_shell))

    def copy_selection(self, text: str) -> None:
        """Copy the text that the user selected on the screen or in a text input."""
        self._start(partial(self._copy, pasteable(text.splitlines()), "Selection"))

    def _start(self, copying: Work) -> None:
        """Copy in a Textual worker, because a clipboard may be slow. Cancel an earlier copy that still runs."""
        if self._under_way is not None:
            self._under_way.cancel()
        self._under_way = self._session.scheduler.start_work(copying)

    async def _copy(
        self, text: str, what: str, form: str = "", remark: str = "", page: str = "", *, for_shell: bool = False
    ) -> None:
        if self._session.holds_own_key(text):
            self._view.say(_KEY_IN_IT)
            return
        setting = self._view.settings.clipboard
        outcome = await in_daemon_thread(partial(copied, text, setting, os.environ))
        if outcome.sequence:
            self._view.terminal.write_to_terminal(outcome.sequence)
        said = f"{outcome.sentence(what, form)} {remark}".rstrip()
        if outcome.problem and not page:
            self._show(text, what, said, for_shell=for_shell)
            return
        self._view.say(said)
        if page and is_local_desktop(os.environ) and await in_daemon_thread(partial(open_page, page)):
            self._view.say(f"{said} Opened in the browser.")

    def _show(self, text: str, what: str, problem: str, *, for_shell: bool) -> None:
        """Show the text in a dialog, so that the user can copy the text by hand.

        Mouse events are turned off until the dialog is closed. So the user can select text with the mouse in the
        terminal.
        """
        path = self._view.services.copied_file
        take_mouse_back = self._view.terminal.lend_mouse()
        dialog = CopyByHand(what, problem, text, lambda: write_copied(path(), text), for_shell=for_shell)
        self._view.ask(dialog, lambda _nothing: take_mouse_back())
