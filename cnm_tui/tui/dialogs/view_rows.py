"""What the list of views is made of: saved ones, what of their file cannot be read, recommended ones."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content

from cnm_tui.core.query import Query
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.text import clean
from cnm_tui.core.units import plural
from cnm_tui.core.views.arrangement_text import sort_texts
from cnm_tui.core.views.recommended import View
from cnm_tui.core.views.saved_view import Kept, SavedView, in_words


class Chosen(NamedTuple):
    """A view, and the value that it needs."""

    view: View | SavedView
    value: str = ""
    """Empty where it needs none."""

    def applied_to(self, query: Query) -> Query:
        """The query asking this view; a recommended one over the time range and limit that there are."""
        return self.view.query if isinstance(self.view, SavedView) else self.view.applied_to(query, self.value)

    def arranged(self, arrangement: Arrangement) -> Arrangement:
        """How its answer is read."""
        return self.view.arrangement if isinstance(self.view, SavedView) else self.view.arranged(arrangement)


class Broken(NamedTuple):
    """An entry of the file, or all of it, that could not be read."""

    sentence: str


Row = View | SavedView | Broken


def rows(kept: Kept, recommended: Sequence[View], typed: str) -> list[Row]:
    """Saved views, then recommended ones, with all words typed; within each those first that have them in the name."""
    words = typed.casefold().split()
    saved = _matching(kept.views, words)
    broken = [] if words else [Broken(sentence) for sentence in kept.broken]
    return [*saved, *broken, *_matching(recommended, words)]


def _matching(views: Sequence[View | SavedView], words: Sequence[str]) -> list[View | SavedView]:
    found = [view for view in views if all(word in f"{view.name} {meaning(view)}".casefold() for word in words)]
    found.sort(key=lambda view: not all(word in view.name.casefold() for word in words))
    return found


def meaning(row: Row) -> str:
    """What it finds, or what is wrong with it."""
    if isinstance(row, Broken):
        return row.sentence
    if isinstance(row, View):
        return clean(row.meaning)
    query, arrangement = row.question
    shown = [in_words(query), plural(query.limit, "row"), f"sorted by {', '.join(sort_texts(arrangement.sort))}"]
    if arrangement.row_filter.text:
        shown.append(f"filtered by {clean(arrangement.row_filter.text)}")
    if arrangement.top is not None:
        shown.append(f"the top {arrangement.top:,} of them")
    return f"Saved: {'; '.join(map(clean, shown))}."


def row_text(row: Row) -> Content:
    """Its line in the list."""
    if isinstance(row, Broken):
        return Content.styled(f"! {row.sentence}", "$warning")
    if isinstance(row, View):
        remark = f"  asks for {clean(row.needs)}" if row.needs else ""
    else:
        remark = f"  {in_words(row.query)}"
    return Content.assemble(clean(row.name), (remark, "$text-muted"))
