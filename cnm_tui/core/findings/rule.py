"""Define the rule for a finding (a problem of a row), the result of a rule, and the interface for judging rows."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from enum import Enum, IntEnum
from functools import cached_property
from typing import Final, NamedTuple, Protocol

from cnm_tui.core.metrics.health import threshold_of
from cnm_tui.core.metrics.metric import Columns, Counters, Kind, Metric


class Severity(IntEnum):
    """The importance of a finding, from none to critical. A larger number is more important."""

    NONE = 0
    NOTE = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        """Return the name of the severity for people and programs, for example `warning`."""
        return self.name.lower()

    @property
    def sign(self) -> str:
        """Return the symbol of the severity, at most two terminal columns wide. It is empty for no severity."""
        return ("", "•", "▲", "▲▲")[self]

    @property
    def kind(self) -> str:
        """Return the name of the text style in which the symbol of the severity is displayed."""
        return ("", "", "odd", "bad")[self]


class Level(NamedTuple):
    """A limit for one metric, and the severity of a finding that exceeds the limit."""

    metric: str
    """The key of the metric."""
    limit: float
    """The limit of the value divided by its base."""
    severity: Severity


class Way(Enum):
    """The kinds of steps with which the user can answer a question about a finding, for example a longer window."""

    FIELDS = "groups by these fields"
    LONGER = "asks a longer window"
    COMPARE = "compares with an earlier window"
    TIMELINE = "shows when it began"
    EXPLAIN = "finds the tag that explains it"
    OTHER_WAY = "shows the other direction"
    BESIDE = "asks the other endpoint about the same client"


class Question(NamedTuple):
    """A question about a finding, and the step with which the user can answer it."""

    text: str
    way: Way
    by: tuple[str, ...] = ()
    """The fields that answer it, for `Way.FIELDS`."""


class Rule(NamedTuple):
    """The rule for one kind of finding. It contains the limits, the meaning of the finding and the next step."""

    code: str
    title: str
    meaning: str
    """One plain sentence."""
    reads: tuple[str, ...]
    """The keys of the metrics that are its evidence."""
    when: str
    """Thresholds and conditions, in words."""
    least: str
    """The minimum evidence, in words."""
    source: str
    ask: tuple[Question, ...]
    """The next questions for the user, the most useful one first."""
    mistaken: str
    """Reasons why the finding can be wrong."""
    levels: tuple[Level, ...] = ()
    """Highest limit first; empty for a rule without a share."""
    takes_in: tuple[str, ...] = ()
    """The codes of findings that it explains, if both match."""

    @property
    def ask_by(self) -> tuple[str, ...]:
        """Return the fields by which the user can group the rows to answer the questions of this rule."""
        return tuple(dict.fromkeys(field for question in self.ask for field in question.by))


class Held(NamedTuple):
    """A finding of a row: the rule that matches the row, with the metric that decided it and the severity."""

    code: str
    severity: Severity
    seconds_lost: float
    """Estimated time that it cost everything in the row together within the window."""
    metric: str
    """Key of the deciding metric."""
    limit: float
    """The limit that was exceeded."""
    takes_in: tuple[str, ...] = ()
    """The codes of findings that it explains."""


class Found(NamedTuple):
    """The finding of a row in short form, with its code, severity and lost time."""

    code: str
    severity: Severity
    seconds_lost: float = 0.0
    """Estimated time that it cost everything in the row together within the window, in seconds."""

    @property
    def is_ill(self) -> bool:
        """True if the severity of the finding is at least a warning."""
        return self.severity >= Severity.WARNING


GONE: Final = Found("", Severity.NONE)
"""The place of a finding for a row that is in the baseline of a comparison only."""
HEALTHY: Final = Found("healthy", Severity.NONE)
TOO_LITTLE: Final = Found("too_little", Severity.NONE)
UNMEASURED: Final = Found("unmeasured", Severity.NONE)
NO_RULE: Final = (UNMEASURED.code, TOO_LITTLE.code, HEALTHY.code)
"""The codes of rows without a problem."""


class Rows(NamedTuple):
    """The data about the rows of an API response that the rules need."""

    columns: Columns
    """For each counter of the endpoint the values of all rows."""
    group_bys: tuple[str, ...]
    texts: Callable[[int], Sequence[str]]
    """Returns the values of one group-by for all rows, each as one text; `N/A` without a value."""

    def counters_at(self, position: int) -> Counters:
        """Return all counters of the row at this position."""
        return tuple([figures[position] for figures in self.columns])


class Judge(Protocol):
    """The interface of an object that returns the findings of all rows of a response, by the position of the row."""

    found: Sequence[Found]
    """The most important finding of each row."""

    def ranked(self, position: int) -> Sequence[Held]:
        """Return the findings of a row, most important first. Findings that another finding explains are left out."""

    def unsettled(self) -> Set[int]:
        """Return the positions of rows whose finding could be another one beside rows that are not here."""

    def sentence(self, position: int, decided: Held | None) -> str:
        """Return one sentence that states the finding of a row and the evidence for the finding.

        Args:
            position: The position of the row.
            decided: The finding with its deciding metric and limit. None if the row has no finding.
        """

    def doubts(self, position: int, *, counts_shown: bool) -> Iterator[str]:
        """Yield sentences that say why the finding of a row may be wrong, judged from the counters of the row.

        Args:
            position: The position of the row.
            counts_shown: True if the rows prove that the metrics are counts and not rates per second.
        """


@dataclass(frozen=True, eq=False)
class Findings:
    """The rules for findings of one API endpoint. Rules that explain other rules come first."""

    rules: tuple[Rule, ...]
    judge: Callable[[Rows], Judge]
    """Applies the rules to the rows of an answer."""
    telling: str = ""
    """Key of the metric that is evidence for a row without a problem; may be empty."""

    @cached_property
    def by_code(self) -> dict[str, Rule]:
        """Return all rules as a dictionary from the code of a rule to the rule."""
        return {rule.code: rule for rule in self.rules}


class _NotJudged:
    """A judge that returns no findings, for an API endpoint that has no rules."""

    def __init__(self, rows: Rows) -> None:
        self.found: Sequence[Found] = [UNMEASURED] * len(rows.columns[0] if rows.columns else ())

    def ranked(self, _position: int) -> Sequence[Held]:
        """Return an empty sequence, because an API endpoint without rules has no findings."""
        return ()

    def unsettled(self) -> Set[int]:
        """Return nothing."""
        return frozenset()

    def sentence(self, _position: int, _decided: Held | None) -> str:
        """Return a sentence that says that the rows are not judged."""
        return "Not judged: there are no rules for these rows."

    def doubts(self, _position: int, *, counts_shown: bool) -> Iterator[str]:  # noqa: ARG002  # the interface has it
        """Yield nothing, because there is no finding that could be wrong."""
        yield from ()


NO_FINDINGS: Final = Findings(
    (
        Rule(
            "unmeasured",
            "nothing is judged",
            "There are no rules for these rows.",
            (),
            "always",
            "none",
            "",
            (),
            "This does not mean that they are healthy.",
        ),
    ),
    _NotJudged,
)
"""For an endpoint without rules: nothing is judged, and nothing is called healthy."""


_SHORTER: Final = {"receiver_stalled": "rcv stalled"}
"""Words in place of codes that are too long for the column."""


def short_word(code: str) -> str:
    """Return a short name for the finding with this code. The name fits into the table column of findings."""
    return _SHORTER.get(code, code.replace("_", " "))


# Rules in words


def levels_of(metric: Metric, odd: Severity, bad: Severity) -> tuple[Level, ...]:
    """Return the two limits of a metric, with these severities.

    Args:
        metric: The metric with its limits.
        odd: The severity above the lower limit.
        bad: The severity above the higher limit.
    """
    threshold = threshold_of(metric)
    return Level(metric.key, threshold.bad, bad), Level(metric.key, threshold.odd, odd)


def share_text(share: float) -> str:
    """Return a share as a text in percent. For example, 0.05 becomes `5 %`."""
    return f"{100 * share:g} %"


def when_text(metric: Metric, levels: Sequence[Level], more: str = "") -> str:
    """Return a text with the limits of a metric and the severity of each limit.

    Args:
        metric: The metric.
        levels: The limits with their severities, highest limit first.
        more: A text that is added at the end.
    """
    of = threshold_of(metric).of
    parts = []
    for level in reversed(levels):
        amount = f"{level.limit:g} each" if of.kind is Kind.EVENTS else share_text(level.limit)
        parts.append(f"{level.severity.word} from {amount}")
    return f"`{metric.key}` of {of.value}: {', '.join(parts)}{more}"


def least_text(metric: Metric) -> str:
    """Return a text with the minimum number of events or packets that is needed to judge this metric."""
    of = threshold_of(metric).of
    return f"{of.least:,} {of.noun}, and the lower end of the 95 % confidence interval above the limit"
