"""Define the feature that requests all rows of a query with several smaller queries.

The smaller queries are needed because one answer has a limited number of rows.
"""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Final

from cnm_tui.core.all_rows.collecting import AllRows
from cnm_tui.core.errors import CnmError
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.row_words import remainder_words
from cnm_tui.core.units import plural
from cnm_tui.tui.requests import Priority, Purpose
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

ALL_ROWS: Final = Purpose("all rows")
_REMARK: Final = "all rows"
_PROGRESS_SECONDS: Final = 60.0
"""Seconds for the progress, which the next one replaces."""


class CollectingFeature:
    """Sends several smaller queries in the background, and combines their rows into one answer.

    Each row belongs to only one of the smaller queries.
    """

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._said = ""
        """The progress shown last as a message."""

    def ask(self) -> None:
        """Request all rows of the current query, for the time window that is displayed."""
        exploration = self._session.exploration
        if exploration.snapshot is None or exploration.answers_another_query:
            self._view.say("There is no answer yet; all rows can be asked for once there is.")
        elif self._session.may_ask_besides(self._view.key("pick_limit")):
            collecting = AllRows(exploration.query, exploration.snapshot.window)
            self._session.requests.run(ALL_ROWS, partial(self._collect, exploration.query, collecting))

    async def _collect(self, asked: Query, collecting: AllRows) -> None:
        problem = ""
        try:
            while (query := collecting.question) is not None:
                self._show_progress(f"all rows: {collecting.progress}, {self._view.key('close')} ends it")
                answer = await self._session.fetch_besides(ALL_ROWS, query, Priority.BACKGROUND)
                # In a thread: thousands of rows are compared with those that are there.
                await asyncio.to_thread(collecting.on_answer, answer)
        except CnmError as failed:
            problem = failed.sentence
        except asyncio.CancelledError:
            self._view.show_remark(_REMARK, "")
            if self._view.notice == self._said:
                self._view.say("")
            if collecting.asked and not self._session.requests.is_running(ALL_ROWS):
                # What is there is shown all the same.
                self._session.scheduler.start_work(partial(self._show, asked, collecting, "Given up."))
            raise
        self._view.show_remark(_REMARK, "")
        if collecting.asked:
            await self._show(asked, collecting, problem)
        else:
            self._view.say(f"Not asked for all rows. {problem}")

    def _show_progress(self, sentence: str) -> None:
        """Show the progress of the collection in the status bar.

        Show the same sentence as a message, unless a message about something else is displayed.
        """
        self._view.show_remark(_REMARK, sentence)
        if self._view.notice in ("", self._said):
            self._said = sentence
            self._view.say(sentence, _PROGRESS_SECONDS)

    async def _show(self, asked: Query, collecting: AllRows, problem: str) -> None:
        joined = await asyncio.to_thread(collecting.result)
        cursor = self._session.cursor()

        def with_all_rows(exploration: Exploration) -> Exploration:
            if exploration.query != asked:
                return exploration
            # Paused: a refresh would put one cut answer in place of all rows.
            return replace(exploration.asking(joined.query, cursor).received(joined), paused=True)

        await self._session.show_answer(joined, with_all_rows)
        shown = self._session.exploration.snapshot
        if shown is None or shown.answer is not joined:
            self._view.say("You asked another question meanwhile, so the rows of the previous one were dropped.")
            return
        self._view.say(" ".join(filter(None, (problem, self._sentence(joined)))))

    def _sentence(self, joined: Snapshot) -> str:
        remainder = joined.remainder
        if remainder is not None and remainder.cut > remainder.failed:
            return f"{remainder_words(joined)}; {self._view.key('edit_search')} narrows."
        held = f"; {self._view.key('toggle_live')} refreshes again" if self._session.exploration.paused else ""
        here = remainder_words(joined) if joined.cut else f"All {plural(len(joined.connections), 'row')} are here"
        return f"{here}{held}."
