"""Test that text with control characters is made harmless before it reaches the terminal."""

import unicodedata
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.segment import ControlType, Segment
from rich.style import Style
from textual.color import Color
from textual.widget import Widget

import cnm_tui
from cnm_tui.core.text import clean
from cnm_tui.tui.terminal.clipboard import terminal_sequence
from cnm_tui.tui.terminal.control_filter import ControlFilter, may_be_sent
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import exploring

BLACK = Color(0, 0, 0)
STYLE = Style(bold=True)


def drawn(text: str) -> str:
    """Return the text after it has passed the filter for control characters."""
    (kept,) = ControlFilter().apply([Segment(text, STYLE)], BLACK)
    assert kept.style == STYLE
    return kept.text


def test_a_text_without_anything_hidden_is_the_same_segment() -> None:
    segments = [Segment("plain", STYLE), Segment("müller ▴ 東京 🚀"), Segment("\x1b[2J", None, [(ControlType.HOME,)])]

    kept = ControlFilter().apply(segments, BLACK)

    assert all(one is given for one, given in zip(kept, segments, strict=True))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b]52;c;RVZJTA==\x07b\u202ec", "a]52;c;RVZJTA==bc"),
        ("a\x9b31m\x00\x7f", "a31m"),
        ("👩\u200d💻\ufe0f", "👩💻"),
        ("we\u00adb", "we�b"),
        ("x\u3164y", "xy"),
        ("a" + "\u0301" * 50 + "b", "a\u0301\u0301b"),
        ("ก" + "\u0e47" * 9, "ก\u0e47\u0e47"),
    ],
    ids=ascii,
)
def test_what_is_hidden_goes_and_everything_behind_it_stays_where_it_stood(text: str, shown: str) -> None:
    assert drawn(text) == shown


@pytest.mark.slow
def test_it_stops_every_single_character_that_cleaning_changes_but_those_without_a_meaning() -> None:
    dirty = [chr(code) for code in range(0x110000) if clean(chr(code)) != chr(code)]

    through = {unicodedata.category(character) for character in dirty if drawn(f"a{character}b") == f"a{character}b"}

    # Unassigned, private, and format characters of single scripts: no terminal obeys them.
    assert through <= {"Cn", "Co", "Cf"}


def test_a_drawn_text_is_as_wide_as_it_was_counted_but_for_what_is_joined_no_more() -> None:
    for code in set(range(0x3200)) - {0x200D}:
        text = f"a{chr(code)}b"
        assert cell_len(drawn(text)) == cell_len(text), ascii(text)


def test_only_what_stands_behind_textual_measures_as_textual_does() -> None:
    measuring = [path.name for path in Path(cnm_tui.__file__).parent.rglob("*.py") if "rich.cells" in path.read_text()]

    assert sorted(measuring) == ["control_filter.py", "painting.py", "plain_terminals.py"]


async def test_every_pane_s_lines_go_through_it() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection(groups=(("we\x1b[2Jb\u202e",), ("st\x9bore",)))))) as user:
        await user.sees("1 row")

        assert any(isinstance(one, ControlFilter) for one in user.app._filters)
        lines = [segment.text for widget in user.main.walk_children(Widget) for segment in segments_of(widget)]

    assert any("we" in line for line in lines)
    assert all(line.replace("\n", "").isprintable() for line in lines)


def segments_of(widget: Widget) -> list[Segment]:
    """Return all segments (pieces of text with one style) that a widget draws."""
    return [segment for strip in widget.render_lines(widget.size.region) for segment in strip]


@pytest.mark.parametrize("environ", [{}, {"TMUX": "x"}, {"STY": "x"}], ids=["plain", "tmux", "screen"])
@pytest.mark.parametrize("text", ["", "id\x1b[2J", "x" * 3_000])
def test_a_clipboard_s_sequence_is_sent(environ: dict[str, str], text: str) -> None:
    sequence = terminal_sequence(text, environ)

    assert sequence is not None
    assert may_be_sent(sequence)


@pytest.mark.parametrize(
    "sequence",
    [
        "",
        "text",
        "\x1b[2J",
        "\x1b]2;title\x07",
        "\x1b]52;c;?\x07",
        "\x1b]52;c;RVZJTA==\x07\x1b[?1049l",
        "\x1b]52;c;RVZJTA==\x07\x1b]52;c;RVZJTA==\x07",
        "\x1b[?1000h\n",
        "\x1bPtmux;\x1b\x1b[2J\x1b\\",
        "\x1bP\x1b]0;x\x07\x1b\\",
    ],
    ids=ascii,
)
def test_no_other_sequence_is_sent_past_the_screen(sequence: str) -> None:
    assert not may_be_sent(sequence)
