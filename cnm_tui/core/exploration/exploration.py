"""Define the state of the main screen as an immutable object. Its methods return a changed copy of the state."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from cnm_tui.core.compare.comparison import comparable, compared
from cnm_tui.core.errors import CnmError, CredentialsRefused, InvalidQuery, QueryRefused, RateLimited, RequestCancelled
from cnm_tui.core.exploration.history import NOWHERE, Cursor, History, HistoryEntry, RecentAnswers
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.metrics.metric import ChangeForm
from cnm_tui.core.query import Query, same_groups
from cnm_tui.core.service import Budget, pause_seconds, wait_seconds
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.columns import Column, columns_of, group_width, usual_order, with_hidden, with_widths
from cnm_tui.core.table.extra import (
    USUAL_EXTRAS,
    ExtraColumn,
    for_next_frame,
    overlaid,
    there,
    with_extra,
    with_history,
)
from cnm_tui.core.table.pins import Pin
from cnm_tui.core.table.sorting import SortKey, first_sort_of, usual_sort
from cnm_tui.core.table.table import Arrangement, Table, arrange
from cnm_tui.core.text import clean

if TYPE_CHECKING:
    # Nobody has a timeline in the first frame.
    from cnm_tui.core.timeline.timeline import Timeline


MOST_SORT_KEYS: Final = 3


@dataclass(frozen=True, eq=False, repr=False)
class Exploration:
    """The state of the main screen: the query, the displayed rows, the marked rows and the last error."""

    query: Query
    """The last query; `table` may still show the answer of another one."""
    arrangement: Arrangement = Arrangement()
    refresh_seconds: float | None = 60.0
    """Refresh interval; None for no automatic refresh."""
    table: Table | None = None
    """The last good answer, arranged."""
    fetching: bool = False
    paused: bool = False
    """True if the user paused the refreshes."""
    is_queued: bool = False
    """True if the user waits for a request that could not be sent yet; it will be sent, even if paused."""
    problem: CnmError | None = None
    """Error of the last fetch; the table is from before it."""
    budget: Budget = Budget()
    not_before: float | None = None
    """Time before which the service wants no request, in epoch seconds; None if it did not say."""
    marked: frozenset[str] = frozenset()
    """Ids of connections; some may not be in the table at the moment."""
    history: History = History()
    """The history, to go back and forward."""
    leaving: HistoryEntry | None = None
    """History entry of the rows shown, while a new query has no answer yet."""
    cursor: Cursor = NOWHERE
    """The cursor to restore when the user comes back to this query."""
    recent_answers: RecentAnswers | None = None
    """Answers in memory to compare with; None if there are none."""
    timeline: "Timeline | None" = None
    """The history of the rows of one question; see `timeline_of_rows`."""
    extras: tuple[ExtraColumn, ...] = USUAL_EXTRAS
    """The columns besides group-bys and metrics."""

    @property
    def snapshot(self) -> Snapshot | None:
        """The displayed response, or None before the first response."""
        return self.table.snapshot if self.table is not None else None

    @property
    def baseline(self) -> Snapshot | None:
        """The earlier response that the displayed response is compared with, or None without a comparison."""
        return self.snapshot.baseline if self.snapshot is not None else None

    @property
    def timeline_of_rows(self) -> "Timeline | None":
        """The timeline of the displayed rows, or None if there is no timeline for their query."""
        found, snapshot = self.timeline, self.snapshot
        return found if found is not None and snapshot is not None and found.answers(snapshot.query) else None

    def with_timeline(self, timeline: "Timeline | None") -> "Exploration":
        """Return a copy of the state with this timeline."""
        return replace(self, timeline=timeline)._with_extras(with_history(self.extras, timeline, self.arrangement))

    @property
    def live(self) -> bool:
        """True if the query is refreshed automatically."""
        return self.liveness == "live"

    @property
    def answers_another_query(self) -> bool:
        """True if the displayed rows belong to another query than the current one, for example while it runs."""
        return self.snapshot is not None and self.snapshot.query != self.query

    @property
    def liveness(self) -> str:
        """Return the state of the automatic refresh: `live`, `paused`, `stopped`, `refresh off` or `fixed`. `stopped`
        means that the service refused the query. `fixed` means that the end of the time window is a fixed time."""
        if not self.query.time_range.live:
            return "fixed"
        if self.refresh_seconds is None:
            return "refresh off"
        if self.paused:
            return "paused"
        # The service would refuse the same query again, and each try costs a call.
        refused = isinstance(self.problem, QueryRefused | CredentialsRefused | InvalidQuery)
        return "stopped" if refused else "live"

    def queued(self, query: Query, cursor: Cursor = NOWHERE) -> "Exploration":
        """Return the state with a new query that has to wait before it can be sent."""
        return replace(self.asking(query, cursor), fetching=False, is_queued=True)

    def asking(self, query: Query, cursor: Cursor = NOWHERE) -> "Exploration":
        """Return the state while a query is running. Marks stay if both queries have the same groups."""
        marked = self.marked if same_groups(query, self.query) else frozenset()
        return replace(self, query=query, fetching=True, is_queued=False, marked=marked, leaving=self._entry(cursor))

    def _entry(self, cursor: Cursor) -> HistoryEntry | None:
        """Return the history entry for the displayed rows, or the stored entry if they belong to an earlier query."""
        if self.table is None or self.answers_another_query:
            return self.leaving
        return HistoryEntry(self.table, self.marked, cursor)

    def received(self, snapshot: Snapshot) -> "Exploration":
        """Return the state with a new response. If the old rows belong to another query, they become an entry of the
        history. Some columns of the new rows may be empty until `settling.settled` completes them."""
        joined = self._joined(snapshot)
        arrangement = self.arrangement.in_force_for(joined, self.extras)
        extras = for_next_frame(self.extras, joined, self.snapshot)
        table = arrange(joined, arrangement, after=self.table, extras=extras)
        table.prepare()
        left = self.leaving if self.leaving is not None and self.leaving.query != snapshot.query else None
        return replace(
            self,
            arrangement=arrangement,
            table=table,
            recent_answers=self._recent_answers_after(snapshot),
            history=self.history if left is None else self.history.with_entry(left),
            leaving=None,
            fetching=False,
            problem=None,
            budget=snapshot.budget,
            not_before=None,
        )

    def _joined(self, snapshot: Snapshot) -> Snapshot:
        """Return the response compared with the current baseline, or unchanged if it cannot be compared."""
        if self.baseline is None:
            return snapshot
        return compared(snapshot, self.baseline) if comparable(snapshot.query, self.baseline.query) else snapshot

    def _recent_answers_after(self, snapshot: Snapshot) -> RecentAnswers | None:
        """Return the responses kept for comparisons, plus the displayed one if the new one is for the same query."""
        shown = self.snapshot
        return self.recent_answers if shown is None or shown.query != snapshot.query else self._kept(shown)

    def _kept(self, answer: Snapshot) -> RecentAnswers:
        return (self.recent_answers or RecentAnswers()).with_answer(answer)

    def comparing_with(self, baseline: Snapshot, *, keep: bool = False) -> "Exploration":
        """Return the state with the rows compared with this baseline, or with unchanged rows if that is impossible.

        Args:
            baseline: The response to compare with.
            keep: True if the baseline is a new response that must be kept in memory.
        """
        if self.table is None:
            return self
        if not comparable(self.table.snapshot.query, baseline.query):
            # It cost a request, and the user may return to the query that it is about.
            return replace(self, recent_answers=self._kept(baseline)) if keep else self
        recent_answers = self.recent_answers
        if keep:
            recent_answers = self._kept(baseline)
            # The latest answer is always available, and stored without its reply.
            baseline = recent_answers.answers[-1]
        table = arrange(compared(self.table.snapshot, baseline), self.arrangement, after=self.table)
        table.prepare()
        return replace(self, table=table, recent_answers=recent_answers)

    def without_comparison(self) -> "Exploration":
        """Return the state in which the rows are no longer compared with a baseline."""
        if self.table is None or self.baseline is None:
            return self
        arrangement = self.arrangement.without_changes(self.query.endpoint)
        table = arrange(self.table.snapshot.answer, arrangement, after=self.table)
        return replace(self, table=table, arrangement=arrangement)

    def with_change_form(self, form: ChangeForm) -> "Exploration":
        """Return the state that displays changes in this form, as numbers or in percent. No request is sent."""
        return self.arranged(self.arrangement.with_change_form(form, self.query.endpoint))

    def background_failed(self, problem: CnmError, now: float, budget: Budget) -> "Exploration":
        """Return the state after a failed background request. The displayed rows and the last error are unchanged."""
        return replace(self.failed(problem, now, budget), fetching=self.fetching, problem=self.problem)

    def failed(self, problem: CnmError, now: float, budget: Budget | None = None) -> "Exploration":
        """Return the state after a failed request. The displayed rows are unchanged."""
        not_before = now + problem.retry_after_seconds if isinstance(problem, RateLimited) else self.not_before
        return replace(self, fetching=False, problem=problem, not_before=not_before, budget=budget or self.budget)

    def without_request(self, now: float, cursor: Cursor = NOWHERE) -> "Exploration":
        """Return the state with the query of the displayed rows, after the user cancelled a request. Without rows, the
        state contains an error."""
        if self.table is None:
            return self.failed(RequestCancelled("Cancelled before an answer arrived."), now)
        found = self.back(cursor) if self.answers_another_query else self
        return replace(found, fetching=False, is_queued=False)

    def moved_in_history(self, steps: int, cursor: Cursor = NOWHERE) -> "Exploration":
        """Return the state after moving forward by `steps` history entries. A negative number moves back. The movement
        stops at the first or last entry. The position of the cursor is stored in the entry that is left."""
        found = self.back(cursor) if self.answers_another_query else self
        for _ in range(abs(steps)):
            left_from = cursor if found is self else found.cursor
            found = found.back(left_from) if steps < 0 else found.forward(left_from)
        return found

    def back(self, cursor: Cursor = NOWHERE) -> "Exploration":
        """Return the state of the previous history entry, or the same state if there is none. A query without a
        response is dropped, and the state of the displayed rows is returned."""
        entry = self._entry(cursor)
        if entry is None or self.answers_another_query:
            return self if entry is None else self._at(entry, self.history)
        before = self.history.before
        return self._at(before[-1], self.history.back_from(entry)) if before else self

    def forward(self, cursor: Cursor = NOWHERE) -> "Exploration":
        """Return the state of the next history entry, or the same state if there is none."""
        entry, after = self._entry(cursor), self.history.after
        return self._at(after[-1], self.history.forward_from(entry)) if after and entry is not None else self

    def _at(self, entry: HistoryEntry, history: History) -> "Exploration":
        table = entry.table
        extras = overlaid(table.extras, self.extras, table.snapshot)
        # Rows are watched wherever they are, not from a place in the history on.
        arrangement = replace(table.arrangement, pins=self.arrangement.pins)
        if extras != table.extras or arrangement.pins != table.arrangement.pins:
            table = arrange(table.snapshot, arrangement, after=table, extras=extras)
        return replace(
            self,
            query=entry.query,
            arrangement=table.arrangement,
            table=table,
            extras=extras,
            marked=entry.marked,
            cursor=entry.cursor,
            history=history,
            leaving=None,
            fetching=False,
            is_queued=False,
            problem=None,
        )

    def for_new_source(self) -> "Exploration":
        """Return a new state with the same query, for another service. Rows, marks, history, error and rate limit are
        dropped, because they belong to the old service."""
        return Exploration(self.query, self.arrangement, self.refresh_seconds, paused=self.paused)

    def with_budget(self, budget: Budget) -> "Exploration":
        """Return the state with this rate limit, which the headers of the last response stated."""
        return replace(self, budget=budget)

    def sorted_by(self, column: str) -> "Exploration":
        """Return the state sorted by this column. If it already is the first sort column, reverse its direction. The
        earlier sort columns decide between equal rows."""
        first = self.arrangement.sort[0] if self.arrangement.sort else None
        if first is not None and first.column == column:
            return self.flipped()
        others = [key for key in self.arrangement.sort if key.column != column]
        return self._sorted((first_sort_of(column, self.query.endpoint), *others)[:MOST_SORT_KEYS])

    def flipped(self) -> "Exploration":
        """Return the state with the direction of the first sort column reversed."""
        first, *others = self.arrangement.sort or usual_sort(self.query.endpoint)
        return self._sorted((first.flipped(), *others))

    def toggled_weak_evidence_last(self) -> "Exploration":
        """Return the state with the other of two sort modes for the first sort column. In one mode, rows with too
        little traffic for a judgement come last. In the other mode, only the number decides. If the column has only
        one mode, the state is unchanged."""
        first, *others = self.arrangement.sort or usual_sort(self.query.endpoint)
        if not first.may_be_by_evidence(self.query.endpoint):
            return self
        return self._sorted((first._replace(worst=not first.worst), *others))

    def sorted_only_by(self, column: str) -> "Exploration":
        """Return the state sorted by this column alone. Equal rows keep the order of the response."""
        known = {key.column: key for key in self.arrangement.sort}
        return self._sorted((known.get(column) or first_sort_of(column, self.query.endpoint),))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The displayed columns, without the change columns of a comparison."""
        if self.table is not None:
            return tuple(
                column
                for column in self.table.columns
                if column.metric is None or not self.query.endpoint.of_comparison(column.key)
            )
        widths = {key: group_width(clean(key)) for key in self.query.group_bys}
        return columns_of(self.query.endpoint, widths, self.arrangement.columns, self.arrangement.widths)

    @property
    def extras_there(self) -> tuple[ExtraColumn, ...]:
        """The additional columns, such as TREND, that have content for the displayed response."""
        return () if self.table is None else there(self.extras, self.table.snapshot)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """All columns, displayed or hidden. Each hidden column is at its usual place among the others."""
        return with_hidden(self.query.endpoint, self.columns, self.arrangement.widths, self.extras_there)

    def with_columns(
        self, shown: tuple[str, ...], widened: tuple[tuple[str, int], ...], without: tuple[str, ...] = ()
    ) -> "Exploration":
        """Return the state with other displayed columns. No request is sent. `shown` contains the keys of the columns
        in order, `widened` the additional width of columns in terminal columns, by key. `without` contains the keys
        of hidden groups."""
        widths, extras = with_widths(self.arrangement.widths, widened), self.extras_there
        companions = [extra.name.key for extra in extras if extra.name.beside]
        hidden = (*without, *(key for key in companions if key not in shown))
        all_keys = (shown, usual_order(self.query.endpoint, extras))
        chosen, usual = (tuple(key for key in keys if key not in companions) for keys in all_keys)
        chosen = () if chosen == usual else chosen
        return self.arranged(replace(self.arrangement, columns=chosen, widths=widths, hidden=hidden))

    def widened(self, key: str, by: int) -> "Exploration":
        """Return the state in which the column with this key is wider by `by` terminal columns."""
        changed = tuple((key, column.widened + by) for column in self.columns if column.key == key)
        return self.arranged(replace(self.arrangement, widths=with_widths(self.arrangement.widths, changed)))

    def _sorted(self, sort: tuple[SortKey, ...]) -> "Exploration":
        return self.arranged(replace(self.arrangement, sort=sort))

    def arranged(self, arrangement: Arrangement) -> "Exploration":
        """Return the state whose rows have this arrangement (sort, filter and columns). No request is sent."""
        extras, table = with_history(self.extras, self.timeline, arrangement), self.table
        if table is not None:
            table = arrange(table.snapshot, arrangement, after=table, extras=extras)
        return replace(self, arrangement=arrangement, extras=extras, table=table)

    def with_extra(self, column: ExtraColumn) -> "Exploration":
        """Return the state with this additional column. It replaces an additional column of the same name."""
        return self._with_extras(with_extra(self.extras, column))

    def without_extra(self, key: str) -> "Exploration":
        """Return the state without the additional column that has this key."""
        return self._with_extras(tuple(extra for extra in self.extras if extra.name.key != key))

    def _with_extras(self, extras: tuple[ExtraColumn, ...]) -> "Exploration":
        if self.table is None:
            return replace(self, extras=extras)
        table = arrange(self.table.snapshot, self.arrangement, after=self.table, extras=extras)
        return replace(self, extras=extras, table=table)

    def filtered(self, row_filter: RowFilter) -> "Exploration":
        """Return the state that displays only the rows matching the filter. No request is sent."""
        return self.arranged(replace(self.arrangement, row_filter=row_filter))

    def with_top(self, top: int | None) -> "Exploration":
        """Return the state that displays at most this number of rows after filtering. None displays all rows."""
        return self.arranged(replace(self.arrangement, top=top))

    def toggled_live(self) -> "Exploration":
        """Return the state with the automatic refresh paused or resumed, unchanged if the time window is fixed."""
        return replace(self, paused=not self.paused) if self.query.time_range.live else self

    def toggled_mark(self, connection_id: str) -> "Exploration":
        """Return the state in which this connection is marked, or no longer marked if it was before."""
        return replace(self, marked=self.marked ^ {connection_id})

    def with_pins(self, pins: tuple[Pin, ...]) -> "Exploration":
        """Return the state in which these connections are watched, and displayed before all others."""
        return self.arranged(replace(self.arrangement, pins=pins))

    def unmarked(self) -> "Exploration":
        """Return the state without marked rows."""
        return replace(self, marked=frozenset())

    def seconds_to_wait(self, now: float) -> float:
        """Return the seconds until a request may be sent. It is 0 if a request may be sent immediately."""
        return wait_seconds(self.not_before, self.budget, now)

    def next_refresh_seconds(self, now: float) -> float | None:
        """Return the seconds until the next automatic request, or None if no such request is planned. The refresh
        interval begins at the end of the previous request."""
        if self.is_queued:
            return self.seconds_to_wait(now)
        if not self.live or self.refresh_seconds is None:
            return None
        return max(pause_seconds(self.refresh_seconds, self.budget, now), self.seconds_to_wait(now))
