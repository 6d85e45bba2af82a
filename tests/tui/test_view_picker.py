"""Test how a user chooses and saves views by keyboard and mouse."""

import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from textual.app import App
from textual.widgets import Input, OptionList

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.query import Query
from cnm_tui.core.redaction import may_hold_key
from cnm_tui.core.suggestions.completion import known
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.views.recommended import View, recommended
from cnm_tui.core.views.saved_view import SavedView, StoredViews, ViewStore
from cnm_tui.store.saved_views import ViewsFile
from cnm_tui.tui.dialogs.view_picker import ViewPicker
from cnm_tui.tui.dialogs.view_rows import Chosen
from tests.builders import a_connection, a_snapshot
from tests.tui.conftest import PATIENCE_SECONDS, Viewer

NOWHERE = Path("/dev/null")
ASKED = (Query(search="server_env:prod"), Arrangement(columns=("tcp_resets",)))
SERVICE_NEEDED = next(view for view in recommended(CONNECTIONS) if view.needs)


@dataclass
class Reader(Viewer):
    """A simulated user who sees only the dialog for choosing views."""

    answers: list[Chosen | None] = field(default_factory=list)

    @property
    def dialog(self) -> ViewPicker:
        """Return the dialog for choosing views, which must be open."""
        screen = self.pilot.app.screen
        assert isinstance(screen, ViewPicker)
        return screen

    async def sees(self, text: str) -> None:
        """Wait until this text is on the screen. The text may be wrapped over several lines."""
        await self.until(lambda: text in " ".join(self.screen().replace("│", " ").split()))

    async def answer(self) -> Chosen | None:
        """Wait until the dialog is closed, and return its result. It is None if the dialog was cancelled."""
        await self.until(lambda: self.answers)
        return self.answers[0]


@asynccontextmanager
async def choosing(
    views: Sequence[View] = recommended(CONNECTIONS),
    *,
    size: tuple[int, int] = (80, 24),
    path: Path = NOWHERE,
    store: Callable[[], ViewStore] | None = None,
    holds_key: Callable[[str], bool] = may_hold_key,
) -> AsyncIterator[Reader]:
    """Open the dialog for choosing views, and yield a simulated user of it.

    The dialog gets a current query, and the saved views of this file or store.
    """
    app: App[None] = App()
    async with app.run_test(size=size) as pilot:
        reader = Reader(pilot)
        dialog = ViewPicker(store or (lambda: ViewsFile(path)), ASKED, StoredViews(), views, holds_key=holds_key)
        app.push_screen(dialog, reader.answers.append)
        await reader.until(lambda: isinstance(app.screen, ViewPicker) and app.screen.query(OptionList))
        yield reader


async def test_enter_chooses_the_first_view() -> None:
    async with choosing() as reader:
        await reader.sees(recommended(CONNECTIONS)[0].meaning)

        await reader.press("enter")

        assert await reader.answer() == Chosen(recommended(CONNECTIONS)[0])


async def test_the_arrows_walk_the_list_and_show_the_sentence_of_each() -> None:
    async with choosing() as reader:
        for view in recommended(CONNECTIONS):
            await reader.sees(view.name)
            await reader.sees(view.meaning)
            await reader.press("down")

        await reader.press("pageup", "up")
        await reader.sees(recommended(CONNECTIONS)[3].meaning)
        await reader.press("enter")

        assert await reader.answer() == Chosen(recommended(CONNECTIONS)[3])


async def test_typing_narrows_the_list_to_what_has_all_words() -> None:
    async with choosing() as reader:
        await reader.type("zone between")
        await reader.sees("Traffic between zones")

        await reader.press("enter")

        chosen = await reader.answer()
        assert chosen is not None
        assert chosen.view.name == "Between availability zones"


async def test_a_word_in_a_name_comes_before_the_same_word_in_a_sentence() -> None:
    async with choosing() as reader:
        await reader.type("retrans")

        await reader.until(lambda: reader.dialog.query_one(OptionList).option_count == 3)

        names = [str(option.prompt) for option in reader.dialog.query_one(OptionList).options]
        assert names == ["Retransmits", "Retransmission time-outs", "Reordering"]


async def test_words_that_no_view_has_are_said_and_kept_and_enter_chooses_nothing() -> None:
    async with choosing() as reader:
        await reader.type("xyz")
        await reader.sees("No view matches.")

        await reader.press("enter", "down")

        assert reader.dialog.query_one("#filter", Input).value == "xyz"
        assert reader.answers == []


async def test_escape_cancels() -> None:
    async with choosing() as reader:
        await reader.press("escape")

        assert await reader.answer() is None


async def test_a_view_is_chosen_with_the_mouse() -> None:
    async with choosing() as reader:
        await reader.sees(recommended(CONNECTIONS)[2].name)

        await reader.pilot.click(OptionList, offset=(3, 2))

        assert await reader.answer() == Chosen(recommended(CONNECTIONS)[2])


async def test_a_needed_value_is_asked_for_and_answered_with_the_view() -> None:
    async with choosing() as reader:
        await reader.type("dependencies")
        await reader.press("enter")
        await reader.sees("a value of client_service")

        await reader.type("web store")
        await reader.press("enter")

        chosen = await reader.answer()
        assert chosen == Chosen(SERVICE_NEEDED, "web store")
        assert chosen.applied_to(Query()).search == 'client_service:"web store"'


async def test_a_missing_value_is_refused_with_a_sentence_that_goes_when_one_is_typed() -> None:
    async with choosing((SERVICE_NEEDED,)) as reader:
        await reader.press("enter")
        await reader.sees("a value of client_service")

        await reader.press("enter")
        await reader.sees("! Dependencies of a service needs a value of client_service.")
        await reader.type("w")

        await reader.sees(SERVICE_NEEDED.meaning)
        assert reader.answers == []


async def test_a_value_that_cannot_be_asked_is_refused_and_kept() -> None:
    async with choosing((SERVICE_NEEDED,)) as reader:
        await reader.press("enter")
        await reader.sees("a value of client_service")
        reader.dialog.query_one("#text", Input).value = "a\u202eb"

        await reader.press("enter")

        await reader.sees("cannot be seen, U+202E")
        assert reader.dialog.query_one("#text", Input).value == "a\u202eb"
        assert reader.answers == []


async def test_escape_goes_from_the_value_back_to_the_views_as_they_were() -> None:
    async with choosing() as reader:
        await reader.type("depend")
        await reader.press("enter")
        await reader.sees("esc back to the views")

        await reader.press("escape")

        await reader.sees("esc cancels")
        assert reader.dialog.focused is reader.dialog.query_one("#filter")
        assert reader.dialog.query_one("#filter", Input).value == "depend"
        assert reader.answers == []


async def test_values_of_the_rows_at_hand_are_offered_those_with_most_bytes_first() -> None:
    async with choosing((SERVICE_NEEDED,)) as reader:
        reader.dialog.known = known(
            a_snapshot(
                *(
                    a_connection(groups=((name,), ("x",)), bytes_sent_by_client=size)
                    for name, size in (("web", 1), ("payments", 9_000), ("payouts", 100), ("pay roll", 50))
                )
            )
        )
        await reader.press("enter")
        await reader.sees("payments 1 row, 9 kB")

        await reader.type("pay")
        await reader.until(lambda: listed(reader) == ["payments", "payouts", "pay roll"])
        await reader.press("down", "down", "down", "tab")
        assert reader.dialog.query_one("#text", Input).value == "pay roll"
        await reader.press("enter")

        assert await reader.answer() == Chosen(SERVICE_NEEDED, "pay roll")


async def test_right_at_the_end_takes_the_first_offer_and_enter_a_highlighted_one() -> None:
    async with choosing((SERVICE_NEEDED,)) as reader:
        rows = (a_connection(groups=((name,), ("x",))) for name in ("web", "webhooks"))
        reader.dialog.known = known(a_snapshot(*rows))
        await reader.press("enter")
        await reader.type("we")
        await reader.press("right")
        assert reader.dialog.query_one("#text", Input).value == "web"

        await reader.press("down", "down", "enter")

        assert await reader.answer() == Chosen(SERVICE_NEEDED, "webhooks")


def listed(reader: Reader) -> list[str]:
    """Return the names of the views in the list, without the remarks behind them."""
    return [str(option.prompt).split("  ")[0] for option in reader.dialog.query_one(OptionList).options]


async def test_nothing_moves_while_views_are_filtered_and_a_value_is_asked_for() -> None:
    async with choosing() as reader:
        await reader.sees("esc cancels")
        before = reader.dialog.query_one(".dialog").region

        await reader.type("depend")
        await reader.press("enter")
        await reader.sees("esc back to the views")

        assert reader.dialog.query_one(".dialog").region == before


async def test_all_of_the_dialog_fits_on_a_small_terminal() -> None:
    async with choosing() as reader:
        await reader.sees("esc cancels")

        lines = reader.screen().splitlines()

        assert any("╭" in line and "Views" in line for line in lines)
        assert any("╰" in line for line in lines)
        assert reader.dialog.query_one(".dialog").region.height <= 24


async def test_a_view_whose_words_are_markup_or_control_sequences_is_shown_as_text() -> None:
    odd = View("[red]x[/red] \x1b[31m", "[b]Finds[/b] \x1b[2J.", "", ("server_service",), (), endpoint=CONNECTIONS)
    async with choosing((odd,)) as reader:
        await reader.sees("[red]x[/red]")
        await reader.sees("[b]Finds[/b]")

        assert "\x1b" not in reader.screen()


async def test_without_views_it_can_only_be_left() -> None:
    async with choosing(()) as reader:
        await reader.press("enter", "down", "escape")

        assert await reader.answer() is None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a file that contains two saved views."""
    file = ViewsFile(tmp_path / "views.toml")
    file.save(SavedView("Checkout", Query(search="client_service:checkout", limit=7), Arrangement()), replacing=False)
    file.save(SavedView("Pods", Query(group_bys=("client_pod_name",)), Arrangement()), replacing=False)
    return tmp_path / "views.toml"


def saved(path: Path) -> list[str]:
    return [view.name for view in ViewsFile(path).load().views]


async def test_saved_views_come_first_and_say_what_they_ask(path: Path) -> None:
    async with choosing(path=path) as reader:
        await reader.sees("Saved: client_service ▸ server_service, client_service:checkout, last 15 min; 7 rows;")
        assert listed(reader)[:3] == ["Checkout", "Pods", recommended(CONNECTIONS)[0].name]

        await reader.press("enter")

        chosen = await reader.answer()
        assert chosen is not None
        assert chosen.applied_to(Query(limit=100)) == Query(search="client_service:checkout", limit=7)


async def test_what_is_asked_is_saved_under_a_name(path: Path) -> None:
    async with choosing(path=path) as reader:
        await reader.press("ctrl+s")
        await reader.sees("Saves the current question: client_service ▸ server_service, server_env:prod")

        await reader.type("prod")
        await reader.press("enter")

        await reader.sees("Saved as prod.")
        assert listed(reader)[:3] == ["Checkout", "Pods", "prod"]
        assert ViewsFile(path).load().views[2] == SavedView("prod", *ASKED)
        await reader.press("enter")
        assert await reader.answer() == Chosen(SavedView("prod", *ASKED))


async def test_overwriting_is_asked_first(path: Path) -> None:
    async with choosing(path=path) as reader:
        await reader.press("ctrl+s")
        await reader.type("pods")
        await reader.press("enter")
        await reader.sees("! There is a view called pods already. Enter once more overwrites it")
        assert ViewsFile(path).load().views[1].query.group_bys == ("client_pod_name",)

        await reader.press("enter")

        await reader.sees("Saved as pods.")
        assert ViewsFile(path).load().views[1] == SavedView("pods", *ASKED)


async def test_a_changed_name_takes_the_question_back_to_its_start(path: Path) -> None:
    async with choosing(path=path) as reader:
        await reader.press("ctrl+s")
        await reader.type("pods")
        await reader.press("enter")
        await reader.sees("Enter once more")

        await reader.type("x")
        await reader.press("backspace", "enter")

        await reader.sees("Enter once more")
        assert ViewsFile(path).load().views[1].query.group_bys == ("client_pod_name",)


async def test_a_name_that_there_is_can_be_taken_by_tab(path: Path) -> None:
    async with choosing(path=path) as reader:
        await reader.sees("Checkout")
        await reader.press("ctrl+s")
        await reader.type("che")

        await reader.press("tab", "enter")

        await reader.sees("There is a view called Checkout already.")


async def test_an_impossible_name_is_refused_and_stays_in_the_box(path: Path) -> None:
    async with choosing(path=path) as reader:
        await reader.press("ctrl+s", "enter")
        await reader.sees("! A view needs a name.")
        reader.dialog.query_one("#text", Input).value = "x" * 61

        await reader.press("enter")

        await reader.sees("! The name has 61 characters")
        assert reader.dialog.query_one("#text", Input).value == "x" * 61
        assert saved(path) == ["Checkout", "Pods"]


@pytest.mark.parametrize("key", ["f2", "ctrl+r"])
async def test_a_view_is_renamed(path: Path, key: str) -> None:
    async with choosing(path=path) as reader:
        await reader.sees("Saved: ")
        await reader.press("down", key)
        await reader.sees("enter renames")

        await reader.type("containers")
        await reader.press("enter")

        await reader.sees("Renamed; it was Pods.")
        assert saved(path) == ["Checkout", "containers"]


async def test_a_name_that_another_view_has_is_refused_for_renaming(path: Path) -> None:
    async with choosing(path=path) as reader:
        await reader.sees("Saved: ")
        await reader.press("f2")
        await reader.type("pods")

        await reader.press("enter", "enter")

        await reader.sees("! There is a view called pods already. Give it another name.")
        assert saved(path) == ["Checkout", "Pods"]


async def test_a_view_to_be_deleted_is_deleted_and_brought_back_by_one_key(path: Path) -> None:
    before = path.read_text()
    async with choosing(path=path) as reader:
        await reader.sees("Saved: ")
        await reader.press("ctrl+x")
        await reader.sees("Deleted Checkout; ctrl+z restores it.")
        assert saved(path) == ["Pods"]

        await reader.press("ctrl+z")

        await reader.sees("Checkout is back.")
        assert path.read_text() == before


async def test_recommended_views_are_neither_renamed_nor_deleted() -> None:
    async with choosing() as reader:
        for key in ("f2", "ctrl+x"):
            await reader.press(key)

            await reader.sees("! That view comes with the program")


async def test_what_cannot_be_read_is_listed_with_its_line_and_the_others_are_there(path: Path) -> None:
    path.write_text(path.read_text().replace("limit = 7", "limit = 0"))
    async with choosing(path=path) as reader:
        await reader.sees("Pods")
        assert listed(reader)[0] == "Pods"

        await reader.press("down", "enter")

        await reader.sees("! views.toml, line 8: limit: The limit is 0; the endpoint takes 1 to 7,500.")
        assert reader.answers == []


async def test_a_file_that_cannot_be_read_is_named_and_not_overwritten(path: Path) -> None:
    path.write_text("[[view]]\nname = \n")
    # Wide enough for the whole path, wherever temporary files are.
    async with choosing(path=path, size=(200, 24)) as reader:
        await reader.sees("cannot be read, line 2:")
        await reader.press("ctrl+s")
        await reader.type("x")

        await reader.press("enter")

        await reader.sees("It is left as it is")
        assert reader.dialog.query_one("#text", Input).value == "x"
        assert path.read_text() == "[[view]]\nname = \n"


async def test_a_name_is_seen_from_its_beginning_after_a_longer_one(path: Path) -> None:
    async with choosing(path=path) as reader:
        await reader.sees("Saved: ")
        await reader.press("f2")
        await reader.type("a much longer name")
        await reader.press("enter")
        await reader.sees("Renamed")

        await reader.press("ctrl+s")
        await reader.type("abc")

        await reader.until(lambda: any(line.strip(" │") == "abc" for line in reader.screen().splitlines()))


async def test_all_keys_fit_on_a_small_terminal(path: Path) -> None:
    async with choosing(path=path) as reader:
        await reader.sees("ctrl+s saves as · f2 renames · ctrl+x deletes · esc cancels")
        await reader.press("ctrl+x")

        await reader.sees("enter asks · ctrl+z restores it · ctrl+s saves as · esc cancels")


class SlowFile(ViewsFile):
    """A views file on a disk that replies only when the test permits it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.answers = threading.Event()

    def load(self) -> StoredViews:
        """Wait until the test permits a reply, then return all saved views."""
        self.answers.wait(PATIENCE_SECONDS)
        return super().load()


async def test_a_view_is_saved_while_the_file_is_still_being_read(path: Path) -> None:
    file = SlowFile(path)
    async with choosing(store=lambda: file) as reader:
        await reader.press("ctrl+s")
        await reader.type("mine")
        await reader.press("enter")

        await reader.sees("Saved as mine.")

        file.answers.set()
        await reader.pilot.pause()
        assert "mine" in reader.screen()


async def test_views_that_are_read_late_leave_the_highlight_where_it_is(path: Path) -> None:
    ViewsFile(path).save(SavedView("Ours", Query(), Arrangement()), replacing=False)
    file = SlowFile(path)
    async with choosing(store=lambda: file) as reader:
        await reader.sees(recommended(CONNECTIONS)[0].meaning)
        await reader.press("down", "down")

        file.answers.set()
        await reader.sees("Ours")
        await reader.press("enter")

        assert await reader.answer() == Chosen(recommended(CONNECTIONS)[2])


async def test_who_saves_while_the_disk_does_not_answer_is_told_so(path: Path) -> None:
    class StuckFile(SlowFile):
        def save(self, view: SavedView, *, replacing: bool) -> StoredViews:
            self.answers.wait(PATIENCE_SECONDS)
            return super().save(view, replacing=replacing)

    file = StuckFile(path)
    async with choosing(store=lambda: file) as reader:
        await reader.press("ctrl+s")
        await reader.type("mine")
        await reader.press("enter", "enter")

        await reader.sees("The disk has not answered yet")

        file.answers.set()
        await reader.sees("Saved as mine.")


async def test_on_a_low_terminal_the_list_gives_way_and_not_the_sentence_or_the_keys() -> None:
    async with choosing(size=(60, 20)) as reader:
        for view in recommended(CONNECTIONS):
            await reader.sees(view.meaning)
            await reader.sees("esc cancels")
            assert view.name in reader.screen()

            await reader.press("down")


async def test_a_question_in_which_a_key_stands_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "views.toml"
    async with choosing(path=path, holds_key=lambda text: text == ASKED[0].search) as reader:
        await reader.press("ctrl+s")
        await reader.type("Prod")
        await reader.press("enter")

        await reader.sees("Nothing was saved: the question seems to contain a key. Remove it.")
        assert not path.exists()


@pytest.mark.parametrize("name", ["0123456789abcdef 0123456789abcdef", "ddpat_mine"])
async def test_a_name_that_looks_like_a_key_is_not_saved(tmp_path: Path, name: str) -> None:
    path = tmp_path / "views.toml"
    ViewsFile(path).save(SavedView("Ours", *ASKED), replacing=False)
    async with choosing(path=path) as reader:
        await reader.sees("Ours")
        await reader.press("ctrl+s")
        await reader.type(name)
        await reader.press("enter")
        await reader.sees("Nothing was saved: the question seems")
        await reader.press("escape")

        assert [view.name for view in ViewsFile(path).load().views] == ["Ours"]
