"""Contain the diagnosis, which finds out which rows have a problem and of which kind.

The code is imported only when the first rows are diagnosed.
"""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.diagnosis.diagnosis import NO_WARNINGS as NO_WARNINGS
    from cnm_tui.core.diagnosis.diagnosis import diagnosed as diagnosed
    from cnm_tui.core.diagnosis.diagnosis import known_diagnosis as known_diagnosis
    from cnm_tui.core.diagnosis.diagnosis import summary_of as summary_of
else:
    __getattr__ = lazy_names(
        __name__, dict.fromkeys(("NO_WARNINGS", "diagnosed", "known_diagnosis", "summary_of"), "diagnosis")
    )
