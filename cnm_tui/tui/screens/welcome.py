"""The first start without keys: how to give them, and the demo."""

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from cnm_tui.core.errors import CnmError
from cnm_tui.tui.keys import key_of
from cnm_tui.tui.screens.styles import DIALOG_STYLES

Choice = Literal["demo", "again", "quit"]


class WelcomeScreen(ModalScreen[Choice]):
    """Answers what to do without keys."""

    CSS_PATH = DIALOG_STYLES

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d,enter", "choose('demo')", "Open the demo", id="welcome.demo", show=False),
        Binding("r", "choose('again')", "Look for keys again", id="welcome.again", show=False),
        Binding("q,escape", "choose('quit')", "Quit", id="welcome.quit", show=False),
    ]

    def __init__(self, problem: CnmError) -> None:
        super().__init__()
        self._problem = problem

    def compose(self) -> ComposeResult:
        """A page to read."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Welcome to cnm-tui"
            yield Static(str(self._problem), classes="paragraph", markup=False)
            yield Static(
                "To explore your own network, give the keys in one of these ways:\n"
                "\n"
                "  export DD_API_KEY=…  DD_APP_KEY=…  DD_SITE=datadoghq.com\n"
                "  export DD_ACCESS_TOKEN=…             a personal access token instead\n"
                "  cnm-tui auth login                   once; they stay in the system's keyring\n"
                "\n"
                "The application key needs the scope network_connections_read.",
                classes="paragraph",
                markup=False,
            )
            yield Static(_choices(self), classes="paragraph")

    def action_choose(self, choice: Choice) -> None:
        """Answer."""
        self.dismiss(choice)


def _choices(screen: WelcomeScreen) -> Content:
    lines = (
        ("demo", "open the demo: an invented estate, no keys needed"),
        ("again", "look for keys again"),
        ("quit", "quit"),
    )
    written = [
        Content.assemble((key_of(screen, f"welcome.{choice}"), "bold $accent"), f"  {does}") for choice, does in lines
    ]
    return Content("\n").join(written)
