"""All that changes while the screen is open, in one frozen value, and the rules by which it changes."""

from dataclasses import dataclass, replace
from typing import Final

from cnm_tui.core.compare.comparison import comparable, compared
from cnm_tui.core.errors import CnmError, CredentialsRefused, GivenUp, InvalidQuery, QueryRefused, RateLimited
from cnm_tui.core.exploration.history import NOWHERE, AtHand, Cursor, Stop, Trail
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.metrics.catalogue import SHOWN_ORDER, ChangeForm, of_comparison
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget, pause_seconds, wait_seconds
from cnm_tui.core.snapshot import Connection, Snapshot
from cnm_tui.core.table.columns import Column, columns_of, group_width, with_hidden, with_widths
from cnm_tui.core.table.sorting import SortKey, first_sort_of
from cnm_tui.core.table.table import Arrangement, Table, arrange
from cnm_tui.core.text import clean

MOST_SORT_KEYS: Final = 3


@dataclass(frozen=True, eq=False)
class Exploration:
    """What is asked, shown, chosen and wrong, right now."""

    query: Query
    """Asked last; `table` may still show the answer to another one."""
    arrangement: Arrangement = Arrangement()
    refresh_seconds: float | None = 60.0
    """The pause between refreshes; None: never by itself."""
    table: Table | None = None
    """The last good answer, arranged."""
    fetching: bool = False
    paused: bool = False
    """Whether the user stopped the refreshes."""
    promised: bool = False
    """Whether the user waits for a request that could not be sent yet; it will be, live or not."""
    problem: CnmError | None = None
    """Why the last fetch failed; the table is from before it."""
    budget: Budget = Budget()
    not_before: float | None = None
    """Epoch seconds before which the service wants no request."""
    marked: frozenset[str] = frozenset()
    """Ids of connections; some may not be in the table at the moment."""
    trail: Trail = Trail()
    """Answered questions to go back to, and forth to."""
    leaving: Stop | None = None
    """What is shown, as it was when a question was asked that is not answered yet."""
    cursor: Cursor = NOWHERE
    """Where the user stood when what is shown was left; told when it is gone back to."""
    at_hand: AtHand | None = None
    """Answers to compare with; None as long as there are none."""

    @property
    def snapshot(self) -> Snapshot | None:
        """The answer that is shown."""
        return self.table.snapshot if self.table is not None else None

    @property
    def baseline(self) -> Snapshot | None:
        """The answer that what is shown is compared with."""
        return self.snapshot.baseline if self.snapshot is not None else None

    @property
    def live(self) -> bool:
        """Whether figures are asked for again by themselves."""
        return self.liveness == "live"

    @property
    def answers_another_query(self) -> bool:
        """Whether what is shown is not (yet) the answer to what is asked."""
        return self.snapshot is not None and self.snapshot.query != self.query

    @property
    def liveness(self) -> str:
        """`live`, `paused`, `stopped`, `refresh off`, or `fixed` where the window does not end now."""
        if not self.query.time_range.live:
            return "fixed"
        if self.refresh_seconds is None:
            return "refresh off"
        if self.paused:
            return "paused"
        # The same question would be refused each time, and each time cost a call.
        refused = isinstance(self.problem, QueryRefused | CredentialsRefused | InvalidQuery)
        return "stopped" if refused else "live"

    def queued(self, query: Query, cursor: Cursor = NOWHERE) -> "Exploration":
        """A query that cannot be sent yet, and will be."""
        return replace(self.asking(query, cursor), fetching=False, promised=True)

    def asking(self, query: Query, cursor: Cursor = NOWHERE) -> "Exploration":
        """A query is under way, asked with the cursor here; marks are kept as long as the groups mean the same."""
        marked = self.marked if query.group_bys == self.query.group_bys else frozenset()
        return replace(self, query=query, fetching=True, promised=False, marked=marked, leaving=self._stop(cursor))

    def _stop(self, cursor: Cursor) -> Stop | None:
        """What is shown, as it is, or was when another question was asked."""
        if self.table is None or self.answers_another_query:
            return self.leaving
        return Stop(self.table, self.marked, cursor)

    def received(self, snapshot: Snapshot) -> "Exploration":
        """The answer is here; what was shown stays on the trail, if it answered another question."""
        joined = self._joined(snapshot)
        arrangement = self.arrangement.in_force_for(joined)
        table = arrange(joined, arrangement, after=self.table)
        table.prepare()
        left = self.leaving if self.leaving is not None and self.leaving.query != snapshot.query else None
        return replace(
            self,
            arrangement=arrangement,
            table=table,
            at_hand=self._at_hand_after(snapshot),
            trail=self.trail if left is None else self.trail.gone_on_from(left),
            leaving=None,
            fetching=False,
            problem=None,
            budget=snapshot.budget,
            not_before=None,
        )

    def _joined(self, snapshot: Snapshot) -> Snapshot:
        """With what is compared until now, if that says anything of this question."""
        if self.baseline is None:
            return snapshot
        return _compared(snapshot, self.baseline) or snapshot

    def _at_hand_after(self, snapshot: Snapshot) -> AtHand | None:
        """With what is shown, to which this is a later answer; what another question answered is on the trail."""
        shown = self.snapshot
        return self.at_hand if shown is None or shown.query != snapshot.query else self._kept(shown)

    def _kept(self, answer: Snapshot) -> AtHand:
        return (self.at_hand or AtHand()).keeping(answer)

    def comparing_with(self, baseline: Snapshot, *, keep: bool = False) -> "Exploration":
        """What is shown beside this answer; the same where their rows do not mean the same.

        Args:
            keep: Whether the answer is new, and to be at hand from now on.
        """
        if self.table is None:
            return self
        at_hand = self.at_hand
        if keep:
            # It cost a request: the question that it is about may be gone back to.
            at_hand = self._kept(baseline)
            # The latest is always there, and takes less than the answer as it came.
            baseline = at_hand.answers[-1]
        joined = _compared(self.table.snapshot, baseline)
        if joined is None:
            return replace(self, at_hand=at_hand) if keep else self
        table = arrange(joined, self.arrangement, after=self.table)
        table.prepare()
        return replace(self, table=table, at_hand=at_hand)

    def comparing_no_more(self) -> "Exploration":
        """The answer alone."""
        if self.table is None or self.baseline is None:
            return self
        arrangement = self.arrangement.without_changes()
        table = arrange(self.table.snapshot.answer, arrangement, after=self.table)
        return replace(self, table=table, arrangement=arrangement)

    def telling_changes(self, form: ChangeForm) -> "Exploration":
        """Changes told in this form; without a request."""
        return self.arranged(self.arrangement.with_change_form(form))

    def background_failed(self, problem: CnmError, now: float, budget: Budget) -> "Exploration":
        """What was asked besides, for no rows of this question, did not come; what is shown is as good as before."""
        return replace(self.failed(problem, now, budget), fetching=self.fetching, problem=self.problem)

    def failed(self, problem: CnmError, now: float, budget: Budget | None = None) -> "Exploration":
        """The fetch failed; what is shown stays."""
        not_before = now + problem.retry_after_seconds if isinstance(problem, RateLimited) else self.not_before
        return replace(self, fetching=False, problem=problem, not_before=not_before, budget=budget or self.budget)

    def given_up(self, now: float, cursor: Cursor = NOWHERE) -> "Exploration":
        """Return the question that is shown, without the request that is on its way or waits to be sent."""
        if self.table is None:
            return self.failed(GivenUp("Given up before an answer came."), now)
        found = self.gone_back(cursor) if self.answers_another_query else self
        return replace(found, fetching=False, promised=False)

    def gone(self, steps: int, cursor: Cursor = NOWHERE) -> "Exploration":
        """So many questions forth, or with a negative number back, as far as there are any, leaving the cursor here."""
        found = self.gone_back(cursor) if self.answers_another_query else self
        for _ in range(abs(steps)):
            left_from = cursor if found is self else found.cursor
            found = found.gone_back(left_from) if steps < 0 else found.gone_forth(left_from)
        return found

    def gone_back(self, cursor: Cursor = NOWHERE) -> "Exploration":
        """At the question before, as it was left; the same where there is none.

        A question that is not answered yet, or failed, is given up for the one that is shown.
        """
        stop = self._stop(cursor)
        if stop is None or self.answers_another_query:
            return self if stop is None else self._at(stop, self.trail)
        before = self.trail.before
        return self._at(before[-1], self.trail.gone_back_from(stop)) if before else self

    def gone_forth(self, cursor: Cursor = NOWHERE) -> "Exploration":
        """At the question that was last gone back from, as it was left; the same where there is none."""
        stop, after = self._stop(cursor), self.trail.after
        return self._at(after[-1], self.trail.gone_forth_from(stop)) if after and stop is not None else self

    def _at(self, stop: Stop, trail: Trail) -> "Exploration":
        return replace(
            self,
            query=stop.query,
            arrangement=stop.table.arrangement,
            table=stop.table,
            marked=stop.marked,
            cursor=stop.cursor,
            trail=trail,
            leaving=None,
            fetching=False,
            promised=False,
            problem=None,
        )

    def for_new_source(self) -> "Exploration":
        """Another place is asked the same from now on.

        Rows and marks, the way back, what was wrong and what may be asked when were those of the place before.
        """
        return Exploration(self.query, self.arrangement, self.refresh_seconds, paused=self.paused)

    def with_budget(self, budget: Budget) -> "Exploration":
        """The rate-limit headers said this."""
        return replace(self, budget=budget)

    def sorted_by(self, column: str) -> "Exploration":
        """Sort by a column, and by those before where it ties; by the column that decides already: the other way."""
        first = self.arrangement.sort[0] if self.arrangement.sort else None
        if first is not None and first.column == column:
            return self.flipped()
        others = [key for key in self.arrangement.sort if key.column != column]
        return self._sorted((first_sort_of(column), *others)[:MOST_SORT_KEYS])

    def flipped(self) -> "Exploration":
        """The deciding column the other way round."""
        first, *others = self.arrangement.sort or (first_sort_of("total_bytes"),)
        return self._sorted((first.flipped(), *others))

    def ranked_otherwise(self) -> "Exploration":
        """By the deciding figure alone instead of by evidence first, or the other way round; the same if it may not."""
        first, *others = self.arrangement.sort or (first_sort_of("total_bytes"),)
        if not (first.may_be_by_evidence and first.descending):
            return self
        return self._sorted((first._replace(worst=not first.worst), *others))

    def sorted_only_by(self, column: str) -> "Exploration":
        """Sort by a column, and leave the endpoint's own order where it ties."""
        known = {key.column: key for key in self.arrangement.sort}
        return self._sorted((known.get(column) or first_sort_of(column),))

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those that are shown, or will be; of a comparison those of the figures."""
        if self.table is not None:
            return tuple(
                column for column in self.table.columns if column.metric is None or not of_comparison(column.key)
            )
        widths = {key: group_width(clean(key)) for key in self.query.group_bys}
        return columns_of(widths, self.arrangement.columns, self.arrangement.widths)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Those that are shown in their order, and the others among them."""
        return with_hidden(self.columns, self.arrangement.widths)

    def with_columns(self, shown: tuple[str, ...], widened: tuple[tuple[str, int], ...]) -> "Exploration":
        """Show these metrics in this order, and these columns so much wider or narrower; without a request."""
        widths = with_widths(self.arrangement.widths, widened)
        usual = shown == SHOWN_ORDER
        return self.arranged(replace(self.arrangement, columns=() if usual else shown, widths=widths))

    def widened(self, key: str, by: int) -> "Exploration":
        """Give a column that is shown so many terminal columns more, or fewer."""
        changed = tuple((key, column.widened + by) for column in self.columns if column.key == key)
        return self.arranged(replace(self.arrangement, widths=with_widths(self.arrangement.widths, changed)))

    def _sorted(self, sort: tuple[SortKey, ...]) -> "Exploration":
        return self.arranged(replace(self.arrangement, sort=sort))

    def arranged(self, arrangement: Arrangement) -> "Exploration":
        """The rows at hand as this arrangement shows them; without a request."""
        table = None if self.table is None else arrange(self.table.snapshot, arrangement, after=self.table)
        return replace(self, arrangement=arrangement, table=table)

    def filtered(self, row_filter: RowFilter) -> "Exploration":
        """Show only the rows at hand that match; without a request."""
        return self.arranged(replace(self.arrangement, row_filter=row_filter))

    def topped(self, top: int | None) -> "Exploration":
        """Show so many of the rows that the filter leaves, or all; without a request."""
        return self.arranged(replace(self.arrangement, top=top))

    def toggled_live(self) -> "Exploration":
        """Stop the refreshes, or let them go on; where there are none, nothing changes unseen."""
        return replace(self, paused=not self.paused) if self.query.time_range.live else self

    def toggled_mark(self, connection_id: str) -> "Exploration":
        """Mark a connection, or take its mark away."""
        return replace(self, marked=self.marked ^ {connection_id})

    def unmarked(self) -> "Exploration":
        """No connection marked."""
        return replace(self, marked=frozenset())

    # What is marked is meant by actions only as far as the filter lets it be seen.

    @property
    def marks_hidden(self) -> int:
        """How many marked connections the filter hides."""
        return 0 if self.table is None else sum(map(self.table.hides, self.marked))

    @property
    def marks_missing(self) -> int:
        """How many marked connections are not in the answer."""
        return 0 if self.snapshot is None else len(self.marked - self.snapshot.position_of.keys())

    def chosen_ids(self, highlighted: str | None) -> tuple[str, ...]:
        """What an action on ids means: the marked ones in the order shown, then those gone; else the highlighted."""
        if not self.marked:
            return () if highlighted is None else (highlighted,)
        ids = () if self.table is None else map(self.table.connection_id, range(len(self.table)))
        shown = tuple(connection_id for connection_id in ids if connection_id in self.marked)
        known = {} if self.snapshot is None else self.snapshot.position_of
        return (*shown, *sorted(self.marked - known.keys()))

    def chosen_table(self, highlighted: str | None) -> Table | None:
        """What an action on rows means: those that are marked, of all that are shown; else the highlighted."""
        table = self.table
        if table is None:
            return None
        ids = self.marked or {highlighted}
        return table.only(row for row in range(len(table)) if table.connection_id(row) in ids)

    def chosen_connections(self, highlighted: Connection | None) -> tuple[Connection, ...]:
        """The marked ones of all that are shown, as they came; without marks the highlighted one."""
        if self.table is None or not self.marked:
            return () if highlighted is None else (highlighted,)
        seen = {connection_id for connection_id in self.marked if not self.table.hides(connection_id)}
        connections = self.table.snapshot.connections
        return tuple(connections[at] for at, connection_id in enumerate(connections.ids) if connection_id in seen)

    def seconds_to_wait(self, now: float) -> float:
        """How long the service wants no request; 0 when one may be sent."""
        return wait_seconds(self.not_before, self.budget, now)

    def next_refresh_seconds(self, now: float) -> float | None:
        """The pause to the next request that is sent without a key press; None if there is none to come.

        A refresh is counted from the end of a fetch.
        """
        if self.promised:
            return self.seconds_to_wait(now)
        if not self.live or self.refresh_seconds is None:
            return None
        return max(pause_seconds(self.refresh_seconds, self.budget, now), self.seconds_to_wait(now))


def _compared(snapshot: Snapshot, baseline: Snapshot) -> Snapshot | None:
    """Return an answer beside another one; None if their rows do not mean the same."""
    return compared(snapshot, baseline) if comparable(snapshot.query, baseline.query) else None
