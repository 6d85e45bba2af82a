"""Test the screen on terminals that can display only ASCII characters."""

import ast
import re
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual._border import BORDER_CHARS
from textual.color import Color
from textual.keys import KEY_DISPLAY_ALIASES
from textual.scrollbar import ScrollBarRender

import cnm_tui
from cnm_tui.core.finding import ASCII_SIGNS, State
from cnm_tui.core.settings import Look
from cnm_tui.tui.terminal.appearance import KEYS_IN_WORDS
from cnm_tui.tui.terminal.plain_terminals import UNKNOWN, AsciiOnly, NoColour, Reversing, in_ascii
from cnm_tui.tui.widgets.grid_row import STANDING_SIGNS
from tests.tui.painted import painted
from tests.tui.tour import SIZES, drawn, in_front_of_rows, stops

ROOM = Path(cnm_tui.__file__).parent
BLACK = Color(0, 0, 0)
STAND_FOR_WHAT_CANNOT_BE_SHOWN = {"\ufffd", "␛"}
NEVER_DRAWN = {"services.py", "finding.py", "control_filter.py"}
"""Files of names of the demo, of what `doctor` prints, and of what a filter drops."""
NEVER_DRAWN_FROM = {"conditions.py": "Δδ", "rows.py": "＝＋－＠", "service.py": "‘’‚“”„«»"}
"""Characters that people may type, that spreadsheets run, and quotes around a key, by the files that have them."""
TOLD_APART = (
    "0–",
    "▴▾",
    "↑↓",
    "←→",
    "‹›",
    "▸‹",
    "▲▴",
    "▲▾",
    "●+✓◆◈ ",
    "✓·› ",
    "»→…",
    "│─╭",
    "…·",
    "•▲·",
    "⌕▸",
    "▁▂▃▄▅▆▇█ ?–·›",
    "▂▃█▒░╌ ",
)
"""Signs with different meanings in one place."""


def signs() -> dict[str, str]:
    """Return all non-ASCII characters that cnm-tui draws. The dictionary maps each to a file that contains it."""
    found: dict[str, str] = {}
    for path in (path for path in ROOM.rglob("*.py") if path.name not in NEVER_DRAWN):
        ours = {sign for text in _literals(path) for sign in text if not sign.isascii()}
        found |= dict.fromkeys(ours - {*NEVER_DRAWN_FROM.get(path.name, "")}, path.name)
    for path in ROOM.rglob("*.tcss"):
        written = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        found |= {sign: path.name for sign in written if not sign.isascii()}
    return {sign: where for sign, where in found.items() if sign.isprintable()}


def _literals(path: Path) -> Iterator[str]:
    """Yield all string literals of a source file, without docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    explaining = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explaining:
            yield node.value


def test_every_sign_of_ours_has_a_name_in_ascii() -> None:
    nameless = {sign: where for sign, where in signs().items() if UNKNOWN in in_ascii(sign)}

    assert set(nameless) <= {*STAND_FOR_WHAT_CANNOT_BE_SHOWN, *KEYS_IN_WORDS}
    assert {"▲", "▾", "–", "…", "✓"} <= set(signs())


def test_every_line_that_textual_draws_for_us_has_a_name_in_ascii() -> None:
    borders = {sign for row in BORDER_CHARS["round"] for sign in row}
    bars = {*ScrollBarRender.VERTICAL_BARS, *ScrollBarRender.HORIZONTAL_BARS}

    assert not [sign for sign in borders | bars if in_ascii(sign) == UNKNOWN]


def test_every_key_that_textual_shows_as_a_sign_has_a_word() -> None:
    shown = {sign for sign in KEY_DISPLAY_ALIASES.values() if not sign.isascii()}

    # The app writes `enter` as a word on any terminal.
    assert shown == {*KEYS_IN_WORDS, "⏎"}


def test_no_hint_calls_a_key_by_an_arrow_which_in_ascii_is_a_letter() -> None:
    hints = [(path.name, text) for path in (ROOM / "tui" / "screens").glob("*.py") for text in _literals(path)]

    assert [(where, text) for where, text in hints if set("↑↓←→") & set(text)] == []


@pytest.mark.parametrize("together", TOLD_APART)
def test_signs_that_say_different_things_in_one_place_stay_different(together: str) -> None:
    assert len({in_ascii(sign) for sign in together}) == len(together)


def test_what_became_better_has_not_the_sign_of_what_failed() -> None:
    assert in_ascii(STANDING_SIGNS["better"]) != ASCII_SIGNS.states[State.FAILED]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("▲▲ 4.21 %", "!! 4.21 %"),
        ("•  slow path", ".  slow path"),
        ("12 µs", "12 us"),
        ("ΔRTT", "dRTT"),
        ("Größe", "Gro?e"),
        ("café-menü", "cafe-menu"),
        ("検索 wide", "???? wide"),
        ("e\u0301x", "ex"),
        ("\U0001f468", "??"),
    ],
)
def test_a_text_in_ascii_is_read_as_it_was_as_far_as_that_goes(text: str, named: str) -> None:
    assert in_ascii(text) == named


@given(st.text(max_size=12))
def test_any_text_in_ascii_takes_as_many_columns(text: str) -> None:
    named = in_ascii(text)

    assert named.isascii()
    assert len(named) == cell_len(text)


def test_the_filters_keep_what_a_click_means() -> None:
    style = Style(color="red", bgcolor="blue", bold=True, meta={"@click": "app.bell"})

    for line_filter in (AsciiOnly(), Reversing(), NoColour()):
        (segment,) = line_filter.apply([Segment("…", style)], BLACK)

        assert segment.style is not None
        assert (segment.style.meta, segment.style.bold) == ({"@click": "app.bell"}, True)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_nothing_but_ascii_is_drawn_and_every_line_is_as_wide_as_the_screen(size: tuple[int, int]) -> None:
    async with in_front_of_rows(Look(ascii=True), size) as user, aclosing(stops(user)) as walk:
        async for stop in walk:
            beyond = {sign for text, _ in drawn(user) for sign in text if not sign.isascii()}
            widths = {len(strip.text) for strip in painted(user.app)}

            assert (stop, beyond, widths) == (stop, set(), {size[0]})


async def test_keys_are_named_in_words_where_an_arrow_would_be_a_letter() -> None:
    async with in_front_of_rows(Look(ascii=True), (200, 60)) as user:
        await user.press("question_mark")

        await user.sees("down, j")
        assert re.search(r"\bbackspace +Back\b", user.screen())
