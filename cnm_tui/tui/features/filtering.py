"""Filter the rows at hand, without asking anybody."""

from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View
from cnm_tui.tui.widgets.filter_bar import FilterBar


class FilteringFeature:
    """Has the filter's bar under the rows, made when there is something to filter."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._bar = FilterBar()
        self._refusal = ""
        """The last sentence about a filter that cannot be read."""
        view.show(self._bar, "below rows")
        view.listen(FilterBar.Changed, self._on_changed)
        view.listen(FilterBar.Left, lambda _message: view.focus_rows())
        view.listen(FilterBar.Refused, self._on_refused)

    async def edit(self) -> None:
        """Put the keyboard into the filter."""
        # The bar is there, with its box, before the next key is looked at.
        await self._bar.edit(compared=self._session.exploration.baseline is not None)

    def show(self, text: str) -> None:
        """Show what narrows the rows, without anybody having typed it."""
        self._bar.show(text)

    @property
    def is_open(self) -> bool:
        """True if the bar is in sight, with a filter or one that cannot be read."""
        return self._bar.open

    def clear(self) -> None:
        """Take the filter away."""
        self._bar.clear()

    def _on_changed(self, message: FilterBar.Changed) -> None:
        # What was wrong with the filter before is no news of this one.
        if self._refusal and self._view.notice == self._refusal:
            self._view.say("")
        self._session.update(lambda exploration: exploration.filtered(message.row_filter))

    def _on_refused(self, message: FilterBar.Refused) -> None:
        self._refusal = message.sentence
        self._view.say(message.sentence)
