"""Test that unusual text from outside never controls the terminal and is never interpreted as markup.

To test another place of the screen, add one line to `PLACES`.
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Final, NamedTuple

import pytest
from textual import events
from textual.screen import ModalScreen, Screen

from cnm_tui.core.errors import CredentialsMissing, QueryRefused
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.export.file_form import FORMATS
from cnm_tui.core.export.rows import export
from cnm_tui.core.insights.insight import insights_in
from cnm_tui.core.query import Query
from cnm_tui.core.recording import query_sentence
from cnm_tui.core.row_commands import RowCommand
from cnm_tui.core.search.past_searches import PastSearch, PastSearches
from cnm_tui.core.sign_in import OfferedProfile
from cnm_tui.core.snapshot import Source
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.core.text import unseen
from cnm_tui.core.time.time_range import Window
from cnm_tui.replay import ReplaySource
from cnm_tui.tui import dialogs
from cnm_tui.tui.dialogs.breakdown import BreakdownDialog
from cnm_tui.tui.dialogs.column_picker import ColumnPicker
from cnm_tui.tui.dialogs.compare_picker import ComparePicker
from cnm_tui.tui.dialogs.copy_by_hand import CopyByHand
from cnm_tui.tui.dialogs.copy_picker import CopyPicker
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.explain_dialog import ExplainDialog
from cnm_tui.tui.dialogs.group_by_picker import GroupByPicker
from cnm_tui.tui.dialogs.help import HelpScreen
from cnm_tui.tui.dialogs.insights_dialog import InsightsDialog
from cnm_tui.tui.dialogs.limit_picker import LimitPicker
from cnm_tui.tui.dialogs.link import LinkScreen
from cnm_tui.tui.dialogs.link_picker import LinkPicker
from cnm_tui.tui.dialogs.neighbours import NeighboursDialog
from cnm_tui.tui.dialogs.next_field_picker import NextFieldPicker
from cnm_tui.tui.dialogs.palette import Palette
from cnm_tui.tui.dialogs.profile_picker import ProfilePicker
from cnm_tui.tui.dialogs.program_picker import ConfirmProgram, ProgramPicker
from cnm_tui.tui.dialogs.program_run import ProgramRun
from cnm_tui.tui.dialogs.record_dialog import RecordDialog
from cnm_tui.tui.dialogs.recorded_picker import RecordedPicker
from cnm_tui.tui.dialogs.search_picker import SearchPicker
from cnm_tui.tui.dialogs.sign_in import SignInScreen
from cnm_tui.tui.dialogs.theme_picker import ThemePicker
from cnm_tui.tui.dialogs.time_range_picker import TimeRangePicker
from cnm_tui.tui.dialogs.timeline_dialog import TimelineDialog
from cnm_tui.tui.dialogs.view_picker import ViewPicker
from cnm_tui.tui.dialogs.welcome import WelcomeScreen
from cnm_tui.tui.dialogs.write_dialog import WriteDialog
from cnm_tui.tui.screens.main import MainScreen
from tests.api.decoded import decoded
from tests.builders import MOMENT, FakeSource, a_snapshot
from tests.odd_text import AS_IT_IS, ODD, acting
from tests.recordings import a_recording, an_exchange
from tests.tui.conftest import User, exploring
from tests.tui.fake_profiles import FakeProfiles
from tests.tui.painted import painted

SIZE: Final = (200, 50)
MARKUP_FIELD: Final = "client_[@click=app.quit]x[/]"
QUERY: Final = Query(group_bys=("client_service", "server_service", MARKUP_FIELD))
ALL_AT_ONCE: Final = "".join(ODD.values())
VALUES: Final = tuple(ODD.values())


def a_reply() -> bytes:
    """Return the JSON of an API response with one row for each unusual text, as tag values and as id."""

    def row(text: str) -> dict[str, object]:
        groups = {field: [text] for field in QUERY.group_bys}
        return {"id": f"{text} as an id", "attributes": {"group_bys": groups, "bytes_sent_by_client": 5}}

    return escaped({"data": [row(text) for text in VALUES]})


def escaped(document: object) -> bytes:
    """Return the document as JSON, whose escapes can also contain half of a surrogate pair. An odd text contains
    one.
    """
    return json.dumps(document).encode()


def a_source(label: str) -> FakeSource:
    """Return a fake data source with the unusual rows, decoded in the same way as real API responses."""
    rows = decoded(a_reply(), QUERY.group_bys)
    assert len(rows.connections) == len(VALUES)
    source = FakeSource(a_snapshot(*rows.connections, query=QUERY), label=label)
    source.site = "datadoghq.com"
    return source


class OddSearches:
    """A store of past searches that contains unusual texts, as if another program had written them."""

    def load(self) -> PastSearches:
        """Return one past search for each unusual text."""
        return tuple(PastSearch(text, 1_000.0 - number, 1) for number, text in enumerate(VALUES))

    def keep(self, past: PastSearch) -> None:
        """Do nothing, because the searches of the test are not needed later."""


_NARROWEST_BOX: Final = 25
"""Minimum visible characters of typed text."""


class Place(NamedTuple):
    """A screen or dialog that shows text from outside, and the keyboard keys that open it."""

    screen: type[Screen[Any]]
    keys: tuple[str, ...] = ()
    """The keys that open it."""
    shown: str = AS_IT_IS[0]
    """Text that is visible there if markup is ignored; in the dialog, if it is one."""
    pasted: bool = False
    """True to paste the odd texts there."""
    refused: str = ""
    """The message after enter; empty to press no enter."""


PLACES: Final = {
    "rows": Place(MainScreen),
    "headings": Place(MainScreen, shown=MARKUP_FIELD),
    "title": Place(MainScreen, shown=f"cnm-tui · {AS_IT_IS[1]}␛[2J"),
    "detail": Place(MainScreen, shown=f"{AS_IT_IS[0]} as an id"),
    "filter": Place(MainScreen, ("slash",), pasted=True),
    "search": Place(MainScreen, ("e",), pasted=True),
    "completion": Place(MainScreen, ("e", *"client", "underscore", *"service", "colon"), shown=f"tab {AS_IT_IS[0]}"),
    "row taken into the search": Place(MainScreen, ("plus",), shown=' client_service:"'),
    "fields": Place(GroupByPicker, ("b",), shown=MARKUP_FIELD),
    "field typed": Place(GroupByPicker, ("b",), pasted=True),
    "time range": Place(TimeRangePicker, ("t",), pasted=True, refused="time"),
    "limit": Place(LimitPicker, ("n",), pasted=True, refused="not a whole number"),
    "columns": Place(ColumnPicker, ("c",), pasted=True),
    "columns of fields": Place(ColumnPicker, ("c",), shown=f"✓ {MARKUP_FIELD[:20]}"),
    "division": Place(BreakdownDialog, ("f",)),
    "views": Place(ViewPicker, ("v",)),
    "view typed": Place(ViewPicker, ("v",), pasted=True),
    "view's name": Place(ViewPicker, ("v", "ctrl+s"), pasted=True, refused="characters; at most"),
    "earlier searches": Place(SearchPicker, ("ctrl+r",)),
    "earlier search typed": Place(SearchPicker, ("ctrl+r",), pasted=True),
    "baselines": Place(ComparePicker, ("m",), shown="Compare with"),
    "rungs": Place(NextFieldPicker, ("enter",), shown="From "),
    "forms to copy": Place(CopyPicker, ("Y",)),
    "ids to copy by hand": Place(CopyByHand, ("y",), shown=f"{AS_IT_IS[0]} as an id"),
    "file": Place(WriteDialog, ("w", "ctrl+u"), pasted=True, refused="! /"),
    "links": Place(LinkPicker, ("o",), shown="https://"),
    "link": Place(LinkScreen, ("o", "enter"), shown="https://"),
    "profiles": Place(ProfilePicker, ("P",)),
    "profile typed": Place(ProfilePicker, ("P",), pasted=True),
    "signing in": Place(SignInScreen, ("P", "ctrl+s"), shown=f"profile {AS_IT_IS[0]}"),
    "keys": Place(HelpScreen, ("question_mark",), shown="Keys"),
    "command palette": Place(Palette, ("ctrl+p",), pasted=True),
    "spans of a timeline": Place(TimelineDialog, ("L",), shown="Timeline"),
    "span typed": Place(TimelineDialog, ("L", "tab"), pasted=True, refused="time"),
    "tags that explain": Place(ExplainDialog, (*"llllll", "x"), shown="Which tag"),
    "neighbours": Place(NeighboursDialog, ("G",)),
    "recording": Place(RecordDialog, ("E", "ctrl+u"), pasted=True, refused="! /"),
    "programs": Place(ProgramPicker, ("exclamation_mark",)),
    "program to confirm": Place(ConfirmProgram, ("exclamation_mark", "enter")),
    "themes": Place(ThemePicker, ("ctrl+t",), shown="Theme"),
    "output of a program": Place(ProgramRun, ("exclamation_mark", "down", "enter")),
}
PROGRAMS: Final = {
    "ask": RowCommand(("printf", "%s\n", "{client_service}"), confirm=True),
    "print": RowCommand(("printf", "%s\n", "{client_service}")),
}


def in_front(user: User) -> str:
    """Return the text of the open dialog. If no dialog is open, return the text of the screen."""
    screen = user.app.screen
    dialogs = screen.query(".dialog")
    region = dialogs.first().region if dialogs else screen.region
    strips = painted(user.app)[region.y : region.bottom]
    return "\n".join(strip.crop(region.x, region.right).text for strip in strips)


async def go(user: User, place: Place) -> None:
    """Go to a screen or dialog. Check that it is the expected one, and that it shows the text from outside."""
    for key in place.keys:
        await user.press(key)
    await user.until(lambda: type(user.app.screen) is place.screen)
    if place.pasted:
        user.app.post_message(events.Paste(ALL_AT_ONCE))
        await user.press("home")
    shown = ALL_AT_ONCE[:_NARROWEST_BOX] if place.pasted else place.shown
    await user.until(lambda: shown in in_front(user))
    if place.refused:
        await user.press("enter")
        await user.until(lambda: place.refused in in_front(user))


@pytest.fixture(autouse=True)
def no_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the standard input of the test process, so that the app cannot read from it."""
    monkeypatch.setattr(sys, "__stdin__", None)


def assert_unharmed(user: User) -> None:
    """Check that no external text controlled the terminal or ended the app."""
    written = "".join(user.written)
    assert len(written) > 1_000, "nothing was recorded"
    assert ascii(acting(written)) == "''"
    assert user.app.is_running
    assert user.app.return_code is None


@pytest.mark.parametrize("name", PLACES)
async def test_outside_text_does_nothing_to_the_terminal(name: str, tmp_path: Path) -> None:
    names = (AS_IT_IS[0], "\x1b[2J")
    (tmp_path / "views.toml").write_bytes(b"".join(b"[[view]]\nname = %b\n" % escaped(name) for name in names))
    async with exploring(
        a_source(label=f"{AS_IT_IS[1]}\x1b[2J"),
        size=SIZE,
        exploration=Exploration(QUERY, refresh_seconds=None),
        directory=tmp_path,
        keeper=OddSearches(),
        profiles=FakeProfiles(*(OfferedProfile(text, text, text) for text in VALUES)),
        clipboard="off",
        commands=PROGRAMS,
        recorded=True,
    ) as user:
        await user.sees(f"{len(VALUES)} rows")

        await go(user, PLACES[name])

        assert_unharmed(user)


async def test_a_refusal_in_odd_words_does_nothing_to_the_terminal() -> None:
    async with exploring(FakeSource(QueryRefused(ALL_AT_ONCE)), size=SIZE, recorded=True) as user:
        await user.sees(AS_IT_IS[0] + AS_IT_IS[1])

        assert_unharmed(user)


async def test_recorded_questions_in_odd_words_do_nothing_to_the_terminal(tmp_path: Path) -> None:
    # A recording holds searches that could be asked; markup is all that is odd in them.
    answers = [an_exchange(Query(search=text), at=MOMENT + at) for at, text in enumerate(AS_IT_IS)]
    replay = ReplaySource(a_recording(tmp_path / "odd.cnm", *answers))
    async with exploring(a_source(label="FAKE"), size=SIZE, recorded=True) as user:
        user.app.push_screen(
            RecordedPicker(replay.answers.all, MOMENT, lambda recorded: query_sentence(recorded.query))
        )
        await user.until(lambda: AS_IT_IS[0][:8] in in_front(user))

        assert_unharmed(user)


async def test_insights_in_odd_words_do_nothing_to_the_terminal() -> None:
    entries = [
        {"id": text, "attributes": {"type": "dns", "client_service": text, "dns_query": text, text: text}}
        for text in VALUES
    ]
    async with exploring(a_source(label="FAKE"), size=SIZE, recorded=True) as user:
        insights = insights_in({"data": entries}, Window(0, 900))
        assert insights is not None
        user.app.push_screen(InsightsDialog(insights))
        await user.until(lambda: AS_IT_IS[0] in in_front(user))

        assert_unharmed(user)


async def test_a_reason_for_missing_keys_does_nothing_to_the_terminal() -> None:
    def connect() -> Source:
        raise CredentialsMissing(ALL_AT_ONCE)

    async with exploring(connect=connect, size=SIZE, recorded=True) as user:
        await user.until(lambda: isinstance(user.app.screen, WelcomeScreen))
        await user.until(lambda: AS_IT_IS[0] + AS_IT_IS[1] in in_front(user))

        assert_unharmed(user)


def test_every_dialog_is_visited() -> None:
    modules = [import_module(f"{dialogs.__name__}.{module.name}") for module in iter_modules(dialogs.__path__)]
    defined = {one for module in modules for one in vars(module).values() if is_dialog(one)}

    assert defined == {place.screen for place in PLACES.values() if is_dialog(place.screen)} | {
        WelcomeScreen,
        RecordedPicker,
        InsightsDialog,
    }


def is_dialog(one: object) -> bool:
    """Return True if the object is a dialog class of cnm-tui and not a base class of dialogs."""
    is_one = isinstance(one, type) and issubclass(one, ModalScreen) and one is not Dialog
    return is_one and one.__module__.startswith("cnm_tui.tui.dialogs")


async def test_a_crash_in_an_odd_place_is_told_on_one_harmless_line(tmp_path: Path) -> None:
    async with exploring(size=SIZE) as user:
        user.app.crash_directory = lambda: tmp_path / "odd\x1b[2J\u202e"
        user.app._exception = ValueError("\x1b[2J")

        user.app._fatal_error()

        (told,) = user.app._exit_renderables
        user.app._exception = None
    assert "odd␛[2J\ufffd" in str(told)
    assert unseen(str(told)) == ""


def test_a_table_of_odd_rows_holds_nothing_that_acts() -> None:
    rows = decoded(a_reply(), QUERY.group_bys).connections
    table = arrange(a_snapshot(*rows, query=QUERY), Arrangement())

    for format_name in FORMATS:
        written = b"".join(export(table, format_name, source="FAKE")).decode()
        assert unseen(written.replace("\n", "").replace("\t", "")) == "", format_name
        assert all(text in written.replace("\\", "") for text in AS_IT_IS), format_name
