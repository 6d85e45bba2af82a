"""Define the fields by which rows can be grouped, and recommended views that use these fields.

The recommended views are imported when they are first listed.
"""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.fields.connection_views import CONNECTION_VIEWS as CONNECTION_VIEWS
else:
    __getattr__ = lazy_names(__name__, {"CONNECTION_VIEWS": "connection_views"})
