"""What there is to say about an exploration, in sentences for its user."""

from typing import TYPE_CHECKING, Final

from cnm_tui.core.errors import CnmError, CredentialsRefused, QueryRefused, RateLimited
from cnm_tui.core.metrics import METRICS, change_form_of
from cnm_tui.core.pacing import Budget
from cnm_tui.core.snapshot import UNRESOLVED, Snapshot
from cnm_tui.core.table import Table, sort_arrows
from cnm_tui.core.text import clean
from cnm_tui.core.time_range import time_of_day
from cnm_tui.core.units import plural, seconds_text

if TYPE_CHECKING:
    # `query` says what it has to say of a table, and has no exploration.
    from cnm_tui.core.exploration import Exploration

_FEW_CALLS_LEFT: Final = 0.2
_LONGEST_FILTER: Final = 60
"""Characters of a search that are repeated to the user; it may have 8,000."""
_LONGEST_COLUMN: Final = 24
"""Characters of a column's name that are repeated in a sentence."""


def status_remarks(exploration: "Exploration") -> tuple[str, ...]:
    """The remarks of the status line, the most important first: there is not always room for all."""
    snapshot, table = exploration.snapshot, exploration.table
    requests_left, few = _requests_left(exploration.budget)
    if snapshot is None or table is None:
        return tuple(filter(None, [requests_left]))
    coverage = _coverage(snapshot) if snapshot.unresolved_shares else ""
    remarks = (
        row_count(table),
        # Of what the rows are and whether they are all comes before what they say.
        "answer to the question before" if exploration.answers_another_query else "",
        "cut at the limit" if snapshot.cut else "",
        f"{plural(snapshot.unreadable, 'row')} could not be read" if snapshot.unreadable else "",
        _unread_filter(table),
        # Keys mean these rather than the row under the cursor.
        f"{len(exploration.marked):,} marked" if exploration.marked else "",
        *_comparison(snapshot),
        _unseen_sort(table),
        f"{table.gone:,} gone" if table.gone and snapshot.baseline is None else "",
        snapshot.warning,
        *((requests_left, coverage) if few else (coverage, requests_left)),
    )
    return tuple(filter(None, remarks))


def _comparison(snapshot: Snapshot) -> tuple[str, ...]:
    if snapshot.baseline is None:
        return ()
    # Imported here: the first frame compares nothing.
    from cnm_tui.core.change_words import comparison_remarks

    return comparison_remarks(snapshot)


def _unread_filter(table: Table) -> str:
    """What a filter asks for in vain."""
    in_vain = table.arrangement.row_filter.of_changes and table.snapshot.baseline is None
    return "filter for changes, but nothing is compared (m)" if in_vain else ""


def _coverage(snapshot: Snapshot) -> str:
    """How much of the bytes has ends without a name."""
    shares = (f"{side.value} {_whole_share(share)}" for side, share in snapshot.unresolved_shares.items())
    return f"{UNRESOLVED}: {', '.join(shares)} of bytes"


def _whole_share(share: float) -> str:
    """In percent; neither nothing nor everything where it is not quite that."""
    if share < 0.01:
        return "<1 %"
    return "100 %" if share == 1 else f"{min(share, 0.99) * 100:.0f} %"


def _requests_left(budget: Budget) -> tuple[str, bool]:
    """How many, where that is known, and whether they are few."""
    if budget.remaining is None:
        return "", False
    if budget.remaining == 0:
        return "no requests left" + ("" if budget.reset_at is None else f" until {time_of_day(budget.reset_at)}"), True
    few = budget.limit is not None and budget.remaining <= budget.limit * _FEW_CALLS_LEFT
    return f"{'only ' if few else ''}{plural(budget.remaining, 'request')} left", few


def row_count(table: Table) -> str:
    """`281 rows`, or `37 of 7,500 rows` where a filter narrows them."""
    everything = plural(len(table.snapshot.connections), "row")
    return f"{len(table):,} of {everything}" if table.filtered else everything


def _unseen_sort(table: Table) -> str:
    """What the rows are sorted by, where no heading can say it."""
    key = table.arrangement.sort[0] if table.arrangement.sort else None
    if key is None or table.snapshot.metric(key.column) is None or table.deciding is not None:
        return ""
    return f"sorted by {_column_label(key.column)} {key.arrow}"


def sort_sentence(exploration: "Exploration") -> str:
    """What the rows are sorted by, and how that goes on."""
    sort = exploration.arrangement.sort
    if not sort:
        return "In the service's own order; s sorts by the column under the cursor."
    arrows = sort_arrows(sort)
    first, *others = (f"{_column_label(column)} {arrow}" for column, arrow in arrows.items())
    if not others:
        return f"Sorted by {first} alone. S flips; s elsewhere keeps it for ties."
    return f"Sorted by {first}, {', '.join(others)}. S flips; = one only."


def _column_label(key: str) -> str:
    """The heading of a column, short enough for a sentence."""
    if change_form_of(key) is not None:
        return f"Δ{METRICS[key.partition('.')[2]].label}"
    return METRICS[key].label if key in METRICS else clean(key, _LONGEST_COLUMN)


def formula_sentence(formulas: int) -> str:
    """What was done to cells that a spreadsheet would run; empty where there is none."""
    if not formulas:
        return ""
    begin = "1 cell begins" if formulas == 1 else f"{formulas:,} cells begin"
    return f"{begin} like a formula; an apostrophe was put before {'it' if formulas == 1 else 'them'}."


def liveness_sentence(exploration: "Exploration") -> str:
    """What pausing or resuming did."""
    if not exploration.query.time_range.live:
        return "The window does not end now, so there is nothing to refresh; r asks again."
    if exploration.refresh_seconds is None:
        return "Started with --refresh off: r asks again."
    if exploration.paused:
        return "Paused: the figures stay as they are; p resumes, r asks once."
    if not exploration.live:
        return "Stopped, since this question was refused; r asks again."
    return f"Live: asks every {seconds_text(exploration.refresh_seconds)}."


def problem_sentence(problem: CnmError, sign_in: str) -> str:
    """What went wrong and what to do; `sign_in` is the key that asks for other keys."""
    return " ".join(filter(None, (problem.sentence, _way_out(problem, sign_in))))


def _way_out(problem: CnmError, sign_in: str) -> str:
    return f"{sign_in} signs in with others." if isinstance(problem, CredentialsRefused) else ""


def _asked_again(exploration: "Exploration") -> str:
    if isinstance(exploration.problem, RateLimited):
        by_itself = "It is asked again by itself; " if exploration.live else ""
        return f"{by_itself}r asks as soon as that is allowed."
    changes = isinstance(exploration.problem, QueryRefused)
    return f"{'e edits the search, b groups by other fields. ' if changes else ''}r asks again."


def empty_answer(exploration: "Exploration", label: str, sign_in: str = "K") -> str:
    """What to show in place of rows; empty where there are some. `sign_in` is the key that asks for other keys."""
    snapshot = exploration.snapshot
    if snapshot is None:
        if exploration.problem is not None:
            way_out = " ".join(filter(None, (_way_out(exploration.problem, sign_in), _asked_again(exploration))))
            return "\n\n".join(filter(None, (str(exploration.problem), exploration.problem.hint, way_out)))
        return f"Asking {label} …" if exploration.fetching else "Getting ready …"
    if snapshot.connections:
        if len(exploration.table or ()):
            return ""
        row_filter = exploration.arrangement.row_filter
        told = f"No row matches the filter {clean(row_filter.text, 60)}: esc clears it."
        return (
            f"{told} Nothing is compared; m compares." if row_filter.of_changes and not exploration.baseline else told
        )
    return _why_empty(snapshot)


def _why_empty(snapshot: Snapshot) -> str:
    query = snapshot.query
    lines = [f"No connections from {snapshot.window}.", "", "Why that may be, and what to try:", ""]
    if snapshot.window.forgotten_at(snapshot.fetched_at):
        lines.append("· All of it is older than the 14 days that are kept: t takes a later one.")
    if query.search or query.tags:
        searched = clean(query.search or ", ".join(query.tags), _LONGEST_FILTER)
        lines.append(f"· Nothing matches {searched}: e edits the search.")
    lines.append(
        f"· Nothing happened in that time ({query.time_range}), or it was not yet aggregated: t takes a longer one."
    )
    if query.group_bys:
        lines.append(f"· No Agent reports {', '.join(query.group_bys)}: b groups by other fields.")
    lines.append("· Cloud Network Monitoring is enabled, but no Agent sends connections of this organisation yet.")
    if snapshot.unreadable:
        lines.append(f"· {plural(snapshot.unreadable, 'row')} came, but could not be read.")
    return "\n".join(lines)
