"""What a check found out, and pages of that for people and for programs."""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from cnm_tui.core.errors import CnmError
from cnm_tui.core.text import wrapped


class State(Enum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    """Something to know; it stops nothing."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """It could not be made, or there was nothing to check."""


class Finding(NamedTuple):
    """One check: what was found, and what to do now. Texts are single lines, safe to show."""

    name: str
    """The same in each version, as programs know it: `name_resolution`."""
    state: State
    proof: str
    next_step: str = ""

    @property
    def label(self) -> str:
        """As people read it."""
        return _label(self.name)

    @property
    def sentence(self) -> str:
        """Proof and next step on one line."""
        return f"{self.proof} {self.next_step}".strip()


def failed(name: str, problem: CnmError) -> Finding:
    """A check that ended with this failure."""
    return Finding(name, State.FAILED, str(problem), problem.hint)


def skipped(names: Iterable[str], why: str) -> Iterator[Finding]:
    """Checks that could not be made."""
    return (Finding(name, State.SKIPPED, why) for name in names)


def waiting(names: Iterable[str], waited_for: str) -> Iterator[Finding]:
    """Checks that can only be made once another one is well."""
    return skipped(names, f"Waits for {_label(waited_for)}.")


def _label(name: str) -> str:
    return _LABELS.get(name, name.replace("_", " "))


class Signs(NamedTuple):
    """What stands before a finding, and before what to do."""

    states: Mapping[State, str]
    arrow: str


SIGNS: Final = Signs(MappingProxyType({State.OK: "✓", State.WARNING: "!", State.FAILED: "✗", State.SKIPPED: "–"}), "→")
ASCII_SIGNS: Final = Signs(
    MappingProxyType({State.OK: "+", State.WARNING: "!", State.FAILED: "x", State.SKIPPED: "-"}), "->"
)
_LABELS: Final = MappingProxyType(
    {
        "api_key": "API key",
        "ssh": "SSH",
        "tls": "TLS",
        "utf_8": "UTF-8",
        "settings_file": "settings.toml",
        "views_file": "views.toml",
    }
)
_WORD_COLUMNS: Final = 7
_LABEL_COLUMNS: Final = 15
_LEAST_COLUMNS: Final = 20
"""Of text beside the labels; where there is less room it goes below them."""


def finding_lines(finding: Finding, columns: int, signs: Signs = SIGNS) -> list[str]:
    """The finding as a page has it: sign, word, label, then the proof, and what to do below that."""
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
    """The findings by name, for programs."""
    return {
        finding.name: {"state": finding.state.value, "proof": finding.proof, "next_step": finding.next_step}
        for finding in findings
    }
