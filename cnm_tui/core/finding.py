"""Define the results of the checks that the command `doctor` runs, for example of the keys or the network.

The results are formatted as text for people and as JSON for programs.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from cnm_tui.core.errors import CnmError
from cnm_tui.core.text import wrapped


class State(Enum):
    """The outcome of a check of the `doctor` command: passed, warning, failed or skipped."""

    OK = "ok"
    WARNING = "warning"
    """Worth knowing, but no obstacle."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """The check was impossible, or there was nothing to check."""


class Finding(NamedTuple):
    """The result of one check of the `doctor` command, with its proof and the recommended next step.

    Every text is a single line without control characters, so it is safe to display.
    """

    name: str
    """The check's stable name for programs: `name_resolution`."""
    state: State
    proof: str
    next_step: str = ""

    @property
    def label(self) -> str:
        """Return the name of the check in a form for people."""
        return _label(self.name)

    @property
    def sentence(self) -> str:
        """Return the proof and the next step as one line of text."""
        return f"{self.proof} {self.next_step}".strip()


def failed(name: str, problem: CnmError) -> Finding:
    """Return a Finding for a check that failed with this error."""
    return Finding(name, State.FAILED, str(problem), problem.hint)


def skipped(names: Iterable[str], why: str) -> Iterator[Finding]:
    """Yield a result with the state "skipped" for each check that was not run.

    Args:
        names: The names of the checks.
        why: The reason why the checks were not run.
    """
    return (Finding(name, State.SKIPPED, why) for name in names)


def waiting(names: Iterable[str], waited_for: str) -> Iterator[Finding]:
    """Yield a skipped result for each check that needs something that is not available.

    Args:
        names: The names of the checks that were not run.
        waited_for: The name of the missing thing, for example `keys`, or of a check that has to pass first.
    """
    return skipped(names, f"Waits for {_label(waited_for)}.")


def _label(name: str) -> str:
    return _LABELS.get(name) or (name.upper() if len(name) < _SHORTEST_WORD else name.replace("_", " "))


class Signs(NamedTuple):
    """The symbols that are printed before the result of a check, and before its next step."""

    states: Mapping[State, str]
    arrow: str


SIGNS: Final = Signs(MappingProxyType({State.OK: "✓", State.WARNING: "!", State.FAILED: "✗", State.SKIPPED: "–"}), "→")
ASCII_SIGNS: Final = Signs(
    MappingProxyType({State.OK: "+", State.WARNING: "!", State.FAILED: "x", State.SKIPPED: "-"}), "->"
)
_LABELS: Final = MappingProxyType(
    {
        "api_key": "API key",
        "utf_8": "UTF-8",
        "settings_file": "settings.toml",
        "views_file": "views.toml",
    }
)
_SHORTEST_WORD: Final = 4
"""Shorter names are abbreviations, such as TLS."""
_WORD_COLUMNS: Final = 7
_LABEL_COLUMNS: Final = 15
_LEAST_COLUMNS: Final = 20
"""Minimum columns for the text beside the labels; with less room it goes below them."""


def finding_lines(finding: Finding, columns: int, signs: Signs = SIGNS) -> list[str]:
    """Return the result of a check as lines of text for the terminal.

    The first line contains a symbol, the state, the label and the proof. The next step follows below the proof.

    Args:
        finding: The result of the check.
        columns: The width of the terminal in columns.
        signs: The symbols for the states and for the next step.
    """
    first = f"{signs.states[finding.state]} {finding.state.value:<{_WORD_COLUMNS}} {finding.label:<{_LABEL_COLUMNS}} "
    indent = len(first) if columns - len(first) >= _LEAST_COLUMNS else 2
    room = max(columns - indent, _LEAST_COLUMNS)
    lines = wrapped(finding.proof, room)
    if finding.next_step:
        step = wrapped(finding.next_step, room - len(signs.arrow) - 1)
        lines += [f"{signs.arrow if at == 0 else ' ' * len(signs.arrow)} {line}" for at, line in enumerate(step)]
    if indent == len(first):
        return [first + lines[0], *(" " * indent + line for line in lines[1:])]
    return [first.rstrip(), *(" " * indent + line for line in lines)]


def as_object(findings: Iterable[Finding]) -> dict[str, dict[str, str]]:
    """Return the results of checks as a dictionary for JSON. It maps the name of a check to its result."""
    return {
        finding.name: {"state": finding.state.value, "proof": finding.proof, "next_step": finding.next_step}
        for finding in findings
    }
