"""Contain the language of the row filter.

The code is imported only when the user filters rows, or types the name of a column.
"""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.filter.conditions import column_called as column_called
    from cnm_tui.core.filter.reader import read as read
else:
    __getattr__ = lazy_names(__name__, {"column_called": "conditions", "read": "reader"})
