"""Show all keys, generated from the table of commands, so that the help is always right."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content

from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES
from cnm_tui.tui.terminal.keys import KeyLine
from cnm_tui.tui.widgets.filtered_list import ScrolledText
from cnm_tui.tui.widgets.hint import Hint, Pressable, pressed_by, pressing

KEY_WIDTH = 10
_TitledLines = tuple[str, Sequence[KeyLine]]


class KeyList(Pressable):
    """A list of keys and their effects."""

    def on_click(self, event: events.Click) -> None:
        """Close the help: the clicked key, pressed after this, belongs to the screen below."""
        if pressed_by(event) is not None:
            self.screen.dismiss()


class HelpScreen(Dialog[None]):
    """Shows groups of keys; any of their keys closes it."""

    CSS_PATH = DIALOG_STYLES

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close", id="help.close", show=False),
    ]

    HORIZONTAL_BREAKPOINTS = [(0, "-one-column"), (78, "-two-columns")]

    def __init__(self, lines: Sequence[KeyLine]) -> None:
        super().__init__()
        self._groups = [(title, list(group)) for title, group in groupby(lines, key=attrgetter("group"))]

    def compose(self) -> ComposeResult:
        """Yield a scrollable list."""
        with Vertical(classes="dialog -tall") as dialog:
            dialog.border_title = "Keys"
            with ScrolledText(id="keys"), Horizontal(classes="columns"):
                for groups in _columns(self._groups):
                    with Vertical(classes="column"):
                        for title, lines in groups:
                            yield KeyList(_group(title, lines), classes="group")
            yield Hint("esc closes · click does it · arrows scroll · ctrl+p lists every action")

    def on_mount(self) -> None:
        """Focus the list, so that the arrow keys scroll it."""
        self.query_one(ScrolledText).focus()


def _columns(groups: Sequence[_TitledLines]) -> tuple[Sequence[_TitledLines], Sequence[_TitledLines]]:
    """Return the groups in two columns of similar height, in their order."""
    heights = [len(lines) + 2 for _, lines in groups]
    cut = min(range(len(groups)), key=lambda cut: abs(sum(heights[:cut]) - sum(heights[cut:])))
    return groups[:cut], groups[cut:]


def _group(title: str, lines: Sequence[KeyLine]) -> Content:
    parts: list[Content | str | tuple[str, str]] = [(title, "bold $accent")]
    for line in lines:
        written = Content.assemble((f"{line.keys:<{KEY_WIDTH}} ", "bold"), line.title)
        parts += ["\n", written.stylize(pressing(line.keys.split(", ")[0]))]
    return Content.assemble(*parts)
