"""Write short remarks and sentences about the state of the screen, for the status bar and for messages."""

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from cnm_tui.core import suggestions
from cnm_tui.core.compare.change_words import comparison_remarks
from cnm_tui.core.connections import UNRESOLVED, Connection
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import CnmError, CredentialsMissing, CredentialsRefused, QueryRefused, RateLimited
from cnm_tui.core.exploration.selection import marks_hidden, marks_missing
from cnm_tui.core.metrics.metric import JUDGED_BY_KEY
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.settings import KeyOf, usual_key
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.extra import findings_summary
from cnm_tui.core.table.row_words import cut_remark, row_count
from cnm_tui.core.table.sorting import SortKey, sort_arrows
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import clean, fitted
from cnm_tui.core.time.time_range import time_of_day
from cnm_tui.core.units import plural, seconds_text

if TYPE_CHECKING:
    # `query` has remarks about its table only, and no exploration.
    from cnm_tui.core.exploration.exploration import Exploration

_FEW_CALLS_LEFT: Final = 0.2
_LONGEST_FILTER: Final = 60
"""Maximum characters of a search in a remark; a search may have 8,000."""
_LONGEST_COLUMN: Final = 24
"""Maximum characters of a column's name in a sentence."""


_LONGEST_ROW: Final = 40
"""Terminal columns for the values of a row in a sentence."""
_LONGEST_FOLLOWED: Final = 28
"""Terminal columns for the values of a row in a remark that stays for long."""


def lasting_remarks(
    exploration: "Exploration",
    in_sight: Collection[str] | None = None,
    followed: Connection | None = None,
    *,
    key: KeyOf | None = None,
) -> tuple[str, ...]:
    """Return the remarks that must always stay visible. They are about cut or hidden rows and about the order of the
    rows, which nothing else on the screen shows.

    Args:
        exploration: The state of the screen.
        in_sight: Keys of the columns whose headings are visible. None means all displayed columns.
        followed: The connection that the cursor follows.
        key: Function that returns the keyboard key for a command, for the remark about a cut response.
            None for a short remark.
    """
    snapshot, table = exploration.snapshot, exploration.table
    if snapshot is None or table is None:
        return ()
    remarks = (
        # With a key, the number of rows comes before this.
        row_count(table) if table.topped and key is None else "",
        (_cut_in_short(snapshot) if key is None else cut_remark(table, key)) if snapshot.cut else "",
        f"{plural(snapshot.unreadable, 'row')} could not be read" if snapshot.unreadable else "",
        _unseen_sort(table, in_sight),
        "" if followed is None else f"following {row_words(followed, _LONGEST_FOLLOWED)}{_missing(table, followed)}",
    )
    return tuple(filter(None, remarks))


def _cut_in_short(snapshot: Snapshot) -> str:
    if snapshot.answer.adds_up_cut:
        return "cut: sums may be too small"
    if snapshot.remainder is None:
        return "cut at the limit"
    return snapshot.remainder.told


def query_remark(query: Query) -> str:
    """Return the search of the query in a few words, for screens that have no search box."""
    return f"asked: {fitted(clean(query.search or ', '.join(query.tags)) or 'everything', _LONGEST_FOLLOWED)}"


def _missing(table: Table, connection: Connection) -> str:
    """Return the reason why a connection is not among the displayed rows. The text is empty if it is displayed."""
    if table.row_of(connection.id) is not None:
        return ""
    if not table.hides(connection.id):
        return " (not in this answer)"
    return f" (below the top {len(table):,})" if table.below_top(connection.id) else " (hidden by the filter)"


def row_words(connection: Connection, columns: int = _LONGEST_ROW) -> str:
    """Return the group values of a row as short text, for example `checkout ▸ payments`. `columns` is the maximum width
    in terminal columns."""
    return fitted(" ▸ ".join(map(connection.group_text, range(len(connection.groups)))), columns)


def row_moved_sentence(connection: Connection, row_before: int, table: Table) -> str:
    """Return a sentence that says to which row number a refresh moved the row at the cursor."""
    row, name = table.row_of(connection.id), row_words(connection)
    if row is not None:
        return f"{name} went from row {row_before + 1:,} to row {row + 1:,} of {len(table):,}."
    why = "is not in this answer"
    if table.hides(connection.id):
        below = table.below_top(connection.id)
        why = f"fell below the top {len(table):,}" if below else "no longer matches the filter"
    return f"{name} {why}; the cursor is on another row."


def position_ways(row: int, rows: int) -> list[str]:
    """Return several texts that say on which row the cursor is, from long to short, so that one of them fits."""
    return [f"row {row:,} of {rows:,}", f"{row:,} of {rows:,}", f"{row:,}/{rows:,}"]


def status_remarks(
    exploration: "Exploration", key: KeyOf = usual_key, kept: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Return the remarks of the status bar. The most important remark is the first, because not all may fit. `kept` are
    the remarks that must always stay visible. None means the remarks of `lasting_remarks`."""
    snapshot, table = exploration.snapshot, exploration.table
    requests_left, few = _requests_left(exploration.budget)
    if snapshot is None or table is None:
        return tuple(filter(None, [requests_left]))
    coverage = _coverage(table) if snapshot.unresolved_shares else ""
    remarks = (
        row_count(table),
        findings_summary(table.extras, snapshot, table.order),
        # Number of rows and cut come before remarks about their content.
        "answer to the previous question" if exploration.answers_another_query else "",
        *(lasting_remarks(exploration, key=key) if kept is None else kept),
        _unread_filter(table, key),
        # Marks come early: keys act on marked rows instead of the row at the cursor.
        _marks(exploration),
        *_comparison(table),
        rank_remark(table),
        f"{table.gone:,} gone" if table.gone and snapshot.baseline is None else "",
        snapshot.warning,
        *((requests_left, coverage) if few else (coverage, requests_left)),
    )
    return tuple(filter(None, remarks))


def spare_remarks(exploration: "Exploration") -> frozenset[str]:
    """Return the remarks that may be replaced by hints about keyboard keys when there is little room. These remarks
    rarely change, such as the number of remaining requests."""
    requests_left, few = _requests_left(exploration.budget)
    table = exploration.table
    coverage = "" if table is None or not table.snapshot.unresolved_shares else _coverage(table)
    return frozenset(filter(None, (coverage, "" if few else requests_left)))


def short_remarks(exploration: "Exploration") -> dict[str, str]:
    """Return a dict that maps a remark to its shorter form: severities as symbols, a baseline as its start."""
    table = exploration.table
    if table is None:
        return {}
    summary = findings_summary(table.extras, table.snapshot, table.order)
    shorter = {summary: re.sub(" critical", "▲▲", re.sub(" warnings?", "▲", summary))}
    shorter[table.snapshot.warning] = table.snapshot.warning.partition(". ")[0].rstrip(".")
    for remark in _comparison(table):
        # `vs 12-01 00:05–00:20Z, up to 5 min off` as `vs 00:05Z ±5m`.
        begun = re.sub(r"^vs (?:[\d-]+ )?([\d:]+)–.*Z", r"vs \1Z", remark)
        shorter[remark] = begun.replace(", up to 5 min off", " ±5m")
    return shorter


def _marks(exploration: "Exploration") -> str:
    if not exploration.marked:
        return ""
    hidden = marks_hidden(exploration)
    return f"{len(exploration.marked):,} marked" + (f", {hidden:,} hidden" if hidden else "")


def left_out_sentence(exploration: "Exploration", *, ids_alone: bool = False) -> str:
    """Return a sentence about marked rows that an action leaves out. The text is empty if it leaves out none. With
    `ids_alone`, rows missing in the response are not counted, because the action needs only their ids."""
    hidden, missing = marks_hidden(exploration), 0 if ids_alone else marks_missing(exploration)
    told = [f"{plural(hidden, 'marked row')} hidden"] if hidden else []
    if missing:
        rows = f"{missing:,}" if hidden else plural(missing, "marked row")
        told.append(f"{rows} not in this answer")
    return f"{', '.join(told)}, and left out." if told else ""


def _comparison(table: Table) -> tuple[str, ...]:
    if table.snapshot.baseline is None:
        return ()
    return comparison_remarks(table.snapshot, of_all=table.filtered)


def _unread_filter(table: Table, key: KeyOf) -> str:
    """Return a warning if the filter tests changes, but the rows are not compared with a baseline. Otherwise the text
    is empty."""
    in_vain = table.arrangement.row_filter.of_changes and table.snapshot.baseline is None
    return f"filter for changes, but nothing is compared ({key('compare', 'm')})" if in_vain else ""


def _coverage(table: Table) -> str:
    """Return the share of the traffic whose client or server has no name (`N/A`), as text. Rows that the filter hides
    are included."""
    shares = (f"{side.value} {_whole_share(share)}" for side, share in table.snapshot.unresolved_shares.items())
    of = f"{'all ' if table.filtered else ''}{table.snapshot.endpoint.volume_metric.unit}"
    return f"{UNRESOLVED}: {', '.join(shares)} of {of}"


def _whole_share(share: float) -> str:
    """Return a share as text in percent. The text is `100 %` only if the share is exactly 1, and never `0 %`."""
    if share < 0.01:
        return "<1 %"
    return "100 %" if share == 1 else f"{min(share, 0.99) * 100:.0f} %"


def _requests_left(budget: Budget) -> tuple[str, bool]:
    """Return a text about the number of requests that the rate limit still allows, and True if there are few. The text
    is empty if the number is unknown."""
    if budget.remaining is None:
        return "", False
    if budget.remaining == 0:
        return "no requests left" + ("" if budget.reset_at is None else f" until {time_of_day(budget.reset_at)}"), True
    few = budget.limit is not None and budget.remaining <= budget.limit * _FEW_CALLS_LEFT
    until = "" if budget.reset_at is None else f" until {time_of_day(budget.reset_at)}"
    return f"{'only ' if few else ''}{plural(budget.remaining, 'request')} left{until}", few


def _unseen_sort(table: Table, in_sight: Collection[str] | None) -> str:
    """Return a remark about sort columns whose headings are not visible. The text is empty if there are none."""
    if not len(table):
        return ""
    if not table.sort:
        return "in the order of the answer"
    shown = [column.key for column in table.columns] if in_sight is None else in_sight
    unseen = [
        f"{_column_label(column, table.snapshot.endpoint)} {arrow}"
        for column, arrow in sort_arrows(table.sort, table.snapshot.endpoint).items()
        if column not in shown
    ]
    if not unseen:
        return ""
    # For a column that only decides ties, "sorted by" would contradict the heading of the first one.
    return f"{'ties' if table.sort[0].column in shown else 'sorted'} by {', '.join(unseen)}"


def rank_remark(table: Table) -> str:
    """Return a remark about the sort mode of the first sort column: by evidence, or by number alone. The text is empty
    for a column that has only one mode."""
    key = table.sort[0] if table.sort else None
    if key is None or not key.may_be_by_evidence(table.snapshot.endpoint):
        return ""
    if not key.worst:
        return "by number alone"
    return f"{table.thin:,} {_why_last(key, table.snapshot.endpoint)} last" if table.thin else ""


def _why_last(key: SortKey, endpoint: Endpoint) -> str:
    """Return as text why the sort mode "by evidence" puts some rows last, for example `with little evidence`."""
    return "within noise" if endpoint.change_form_of(key.column) is not None else "with little evidence"


def rank_sentence(exploration: "Exploration", key: KeyOf = usual_key) -> str:
    """Return a sentence about the effect of the keyboard key that changes the sort mode."""
    sort, endpoint = exploration.arrangement.sort, exploration.query.endpoint
    if not sort or not sort[0].may_be_by_evidence(endpoint):
        ranked = [endpoint.metrics[key].label for key in endpoint.shown_order if endpoint.is_ranked_by_evidence(key)]
        if not ranked:
            return "No column of these rows can be sorted by evidence."
        columns, sorts = " or ".join(ranked), key("sort", "s")
        return f"Only where {columns} is sorted from the largest on, evidence can decide; {sorts} sorts."
    other = key("rank", "%")
    if not sort[0].worst:
        return f"By number alone (#); {other} puts rows {_why_last(sort[0], endpoint)} last."
    rows = "rows" if exploration.table is None else plural(exploration.table.thin, "row")
    return f"By evidence: {rows} {_why_last(sort[0], endpoint)} last; {other} sorts by number alone."


def sort_sentence(exploration: "Exploration", key: KeyOf = usual_key) -> str:
    """Return a sentence about the sort columns and about the keyboard keys that change them."""
    sort, endpoint = exploration.arrangement.sort, exploration.query.endpoint
    sorts = key("sort", "s")
    if not sort:
        return f"In the order of the answer; {sorts} sorts by the column under the cursor."
    arrows = sort_arrows(sort, endpoint)
    first, *others = (f"{_column_label(column, endpoint)} {arrow}" for column, arrow in arrows.items())
    flips = f"{key('flip_sort', 'S')} flips"
    if not others:
        return f"Sorted by {first} alone. {flips}; {sorts} elsewhere keeps it for ties."
    return f"Sorted by {first}, {', '.join(others)}. {flips}; {key('sort_only', '=')} one only."


def sort_words(sort: Sequence[SortKey], endpoint: Endpoint) -> str:
    """Return the first sort column with its direction as text, for example `RETRANS% ▾`."""
    return f"{_column_label(sort[0].column, endpoint)} {sort[0].arrow(endpoint)}" if sort else "nothing"


def _column_label(key: str, endpoint: Endpoint) -> str:
    """Return the heading of a column in a short form for a sentence."""
    if key == JUDGED_BY_KEY:
        return "JUDGED BY"
    if endpoint.change_form_of(key) is not None:
        return f"Δ{endpoint.metrics[key.partition('.')[2]].label}"
    known = endpoint.metrics.get(key) or endpoint.extras.get(key)
    return clean(key, _LONGEST_COLUMN) if known is None else known.label


def formula_sentence(formulas: int) -> str:
    """Return a sentence about table cells that begin like a spreadsheet formula, and therefore begin with an added
    apostrophe. The text is empty if `formulas`, the number of such cells, is 0."""
    if not formulas:
        return ""
    begin = "1 cell begins" if formulas == 1 else f"{formulas:,} cells begin"
    return f"{begin} like a formula; an apostrophe was put before {'it' if formulas == 1 else 'them'}."


def liveness_sentence(exploration: "Exploration", key: KeyOf = usual_key) -> str:
    """Return a sentence about whether the rows are refreshed automatically, and how the user can change this."""
    asks = f"{key('ask_now', 'r')} asks"
    if not exploration.query.time_range.live:
        return f"The window does not end now, so there is nothing to refresh; {asks} again."
    if exploration.refresh_seconds is None:
        return f"Started with --refresh off: {asks} again."
    if exploration.paused:
        return f"Paused: the figures stay as they are; {key('toggle_live', 'p')} resumes, {asks} once."
    if not exploration.live:
        return f"Stopped, since this question was refused; {asks} again."
    return f"Live: asks every {seconds_text(exploration.refresh_seconds)}."


def problem_sentence(problem: CnmError, key: KeyOf = usual_key) -> str:
    """Return a sentence that says what went wrong and what the user can do."""
    return " ".join(filter(None, (problem.sentence, _way_out(problem, key))))


def _way_out(problem: CnmError, key: KeyOf) -> str:
    if isinstance(problem, CredentialsMissing):
        return f"{key('sign_in', 'K')} signs in."
    return f"{key('sign_in', 'K')} signs in with others." if isinstance(problem, CredentialsRefused) else ""


def _asked_again(exploration: "Exploration", key: KeyOf) -> str:
    again = key("ask_now", "r")
    if isinstance(exploration.problem, RateLimited):
        by_itself = "It is asked again by itself; " if exploration.live else ""
        return f"{by_itself}{again} asks as soon as that is allowed."
    if isinstance(exploration.problem, QueryRefused):
        search, group_bys = key("edit_search", "e"), key("pick_group_bys", "b")
        return f"{search} edits the search, {group_bys} groups by other fields. {again} asks again."
    return f"{again} asks again."


def empty_answer(exploration: "Exploration", label: str, key: KeyOf = usual_key) -> str:
    """Return a text that is displayed in place of rows. The text is empty if there are rows."""
    snapshot = exploration.snapshot
    if snapshot is None:
        if exploration.problem is not None:
            way_out = " ".join(filter(None, (_way_out(exploration.problem, key), _asked_again(exploration, key))))
            return "\n\n".join(filter(None, (str(exploration.problem), exploration.problem.hint, way_out)))
        return f"Asking {label} …" if exploration.fetching else "Starting …"
    if snapshot.connections:
        if len(exploration.table or ()):
            return ""
        row_filter = exploration.arrangement.row_filter
        told = f"No row matches the filter {clean(row_filter.text, 60)}: {key('close', 'esc')} clears it."
        if snapshot.cut and exploration.table is not None:
            told = f"{told} The answer was {cut_remark(exploration.table, key)}."
        in_vain = row_filter.of_changes and not exploration.baseline
        return f"{told} Nothing is compared; {key('compare', 'm')} compares." if in_vain else told
    return _why_empty(snapshot, key, can_go_back=bool(exploration.history.before))


def _why_empty(snapshot: Snapshot, key: KeyOf, *, can_go_back: bool) -> str:
    query = snapshot.query
    other_times = key("pick_time_range", "t")
    lines = [f"No {snapshot.endpoint.rows_noun} from {snapshot.window}.", "", "Why that may be, and what to try:", ""]
    back = f"; {key('go_back', 'backspace')} goes back" if can_go_back else ""
    for field, known in suggestions.nearest_fields(query).items():
        edits = key("pick_group_bys", "b") if field in query.group_bys else key("edit_search", "e")
        field = clean(field, _LONGEST_COLUMN)
        lines.append(f"· {field} is no documented field. Is {known} meant? {edits} changes it{back}.")
    if snapshot.window.forgotten_at(snapshot.fetched_at):
        lines.append(f"· All of it is older than the 14 days that are kept: {other_times} takes a later one.")
    if query.search or query.tags:
        searched = clean(query.search or ", ".join(query.tags), _LONGEST_FILTER)
        lines.append(f"· Nothing matches {searched}: {key('edit_search', 'e')} edits the search{back}.")
    lines.append(
        f"· Nothing happened in that time ({query.time_range}), or it was not yet aggregated: "
        f"{other_times} takes a longer one."
    )
    if query.group_bys:
        by_others = f"{key('pick_group_bys', 'b')} groups by other fields"
        lines.append(f"· No Agent reports {', '.join(query.group_bys)}: {by_others}.")
    lines.append(
        f"· Cloud Network Monitoring is enabled, but no Agent sends {snapshot.endpoint.rows_noun} of this organisation "
        "yet."
    )
    if snapshot.unreadable:
        lines.append(f"· {plural(snapshot.unreadable, 'row')} came, but could not be read.")
    return "\n".join(lines)
