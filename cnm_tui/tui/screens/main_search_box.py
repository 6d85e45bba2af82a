"""Give features access to the search box of the main screen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.screen import Screen

from cnm_tui.tui.features import Features
from cnm_tui.tui.screens.pane_layout import PaneLayout
from cnm_tui.tui.widgets.query_bar import QueryBar

if TYPE_CHECKING:
    from cnm_tui.core.suggestions.completion import Known


class MainSearchBox:
    """Implements the interface `SearchBox` for features. If there is no query bar, most methods do nothing."""

    def __init__(self, screen: Screen[None], layout: PaneLayout, features: Features) -> None:
        self._screen = screen
        self._layout = layout
        self._features = features

    @property
    def has_focus(self) -> bool:
        """True if the user is editing the search."""
        return any(bar.editing for bar in self._screen.query(QueryBar))

    async def edit(self, draft: str | None = None) -> None:
        """Focus the search box, and put the cursor after the last character of its text.

        If `draft` is not None, it replaces the text.
        """
        self._layout.share()
        await self._screen.query_one(QueryBar).edit(draft)
        self._features.searches.learn()

    def show_asked(self) -> None:
        """Show the search of the current query, and discard text that was typed but not run."""
        self._screen.query_one(QueryBar).show_asked()

    def offer_earlier(self, earlier: Sequence[str]) -> None:
        """Offer these past searches in the search box. They are sorted from newest to oldest."""
        for bar in self._screen.query(QueryBar):
            bar.earlier = earlier

    def offer_values(self, known: "Known") -> None:
        """Set the tag values that the search box suggests while the user types."""
        for bar in self._screen.query(QueryBar):
            bar.known = known
