"""Contain the panes (rectangular areas) of the screens, and helpers for drawing them.

Two modules are imported only when they are used, because their imports take time. One is the search box,
which imports the parser. The other creates the lines of the detail pane, and imports the rules that detect
problems.
"""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.tui.widgets.detail_lines import Heights as Heights
    from cnm_tui.tui.widgets.detail_lines import Shown as Shown
    from cnm_tui.tui.widgets.detail_lines import figures_at as figures_at
    from cnm_tui.tui.widgets.detail_lines import figures_in_order as figures_in_order
    from cnm_tui.tui.widgets.detail_lines import lines_of as lines_of
    from cnm_tui.tui.widgets.search_box import SearchBox as SearchBox
    from cnm_tui.tui.widgets.search_box import offers_in_a_column as offers_in_a_column
    from cnm_tui.tui.widgets.search_box import offers_in_a_line as offers_in_a_line
    from cnm_tui.tui.widgets.search_box import problem_lines as problem_lines
else:
    __getattr__ = lazy_names(
        __name__,
        {
            **dict.fromkeys(("SearchBox", "offers_in_a_column", "offers_in_a_line", "problem_lines"), "search_box"),
            **dict.fromkeys(("Heights", "Shown", "figures_at", "figures_in_order", "lines_of"), "detail_lines"),
        },
    )
