"""Let the user choose the fields to group by. The dialog lists recently used fields first."""

from collections.abc import Callable, Sequence
from functools import partial

from cnm_tui.core.fields.group_by import Side
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.dialogs.group_by_picker import GroupByPicker
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


class FieldsFeature:
    """Opens the dialog for choosing group-by fields when another feature needs it."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._recent: Sequence[str] | None = None
        """The fields used last, latest first; None until they are read."""
        self._picker: GroupByPicker | None = None
        """The picker while it is open."""

    def pick(self, before: tuple[str, ...], side: Side, then: Callable[[tuple[str, ...]], None]) -> None:
        """Open the dialog for choosing the fields to group by.

        Args:
            before: The fields that are already chosen when the dialog opens.
            side: The side of the connection, for example the client, whose fields are shown first.
            then: Function that is called with the chosen fields. It is not called if the user cancels.
        """
        self._picker = GroupByPicker(before, self._session.exploration.query.endpoint, self._recent or (), side)
        self._view.ask(self._picker, partial(self._chosen, then))
        if self._recent is None:
            self._session.scheduler.start_work(partial(self._read, self._view.services.recall_fields))

    def _chosen(self, then: Callable[[tuple[str, ...]], None], chosen: tuple[str, ...] | None) -> None:
        self._picker = None
        if chosen is not None:
            kept = tuple(name for name in chosen if not self._session.may_hold_key(name))
            remember = partial(self._view.services.remember_fields, kept)
            self._session.scheduler.start_work(partial(self._read, remember))
            then(chosen)

    async def _read(self, read: Callable[[], Sequence[str]]) -> None:
        self._recent = await in_daemon_thread(read)
        # The picker may be open already.
        if self._picker is not None:
            self._picker.recent = self._recent
