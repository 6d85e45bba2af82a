"""Describe the timeline of exported rows: its time parts, and the time at which each row turned bad."""

from collections.abc import Iterator
from typing import Final

from cnm_tui.core.exploration.remarks import row_words
from cnm_tui.core.metrics.extra import BEGAN
from cnm_tui.core.table.extra import extra_called
from cnm_tui.core.table.history_columns import BeganColumn
from cnm_tui.core.table.table import Table
from cnm_tui.core.time.time_range import iso_window, short_length
from cnm_tui.core.timeline.parts import State
from cnm_tui.core.timeline.row_charts import onset_words
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.core.timeline.words import cut_words
from cnm_tui.core.units import plural

_MOST_ROWS: Final = 20
"""Maximum number of rows whose beginning is stated in a sentence; the column states it for all rows."""


def timeline_of(table: Table) -> Timeline | None:
    """Return the timeline of a table's rows, or None if there is none."""
    began = extra_called(BEGAN.key, table.extras, table.snapshot)
    return began.timeline if isinstance(began, BeganColumn) else None


def timeline_fact(timeline: Timeline) -> str:
    """Return a text about the time span and the time parts of a timeline.

    An example is `2026-03-01T06:00:00Z to 2026-03-01T10:00:00Z in 48 parts of 5m; 2 not known`.
    """
    # The first and the last part may be shorter.
    states, length = timeline.states, max(window.seconds for window in timeline.windows)
    told = [f"{iso_window(timeline.window)} in {plural(len(states), 'part')} of {short_length(length)}"]
    if timeline.windows[-1].seconds < length:
        told.append("the last one is shorter")
    if gaps := states.count(State.GAP):
        told.append(f"{gaps} not known")
    told += [f"{words}, so that rows may be missing" for words in cut_words(timeline.why_cut)]
    if any(timeline.open):
        told.append("the last one is not over")
    return "; ".join(told)


def onset_lines(table: Table, timeline: Timeline | None = None) -> Iterator[str]:
    """Yield a sentence for each row that turned bad, with the time at which its problem began.

    An example is `checkout ▸ payments: RETRANS% began 10:35Z …`.

    Args:
        table: The rows.
        timeline: The timeline of the rows. None means the timeline that the table displays.
    """
    timeline = timeline or timeline_of(table)
    if timeline is None or not (timeline.onsets_are_known or len(table) <= _MOST_ROWS):
        return
    told = 0
    for row in range(len(table)):
        connection = table.connection(row)
        words = onset_words(timeline, connection.id)
        if words and told < _MOST_ROWS:
            yield f"{row_words(connection)}: {words}"
        told += bool(words)
    if told > _MOST_ROWS:
        yield f"and {plural(told - _MOST_ROWS, 'other row')} as in the column {BEGAN.label}"
