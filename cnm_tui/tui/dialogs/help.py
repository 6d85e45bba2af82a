"""Define the help screen, which lists all keyboard keys. Its content is generated from the table of commands."""

from collections.abc import Sequence
from itertools import combinations, groupby, pairwise
from operator import attrgetter
from typing import ClassVar, Final

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.text import cell_width
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES
from cnm_tui.tui.terminal.keys import KeyLine, dialog_key_lines, import_dialogs
from cnm_tui.tui.widgets.filtered_list import ScrolledText
from cnm_tui.tui.widgets.hint import Hint, Pressable, pressed_by, pressing

KEY_WIDTH = 10
_TitledLines = tuple[str, Sequence[KeyLine]]
_ORDER: Final = ("Ask", "Navigate", "Investigate", "Compare", "Take away", "Window", "Program")
_SIGNS: Final = (
    ("▲▲", "critical, far too much"),
    ("▲", "warning, too much"),
    ("•", "a note, in FINDING"),
    ("–", "absent, not measured"),
    ("0", "measured: none"),
    ("N/A", "nothing names this end"),
    ("● ◆", "a marked, watched row"),
    ("▾ ▴", "sorted down, up"),
    ("▾2", "the second sort column"),
    ("+16 ›", "16 more columns"),
    ("▌", "critical, a warning"),
    ("! ✓", "compared: worse, better"),
    ("+ -", "compared: new, gone"),
    ("?", "compared: not known"),
    ("▁▅█", "a trend; ▅ is usual"),
    ("›", "in a trend: so far"),
    ("bold", "a refresh changed it"),
    ("↓", "more rows below"),
)
_FILTER: Final = (
    ("word", "in any field"),
    ("!word", "in no field"),
    ("a b", "both; a or b: either"),
    ("/x.*y/", "a pattern"),
    ("service=x", "a field is x"),
)
_DIALOGS: Final = (
    ("esc", "close, change nothing"),
    ("enter", "take the line"),
    ("arrows", "another line"),
    ("j k g G", "in lists without input"),
    ("letters", "find, in an input"),
    ("tab", "next input or measure"),
    ("+ -", "breakdown: show, hide"),
    ("space", "choose fields, columns"),
    ("1 to 9", "drill down at once"),
    ("ctrl+s", "views, keys: save"),
    ("y w", "text: copy, write"),
    ("→ ←", "neighbours: unfold, fold"),
    ("c r w", "centre, ask, write them"),
)


def _legend(endpoint: Endpoint) -> list[_TitledLines]:
    """Return the lines of the help that explain symbols in the grid, the filter language, and the keys of dialogs."""
    examples = endpoint.examples
    filters = (
        *_FILTER,
        (examples.figure, "a figure; also >= < <= ="),
        examples.between,
        (examples.absent, "absent"),
        ("finding=x", "what ails the row"),
    )
    unknown = any(metric.unit_note for metric in endpoint.counted)
    signs = (*_SIGNS, ("LATENCY ?", "unit not documented")) if unknown else _SIGNS
    return [
        (title, [KeyLine(sign, meaning, "Program", "") for sign, meaning in entries])
        for title, entries in (("Signs", signs), ("Filter /", filters), ("In dialogs", _DIALOGS))
    ]


class KeyList(Pressable):
    """A list of keyboard keys and their effects, as a widget."""

    def on_click(self, event: events.Click) -> None:
        """When the user clicks a keyboard key in the help, close the help.

        The effect is then the same as a press of this key on the screen below.
        """
        if pressed_by(event) is not None:
            self.screen.dismiss()


class HelpScreen(Dialog[str | None]):
    """A dialog that displays groups of keyboard keys. The keyboard keys that open the help, and esc, close it."""

    CSS_PATH = DIALOG_STYLES

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close", id="help.close", show=False),
        Binding("t", "dismiss('tour')", "Tour", id="help.tour", show=False),
    ]

    HORIZONTAL_BREAKPOINTS = [(0, "-one-column"), (78, "-two-columns"), (118, "-three-columns"), (158, "-four-columns")]

    def __init__(self, lines: Sequence[KeyLine], endpoint: Endpoint) -> None:
        """Create the help for these keyboard keys, with examples that fit the rows of this API endpoint."""
        super().__init__()
        groups = groupby(sorted(lines, key=lambda line: _ORDER.index(line.group)), key=attrgetter("group"))
        self._groups: list[_TitledLines] = [*((title, list(group)) for title, group in groups), *_legend(endpoint)]

    def compose(self) -> ComposeResult:
        """Yield the list of keyboard keys, which can be scrolled."""
        with Vertical(classes="dialog -tall") as dialog:
            dialog.border_title = "Keys"
            with ScrolledText(id="keys"):
                yield Horizontal(*self._made_columns(self.app.size.width), classes="columns")
                yield Static("", id="dialogs", markup=False)
            yield Hint("esc closes · t tour · click does it · arrows scroll · ctrl+p lists every action")

    async def on_resize(self, event: events.Resize) -> None:
        """Arrange the groups in more or fewer columns, depending on the new width."""
        if _columns_in(event.size.width) != len(self.query(".column")):
            # Only the columns: the list keeps the focus, its place and its last lines.
            async with self.batch():
                columns = self.query_one(".columns")
                before = [*columns.children]
                await columns.mount_all(self._made_columns(event.size.width))
                await columns.remove_children(before)

    def _made_columns(self, width: int) -> list[Vertical]:
        return [
            Vertical(*(KeyList(_group(title, lines), classes="group") for title, lines in groups), classes="column")
            for groups in _columns(self._groups, _columns_in(width))
        ]

    def on_mount(self) -> None:
        """Give the focus to the list of keyboard keys, so that the user can scroll it with the arrow keys."""
        self.query_one(ScrolledText).focus()
        self._add_dialogs()

    @work(exclusive=True, group="dialogs")
    async def _add_dialogs(self) -> None:
        """Add the keyboard keys of each dialog at the end of the help.

        Modules of dialogs that are not imported yet are imported first, in a thread.
        """
        await in_daemon_thread(import_dialogs)
        parts: list[str | tuple[str, str]] = [("Keys of each dialog", "bold $accent")]
        for name, keys in dialog_key_lines(self.app):
            parts += ["\n", (name, "bold"), f"  {keys}"]
        text = self.query_one(ScrolledText)
        was_at_end = 0 < text.max_scroll_y <= text.scroll_target_y
        self.query_one("#dialogs", Static).update(Content.assemble(*parts))
        if was_at_end:
            # `G` was pressed before the last lines were there.
            text.scroll_end(animate=False)


def _columns_in(width: int) -> int:
    """Return the number of columns of text in which the help is displayed on a screen of this width."""
    return 2 if width < 118 else 3 if width < 158 else 4


def _columns(groups: Sequence[_TitledLines], number: int) -> Sequence[Sequence[_TitledLines]]:
    """Distribute the groups of keyboard keys over this number of columns, so that the columns have similar heights.

    The order of the groups is kept.
    """
    heights = [len(lines) + 2 for _, lines in groups]

    def tallest(cuts: Sequence[int]) -> int:
        return max(sum(heights[start:end]) for start, end in pairwise((0, *cuts, len(groups))))

    cuts = min(combinations(range(1, len(groups)), number - 1), key=tallest)
    return [groups[start:end] for start, end in pairwise((0, *cuts, len(groups)))]


def _group(title: str, lines: Sequence[KeyLine]) -> Content:
    parts: list[Content | str | tuple[str, str]] = [(title, "bold $accent")]
    for line in lines:
        keys = _fitting(line.keys)
        gap = " " * (max(0, KEY_WIDTH - cell_width(keys)) + 1)
        written = Content.assemble((keys + gap, "bold"), line.title)
        parts += ["\n", written.stylize(pressing(line.keys.split(", ")[0])) if line.id else written]
    return Content.assemble(*parts)


def _fitting(keys: str) -> str:
    """Return the keys, or only the first key if there is not enough room for all.

    A sign for the others would be mistaken for a key.
    """
    return keys if cell_width(keys) <= KEY_WIDTH else keys.partition(", ")[0]
