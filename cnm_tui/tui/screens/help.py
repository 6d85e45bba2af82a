"""All keys, made from the bindings themselves, so that help cannot be wrong."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

KEY_WIDTH = 20


class KeyLine(NamedTuple):
    """The keys of one action."""

    keys: str
    does: str


class HelpScreen(ModalScreen[None]):
    """Shows groups of keys; any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss_help", "Close", id="help.close", show=False),
    ]

    def __init__(self, groups: Sequence[tuple[str, Sequence[KeyLine]]]) -> None:
        super().__init__()
        self._groups = groups

    def compose(self) -> ComposeResult:
        """A list that can be scrolled."""
        with Vertical(classes="dialog -tall") as dialog:
            dialog.border_title = "Keys"
            with VerticalScroll(id="keys"):
                for title, lines in self._groups:
                    yield Static(_group(title, lines), classes="group")
            yield Static("↑↓ scrolls · esc closes · ctrl+p lists every action", classes="hint", markup=False)

    def on_mount(self) -> None:
        """The arrow keys scroll."""
        self.query_one(VerticalScroll).focus()

    def action_dismiss_help(self) -> None:
        """Close."""
        self.dismiss(None)


def _group(title: str, lines: Sequence[KeyLine]) -> Content:
    parts: list[Content | str | tuple[str, str]] = [(title, "$text-muted")]
    for line in lines:
        parts += ["\n", (f"{line.keys:<{KEY_WIDTH}} ", "bold"), line.does]
    return Content.assemble(*parts)


def key_groups(screen: Screen[None], rows: Widget) -> list[tuple[str, list[KeyLine]]]:
    """The keys that work on the screen right now, by what they are about."""
    app = screen.app
    return [
        ("Rows", _key_lines(screen, rows._bindings.key_to_bindings.values())),
        ("Explorer", _key_lines(screen, screen._bindings.key_to_bindings.values())),
        ("Program", _key_lines(screen, app._bindings.key_to_bindings.values())),
    ]


def _key_lines(screen: Screen[None], bindings: Iterable[Iterable[Binding]]) -> list[KeyLine]:
    keys: dict[tuple[str, str], list[str]] = {}
    for binding in (binding for group in bindings for binding in group):
        if binding.description and not binding.system:
            keys.setdefault((binding.action, binding.description), []).append(screen.app.get_key_display(binding))
    return [KeyLine(", ".join(dict.fromkeys(shown)), does) for (_, does), shown in keys.items()]
