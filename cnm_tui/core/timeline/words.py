"""Write sentences about a timeline, and about the times at which rows turned bad."""

from collections import Counter
from collections.abc import Iterable, Sequence

from cnm_tui.core.metrics.health import threshold_of
from cnm_tui.core.metrics.metric import Kind
from cnm_tui.core.time.time_range import Window, time_of_day, utc_text
from cnm_tui.core.timeline.onset import Onset
from cnm_tui.core.timeline.parts import CUT_AT_LIMIT, State
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.core.units import SHARE, plural, seconds_text


def progress_remark(timeline: Timeline, waits_until: float | None = None) -> str:
    """Return the progress of a timeline as text, for example `timeline 12/24`.

    If the rate limit makes the timeline wait, the text also says until when.
    """
    waits = "" if waits_until is None else f", waits until {time_of_day(waits_until)}"
    return f"timeline {len(timeline.windows) - len(timeline.missing)}/{len(timeline.windows)}{waits}"


def summary_sentence(timeline: Timeline, asks_again: str, kept: int = 0) -> str:
    """Return a summary of a timeline as text.

    An example is `Timeline of 4 h: 48 parts; 12 rows turned bad, 5 still on.` Here, "still on" means that 5 of
    the rows are still bad.

    Args:
        timeline: The timeline, with the times at which rows turned bad if they are known.
        asks_again: The keyboard key that requests the missing parts.
        kept: The number of parts that were read from the history file.
    """
    states = timeline.states
    number, gaps = len(states), states.count(State.GAP)
    told = [f"Timeline of {seconds_text(timeline.window.seconds)}: "]
    told.append(f"{plural(number, 'part')}" if not gaps else f"{number - gaps} of {plural(number, 'part')}")
    told.append(f", {kept} from the history file" if kept else "")
    told += [f", {words}" for words in cut_words(timeline.why_cut)]
    told.append(f"; {asks_again} asks the others." if gaps else _onsets_clause(timeline))
    failure = next((timeline.failed[window] for window in reversed(timeline.windows) if window in timeline.failed), "")
    return " ".join(filter(None, ("".join(told), failure, clock_sentence(timeline))))


def cut_words(why_cut: Iterable[str]) -> Sequence[str]:
    """Return how many parts may lack rows, for each reason: `3 cut at the limit`, `b failed in 2 parts`."""
    numbers = Counter(filter(None, why_cut))
    return [
        f"{number} {why}" if why == CUT_AT_LIMIT else f"{why} in {plural(number, 'part')}"
        for why, number in numbers.items()
    ]


def beginnings_sentence(timeline: Timeline, asks_again: str) -> str:
    """Return a sentence with the number of rows that turned bad.

    An example is `8 rows turned bad in this timeline.` If parts of the timeline are missing, the sentence also
    contains the number of known parts. It then names the keyboard key that requests the rest.

    Args:
        timeline: The timeline, which also records when each row turned bad.
        asks_again: The keyboard key that requests the missing parts, as displayed text.
    """
    number, gaps = len(timeline.onsets), timeline.states.count(State.GAP)
    told = f"{plural(number, 'row')} turned bad" if number else "No row is known to have turned bad"
    if not gaps:
        return f"{told} in this timeline."
    known = len(timeline.states) - gaps
    return f"{told} in the {known} known of {plural(len(timeline.states), 'part')}; {asks_again} asks the others."


def clock_sentence(timeline: Timeline) -> str:
    """Return a sentence that states how far this machine's clock differs from the clock of Datadog.

    An example is `This clock is 7 min ahead of the service's.` The text is empty if the difference does not
    matter.
    """
    newest = next((part for part in reversed(timeline.parts) if part is not None), None)
    if newest is None or not newest.clock_ahead_seconds:
        return ""
    way = "ahead of" if newest.clock_ahead_seconds > 0 else "behind"
    return f"This clock is {seconds_text(round(abs(newest.clock_ahead_seconds)))} {way} the service's."


def _onsets_clause(timeline: Timeline) -> str:
    if not timeline.onsets_are_known:
        return "."
    onsets = timeline.onsets.values()
    if not onsets:
        return "; no row is known to have turned bad in it."
    return f"; {plural(len(onsets), 'row')} turned bad, {sum(onset.still_on for onset in onsets)} still on."


def onset_sentence(onset: Onset, span: Window) -> str:
    """Return a text that states when a row turned bad, and if it recovered.

    Examples are `began 10:35Z (0.3 % → 4.1 %), still on` and `10:35Z to 10:55Z, over (0.3 % → 4.1 %)`. The
    numbers in parentheses are the metric's usual number before, and its number while the row was bad.

    Args:
        onset: The moment when the row turned bad, with its metric and the metric's numbers.
        span: The time window of the timeline. If it is longer than a day, times are written with their date.
    """
    began, levels = (
        moment_text(onset.began, span),
        f"({level_text(onset, onset.before)} → {level_text(onset, onset.after)})",
    )
    if onset.ended is not None:
        return f"{began} to {moment_text(onset.ended, span)}, over {levels}"
    return f"began {began} {levels}, {'still on' if onset.still_on else 'its end is not known'}"


def level_text(onset: Onset, level: float) -> str:
    """Format a number of the metric in which a row turned bad, for example as a percentage, and return the text."""
    kind = threshold_of(onset.metric).of.kind
    if kind is Kind.ITSELF:
        return onset.metric.scale.text(level)
    if kind is Kind.EVENTS:
        return f"{level:.1f}"
    return f"{level * 100:.1f} %" if level < 10 else SHARE.text(level)


def onset_subject(onset: Onset) -> str:
    """Return the name of the metric that turned bad, and the quantity that it is divided by.

    An example is `REFUSED of attempts`, for refused connections as a share of all attempts.
    """
    of = threshold_of(onset.metric).of
    if of.kind is Kind.ITSELF or onset.metric.share_of is not None:
        return onset.metric.label
    return f"{onset.metric.label} per {of.noun}" if of.kind is Kind.EVENTS else f"{onset.metric.label} of {of.noun}"


def moment_text(epoch_seconds: int, span: Window) -> str:
    """Return a point in time in UTC as text, for example `10:35Z`.

    If the time window `span` is longer than a day, the text includes the date: `2026-03-01 10:35Z`.
    """
    told = utc_text(epoch_seconds)
    return told if span.seconds > 86_400 else told.partition(" ")[2]
