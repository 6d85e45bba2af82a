from pathlib import Path

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import Input, Static

from cnm_tui.core.query import Query
from cnm_tui.core.search.past_searches import PastSearch
from cnm_tui.core.settings import USUAL
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.views.saved_view import SavedView
from cnm_tui.store.saved_views import ViewsFile
from cnm_tui.store.search_history import SearchHistory
from cnm_tui.tui.terminal.terminal_app import TerminalApp
from cnm_tui.tui.terminal.type_ahead import hold_frame
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring
from tests.tui.painted import painted


class BoxAndWord(TerminalApp):
    """A Textual app that contains a text input, and a word below the text input."""

    def compose(self) -> ComposeResult:
        """Yield the text input, and the word below it."""
        yield Input()
        yield Static("before", id="word")

    async def hold_and_remove(self) -> None:
        """Delay drawing until all messages of the text input are processed. Remove the text input before that."""
        box = self.query_one(Input)
        hold_frame(box)
        await box.remove()


def text_of(screen: Screen[object]) -> str:
    """Return all text that a screen displays."""
    return "\n".join(strip.text for strip in painted(screen.app))


async def test_a_filter_s_letter_comes_in_one_frame_with_the_rows_that_it_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames: list[str] = []
    display = App._display

    def displayed(app: App[object], screen: Screen[object], renderable: object) -> None:
        frames.append(text_of(screen))
        display(app, screen, renderable)  # type: ignore[arg-type]

    source = FakeSource(a_snapshot(a_connection("kept"), a_connection("gone", [("queue",), ("store",)])))
    async with exploring(source) as user:
        await user.sees("2 rows")
        await user.press("slash")
        monkeypatch.setattr(App, "_display", displayed)

        await user.press("w")
        await user.sees("1 of 2 rows")

    typed = [frame for frame in frames if "/ w" in frame]
    assert typed
    assert all("1 of 2 rows" in frame for frame in typed)


async def test_a_frame_held_by_a_box_that_goes_is_let_go() -> None:
    app = BoxAndWord(USUAL)
    async with app.run_test() as pilot:
        app.call_later(app.hold_and_remove)
        await pilot.pause()
        app.query_one("#word", Static).update("after")
        await pilot.pause()

        assert app._batch_count == 0
        assert "after" in text_of(app.screen)


def in_one_packet(user: User, text: str, *keys: str) -> None:
    """Type a text and press keys so that all arrive at the app in one packet. A slow network line has this effect."""
    for key in (*text, *keys):
        character = " " if key == "space" else key if len(key) == 1 else None
        user.app.post_message(events.Key(key, character))


async def test_a_column_is_hidden_that_was_found_by_what_was_typed_right_before() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("1 row")
        await user.press("c")
        await user.sees("space shows, hides")

        in_one_packet(user, "resets", "space", "enter")
        await user.until(lambda: user.app.screen is user.main)

        columns = [column.key for column in user.main.exploration.columns]
        assert "tcp_resets" not in columns
        assert "total_bytes" in columns


async def test_a_column_is_widened_that_was_found_by_what_was_typed_right_before() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("1 row")
        await user.press("c")
        await user.sees("space shows, hides")

        in_one_packet(user, "resets", "ctrl+right", "enter")
        await user.until(lambda: user.app.screen is user.main)

        assert user.main.exploration.arrangement.widths == (("tcp_resets", 4),)


async def test_a_view_is_deleted_that_was_found_by_what_was_typed_right_before(tmp_path: Path) -> None:
    store = ViewsFile(tmp_path / "views.toml")
    for name in ("checkout", "payments"):
        store.save(SavedView(name, Query(), Arrangement()), replacing=False)
    async with exploring(FakeSource(a_snapshot(a_connection())), directory=tmp_path) as user:
        await user.sees("1 row")
        await user.press("v")
        await user.sees("payments")

        in_one_packet(user, "payments", "ctrl+x")
        await user.sees("Deleted payments")

    assert [view.name for view in store.load().views] == ["checkout"]


async def test_a_search_is_stepped_to_among_those_found_by_what_was_typed_right_before(tmp_path: Path) -> None:
    history = SearchHistory(tmp_path / "searches.jsonl")
    for age, search in enumerate(("env:prod", "service:web-1", "env:test", "service:web-2")):
        history.keep(PastSearch(search, MOMENT - age, 1))
    async with exploring(FakeSource(a_snapshot(a_connection())), keeper=history) as user:
        await user.until(lambda: len(user.main.features.searches.past) == 4)
        await user.press("ctrl+r")
        await user.sees("tab edits it first")

        in_one_packet(user, "web", "down", "enter")
        await user.until(lambda: len(user.source.asked) == 2)

    assert user.source.asked[1].search == "service:web-2"


async def test_what_is_typed_behind_the_key_that_quits_opens_nothing() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()))) as user:
        await user.sees("1 row")

        user.app.exit()
        await user.app.on_event(events.Key("t", "t"))

        assert len(user.app.screen_stack) == 1
