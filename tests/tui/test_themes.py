"""Test that text is readable in all themes.

Severities must also be distinguishable for people who cannot see red or green.
"""

from itertools import combinations
from types import ModuleType

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from cnm_tui.core.settings import ANSI, DARK, HIGH_CONTRAST, OUR_THEMES, TEXTUAL_THEMES, THEMES
from cnm_tui.tui.dialogs.theme_picker import ThemePicker
from cnm_tui.tui.features.themes import ThemesFeature
from cnm_tui.tui.terminal.paint import Paint
from cnm_tui.tui.terminal.themes import theme_called
from cnm_tui.tui.widgets import breadcrumbs, detail, facet_list, graph_pane, grid_line, query_bar, status_bar, title_bar
from tests.contrast import contrast
from tests.tui.fake_view import a_sitting

PANES = (breadcrumbs, detail, facet_list, graph_pane, grid_line, query_bar, status_bar, title_bar)
LEAST_FOR_TEXT = 4.5
LEAST_DIFFERENCE = 20.0
"""CIE 1976 distance of two colours that nobody confuses beside each other."""
COLOURED = [name for name in THEMES if name != ANSI]
ON_ITS_OWN = {
    "block-cursor-foreground": "block-cursor-background",
    "block-cursor-blurred-foreground": "block-cursor-blurred-background",
    "input-selection-foreground": "input-selection-background",
    "primary": "primary-muted",
}
NORMAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
PROTANOPIA = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
DEUTERANOPIA = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
"""Of linear colours. Source: Machado, Oliveira, Fernandes, IEEE TVCG 15 (6), 2009, severity 1."""


def text_pairs(theme: Theme) -> list[tuple[str, str, str, str]]:
    """Return all combinations of a text colour and a background colour that this theme uses.

    Each item contains the name and the colour of the text, and the name and the colour of the background.
    """
    grounds = {name: str(getattr(theme, name)) for name in ("background", "surface", "panel")}
    texts = {name: str(getattr(theme, name)) for name in ("foreground", "accent", "warning", "error", "success")}
    variables = theme.variables
    grounds |= {name: variables[name] for name in ("critical-row", "warning-row")}
    texts |= {name: variables[name] for name in ("text-muted", "text-disabled", "text-client", "text-server")}
    pairs = [(text, texts[text], ground, grounds[ground]) for text in texts for ground in grounds]
    colours = {"primary": theme.primary, **variables}
    return pairs + [(text, colours[text], ground, variables[ground]) for text, ground in ON_ITS_OWN.items()]


@pytest.mark.parametrize("name", COLOURED)
def test_all_text_of_a_theme_is_readable(name: str) -> None:
    least = 7.0 if name == HIGH_CONTRAST else LEAST_FOR_TEXT

    hard_to_read = [
        (text, ground, round(ratio, 2))
        for text, colour, ground, behind in text_pairs(theme_called(name))
        if (ratio := contrast(Color.parse(colour).normalized, Color.parse(behind).normalized)) < least
    ]

    assert hard_to_read == []


@pytest.mark.parametrize("name", COLOURED)
def test_every_theme_has_all_variables(name: str) -> None:
    assert theme_called(name).variables.keys() == theme_called(DARK).variables.keys()


def seen(colour: str, eye: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    """Return a colour in the colour space CIE L*a*b*, as a person with this kind of colour vision sees it."""
    linear = [
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in Color.parse(colour).normalized
    ]
    red, green, blue = (min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear, strict=True)))) for row in eye)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    at = [one ** (1 / 3) if one > 0.008856 else 7.787 * one + 16 / 116 for one in (x, y, z)]
    return 116 * at[1] - 16, 500 * (at[0] - at[1]), 200 * (at[1] - at[2])


@pytest.mark.parametrize("eye", [NORMAL, PROTANOPIA, DEUTERANOPIA], ids=["usual", "no red", "no green"])
@pytest.mark.parametrize("name", COLOURED)
def test_severities_are_told_apart_by_every_eye(name: str, eye: tuple[tuple[float, ...], ...]) -> None:
    theme = theme_called(name)
    colours = {"warning": theme.warning, "error": theme.error, "healthy": theme.foreground}

    alike = [
        (one, other, round(distance, 1))
        for one, other in combinations(colours, 2)
        if (
            distance := sum(
                (a - b) ** 2 for a, b in zip(seen(str(colours[one]), eye), seen(str(colours[other]), eye), strict=True)
            )
            ** 0.5
        )
        < LEAST_DIFFERENCE
    ]

    assert alike == []


def test_the_simulation_finds_colours_that_some_confuse() -> None:
    def distance(eye: tuple[tuple[float, ...], ...]) -> float:
        pair = zip(seen("#5f5f00", eye), seen("#af0000", eye), strict=True)
        return float(sum((a - b) ** 2 for a, b in pair) ** 0.5)

    assert distance(NORMAL) > LEAST_DIFFERENCE > distance(DEUTERANOPIA)


def test_all_themes_of_textual_are_offered_but_those_of_the_terminal() -> None:
    assert set(TEXTUAL_THEMES) == {name for name, theme in BUILTIN_THEMES.items() if not name.startswith("ansi")}
    assert (*OUR_THEMES, *TEXTUAL_THEMES) == THEMES


@pytest.mark.parametrize(("answer", "shown"), [("nord", "nord"), (None, "dark")])
async def test_a_theme_is_shown_while_one_chooses_and_the_one_before_comes_back(answer: str | None, shown: str) -> None:
    session, view, _ = a_sitting()
    ThemesFeature(session, view).pick()
    picker = view.dialogs[0]
    assert isinstance(picker, ThemePicker)

    picker._paint("gruvbox")
    previewed = view.terminal.theme
    await view.answer(answer)

    assert (previewed, view.terminal.theme) == ("gruvbox", shown)
    assert bool(view.said) == (answer is not None)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.__name__.rpartition(".")[2])
def test_each_colour_that_a_pane_paints_with_is_one(pane: ModuleType, name: str) -> None:
    theme = theme_called(name)
    variables = theme.to_color_system().generate() | theme.variables
    paints = [one for table in vars(pane).values() if isinstance(table, dict) for one in table.values()]

    used = {variable for one in paints if isinstance(one, Paint) for variable in (one.color, one.background)} - {""}

    assert used
    for variable in used:
        if not (written := variables[variable]).startswith("auto"):
            Color.parse(written)
