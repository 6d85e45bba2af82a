"""Describe in words how all rows, one row, or one value changed since the baseline.

The baseline is an earlier response, with which the current response is compared.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from cnm_tui.core.compare.change_metrics import FROM_ZERO, change_of
from cnm_tui.core.compare.comparison import Compared
from cnm_tui.core.metrics.health import figure_text
from cnm_tui.core.metrics.metric import ChangeForm, Metric
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window, short_length, time_of_day
from cnm_tui.core.units import plural

_COUNTED: Final = ("worse", "better", "new", "gone")


def short_window(window: Window) -> str:
    """Return a time window as short text, for example `02-28 13:30–13:45Z`.

    If it begins and ends on different days, the text contains both dates.
    """
    try:
        start, end = (datetime.fromtimestamp(moment, UTC) for moment in window)
    except (ValueError, OverflowError, OSError):
        return str(window)
    same_day = start.date() == end.date()
    return f"{start:%m-%d %H:%M}–{end:{'%H:%M' if same_day else '%m-%d %H:%M'}}Z"


def comparison_remarks(snapshot: Snapshot, *, of_all: bool = False) -> tuple[str, ...]:
    """Return short remarks on a comparison, or an empty tuple if there is no comparison.

    The remarks contain the time of the baseline, whether rates are compared, and how many rows are worse, better,
    new and gone.

    Args:
        snapshot: The response, which may be joined with a baseline.
        of_all: True if the numbers also count rows that are not displayed. A remark then says so.
    """
    if not isinstance(snapshot, Compared):
        return ()
    same_window = snapshot.before.window == snapshot.window
    remarks = [f"vs {_answer(snapshot.before) if same_window else short_window(snapshot.before.window)}"]
    if snapshot.may_be_off:
        # In one remark: if there is little room, none of the comparison is shown without it.
        remarks[0] += ", up to 5 min off"
    if snapshot.as_rates:
        remarks.append(f"as rates ({short_length(snapshot.window.seconds)} vs {_length(snapshot.before)})")
    counts = _counts(snapshot)
    if unsure := snapshot.counts["unsure"]:
        counts.append(f"{unsure:,} beyond the limit?")
    if of_all and counts:
        counts[0] = f"of all rows {counts[0]}"
    return (*remarks, *counts)


def comparison_sentence(snapshot: Snapshot, written: Callable[[Window], str] = str) -> str:
    """Return a sentence that contains the two time windows that are compared.

    The function `written` formats a time window as text.
    """
    words = comparison_words(snapshot, written)
    return f"Compared with {words}." if words else "Nothing is compared."


def differences_sentence(snapshot: Snapshot) -> str:
    """Return a sentence about how many rows are worse, better, new and gone.

    The user needs the sentence because not all of these rows may be visible. It is empty without a comparison.
    """
    if not isinstance(snapshot, Compared):
        return ""
    counts = ", ".join(_counts(snapshot))
    if snapshot.any_judged:
        return f"Rows: {counts}."
    return f"No row is judged worse or better{f'; {counts}' if counts else ''}."


def has_differences(snapshot: Snapshot) -> bool:
    """Return True if a row is worse, better, new or gone."""
    return isinstance(snapshot, Compared) and any(snapshot.counts[standing] for standing in _COUNTED)


def _counts(snapshot: Compared) -> list[str]:
    return [f"{snapshot.counts[standing]:,} {standing}" for standing in _COUNTED if snapshot.counts[standing]]


_MAY_BE_OFF: Final = "up to 5 minutes off (not both windows are on 5-minute boundaries)"
"""Values come in buckets of 5 minutes; how much of a bucket counts in a window with only part of it is unknown."""


def comparison_words(snapshot: Snapshot, written: Callable[[Window], str] = str) -> str:
    """Return a description of the baseline, or an empty text if there is no comparison.

    The description says if rates are compared. It also says if the time windows do not begin and end on the
    5-minute boundaries of the data.

    Args:
        snapshot: The response, which may be joined with a baseline.
        written: Function that formats a time window as text.
    """
    if not isinstance(snapshot, Compared):
        return ""
    if snapshot.before.window == snapshot.window:
        return f"the {_answer(snapshot.before)} about the same window"
    words = written(snapshot.before.window)
    if snapshot.as_rates:
        words = f"{words}, as rates (windows of {short_length(snapshot.window.seconds)} and {_length(snapshot.before)})"
    return f"{words}, {_MAY_BE_OFF}" if snapshot.may_be_off else words


def off_sentence(snapshot: Snapshot) -> str:
    """Return a warning that the changes may be inexact, if this is the case. Otherwise the text is empty.

    Changes may be inexact if a compared time window does not begin and end on 5-minute boundaries.
    """
    return f"Changes may be {_MAY_BE_OFF}." if snapshot.may_be_off else ""


def standing_sentence(snapshot: Snapshot, connection_id: str) -> str:
    """Return a sentence about how a connection changed since the baseline.

    The text is empty without a comparison, or if the connection is unknown.
    """
    position = snapshot.position_of.get(connection_id)
    if not isinstance(snapshot, Compared) or position is None:
        return ""
    standing, gone = snapshot.standing(position), snapshot.is_gone(position)
    if standing == "unsure":
        cut = snapshot.now if gone else snapshot.before
        when = "now" if gone else "then"
        return f"Not among the {plural(cut.query.limit, 'row')} of {when}: may be beyond the limit."
    if standing in ("worse", "better"):
        return f"{standing.capitalize()} than it was then, by {_judged(snapshot, position)}."
    sentences = {"new": "New: not in the earlier window.", "gone": "Gone: its figures are from the earlier window."}
    return sentences.get(standing, "Neither worse nor better than before.")


def _judged(snapshot: Compared, position: int) -> str:
    """Return as text the names of the metrics because of which a connection is judged worse or better."""
    return ", ".join(metric.key for metric in snapshot.judged_by(position))


def is_gone(snapshot: Snapshot, connection_id: str) -> bool:
    """True if the connection is only in the baseline, and missing in the current response."""
    position = snapshot.position_of.get(connection_id)
    return isinstance(snapshot, Compared) and position is not None and snapshot.is_gone(position)


def gone_fact(snapshot: Snapshot, positions: Iterable[int]) -> str:
    """Return a note that the values of gone rows are from the earlier time window.

    The text is empty if none of the rows at these positions is gone.
    """
    if not isinstance(snapshot, Compared) or not any(map(snapshot.is_gone, positions)):
        return ""
    return "the figures of gone rows are from the earlier window"


def figure_words(snapshot: Snapshot, metric: Metric, connection_id: str) -> str:
    """Return how a metric value changed since the baseline, for example `62.0 ms before, +120.0 ms, +194%: worse`.

    The text is empty if there is no comparison, or if the value was absent in the baseline.
    """
    position = snapshot.position_of.get(connection_id)
    if not isinstance(snapshot, Compared) or position is None:
        return ""
    if snapshot.not_comparable(metric):
        return "Not compared: the windows differ in length, and count or rate is not known."
    pair = snapshot.pair(metric, position)
    if pair.before is None:
        return ""
    if pair.change == 0:
        return "Unchanged."
    parts = [f"{figure_text(metric, pair.before)} before"]
    if snapshot.as_rates and metric.accumulates:
        parts[0] += f" (of {_length(snapshot.before)}, per {short_length(snapshot.window.seconds)})"
    for form in (ChangeForm.CHANGE, ChangeForm.PERCENT):
        # A change from zero has no percentage.
        if (told := pair.in_form(form)) is not None and told != FROM_ZERO:
            parts.append(change_of(metric, form, snapshot.endpoint).scale.text(told))
    verdict = snapshot.verdict(metric, position)
    return ", ".join(parts) + (f": {verdict}" if verdict else "")


def _answer(snapshot: Snapshot) -> str:
    return f"answer of {time_of_day(int(snapshot.fetched_at))}"


def _length(snapshot: Snapshot) -> str:
    return short_length(snapshot.window.seconds)
