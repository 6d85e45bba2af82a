"""Define the rules that decide which problem (finding) a row has, for each API endpoint.

The rules are imported when the program judges its first row.
"""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.findings.connection_judge import CONNECTION_FINDINGS as CONNECTION_FINDINGS
    from cnm_tui.core.findings.rule import GONE as GONE
    from cnm_tui.core.findings.rule import NO_FINDINGS as NO_FINDINGS
else:
    __getattr__ = lazy_names(
        __name__,
        {"CONNECTION_FINDINGS": "connection_judge", "GONE": "rule", "NO_FINDINGS": "rule"},
    )
