"""Test code that depends on private parts of Textual. Each test fails if Textual changes these parts."""

import io

import pytest
from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate
from textual.app import App
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Tooltip
from textual.widgets._toast import ToastRack

from cnm_tui.core.settings import USUAL
from cnm_tui.tui.terminal.terminal_app import TerminalApp

# As it is imported, the module changes how Textual writes an update.
CONSOLE = Console(file=io.StringIO(), force_terminal=True, color_system=None)


@pytest.mark.parametrize(
    ("span", "sent"),
    [
        ((0, 0, 6), "\x1b[1;1Habcdef"),
        ((0, 2, 4), "\x1b[1;3Hcd"),
        ((0, 4, 9), "\x1b[1;5Hef\x1b[1;7Hghi"),
        ((0, 7, 8), "\x1b[1;8Hh"),
    ],
)
def test_only_the_columns_that_were_marked_are_sent(span: tuple[int, int, int], sent: str) -> None:
    chops = [{0: Strip([Segment("abcdef")]), 6: Strip([Segment("ghi")])}]

    update = ChopsUpdate(chops, [span], [[6, 9]])

    assert update.render_segments(CONSOLE) == sent


@pytest.mark.parametrize(
    ("span", "sent"),
    [((0, 0, 2), "\x1b[1;1Ha検"), ((0, 2, 4), "\x1b[1;2H検索"), ((0, 3, 6), "\x1b[1;4H索b"), ((0, 5, 6), "\x1b[1;6Hb")],
)
def test_no_character_of_two_columns_is_sent_by_half(span: tuple[int, int, int], sent: str) -> None:
    update = ChopsUpdate([{0: Strip([Segment("a検索b")])}], [span], [[6]])

    assert update.render_segments(CONSOLE) == sent


def test_no_pane_is_made_for_tooltips_and_toasts() -> None:
    def panes(app: App[None]) -> list[type[Widget]]:
        made: list[Widget] = []
        with app._context():
            Screen[None]()._extend_compose(made)
        return [type(pane) for pane in made]

    assert panes(App[None]()) == [ToastRack, Tooltip]
    assert panes(TerminalApp(USUAL)) == []
