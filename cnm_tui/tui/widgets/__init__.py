"""Panes, and what they are drawn with; the search box is imported on use, as it imports the parser."""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.tui.widgets.search_box import SearchBox as SearchBox
    from cnm_tui.tui.widgets.search_box import offers_in_a_column as offers_in_a_column
    from cnm_tui.tui.widgets.search_box import offers_in_a_line as offers_in_a_line
    from cnm_tui.tui.widgets.search_box import problem_lines as problem_lines

__getattr__ = lazy_names(
    __name__, dict.fromkeys(("SearchBox", "offers_in_a_column", "offers_in_a_line", "problem_lines"), "search_box")
)
