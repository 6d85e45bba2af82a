"""The search box of the main screen, for features."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.screen import Screen

from cnm_tui.tui.features import Features
from cnm_tui.tui.screens.pane_layout import PaneLayout
from cnm_tui.tui.widgets.query_bar import QueryBar

if TYPE_CHECKING:
    from cnm_tui.core.suggestions.completion import Known


class MainSearchBox:
    """Implements `SearchBox` of the view; does nothing while there is no query bar."""

    def __init__(self, screen: Screen[None], layout: PaneLayout, features: Features) -> None:
        self._screen = screen
        self._layout = layout
        self._features = features

    @property
    def has_focus(self) -> bool:
        """True while the user edits the search."""
        return any(bar.editing for bar in self._screen.query(QueryBar))

    async def edit(self, draft: str | None = None) -> None:
        """Focus the box, at the end of its text or draft."""
        self._layout.share()
        await self._screen.query_one(QueryBar).edit(draft)
        self._features.searches.learn()

    def show_asked(self) -> None:
        """Show the current search, in place of a draft."""
        self._screen.query_one(QueryBar).show_asked()

    def offer_earlier(self, earlier: Sequence[str]) -> None:
        """Offer these past searches, newest first."""
        for bar in self._screen.query(QueryBar):
            bar.earlier = earlier

    def offer_values(self, known: "Known") -> None:
        """Offer these values for completion."""
        for bar in self._screen.query(QueryBar):
            bar.known = known
