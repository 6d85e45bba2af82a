"""Define a dialog to sign in, in which the user chooses a Datadog site and types two keys or an access token."""

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Click, Paste
from textual.reactive import var
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cnm_tui.core.errors import CredentialsMalformed
from cnm_tui.core.fields.field_search import match
from cnm_tui.core.service import DEFAULT_SITE, SITES, AccessToken, Credentials, KeyPair, checked_secret
from cnm_tui.core.sign_in import OfferedProfile, SignIn
from cnm_tui.core.text import clean, wrapped
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.terminal.keys import key_of
from cnm_tui.tui.widgets.filtered_list import FilteredList, ListFilter
from cnm_tui.tui.widgets.hint import Hint
from cnm_tui.tui.widgets.key_input import KeyInput

_KEYS: Final = "enter signs in · tab on · ctrl+t token · esc cancels"
_KEYS_FOR_TOKEN: Final = "enter signs in · tab on · ctrl+t keys · esc cancels"
_SAID_LINES: Final = 4
_KEEPING_LINES: Final = 2
_LONGEST_SITE: Final = max(map(len, SITES))
_CALLED: Final = ("API key", "Application key")
_TOKEN: Final = "Access token"


class SiteFilter(ListFilter):
    """The text input that filters the list of Datadog sites.

    Pasted text that is not a site may be a key. Such text is put into the next input, which hides its content.
    """

    def __init__(self) -> None:
        super().__init__("type to filter")
        self.max_length = _LONGEST_SITE

    def on_paste(self, event: Paste) -> None:
        """Paste the text if it is the name of a site. Otherwise let the dialog handle the text."""
        event.prevent_default()
        if _matching(event.text.strip()):
            event.stop()
            self.value = event.text.strip()


class SiteList(FilteredList, can_focus=False):
    """The list of Datadog sites. On a small screen, it may have only one visible line."""

    def on_resize(self) -> None:
        """Scroll the list so that the chosen site stays visible."""
        if self.screen.has_class("-said"):
            self.call_later(self.scroll_to_highlight)


class SignInScreen(Dialog[SignIn | None]):
    """A dialog in which the user types credentials.

    Its result contains the credentials, or is None if the user cancels. The dialog does not store the keys
    anywhere else.
    """

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    SignInScreen #said, SignInScreen #keeping { height: auto; }
    SignInScreen #said { display: none; }
    SignInScreen.-said #said { display: block; }
    SignInScreen .row { height: 1; }
    SignInScreen .asked { padding: 0 1; }
    SignInScreen .called { width: 17; color: $text-muted; }
    SignInScreen #keeping:hover { text-style: underline; }
    SignInScreen #refusal { min-height: 1; }
    """

    VERTICAL_BREAKPOINTS = [*TINY_OR_LOW, (36, "-high")]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="sign_in.cancel", show=False),
        Binding("down", "step(1)", "Next site or box", id="sign_in.down", show=False),
        Binding("up", "step(-1)", "Previous site or box", id="sign_in.up", show=False),
        Binding("ctrl+t", "toggle_token", "Two keys, or a token", id="sign_in.token", show=False),
        Binding("ctrl+s", "toggle_keeping", "Keep in the keyring", id="sign_in.keep", show=False),
    ]

    keyring_problem: var[str | None] = var(None, init=False)
    """Why the keyring cannot store keys; empty if it can, None while unknown."""

    def __init__(self, profile: OfferedProfile, said: str = "", *, by_token: bool = False, keep: bool = False) -> None:
        """Create the dialog.

        `said` is the reason why the user has to sign in. It is empty if the user opened the dialog without need.
        """
        super().__init__()
        self._profile = profile
        self._said = said
        self._by_token = by_token
        self._keep = keep

    def compose(self) -> ComposeResult:
        """Yield the reason to sign in, the site, the inputs for keys, and the place where keys will be stored."""
        with Vertical(classes="dialog -roomy") as dialog:
            dialog.border_title = self._title(self._profile.where if self._profile.has_own_server else DEFAULT_SITE)
            yield Static("", id="said", markup=False)
            with Horizontal(classes="row"):
                yield Static("Asks" if self._profile.has_own_server else "Site", classes="called", markup=False)
                if self._profile.has_own_server:
                    yield Static(clean(self._profile.where), classes="asked", markup=False)
                else:
                    yield SiteFilter()
            if not self._profile.has_own_server:
                with Vertical(id="lists"):
                    yield SiteList(*(Option(site, id=site) for site in SITES), id="sites", markup=False)
            for place, called in enumerate(_CALLED):
                with Horizontal(classes="row", id=f"row_{place}"):
                    yield Static(called, classes="called", markup=False)
                    yield KeyInput(id=f"key_{place}")
            yield Static("", id="keeping", markup=False)
            yield Static("", id="refusal", markup=False)
            yield Hint(_KEYS)

    def on_mount(self) -> None:
        """Select the site of the profile. If it is not known, select the default site."""
        if not self._profile.has_own_server:
            self._highlight(self._profile.site or DEFAULT_SITE)
        self._show_kind()
        if self._profile.site is not None or self._profile.has_own_server:
            self._boxes[0].focus()

    def on_resize(self) -> None:
        """Wrap the displayed sentences for the new width."""
        self.call_after_refresh(self._tell)

    def _tell(self) -> None:
        said = self.query_one("#said", Static)
        lines = wrapped(clean(self._said), self._width, _SAID_LINES) if self._said else []
        said.update("\n".join(lines))
        self.set_class(bool(lines), "-said")
        self._tell_keeping()

    @property
    def _width(self) -> int:
        return max(self.query_one(".dialog").content_size.width, 20)

    @property
    def _boxes(self) -> list[KeyInput]:
        return list(self.query(KeyInput))

    # Site

    def _title(self, where: str) -> Content:
        """Return the title as a Textual Content, because a plain text would be parsed as markup."""
        return Content(f"Sign in to {clean(where)}: profile {clean(self._profile.name, 40)}")

    @on(OptionList.OptionHighlighted)
    def _tell_site(self, message: OptionList.OptionHighlighted) -> None:
        """Write the chosen site in the title too, for users who do not see the colour of the highlight."""
        self.query_one(".dialog").border_title = self._title(message.option.id or "")

    def on_paste(self, event: Paste) -> None:
        """Put pasted text that is not a site into the first input for keys."""
        self._boxes[0].focus()
        self._boxes[0].put(event.text)

    def _highlight(self, site: str) -> None:
        sites = self.query_one(OptionList)
        sites.highlighted = next((at for at, one in enumerate(sites.options) if one.id == site), None)

    @on(Input.Changed, "#filter")
    def _show_matching(self, message: Input.Changed) -> None:
        sites = self.query_one(OptionList)
        before = sites.highlighted_option
        found = _matching(message.value)
        sites.clear_options()
        sites.add_options([Option(site, id=site) for site in found])
        sites.highlighted = 0 if found else None
        if before is not None and before.id in found and not message.value:
            self._highlight(before.id or DEFAULT_SITE)
        self._refuse("" if found else "No Datadog site matches. Delete some letters.")

    @on(OptionList.OptionSelected)
    def _on_clicked(self) -> None:
        self._boxes[0].focus()

    # Keys

    def action_toggle_token(self) -> None:
        """Switch between an input for one access token and inputs for two keys. The other widgets do not move."""
        self._by_token = not self._by_token
        self._show_kind()
        self._boxes[0].focus()

    def _show_kind(self) -> None:
        first, second = (self.query_one(f"#row_{place}") for place in range(len(_CALLED)))
        first.query_one(".called", Static).update(_TOKEN if self._by_token else _CALLED[0])
        second.visible = not self._by_token
        self.query_one(Hint).update(_KEYS_FOR_TOKEN if self._by_token else _KEYS)
        self._refuse("")

    def action_step(self, lines: int) -> None:
        """Go to the next or previous input. If the site input has the focus, move the highlight in the
        list of sites.
        """
        if isinstance(self.focused, ListFilter):
            self.query_one(FilteredList).step(lines)
        elif lines > 0:
            self.focus_next()
        else:
            self.focus_previous()

    @on(Input.Changed, "KeyInput")
    def _on_typed(self) -> None:
        self._refuse("")

    @on(Input.Submitted)
    def _on_submitted(self, message: Input.Submitted) -> None:
        """If another input is empty, go to the first empty input. Otherwise close the dialog with the credentials."""
        empty = [box for box in self._boxes[: 1 if self._by_token else None] if not box.value.strip()]
        if empty and empty[0] is not message.input:
            empty[0].focus()
        else:
            self._answer()

    def _answer(self) -> None:
        site = None
        if not self._profile.has_own_server:
            chosen = self.query_one(OptionList).highlighted_option
            if chosen is None:
                self._refuse("Choose a site first: delete some letters.")
                self.query_one(ListFilter).focus()
                return
            site = chosen.id
        try:
            credentials = self._credentials()
        except CredentialsMalformed as refusal:
            self._refuse(refusal.sentence)
            return
        for box in self._boxes:
            box.cleared_value()
        self.dismiss(SignIn(credentials, site, keep=self._keep and not self.keyring_problem))

    def _credentials(self) -> Credentials:
        if self._by_token:
            return AccessToken(checked_secret(self._boxes[0].value, "access token"))
        api_key, application_key = self._boxes
        return KeyPair(
            checked_secret(api_key.value, "API key"), checked_secret(application_key.value, "application key")
        )

    def _refuse(self, sentence: str) -> None:
        self.query_one("#refusal", Static).update(f"! {sentence}" if sentence else "")

    # Storing keys

    def watch_keyring_problem(self) -> None:
        """Display whether the keyring can store keys. This is called as soon as it is known.

        Do nothing if the dialog has been closed.
        """
        if self.query("#keeping"):
            self._tell_keeping()

    @on(Click, "#keeping")
    def action_toggle_keeping(self) -> None:
        """Choose whether the keys will be stored in the keyring. Do nothing if the keyring is not usable."""
        self._keep = not self._keep and self.keyring_problem == ""
        self._tell_keeping()

    def _tell_keeping(self) -> None:
        key = key_of(self, "sign_in.keep")
        if self.keyring_problem is None:
            told = "Forgotten when you quit; checking the keyring …"
        elif self.keyring_problem:
            told = f"Forgotten when you quit. {self.keyring_problem}"
        elif self._keep:
            told = f"[x] Saved in the keyring once accepted; {key}: no."
        else:
            told = f"[ ] Forgotten when you quit; {key}: save in the keyring."
        keeping = self.query_one("#keeping", Static)
        keeping.update("\n".join(wrapped(clean(told), self._width, _KEEPING_LINES)))

    def action_cancel(self) -> None:
        """Clear the inputs, and close the dialog without a result."""
        for box in self._boxes:
            box.cleared_value()
        self.dismiss(None)


def _matching(typed: str) -> list[str]:
    """Return the Datadog sites whose names match the typed letters."""
    return [site for site in SITES if match(site, typed) is not None]
