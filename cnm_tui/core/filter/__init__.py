"""Contain the filter language. The code is imported when a filter is used or a column is named."""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.filter.conditions import column_called as column_called
    from cnm_tui.core.filter.reader import read as read
else:
    __getattr__ = lazy_names(__name__, {"column_called": "conditions", "read": "reader"})
