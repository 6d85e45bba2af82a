"""All keys, made from the bindings themselves, so that help cannot be wrong."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

KEY_WIDTH = 10


class KeyLine(NamedTuple):
    """The keys of one action."""

    keys: str
    does: str


class HelpScreen(ModalScreen[None]):
    """Shows groups of keys; any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss_help", "Close", id="help.close", show=False),
    ]

    HORIZONTAL_BREAKPOINTS = [(0, "-one-column"), (78, "-two-columns")]

    def __init__(self, groups: Sequence[tuple[str, Sequence[KeyLine]]]) -> None:
        super().__init__()
        self._groups = groups

    def compose(self) -> ComposeResult:
        """A list that can be scrolled."""
        with Vertical(classes="dialog -tall") as dialog:
            dialog.border_title = "Keys"
            with VerticalScroll(id="keys"), Horizontal(id="columns"):
                for groups in (self._groups[:1], self._groups[1:]):
                    with Vertical(classes="column"):
                        for title, lines in groups:
                            yield Static(_group(title, lines), classes="group")
            yield Static("↑↓ scrolls · esc closes · ctrl+p lists every action", classes="hint", markup=False)

    def on_mount(self) -> None:
        """The arrow keys scroll."""
        self.query_one(VerticalScroll).focus()

    def action_dismiss_help(self) -> None:
        """Close."""
        self.dismiss(None)


def _group(title: str, lines: Sequence[KeyLine]) -> Content:
    parts: list[Content | str | tuple[str, str]] = [(title, "bold $accent")]
    for line in lines:
        parts += ["\n", (f"{line.keys:<{KEY_WIDTH}} ", "bold"), line.does]
    return Content.assemble(*parts)


def key_groups(screen: Screen[None], rows: Widget) -> list[tuple[str, list[KeyLine]]]:
    """The keys that work on the screen right now, by what they are about."""
    on_screen = [binding for group in screen._bindings.key_to_bindings.values() for binding in group]
    of_every_screen = {binding.action for binding in Screen.BINDINGS if isinstance(binding, Binding)}
    own = [binding for binding in on_screen if binding.action not in of_every_screen]
    inherited = [binding for binding in on_screen if binding.action in of_every_screen]
    return [
        ("Explorer", _key_lines(screen, [own])),
        ("Rows", _key_lines(screen, rows._bindings.key_to_bindings.values())),
        ("Program", _key_lines(screen, [*screen.app._bindings.key_to_bindings.values(), inherited])),
    ]


def _key_lines(screen: Screen[None], bindings: Iterable[Iterable[Binding]]) -> list[KeyLine]:
    keys: dict[tuple[str, str], list[str]] = {}
    for binding in (binding for group in bindings for binding in group):
        # Textual binds super+c beside ctrl+c, which hardly any terminal sends.
        if binding.description and not binding.system and not binding.key.startswith("super+"):
            keys.setdefault((binding.action, binding.description), []).append(_key_name(screen, binding))
    return [KeyLine(", ".join(dict.fromkeys(shown)), does) for (_, does), shown in keys.items()]


def _key_name(screen: Screen[None], binding: Binding) -> str:
    """The key as every other text here calls it."""
    return screen.app.get_key_display(binding).replace("^", "ctrl+").replace("⏎", "enter")
