"""Choosing a recommended question by keyboard and mouse."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from cnm_tui.core.query import Query
from cnm_tui.core.recommended import RECOMMENDED, View
from cnm_tui.tui.screens.view_picker import Chosen, ViewPicker
from tests.tui.conftest import PATIENCE_SECONDS

SERVICE_NEEDED = next(view for view in RECOMMENDED if view.needs)


@dataclass
class Reader:
    """Somebody in front of the dialog alone."""

    pilot: Pilot[None]
    answers: list[Chosen | None] = field(default_factory=list)

    @property
    def dialog(self) -> ViewPicker:
        """The dialog, as long as it is open."""
        screen = self.pilot.app.screen
        assert isinstance(screen, ViewPicker)
        return screen

    def screen(self) -> str:
        """All that is on the screen, as text."""
        return "\n".join(strip.text.rstrip() for strip in self.pilot.app.screen._compositor.render_strips())

    async def press(self, *keys: str) -> None:
        """Press keys, and let the dialog take them."""
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Type into whatever has the keyboard."""
        await self.press(*("space" if character == " " else character for character in text))

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for something to hold."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < end, f"never came true; on the screen:\n{self.screen()}"
            await self.pilot.pause(0.01)

    async def sees(self, text: str) -> None:
        """Wait for a text on the screen, wherever its lines break."""
        await self.until(lambda: text in " ".join(self.screen().replace("│", " ").split()))

    async def answer(self) -> Chosen | None:
        """What the dialog answered."""
        await self.until(lambda: self.answers)
        return self.answers[0]


@asynccontextmanager
async def choosing(views: Sequence[View] = RECOMMENDED, *, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Reader]:
    """A reader in front of the open dialog."""
    app: App[None] = App()
    async with app.run_test(size=size) as pilot:
        reader = Reader(pilot)
        app.push_screen(ViewPicker(views), reader.answers.append)
        await reader.until(lambda: isinstance(app.screen, ViewPicker) and app.screen.query(OptionList))
        yield reader


async def test_enter_chooses_the_first_view() -> None:
    async with choosing() as reader:
        await reader.sees(RECOMMENDED[0].meaning)

        await reader.press("enter")

        assert await reader.answer() == Chosen(RECOMMENDED[0])


async def test_the_arrows_walk_the_list_and_show_the_sentence_of_each() -> None:
    async with choosing() as reader:
        for view in RECOMMENDED:
            await reader.sees(view.name)
            await reader.sees(view.meaning)
            await reader.press("down")

        await reader.press("pageup", "up")
        await reader.sees(RECOMMENDED[3].meaning)
        await reader.press("enter")

        assert await reader.answer() == Chosen(RECOMMENDED[3])


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
        await reader.sees("No view has these words.")

        await reader.press("enter", "down")

        assert reader.dialog.query_one("#filter", Input).value == "xyz"
        assert reader.answers == []


async def test_escape_cancels() -> None:
    async with choosing() as reader:
        await reader.press("escape")

        assert await reader.answer() is None


async def test_a_view_is_chosen_with_the_mouse() -> None:
    async with choosing() as reader:
        await reader.sees(RECOMMENDED[2].name)

        await reader.pilot.click(OptionList, offset=(3, 2))

        assert await reader.answer() == Chosen(RECOMMENDED[2])


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
        reader.dialog.query_one("#value", Input).value = "a\u202eb"

        await reader.press("enter")

        await reader.sees("cannot be seen, U+202E")
        assert reader.dialog.query_one("#value", Input).value == "a\u202eb"
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


async def test_an_arrow_goes_from_the_value_to_another_view() -> None:
    async with choosing((SERVICE_NEEDED, RECOMMENDED[0])) as reader:
        await reader.press("enter")
        await reader.sees("esc back to the views")

        await reader.press("down", "enter")

        assert await reader.answer() == Chosen(RECOMMENDED[0])


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
    odd = View("[red]x[/red] \x1b[31m", "[b]Finds[/b] \x1b[2J.", "", ("server_service",), ())
    async with choosing((odd,)) as reader:
        await reader.sees("[red]x[/red]")
        await reader.sees("[b]Finds[/b]")

        assert "\x1b" not in reader.screen()


async def test_without_views_it_can_only_be_left() -> None:
    async with choosing(()) as reader:
        await reader.press("enter", "down", "escape")

        assert await reader.answer() is None
