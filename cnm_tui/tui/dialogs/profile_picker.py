"""Define a dialog to choose a profile. A profile is a Datadog site together with API keys."""

from collections.abc import Collection, Iterable, Sequence
from typing import ClassVar, Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cnm_tui.core.fields.field_search import match
from cnm_tui.core.sign_in import FROM_ENVIRONMENT, OfferedProfile
from cnm_tui.core.text import cell_width, clean, padded
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.widgets.filtered_list import FilteredList, ListFilter
from cnm_tui.tui.widgets.hint import Hint

_WIDEST_NAME: Final = 20
_WIDEST_PLACE: Final = 24
_IN_USE: Final = "* "
_MARKED: Final = "+ "
_BY_ENVIRONMENT: Final = "Keys in the environment win over those of a profile."
_LEAVING: Final = "Changing the profile drops the current rows."


class PickedProfile(NamedTuple):
    """The profile that the user chose. `signs_in` is True if the user wants to sign in first."""

    name: str
    signs_in: bool = False
    together: tuple[str, ...] = ()
    """The profiles to ask together, in one table; empty for one."""


class ProfilePicker(Dialog[PickedProfile | None]):
    """A dialog in which the user chooses one or several profiles. Its result is None if the user cancels."""

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    ProfilePicker #heading { height: 1; color: $text-muted; }
    ProfilePicker #by_environment { height: auto; color: $text-muted; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="profile.cancel", show=False),
        Binding("down", "highlight(1)", "Next profile", id="profile.down", show=False),
        Binding("up", "highlight(-1)", "Previous profile", id="profile.up", show=False),
        Binding("pagedown", "highlight(10)", "Ten profiles down", id="profile.page_down", show=False),
        Binding("pageup", "highlight(-10)", "Ten profiles up", id="profile.page_up", show=False),
        Binding("space", "mark", "Mark, to ask together", id="profile.mark", show=False),
        Binding("ctrl+s", "take(True)", "Sign in for it", id="profile.sign_in", show=False),
    ]

    def __init__(self, offered: Sequence[OfferedProfile], in_use: str, together: Collection[str] = ()) -> None:
        """Create the dialog.

        Args:
            offered: The profiles from which the user can choose.
            in_use: The name of the current profile.
            together: The names of the current profiles, if several profiles are queried together.
        """
        super().__init__()
        self._together = together or (in_use,)
        self._marked: list[str] = []
        self._offered = offered
        self._in_use = in_use
        self._uses_one = any(one.name == in_use for one in offered)
        self._found: Sequence[OfferedProfile] = ()
        self._name_width = _widest("profile", (one.name for one in offered), _WIDEST_NAME)
        self._place_width = _widest("asks", (one.where for one in offered), _WIDEST_PLACE)

    def compose(self) -> ComposeResult:
        """Yield a filter input, and the list of profiles below it."""
        with Vertical(classes="dialog -roomy") as dialog:
            dialog.border_title = "Profile"
            yield ListFilter("type to filter", free=("space",))
            yield Static(self._columns("profile", "asks") + "keys from", id="heading", markup=False)
            with Vertical(id="lists"):
                yield FilteredList(id="profiles", markup=False)
            if any(one.keys_from == FROM_ENVIRONMENT for one in self._offered):
                yield Static(_BY_ENVIRONMENT, id="by_environment", markup=False)
            yield Static("", id="meaning", markup=False)
            yield Hint("enter switches · space marks, to ask several together · ctrl+s signs in · esc cancels")

    def on_mount(self) -> None:
        """List all profiles, and highlight the profile in use."""
        self._show_matching()
        names = [one.name for one in self._found]
        self.query_one(OptionList).highlighted = names.index(self._in_use) if self._in_use in names else 0

    @on(Input.Changed)
    def _show_matching(self) -> None:
        typed = self.query_one(Input).value
        self._found = [one for one in self._offered if match(f"{one.name} {one.where}", typed) is not None]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([self._option(one) for one in self._found])
        options.highlighted = 0 if self._found else None
        going = "* in use; changing the profile drops its rows." if self._uses_one else _LEAVING
        self.query_one("#meaning", Static).update(going if self._found else "No profile matches.")

    def _option(self, one: OfferedProfile) -> Option:
        sign = _IN_USE if one.name in self._together else " " * len(_IN_USE)
        if one.name in self._marked:
            sign = _MARKED
        columns = self._columns(one.name, one.where, sign)
        return Option(Content.assemble(columns, (clean(one.keys_from), "$text-muted")))

    def _columns(self, name: str, where: str, sign: str = " " * len(_IN_USE)) -> str:
        return f"{sign}{padded(clean(name), self._name_width)}  {padded(clean(where), self._place_width)}  "

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _on_chosen(self) -> None:
        self.action_take(False)

    def action_take(self, signs_in: bool) -> None:
        """Close the dialog with the highlighted profile and all marked profiles as its result.

        If `signs_in` is True, marked profiles are ignored.
        """
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is not None:
            name = self._found[highlighted].name
            together = tuple(dict.fromkeys((*self._marked, name))) if self._marked and not signs_in else ()
            self.dismiss(PickedProfile(name, signs_in, together if len(together) > 1 else ()))

    def action_mark(self) -> None:
        """Mark the highlighted profile, or remove its mark. Then highlight the next profile."""
        options = self.query_one(FilteredList)
        if (highlighted := options.highlighted) is None:
            return
        one = self._found[highlighted]
        if one.name in self._marked:
            self._marked.remove(one.name)
        else:
            self._marked.append(one.name)
        options.replace_option_prompt_at_index(highlighted, self._option(one).prompt)
        options.step(1)
        marked = " and ".join(map(clean, self._marked))
        self.query_one("#meaning", Static).update(f"enter asks {marked} and this one together." if marked else "")

    def action_highlight(self, rows: int) -> None:
        """Move the highlight down by this number of lines in the list. A negative number moves it up."""
        self.query_one(FilteredList).step(rows)


def _widest(heading: str, texts: Iterable[str], most: int) -> int:
    return min(most, max(cell_width(clean(text)) for text in (heading, *texts)))
