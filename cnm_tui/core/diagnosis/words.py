"""Explain the finding (problem) of a row in words.

An explanation consists of a sentence, the evidence, the doubts, and suggestions for the next query.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cnm_tui.core.diagnosis.both_ends import end_sentence
from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.findings.rule import Found, Held, Question, Rule, Severity, Way
from cnm_tui.core.metrics.health import share_of
from cnm_tui.core.metrics.metric import Number
from cnm_tui.core.snapshot import Snapshot


class Explanation(NamedTuple):
    """All facts and texts about the finding of one row."""

    found: Found
    rule: Rule
    """The rule behind the finding, with its next question and source."""
    sentence: str
    figures: Mapping[str, Number | None]
    """The values that are evidence, by metric key."""
    decided_by: Held | None
    """The metric and limit that decided; None without a finding."""
    share: float | None
    """The deciding value divided by its base."""
    others: tuple[Held, ...]
    """Further findings of the row, most important first."""
    doubts: tuple[str, ...]
    """Sentences about doubts from this row's values."""
    both_ends: str
    """A sentence about the other rows of the same end; may be empty."""
    questions: tuple[Question, ...]
    """The next questions that the answer does not answer yet, the most useful one first."""

    @property
    def evidence(self) -> dict[str, Any]:
        """Return the evidence as a dict for machine-readable formats."""
        decided = self.decided_by
        return {
            "sentence": self.sentence,
            "figures": dict(self.figures),
            "decided_by": None if decided is None else decided.metric,
            "share": self.share,
            "limit": None if decided is None else decided.limit,
            "seconds_lost": round(self.found.seconds_lost, 3),
            "explains": [] if decided is None else list(decided.takes_in),
            "others": [other.code for other in self.others],
            "doubts": list(self.doubts),
            "both_ends": self.both_ends,
        }


def explained(snapshot: Snapshot, position: int) -> Explanation:
    """Return the explanation of the finding of the row at this position."""
    diagnosis, endpoint = diagnosed(snapshot), snapshot.endpoint
    counters, found, rule = diagnosis.counters_at(position), diagnosis.found[position], diagnosis.rule(position)
    ranked = diagnosis.ranked(position) if found.severity is not Severity.NONE else ()
    decided = ranked[0] if ranked else None
    reads = rule.reads or (endpoint.findings().telling,)
    figures = {metric.key: counters[at] for at, metric in enumerate(endpoint.counted) if metric.key in reads}
    return Explanation(
        found,
        rule,
        diagnosis.judge.sentence(position, decided),
        {key: figures[key] for key in reads if key in figures},
        decided,
        None if decided is None else share_of(endpoint.metrics[decided.metric], counters),
        tuple(ranked[1:]),
        tuple(diagnosis.judge.doubts(position, counts_shown=snapshot.counts_connections)),
        end_sentence(snapshot, position),
        tuple(_open_questions(rule, snapshot)),
    )


def _open_questions(rule: Rule, snapshot: Snapshot) -> Iterator[Question]:
    """Yield the suggested next queries for a finding.

    Suggestions that the displayed response already fulfils are skipped. If a suggestion contains group-by
    fields that the response already has, these fields are removed from the suggestion.
    """
    for question in rule.ask:
        further = tuple(field for field in question.by if field not in snapshot.query.group_bys)
        if question.way is Way.COMPARE and snapshot.baseline is not None:
            continue
        if question.way is Way.FIELDS and not further:
            continue
        yield question._replace(by=further)
