"""Test output in which colour sequences were shortened. It must produce the same screen as the full output."""

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color, ColorSystem
from rich.style import Style

from cnm_tui.tui.terminal.sgr_diff import with_shorter_moves, without_repeated_styles

COLOURS = st.sampled_from([None, "red", "bright_blue", "color(252)", "#d0d0d0", "#5fafd7", "default"])
SYSTEMS = st.sampled_from([ColorSystem.STANDARD, ColorSystem.EIGHT_BIT, ColorSystem.TRUECOLOR])
styles = st.builds(
    Style,
    color=COLOURS,
    bgcolor=COLOURS,
    bold=st.booleans(),
    underline=st.booleans(),
    reverse=st.booleans(),
    italic=st.booleans(),
    dim=st.booleans(),
)
moves = (
    st.sampled_from(["\x1bD", "\b", "\b\b", "\x1b[3D", "\x1b[7C", "\x1b[2B"])
    | st.builds(lambda row, column: f"\x1b[{row};{column}H", st.integers(1, 6), st.integers(1, 30))
    | st.builds(lambda column: f"\x1b[{column}G", st.integers(1, 30))
)
texts = st.text("abc 日", min_size=0, max_size=8)
pieces = st.one_of(moves, texts, st.tuples(texts, styles))


def shown(sent: str) -> list[list[pyte.screens.Char]]:
    """Return the cells of an emulated terminal after it has received this output.

    For an empty cell, only its visible properties are returned.
    """
    screen = pyte.Screen(40, 6)
    pyte.Stream(screen).feed(sent)
    return [[_seen(screen.buffer[y][x]) for x in range(40)] for y in range(6)]


def _seen(cell: pyte.screens.Char) -> pyte.screens.Char:
    if cell.data != " " or cell.underscore or cell.reverse or cell.strikethrough:
        return cell
    return cell._replace(fg="default", bold=False, italics=False)


@given(st.lists(pieces, max_size=30), SYSTEMS)
def test_the_screen_is_the_same(frame: list[str | tuple[str, Style]], system: ColorSystem) -> None:
    plain = "".join(
        piece if isinstance(piece, str) else piece[1].render(piece[0], color_system=system) for piece in frame
    )

    sent = without_repeated_styles(plain)

    assert shown(sent) == shown(plain)
    assert len(sent) <= len(plain)


@given(st.lists(pieces, max_size=30))
def test_with_shorter_moves_the_screen_is_the_same(frame: list[str | tuple[str, Style]]) -> None:
    plain = "".join(piece if isinstance(piece, str) else piece[1].render(piece[0]) for piece in frame)

    sent = with_shorter_moves(plain, 40)

    assert shown(sent) == shown(plain)
    assert len(sent) <= len(plain)
    assert shown(without_repeated_styles(sent)) == shown(plain)


@pytest.mark.parametrize(
    ("text", "then", "move"),
    [
        ("abc", (3, 7), "\x1bD"),
        ("abc", (3, 6), "\x1bD\x1b[D"),
        ("abc", (4, 7), "\x1bD\x1bD"),
        ("abc", (4, 20), "\x1b[4;20H"),
        ("abc", (2, 30), "\x1b[23C"),
        ("██", (3, 30), "\x1bD\x1b[30G"),
        ("abc", (1, 4), "\x1b[1;4H"),
        ("x" * 37, (3, 40), "\x1b[3;40H"),
        ("█" * 20, (3, 24), "\x1b[3;24H"),
        ("ab\n", (3, 7), "\x1b[3;7H"),
    ],
)
def test_a_move_begins_where_the_cursor_surely_is(text: str, then: tuple[int, int], move: str) -> None:
    sent = with_shorter_moves(f"\x1b[2;4H{text}\x1b[{then[0]};{then[1]}H", 40)

    assert sent == f"\x1b[2;4H{text}{move}"


def test_between_two_texts_only_the_colour_that_differs_is_sent() -> None:
    calm = Style(color="#d0d0d0", bgcolor="#121212").render("calm", color_system=ColorSystem.TRUECOLOR)
    loud = Style(color="#ff8787", bgcolor="#121212").render("loud", color_system=ColorSystem.TRUECOLOR)

    sent = without_repeated_styles(calm + loud + calm)

    assert sent == "\x1b[38;5;252;48;5;233mcalm\x1b[38;5;210mloud\x1b[38;5;252mcalm\x1b[0m"


def test_an_attribute_ends_by_itself() -> None:
    bold, underlined, both = (
        Style(color="#d0d0d0", bold="b" in kind, underline="u" in kind).render(kind, color_system=ColorSystem.TRUECOLOR)
        for kind in ("b", "u", "bu")
    )

    sent = without_repeated_styles(both + bold + underlined)

    assert sent == "\x1b[1;4;38;5;252mbu\x1b[24mb\x1b[22;4mu\x1b[0m"


def test_bold_stays_where_dim_ends() -> None:
    both, bold = (Style(color="#d0d0d0", bold=True, dim=dim).render("text") for dim in (True, False))

    assert without_repeated_styles(both + bold).endswith("\x1b[22;1mtext\x1b[0m")


@pytest.mark.parametrize("colour", ["#000000", "#00005f", "#0000ff", "#d0d0d1", "#fed75f"])
def test_a_colour_that_is_not_surely_in_the_palette_is_sent_as_it_is(colour: str) -> None:
    styled = Style(color=colour).render("text", color_system=ColorSystem.TRUECOLOR)

    assert without_repeated_styles(styled) == styled


@pytest.mark.parametrize("number", range(22, 256))
def test_each_colour_of_the_palette_is_sent_by_its_number(number: int) -> None:
    red, green, blue = Color.from_ansi(number).get_truecolor()
    styled = Style(color=f"rgb({red},{green},{blue})").render("text", color_system=ColorSystem.TRUECOLOR)

    assert without_repeated_styles(styled) == f"\x1b[38;5;{number}mtext\x1b[0m"


def test_blanks_take_the_colour_of_the_text_before_them() -> None:
    loud = Style(color="#ff8787", bgcolor="#121212", bold=True).render("loud", color_system=ColorSystem.TRUECOLOR)
    blanks = Style(color="#d0d0d0", bgcolor="#121212").render("   ", color_system=ColorSystem.TRUECOLOR)

    assert without_repeated_styles(loud + blanks) == "\x1b[1;38;5;210;48;5;233mloud   \x1b[0m"


def test_a_style_goes_on_over_a_move_of_the_cursor_and_ends_with_the_frame() -> None:
    assert (
        without_repeated_styles("\x1b[1mone\x1b[0m\n\x1b[2;1H\x1b[1mtwo\x1b[0m\x1b[1;1H")
        == "\x1b[1mone\x1b[2;1Htwo\x1b[m\x1b[H"
    )


def test_what_is_no_style_is_left_alone() -> None:
    for sent in ("", "text", "\x1b[?2026h", "\x1b]52;c;aWQ=\x07", "\x1b[0m"):
        assert without_repeated_styles(sent) == sent
