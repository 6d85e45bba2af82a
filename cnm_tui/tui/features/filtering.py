"""Filter the loaded rows without a request to the API."""

from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View
from cnm_tui.tui.widgets.filter_bar import FilterBar


class FilteringFeature:
    """Manages the filter bar below the rows. The bar is created when the user first needs it."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._bar = FilterBar(session.exploration.query.endpoint)
        self._refusal = ""
        """The last message about an invalid filter."""
        view.show(self._bar, "below rows")
        view.listen(FilterBar.Changed, self._on_changed)
        view.listen(FilterBar.Left, lambda _message: view.focus_rows())
        view.listen(FilterBar.Refused, self._on_refused)

    async def edit(self) -> None:
        """Open the filter bar and focus its text input."""
        self._bar.endpoint = self._session.exploration.query.endpoint
        # The bar is mounted before the next key is processed.
        await self._bar.edit(compared=self._session.exploration.baseline is not None)

    def show(self, text: str) -> None:
        """Show this text in the filter bar as the current filter."""
        self._bar.endpoint = self._session.exploration.query.endpoint
        self._bar.show(text)

    @property
    def is_open(self) -> bool:
        """True if the filter bar is visible, because it contains a filter or an invalid text."""
        return self._bar.open

    def clear(self) -> None:
        """Remove the filter, so that all loaded rows are displayed."""
        self._bar.clear()

    def _on_changed(self, message: FilterBar.Changed) -> None:
        # An error of the earlier filter does not apply to this one.
        if self._refusal and self._view.notice == self._refusal:
            self._view.say("")
        self._session.update(lambda exploration: exploration.filtered(message.row_filter))

    def _on_refused(self, message: FilterBar.Refused) -> None:
        self._refusal = message.sentence
        self._view.say(message.sentence)
