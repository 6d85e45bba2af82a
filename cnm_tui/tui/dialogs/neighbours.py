"""Define a screen that displays a tree of neighbours.

Neighbours are the clients and servers with which a service or host communicates. The arrow keys move in the
tree.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cnm_tui.core.neighbours import Branch, Edge, End, Graph, direction_path, tree
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.extra import Extras, there
from cnm_tui.core.text import cell_width, clean, padded
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES
from cnm_tui.tui.widgets.filtered_list import ChoiceList
from cnm_tui.tui.widgets.hint import Hint

_INDENT: Final = 2
_NARROWEST_NAME: Final = 24
_WIDEST_NAME: Final = 60
_SHARE_WIDTH: Final = 6
_GAP: Final = 2
_SCROLL_BAR: Final = 1
_STYLES: Final = {"bad": "$error", "odd": "$warning", "zero": "$text-muted"}


class DrillInto(NamedTuple):
    """The result of the dialog if the user wants to see the rows between a client and a server of the tree."""

    edge: Edge


class AskAround(NamedTuple):
    """The result of the dialog if the user wants to request all rows of one client or server."""

    end: End


class Start(NamedTuple):
    """The data for the tree: a graph of clients and servers, and the client or server at the root of the tree."""

    snapshot: Snapshot
    graph: Graph
    roots: Sequence[End]
    extras: Extras
    """Columns such as finding and trend, shown for edges of one row."""
    notes: Sequence[str] = ()
    """Sentences about what may be missing."""
    asks: str = ""
    """The cost of asking for all neighbours, in words; empty if nobody can be asked."""


class NeighboursDialog(Dialog[DrillInto | AskAround | None]):
    """A dialog that displays the tree of neighbours.

    Its result says what to request next. It is None if the user closes the dialog.
    """

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    NeighboursDialog #title, NeighboursDialog #note, NeighboursDialog .hint { height: auto; }
    NeighboursDialog #note, NeighboursDialog .hint { color: $text-muted; }
    NeighboursDialog #heading { height: 1; margin: 1 0 0 0; color: $text-muted; }
    NeighboursDialog ChoiceList, NeighboursDialog ChoiceList:focus {
        height: 1fr; border: none; padding: 0; background: $background; text-wrap: nowrap; text-overflow: ellipsis;
    }
    NeighboursDialog ChoiceList > .option-list--option-highlighted { background: $panel; color: $foreground; }
    NeighboursDialog ChoiceList:ansi:focus > .option-list--option-highlighted {
        background: $block-cursor-background; color: $block-cursor-foreground;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Close", id="neighbours.close", show=False),
        Binding("right,l", "unfold", "Neighbours of this one", id="neighbours.unfold", show=False),
        Binding("left,h", "fold", "Fold", id="neighbours.fold", show=False),
        Binding("tab", "two_hops", "One or two hops", id="neighbours.hops", show=False),
        Binding("c", "centre", "Start from this one", id="neighbours.centre", show=False),
        Binding("r", "ask", "Ask for all of them", id="neighbours.ask", show=False),
        Binding("w", "write", "Write the graph to a file", id="neighbours.write", show=False),
    ]

    def __init__(self, start: Start, write: Callable[[Sequence[int]], None]) -> None:
        """Create the dialog for this graph.

        `write` is a function that writes rows to a file. Its argument contains the positions of the rows.
        """
        super().__init__()
        self._start = start
        self._write = write
        self._roots = list(start.roots)
        self._unfolded: frozenset[tuple[End, ...]] = frozenset()
        self._lines: list[Branch] = []

    def compose(self) -> ComposeResult:
        """Yield the tree, a note about rows that may be missing, and a hint about the keyboard keys."""
        yield Static("", id="title")
        yield Static("", id="heading", markup=False)
        yield ChoiceList(markup=False)
        yield Static("", id="note", markup=False)
        asks = " · r asks" if self._start.asks else ""
        yield Hint(f"enter drills · right unfolds · left folds · tab hops · c centres{asks} · w writes · esc closes")

    def on_mount(self) -> None:
        """Display the tree, and highlight the first neighbour."""
        self.query_one(ChoiceList).focus()
        self._show(first=True)

    def on_resize(self) -> None:
        """Fit the tree's columns to the new width of the terminal."""
        self.call_after_refresh(self._show)

    def _show(self, *, first: bool = False) -> None:
        """Draw the tree again, and keep the same line highlighted. With `first`, highlight the first neighbour."""
        options = self.query_one(ChoiceList)
        before = None if first else self._highlighted
        snapshot = self._start.snapshot
        self._lines = tree(self._start.graph, self._roots, self._unfolded)
        layout = _Layout(self._lines, snapshot, there(self._start.extras, snapshot), self.size.width - _SCROLL_BAR)
        options.clear_options()
        options.add_options([Option(layout.line(one, self._is_unfolded(one))) for one in self._lines])
        at = [at for at, one in enumerate(self._lines) if before is None or _same(one, before)]
        neighbours = [at for at, one in enumerate(self._lines) if one.edge is not None]
        options.highlighted = next(iter((at if before is not None else neighbours) or [0]), 0)
        names = ", ".join(clean(root.text, 60) for root in self._roots[:3])
        more = f" and {len(self._roots) - 3:,} more" if len(self._roots) > 3 else ""
        self.query_one("#title", Static).update(Content.assemble((f"Neighbours of {names}{more}", "bold $accent")))
        self.query_one("#heading", Static).update(layout.heading)
        asks = f"r asks for all neighbours of {names}{more}: {self._start.asks}." if self._start.asks else ""
        self.query_one("#note", Static).update(" ".join(filter(None, [*self._start.notes, asks])))

    @property
    def _highlighted(self) -> Branch | None:
        at = self.query_one(ChoiceList).highlighted
        return None if at is None or at >= len(self._lines) else self._lines[at]

    def _is_unfolded(self, one: Branch) -> bool:
        return one.direction is not None and direction_path(one.direction, one.path) in self._unfolded

    @on(OptionList.OptionSelected)
    def _choose(self, message: OptionList.OptionSelected) -> None:
        if (edge := self._lines[message.option_index].edge) is not None:
            self.dismiss(DrillInto(edge))

    def action_unfold(self) -> None:
        """Display the neighbours of the highlighted client or server below it in the tree."""
        one = self._highlighted
        if one is not None and one.goes_on and one.direction is not None:
            self._unfolded |= {direction_path(one.direction, one.path)}
            self._show()

    def action_fold(self) -> None:
        """Hide the neighbours that are listed below the highlighted client or server.

        If none are listed below it, hide the list that contains the highlighted client or server itself.
        """
        one = self._highlighted
        if one is None or one.direction is None:
            return
        if not self._is_unfolded(one):
            above = next((line for line in self._lines if line.path == one.path[:-1] and line.edge is not None), None)
            self.query_one(ChoiceList).highlighted = self._lines.index(above) if above is not None else 0
            one = above
        if one is not None and one.direction is not None:
            self._unfolded -= {direction_path(one.direction, one.path)}
            self._show()

    def action_two_hops(self) -> None:
        """Display the neighbours of all direct neighbours. If some of them are already visible, hide them all."""
        behind = {
            direction_path(one.direction, one.path)
            for one in self._lines
            if one.direction is not None and one.goes_on and len(one.path) == 2
        }
        self._unfolded = frozenset() if self._unfolded else frozenset(behind)
        self._show()

    def action_centre(self) -> None:
        """Make the highlighted client or server the root of the tree."""
        one = self._highlighted
        if one is not None and one.path and one.path[-1].resolved:
            self._roots, self._unfolded = [one.path[-1]], frozenset()
            self._show(first=True)

    def action_ask(self) -> None:
        """Close the dialog, and request all rows of the client or server at the root of the tree."""
        if self._start.asks and self._roots[0].resolved:
            self.dismiss(AskAround(self._roots[0]))

    def action_write(self) -> None:
        """Write the visible lines of the tree to a file, as a graph."""
        positions = dict.fromkeys(at for one in self._lines if one.edge is not None for at in one.edge.positions)
        self._write(list(positions))


def _same(one: Branch, other: Branch) -> bool:
    return (one.path, one.direction, one.text, one.remark) == (other.path, other.direction, other.text, other.remark)


class _Layout:
    """The widths of the tree's columns, calculated so that they fit the screen."""

    def __init__(self, lines: Sequence[Branch], snapshot: Snapshot, extras: Extras, width: int) -> None:
        self._snapshot = snapshot
        self._size = snapshot.endpoint.metrics[snapshot.endpoint.volume]
        widest = max((_INDENT * one.depth + 2 + cell_width(one.text) for one in lines), default=0)
        figures = self._size.scale.width + _GAP + _SHARE_WIDTH
        room = max(width - figures - _GAP, _NARROWEST_NAME)
        self._name = max(_NARROWEST_NAME, min(widest, _WIDEST_NAME, room))
        room -= self._name
        self._extras = []
        for extra in extras:
            room -= extra.name.width + _GAP
            if room >= 0:
                self._extras.append(extra)

    @property
    def heading(self) -> str:
        """Return the line with the column headings above the tree."""
        others = "".join(" " * _GAP + padded(extra.name.label, extra.name.width) for extra in self._extras)
        gap, size = " " * _GAP, f"{self._size.label:>{self._size.scale.width}}"
        return f"{'':<{self._name}}{gap}{size}{gap}{'SHARE':>{_SHARE_WIDTH}}{others}"

    def line(self, one: Branch, is_unfolded: bool) -> Content:
        """Return one line of the tree, with the name of a client or server, its numbers and remarks."""
        if one.edge is None:
            style = "bold" if one.depth == 0 and one.text else "$text-muted"
            return Content.assemble((" " * (_INDENT * one.depth) + (one.remark or one.text), style))
        sign = "▾ " if is_unfolded else "▸ " if one.goes_on else "  "
        name = padded(" " * (_INDENT * one.depth) + sign + one.text, self._name)
        share = "" if one.share is None else f"{100 * one.share:.0f} %" if one.share >= 0.005 else "< 1 %"
        parts: list[str | tuple[str, str]] = [
            (name, "" if one.path[-1].resolved else "$text-muted"),
            f"{' ' * _GAP}{self._size.scale.cell(one.edge.volume)}{' ' * _GAP}{share:>{_SHARE_WIDTH}}",
        ]
        for extra in self._extras:
            # Of several rows only the worst finding is true of all together.
            if len(one.edge.positions) > 1 and extra.name.key != "finding":
                parts.append(" " * (_GAP + extra.name.width))
                continue
            cell = extra.cell(self._snapshot, one.edge.found_at)
            parts += [" " * _GAP, (padded(cell.text, extra.name.width), _STYLES.get(cell.kind, ""))]
        rows = f"{len(one.edge.positions):,} rows" if len(one.edge.positions) > 1 else ""
        if said := "  ".join(filter(None, [rows, one.remark])):
            parts.append((f"{' ' * _GAP}{said}", "$text-muted"))
        return Content.assemble(*parts)
