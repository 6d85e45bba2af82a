"""Create the lines of the list of views: saved views, invalid entries of the file, and recommended views."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content

from cnm_tui.core.query import Query
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.text import clean
from cnm_tui.core.units import plural
from cnm_tui.core.views.arrangement_text import sort_texts
from cnm_tui.core.views.recommended import View
from cnm_tui.core.views.saved_view import SavedView, StoredViews, in_words


class Chosen(NamedTuple):
    """The view that the user chose, and the value that the user typed for it."""

    view: View | SavedView
    value: str = ""
    """Empty if the view needs none."""

    def applied_to(self, query: Query) -> Query:
        """Return the query of the view. A recommended view gets the time range and row limit of the given query."""
        return self.view.query if isinstance(self.view, SavedView) else self.view.applied_to(query, self.value)

    def arranged(self, arrangement: Arrangement) -> Arrangement:
        """Return the arrangement (sort order, filter, columns) for the rows of the view."""
        return self.view.arrangement if isinstance(self.view, SavedView) else self.view.arranged(arrangement)


class Broken(NamedTuple):
    """An invalid entry in the file of saved views. If the whole file cannot be read, it represents the file."""

    sentence: str


Row = View | SavedView | Broken


def rows(kept: StoredViews, recommended: Sequence[View], typed: str) -> list[Row]:
    """Return the views that contain all typed words: first the saved views, then the recommended views.

    In each group, views whose names contain the words are first. If nothing is typed, invalid entries of the
    file are included.
    """
    words = typed.casefold().split()
    saved = _matching(kept.views, words)
    broken = [] if words else [Broken(sentence) for sentence in kept.broken]
    return [*saved, *broken, *_matching(recommended, words)]


def _matching(views: Sequence[View | SavedView], words: Sequence[str]) -> list[View | SavedView]:
    found = [view for view in views if all(word in f"{view.name} {meaning(view)}".casefold() for word in words)]
    found.sort(key=lambda view: not all(word in view.name.casefold() for word in words))
    return found


def meaning(row: Row) -> str:
    """Return the explanation of a view. For an invalid entry, return its error."""
    if isinstance(row, Broken):
        return row.sentence
    if isinstance(row, View):
        return clean(row.meaning)
    query, arrangement = row.question
    shown = [
        in_words(query),
        plural(query.limit, "row"),
        f"sorted by {', '.join(sort_texts(arrangement.sort, query.endpoint))}",
    ]
    if arrangement.row_filter.text:
        shown.append(f"filtered by {clean(arrangement.row_filter.text)}")
    if arrangement.top is not None:
        shown.append(f"the top {arrangement.top:,} of them")
    return f"Saved: {'; '.join(map(clean, shown))}."


def row_text(row: Row) -> Content:
    """Return the line of text that represents a view in the list of views."""
    if isinstance(row, Broken):
        return Content.styled(f"! {row.sentence}", "$warning")
    if isinstance(row, View):
        remark = f"  asks for {clean(row.needs)}" if row.needs else ""
    else:
        remark = f"  {in_words(row.query)}"
    return Content.assemble(clean(row.name), (remark, "$text-muted"))
