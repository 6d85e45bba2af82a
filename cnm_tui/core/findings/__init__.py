"""The rules of findings, imported with the first rows that are diagnosed."""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.findings.connection_judge import FINDINGS as FINDINGS
    from cnm_tui.core.findings.rule import GONE as GONE
    from cnm_tui.core.findings.rule import NO_FINDINGS as NO_FINDINGS

__getattr__ = lazy_names(__name__, {"FINDINGS": "connection_judge", "GONE": "rule", "NO_FINDINGS": "rule"})
