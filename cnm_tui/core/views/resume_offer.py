"""Create the text that offers the user to continue with the last query of the previous run of cnm-tui."""

from collections.abc import Sequence
from typing import Final

from cnm_tui.core.exploration.remarks import sort_words
from cnm_tui.core.text import cell_width, clean, fitted
from cnm_tui.core.views.recommended import View, recommended
from cnm_tui.core.views.saved_view import SavedView, in_words

_LONGEST_FILTER: Final = 20
"""Maximum terminal columns of the filter in the offer."""
_SHORTEST_ASKED: Final = 12
"""Minimum terminal columns of the query in the offer."""


def view_name(left: SavedView, saved: Sequence[SavedView]) -> str:
    """Return the name of the saved or recommended view that has this query. Time ranges are not compared.

    Return an empty text if no view has this query.
    """
    names = [view.name for view in saved if _is_same(left, view)]
    names += [view.name for view in recommended(left.query.endpoint) if _comes_from(left, view)]
    return clean(names[0]) if names else ""


def _is_same(left: SavedView, view: SavedView) -> bool:
    asked = [(one.query.endpoint.name, one.query.group_bys, one.query.search, one.query.tags) for one in (left, view)]
    arrangements = (left.arrangement, view.arrangement)
    shown = [(one.sort, one.columns, one.row_filter, one.top) for one in arrangements]
    return asked[0] == asked[1] and shown[0] == shown[1]


def _comes_from(left: SavedView, view: View) -> bool:
    query, arrangement = left.question
    # A view that needs a value has a search for it, and no other.
    searched = query.search.startswith(f"{view.needs}:") if view.needs else query.search == view.search
    shown_so = (arrangement.sort, arrangement.columns) == (view.sort, view.columns)
    filtered_so = view.row_filter in ("", arrangement.row_filter.text)
    return searched and shown_so and filtered_so and query.group_bys == view.group_bys and not query.tags


def resume_offer(left: SavedView, name: str, resumes: str, columns: int) -> str:
    """Return one line of text that describes the last query, and offers the user to continue with it.

    The line contains the name of the view, the query, the sort order, and the filter that hides rows.

    Args:
        left: The last query of the previous run.
        name: The name of the view that has this query. It may be empty.
        resumes: Text that names the keyboard key, for example `R resumes`.
        columns: The number of terminal columns that are available.
    """
    query, arrangement = left.question
    end = f", sorted by {sort_words(arrangement.sort, query.endpoint)}"
    if arrangement.top is not None:
        end += f", top {arrangement.top:,}"
    if arrangement.row_filter.text:
        end += f", filtered by {fitted(clean(arrangement.row_filter.text), _LONGEST_FILTER)}"
    asked = ", ".join(filter(None, (name, in_words(left.query))))
    room = max(_SHORTEST_ASKED, columns - cell_width(f"{resumes}: {end}"))
    return fitted(f"{resumes}: {fitted(asked, room)}{end}", columns)
