"""Define further API endpoints, such as DNS, and group-by fields that the program itself calculates.

The code of each API endpoint and field is imported at its first use.
"""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.endpoints.auto_grouping import fields_of_end as fields_of_end
    from cnm_tui.core.endpoints.auto_grouping import grouped as grouped
    from cnm_tui.core.endpoints.auto_grouping import named_by as named_by
    from cnm_tui.core.endpoints.known import endpoint_called as endpoint_called
else:
    __getattr__ = lazy_names(
        __name__,
        {
            "endpoint_called": "known",
            "fields_of_end": "auto_grouping",
            "grouped": "auto_grouping",
            "named_by": "auto_grouping",
        },
    )
