"""All keys, made from the bindings themselves, so that help cannot be wrong."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES
from cnm_tui.tui.terminal.keys import bindings_of
from cnm_tui.tui.widgets.filtered_list import ScrolledText
from cnm_tui.tui.widgets.hint import Hint, Pressable, pressed_by, pressing

KEY_WIDTH = 10


class KeyLine(NamedTuple):
    """The keys of one action."""

    keys: str
    does: str
    action: str
    id: str = ""
    """By which settings name it; empty where they cannot."""


class KeyList(Pressable):
    """Keys, and what they do."""

    def on_click(self, event: events.Click) -> None:
        """Close the help: the key that was clicked, and is pressed after this, is one of the screen under it."""
        if pressed_by(event) is not None:
            self.screen.dismiss()


class HelpScreen(Dialog[None]):
    """Shows groups of keys; any of its keys closes it."""

    CSS_PATH = DIALOG_STYLES

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close", id="help.close", show=False),
    ]

    HORIZONTAL_BREAKPOINTS = [(0, "-one-column"), (78, "-two-columns")]

    def __init__(self, groups: Sequence[tuple[str, Sequence[KeyLine]]]) -> None:
        super().__init__()
        self._groups = groups

    def compose(self) -> ComposeResult:
        """A list that can be scrolled."""
        with Vertical(classes="dialog -tall") as dialog:
            dialog.border_title = "Keys"
            with ScrolledText(id="keys"), Horizontal(classes="columns"):
                for groups in (self._groups[:1], self._groups[1:]):
                    with Vertical(classes="column"):
                        for title, lines in groups:
                            yield KeyList(_group(title, lines), classes="group")
            yield Hint("esc closes · click does it · arrows scroll · ctrl+p lists every action")

    def on_mount(self) -> None:
        """The arrow keys scroll."""
        self.query_one(ScrolledText).focus()


def _group(title: str, lines: Sequence[KeyLine]) -> Content:
    parts: list[Content | str | tuple[str, str]] = [(title, "bold $accent")]
    for line in lines:
        written = Content.assemble((f"{line.keys:<{KEY_WIDTH}} ", "bold"), line.does)
        parts += ["\n", written.stylize(pressing(line.keys.split(", ")[0]))]
    return Content.assemble(*parts)


def key_groups(screen: Screen[None], rows: Widget) -> list[tuple[str, list[KeyLine]]]:
    """The keys that work on the screen right now, by what they are about; each action once, with all its keys."""
    app = screen.app
    of_the_app = bindings_of(app)
    of_the_program = {binding.action for binding in (*of_the_app, *Screen.BINDINGS) if isinstance(binding, Binding)}
    shared = [binding for binding in bindings_of(screen) if binding.action in of_the_program]
    own = [binding for binding in bindings_of(screen) if binding.action not in of_the_program]
    return [
        ("Explorer", key_lines(app, own)),
        ("Rows", key_lines(app, bindings_of(rows))),
        ("Program", key_lines(app, shared, of_the_app)),
    ]


def key_lines(app: App[None], *groups: Iterable[Binding]) -> list[KeyLine]:
    """Each action once, in the words of the last group that binds it."""
    keys: dict[str, list[str]] = {}
    does: dict[str, str] = {}
    ids: dict[str, str] = {}
    for binding in (binding for group in groups for binding in group):
        # Textual binds super+c beside ctrl+c, which hardly any terminal sends.
        if binding.description and not binding.system and not binding.key.startswith("super+"):
            keys.setdefault(binding.action, []).append(app.get_key_display(binding))
            does[binding.action] = binding.description
            ids[binding.action] = binding.id or ""
    return [
        KeyLine(", ".join(dict.fromkeys(shown)), does[action], action, ids[action]) for action, shown in keys.items()
    ]
