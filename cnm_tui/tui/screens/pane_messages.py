"""Handle the Textual messages of the panes that are on the screen from the first frame on."""

from typing import TYPE_CHECKING

from cnm_tui.core.exploration.remarks import row_moved_sentence
from cnm_tui.tui.features import Features
from cnm_tui.tui.screens.pane_layout import PaneLayout
from cnm_tui.tui.screens.panes import Panes
from cnm_tui.tui.session import Session
from cnm_tui.tui.widgets.detail import Detail
from cnm_tui.tui.widgets.grid import Grid
from cnm_tui.tui.widgets.query_bar import QueryBar
from cnm_tui.tui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from cnm_tui.tui.screens.main import MainScreen


def listen_to_panes(
    screen: "MainScreen", session: Session, features: Features, panes: Panes, layout: PaneLayout
) -> None:
    """Start to handle the Textual messages that the panes send."""

    def on_highlighted(message: Grid.Highlighted) -> None:
        if message.by_user:
            session.moved_at = session.idle_clock()
        layout.follow_cursor()
        panes.follow_cursor()

    def on_cursor_row_moved(message: Grid.CursorRowMoved) -> None:
        if session.exploration.table is not None:
            screen.say(row_moved_sentence(message.connection, message.row_before, session.exploration.table))

    def on_following_ended(_message: Grid.FollowingEnded) -> None:
        panes.show_remarks()
        screen.say(f"No longer following, as the cursor was moved; {screen.key('follow_row')} follows this row.")

    def on_widened(message: Grid.Widened) -> None:
        session.update(lambda exploration: exploration.widened(message.column, message.by))

    listen = screen.listen
    listen(QueryBar.Submitted, lambda message: features.query.submitted(message.search))
    listen(QueryBar.Left, lambda message: features.query.search_left(unasked=message.unasked))
    listen(QueryBar.PartChosen, lambda message: features.query.change_part(message.part))
    listen(Grid.Highlighted, on_highlighted)
    listen(Grid.CursorColumnMoved, lambda _message: layout.follow_cursor())
    listen(Grid.VisibleColumnsChanged, lambda _message: panes.follow_columns())
    listen(Grid.CursorRowMoved, on_cursor_row_moved)
    listen(Grid.FollowingEnded, on_following_ended)
    listen(Grid.HeadingChosen, lambda message: features.sorting.sort_by(message.column))
    listen(Grid.Widened, on_widened)
    listen(Grid.Opened, lambda _message: screen.action_run("drill_down"))
    listen(StatusBar.HintChosen, lambda message: screen.action_run(message.command))
    listen(Detail.CloseChosen, lambda _message: layout.toggle_detail())
