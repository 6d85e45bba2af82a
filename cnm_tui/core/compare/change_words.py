"""What a comparison says, in words: of all rows, of one, of one figure."""

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
    """`02-28 13:30–13:45Z`, with both dates where there are two."""
    try:
        start, end = (datetime.fromtimestamp(moment, UTC) for moment in window)
    except (ValueError, OverflowError, OSError):
        return str(window)
    same_day = start.date() == end.date()
    return f"{start:%m-%d %H:%M}–{end:{'%H:%M' if same_day else '%m-%d %H:%M'}}Z"


def comparison_remarks(snapshot: Snapshot, *, of_all: bool = False) -> tuple[str, ...]:
    """Return what is compared with, whether by rates, and how many rows are worse, better, new and gone.

    Args:
        of_all: True if fewer rows are shown than are counted, which then is said.
    """
    if not isinstance(snapshot, Compared):
        return ()
    same_window = snapshot.before.window == snapshot.window
    remarks = [f"vs {_answer(snapshot.before) if same_window else short_window(snapshot.before.window)}"]
    if snapshot.may_be_off:
        # In one remark: where room is short, the comparison is not shown without it.
        remarks[0] += ", up to 5 min off"
    if snapshot.as_rates:
        remarks.append(f"as rates ({short_length(snapshot.window.seconds)} vs {_length(snapshot.before)})")
    counts = [f"{snapshot.counts[standing]:,} {standing}" for standing in _COUNTED if snapshot.counts[standing]]
    if unsure := snapshot.counts["unsure"]:
        counts.append(f"{unsure:,} beyond the limit?")
    if of_all and counts:
        counts[0] = f"of all rows {counts[0]}"
    return (*remarks, *counts)


def comparison_sentence(snapshot: Snapshot) -> str:
    """What is compared with what."""
    words = comparison_words(snapshot)
    return f"Compared with {words}." if words else "Nothing is compared."


_MAY_BE_OFF: Final = "up to 5 minutes off (not both windows are on 5-minute boundaries)"
"""Figures come in buckets of 5 minutes; what of a bucket counts in a window that holds only a part is not known."""


def comparison_words(snapshot: Snapshot, written: Callable[[Window], str] = str) -> str:
    """Return what is compared with, whether by rates, and whether the windows fit; empty without a comparison.

    Args:
        written: How to write a window.
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
    """Return what to know of changes where the windows do not fit the buckets; empty where they do."""
    return f"Changes may be {_MAY_BE_OFF}." if snapshot.may_be_off else ""


def standing_sentence(snapshot: Snapshot, connection_id: str) -> str:
    """How one connection stands; empty where nothing is compared."""
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
    sentences = {"new": "New: it was not there then.", "gone": "Gone: its figures are those of then."}
    return sentences.get(standing, "Neither worse nor better than it was then.")


def _judged(snapshot: Compared, position: int) -> str:
    """The figures that are so."""
    return ", ".join(metric.key for metric in snapshot.judged_by(position))


def is_gone(snapshot: Snapshot, connection_id: str) -> bool:
    """Whether the connection is only in what is compared with."""
    position = snapshot.position_of.get(connection_id)
    return isinstance(snapshot, Compared) and position is not None and snapshot.is_gone(position)


def gone_fact(snapshot: Snapshot, positions: Iterable[int]) -> str:
    """Return what to know of the figures of rows that are gone; empty where none of these is."""
    if not isinstance(snapshot, Compared) or not any(map(snapshot.is_gone, positions)):
        return ""
    return "the figures of rows that are gone are those of then"


def figure_words(snapshot: Snapshot, metric: Metric, connection_id: str) -> str:
    """`62.0 ms before, +120.0 ms, +194%: worse`; empty where nothing is compared or it was absent."""
    position = snapshot.position_of.get(connection_id)
    if not isinstance(snapshot, Compared) or position is None:
        return ""
    if snapshot.not_comparable(metric):
        return "Not compared: the windows differ in length, and count or rate is not known."
    pair = snapshot.pair(metric, position)
    if pair.before is None:
        return ""
    if pair.change == 0:
        return "The same before."
    parts = [f"{figure_text(metric, pair.before)} before"]
    if snapshot.as_rates and metric.accumulates:
        parts[0] += f" (of {_length(snapshot.before)}, per {short_length(snapshot.window.seconds)})"
    for form in (ChangeForm.CHANGE, ChangeForm.PERCENT):
        # Of zero there is no percentage.
        if (told := pair.told(form)) is not None and told != FROM_ZERO:
            parts.append(change_of(metric, form, snapshot.endpoint).scale.text(told))
    verdict = snapshot.verdict(metric, position)
    return ", ".join(parts) + (f": {verdict}" if verdict else "")


def _answer(snapshot: Snapshot) -> str:
    return f"answer of {time_of_day(int(snapshot.fetched_at))}"


def _length(snapshot: Snapshot) -> str:
    return short_length(snapshot.window.seconds)
