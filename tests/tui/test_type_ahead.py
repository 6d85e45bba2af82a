import pytest
from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import Input, Static

from cnm_tui.tui.type_ahead import TypeAheadApp, hold_frame
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import exploring


class BoxAndWord(TypeAheadApp):
    """A box, and a word under it."""

    def compose(self) -> ComposeResult:
        """Both."""
        yield Input()
        yield Static("before", id="word")

    async def hold_and_remove(self) -> None:
        """Before anybody above the box could hear it."""
        box = self.query_one(Input)
        hold_frame(box)
        await box.remove()


def text_of(screen: Screen[object]) -> str:
    """All that is on a screen."""
    return "\n".join(strip.text for strip in screen._compositor.render_strips())


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
    app = BoxAndWord()
    async with app.run_test() as pilot:
        app.call_later(app.hold_and_remove)
        await pilot.pause()
        app.query_one("#word", Static).update("after")
        await pilot.pause()

        assert app._batch_count == 0
        assert "after" in text_of(app.screen)
