"""Define the screen that is displayed at the start if there are no API keys. It explains how to set API keys."""

from collections.abc import Sequence
from typing import ClassVar, Final, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from cnm_tui.core.errors import CnmError, KeyringShut
from cnm_tui.core.settings import login_command
from cnm_tui.core.text import clean, wrapped
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.terminal.keys import key_of
from cnm_tui.tui.widgets.hint import Pressable, pressing

_SCOPE: Final = "The application key needs the scope network_connections_read."
_WAYS_IN_SHORT: Final = (
    "Keys are taken from DD_API_KEY and DD_APP_KEY, or from DD_ACCESS_TOKEN, or from the keyring "
    "({}); they need the scope network_connections_read.\n"
)
_LINES: Final = 5
_LINES_IF_TINY: Final = 2
"""Maximum lines of the error on a tiny screen, so that the advice stays visible."""

Choice = Literal["sign_in", "demo", "again", "later", "quit"]


class WelcomeScreen(Dialog[Choice]):
    """A dialog that explains how to set API keys. Its result says what to do next, for example open the demo."""

    CSS_PATH = DIALOG_STYLES

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "choose('sign_in')", "Sign in here", id="welcome.sign_in", show=False),
        Binding("d,enter", "choose('demo')", "Open the demo", id="welcome.demo", show=False),
        Binding("r", "choose('again')", "Look for keys again", id="welcome.again", show=False),
        Binding("q", "choose('quit')", "Quit", id="welcome.quit", show=False),
        Binding("escape", "choose('later')", "Close", id="welcome.close", show=False),
    ]

    def __init__(self, problem: CnmError, profile: str = "") -> None:
        """Create the screen for a profile that has no API keys.

        `problem` is the error that the search for API keys raised.
        """
        super().__init__()
        # The ways to set keys are listed below; how to open a locked keyring is not.
        self._said = clean(problem.sentence if isinstance(problem, KeyringShut) else str(problem))
        self._login = login_command(profile)

    def compose(self) -> ComposeResult:
        """Yield the error, the ways to set API keys, and the choices of the user."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Welcome to cnm-tui"
            yield Static(self._said, id="problem", classes="paragraph", markup=False)
            yield Pressable(_choices(self, _FIRST), classes="paragraph")
            yield Static(
                "To explore your own network, give the keys in one of these ways:\n"
                "\n"
                "  export DD_API_KEY=…  DD_APP_KEY=…  DD_SITE=datadoghq.com\n"
                "  export DD_ACCESS_TOKEN=…             a personal access token instead\n"
                f"  {clean(self._login):<35}  once; kept in the system keyring\n"
                "\n" + _SCOPE,
                id="ways",
                classes="paragraph",
                markup=False,
            )
            yield Static(
                _WAYS_IN_SHORT.format(clean(self._login)), id="ways_in_short", classes="paragraph", markup=False
            )
            yield Pressable(_choices(self, _OTHERS), classes="paragraph")

    def on_resize(self) -> None:
        """Wrap the error for the new width, and shorten it on a screen with few lines."""
        self.call_after_refresh(self._tell)

    def _tell(self) -> None:
        problem = self.query_one("#problem", Static)
        most = _LINES_IF_TINY if self.has_class("-tiny") else _LINES
        lines = wrapped(self._said, max(20, self.query_one(".dialog").content_size.width), most)
        problem.update("\n".join(lines))

    def action_choose(self, choice: Choice) -> None:
        """Close the screen with the user's choice as its result."""
        self.dismiss(choice)


_FIRST: Final = (("demo", "open the demo: invented data, no keys needed"),)
_OTHERS: Final = (
    ("sign_in", "sign in here: type keys, forgotten when you quit"),
    ("again", "look for keys again"),
    ("quit", "quit"),
)


def _choices(screen: WelcomeScreen, lines: Sequence[tuple[str, str]]) -> Content:
    written = ((key_of(screen, f"welcome.{choice}"), does) for choice, does in lines)
    return Content("\n").join(
        Content.assemble((key, "bold $accent"), f"  {does}").stylize(pressing(key)) for key, does in written
    )
