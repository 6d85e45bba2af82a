"""Suggest changes for searches.

The package is imported only when a search is edited or finds nothing, because it imports the search parser.
"""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.suggestions.completion import known as known
    from cnm_tui.core.suggestions.completion import nothing_seen as nothing_seen
    from cnm_tui.core.suggestions.nearest_field import nearest_field_sentences as nearest_field_sentences
    from cnm_tui.core.suggestions.nearest_field import nearest_fields as nearest_fields
else:
    __getattr__ = lazy_names(
        __name__,
        {
            "known": "completion",
            "nearest_field_sentences": "nearest_field",
            "nearest_fields": "nearest_field",
            "nothing_seen": "completion",
        },
    )
