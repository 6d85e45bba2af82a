"""Test that all text is readable in every theme and with any number of colours."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from rich._palettes import EIGHT_BIT_PALETTE
from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet
from rich.style import Style
from textual.filter import ANSIToTruecolor
from textual.geometry import Region
from textual.widgets import OptionList

from cnm_tui.core.settings import DARK, LIGHT, Look
from cnm_tui.tui.screens.pane_layout import Body
from cnm_tui.tui.terminal.plain_terminals import NAMES
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.contrast import contrast, luminance
from tests.tui.conftest import User, exploring
from tests.tui.tour import SIZES, drawn, in_front_of_rows, stops, without_keys

LEAST_FOR_TEXT = 4.5
LEAST_FOR_SIGNS = 3.0
"""WCAG 2.2, 1.4.3 and 1.4.11, level AA."""
SAFE = {None, 1, 2, 3, 6}
"""The terminal's own colours that are safe: default, red, green, yellow and cyan."""

Drawn = dict[tuple[str, Style], str]


async def drawn_everywhere(look: Look, size: tuple[int, int] = SIZES[0]) -> Drawn:
    """Visit all screens. Return a dictionary from each drawn text with its style to the screen where it first
    appeared.
    """
    found: Drawn = {}
    async with in_front_of_rows(look, size) as user, aclosing(stops(user)) as walk:
        async for stop in walk:
            found |= {shown: stop for shown in drawn(user) if shown not in found}
    async with without_keys(look) as user:
        found |= {shown: "first start" for shown in drawn(user) if shown not in found}
    return found


@pytest.fixture
async def colourless(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[User]:
    monkeypatch.setenv("NO_COLOR", "1")
    async with in_front_of_rows(Look()) as user:
        yield user


def rounded(colour: Color | None, system: ColorSystem) -> ColorTriplet:
    """Return the nearest colour that a terminal with this colour system can display."""
    assert colour is not None
    nearest = colour.downgrade(system)
    if nearest.triplet is not None:
        return nearest.triplet
    assert nearest.number is not None
    return EIGHT_BIT_PALETTE[nearest.number]


@pytest.mark.slow
@pytest.mark.parametrize(("theme", "size"), [*((DARK, size) for size in SIZES), (LIGHT, SIZES[1])], ids=str)
async def test_everything_drawn_can_be_read(theme: str, size: tuple[int, int]) -> None:
    shown = await drawn_everywhere(Look(theme), size)

    hard_to_read = []
    for (text, style), where in shown.items():
        if not text.strip():
            continue
        least = LEAST_FOR_SIGNS if all(sign in NAMES for sign in text.strip()) else LEAST_FOR_TEXT
        for system in (ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT):
            ratio = contrast(rounded(style.color, system).normalized, rounded(style.bgcolor, system).normalized)
            if ratio < least:
                hard_to_read.append((where, text, str(style), system.name, round(ratio, 1)))
    assert hard_to_read == []


@pytest.mark.slow
async def test_the_terminals_own_colours_are_those_that_can_be_read_on_any_background() -> None:
    shown = await drawn_everywhere(Look("ansi"), SIZES[1])

    used = {style.color and style.color.number for _, style in shown}
    under = {style.bgcolor and style.bgcolor.number for _, style in shown}
    assert used <= SAFE
    assert {1, 3, 6} <= used
    assert under == {None}
    assert not [style for _, style in shown if style.color is not None and style.color.triplet is not None]


@pytest.mark.parametrize("theme", ["", DARK, LIGHT])
async def test_where_there_are_sixteen_colours_they_are_the_terminals_own(
    monkeypatch: pytest.MonkeyPatch, theme: str
) -> None:
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.delenv("COLORTERM")

    async with in_front_of_rows(Look(theme)) as user:
        colours = {style.color and style.color.number for _, style in drawn(user)}

        assert colours <= SAFE
        assert not user.app.show_theme(LIGHT)


@pytest.mark.slow
async def test_without_colours_none_is_drawn_whatever_the_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    shown = await drawn_everywhere(Look(LIGHT))

    assert not [style for _, style in shown if style.color is not None or style.bgcolor is not None]


async def test_where_nothing_stands_no_colour_does_either(colourless: User) -> None:
    for blank in (colourless.main, colourless.main.query_one(Body)):
        (line,) = blank.render_lines(Region(0, 0, 5, 1))

        assert [(segment.text, str(segment.style)) for segment in line] == [("     ", "none")]


async def test_an_empty_no_color_takes_no_colours_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")

    async with in_front_of_rows(Look()) as user:
        assert {style.color.triplet for _, style in drawn(user) if style.color} > {ColorTriplet(95, 175, 215)}


def looks_of(user: User, text: str) -> set[str]:
    """Return the styles in which this text is drawn on the screen."""
    return {str(style) for shown, style in drawn(user) if text in shown}


async def test_without_colours_the_cursor_is_reversed_and_underlined_while_the_keyboard_is_elsewhere(
    colourless: User,
) -> None:
    assert [looks_of(colourless, name) for name in ("web", "mail")] == [{"reverse"}, {"none"}]

    await colourless.press("tab")
    await colourless.pilot.pause()

    assert [looks_of(colourless, name) for name in ("web", "mail")] == [{"underline"}, {"none"}]
    assert looks_of(colourless, "everything") == {"none"}
    assert any("reverse" in str(style) for _, style in drawn(colourless))


async def test_without_colours_signs_tell_marks_and_health(colourless: User) -> None:
    await colourless.press("down", "space")
    await colourless.until(lambda: "●" in colourless.screen())

    assert "▲▲ 400.00" in colourless.line_with("web")
    assert "● mail" in colourless.line_with("mail")
    assert " ▲ 150.00" in colourless.line_with("auth")
    assert "▲" not in colourless.line_with("dns")


async def test_without_colours_a_figure_of_too_little_evidence_is_faint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    few = a_connection("few", tcp_retransmits=1, packets_sent_by_client=3)
    async with exploring(
        FakeSource(a_snapshot(a_connection("more", packets_sent_by_client=500), few)), look=Look()
    ) as user:
        await user.sees("33.33")

        assert looks_of(user, "33.33") == {"dim"}


async def test_without_colours_the_cell_that_keys_act_on_is_underlined(colourless: User) -> None:
    underlined = [text.strip() for text, style in drawn(colourless) if style.underline and style.reverse]

    assert underlined == ["▲▲ 400.00"]


async def test_without_colours_the_line_that_enter_takes_is_reversed(colourless: User) -> None:
    await colourless.press("v", "down")
    await colourless.sees("Top talkers")

    highlighted = colourless.app.screen.query_one(OptionList).highlighted

    assert highlighted is not None
    reversed_texts = [text.strip() for text, style in drawn(colourless) if style.reverse and style.bold]
    assert list(filter(None, reversed_texts)) == ["Retransmits"]


async def test_another_theme_is_taken_from_the_palette() -> None:
    async with in_front_of_rows(Look()) as user:
        await user.press("ctrl+p")
        await user.until(lambda: user.app.screen is not user.main)
        await user.type("theme")
        await user.sees("Theme …")
        await user.press("enter")
        await user.sees("for a light background")
        await user.press("down", "enter")
        await user.until(lambda: user.app.screen is user.main)
        await user.pilot.pause()

        grounds = {style.bgcolor.triplet for _, style in drawn(user) if style.bgcolor is not None}

    assert {luminance(ground.normalized) > 0.5 for ground in grounds if ground} == {True, False}
    assert ColorTriplet(255, 255, 255) in grounds
    assert ColorTriplet(18, 18, 18) not in grounds


async def test_from_the_terminals_own_colours_one_can_go_on_to_ours_and_back() -> None:
    async with in_front_of_rows(Look("ansi")) as user:
        before = {str(style) for _, style in drawn(user)}

        user.app.theme = DARK
        await user.until(lambda: not any(style.reverse for _, style in drawn(user)))
        user.app.theme = "ansi"

        await user.until(lambda: {str(style) for _, style in drawn(user)} == before)


async def test_the_filter_that_would_turn_the_terminals_colours_into_others_is_off_from_the_first_frame() -> None:
    async with in_front_of_rows(Look("ansi")) as user:
        turning = [one for one in user.app._filters if isinstance(one, ANSIToTruecolor)]

        assert [one.enabled for one in turning] == [False]
