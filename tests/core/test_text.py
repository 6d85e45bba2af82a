"""Test that text from outside stays on one line of the screen and cannot control the terminal."""

import unicodedata

import pytest
import wcwidth
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from cnm_tui.core.text import LONGEST_VALUE, cell_width, clean, fitted, folded, folds, padded, unseen, wrapped

ANY_TEXT = st.text(st.characters(), max_size=60)
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=200))
def test_printable_ascii_is_the_same_object(text: str) -> None:
    assert clean(text) is text


@pytest.mark.parametrize("text", ["müller", "Ελλάδα", "Київ", "東京", "東京 web", "naïve café", "żółć", "🚀", "a·b…"])
def test_letters_and_signs_of_the_world_are_untouched(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("\x1b]52;c;cm0gLXJm\x07", "␛]52;c;cm0gLXJm␇"),
        ("\x1bP1$r\x1b\\", "␛P1$r␛\\"),
        ("\x9b31mred", "�31mred"),
        ("\x9d52;c;x\x9c", "�52;c;x�"),
        ("\x85next", "�next"),
        ("a\nb", "a⏎b"),
        ("a\r\nb", "a␍⏎b"),
        ("a\tb", "a b"),
        ("a\x00b\x7f", "a␀b␡"),
        ("\u202etxt.exe", "�txt.exe"),
        ("\u2066a\u2069\u200f", "�a��"),
        ("a\u2028b\u2029c", "a�b�c"),
        ("we\u200bb", "we�b"),
        ("we\u00adb\ufeff", "we�b�"),
        ("👩\u200d💻", "👩💻"),
        ("❤\ufe0f", "❤"),
        ("web\U000e0041\U000e0042", "web��"),
        ("web\U000e0100", "web"),
        ("web\u180b\u180f", "web"),
        ("\ud800x\udfff", "�x�"),
        ("\ue000", "�"),
        ("\U000fffff", "�"),
        ("\ufff9a\ufffb", "�a�"),
        ("\u3164\u115f", "��"),
    ],
)
def test_what_is_hidden_or_commands_a_terminal_becomes_visible_and_harmless(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_no_character_is_hidden_once_clean_not_even_one_that_unicode_left_out_between_letters() -> None:
    cleaned = {character for code in range(0x110000) for character in clean(chr(code))}

    assert {unicodedata.category(character) for character in cleaned} & {*HIDDEN, "Cn"} == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [("web", "web   "), ("payments", "payme…"), ("東京", "東京  "), ("東京都庁", "東京… "), ("", "      ")],
)
def test_padded_text_takes_all_its_columns_and_no_more(text: str, shown: str) -> None:
    assert padded(text, 6) == shown
    assert cell_width(shown) == 6


def test_of_marks_stacked_on_one_letter_two_are_kept() -> None:
    assert clean("a" + "\u0301" * 500 + "b") == "a\u0301\u0301b"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ""),
        ("müller 東京 🚀", ""),
        ("a\u0301\u0301b\u0301", ""),
        ("a\nb\x1b", "\n"),
        ("web\u202e", "\u202e"),
        ("a\u00a0b", "\u00a0"),
        ("\U000e0100", "\U000e0100"),
        ("❤\ufe0f", "\ufe0f"),
        ("we\u3164b", "\u3164"),
        ("a" + "\u0301" * 3, "\u0301"),
    ],
)
def test_what_cannot_be_seen_is_found(text: str, found: str) -> None:
    assert unseen(text) == found


@given(ANY_TEXT)
def test_a_text_of_which_all_is_seen_is_clean(text: str) -> None:
    assert unseen(text) or clean(text) == text


def test_a_value_of_ten_thousand_characters_is_kept_and_a_longer_one_is_cut_visibly() -> None:
    long = "x" * 10_000

    assert clean(long) is long
    assert clean("x" * (LONGEST_VALUE + 1)) == "x" * (LONGEST_VALUE - 1) + "…"
    assert clean(long, 10) == "xxxxxxxxx…"


@given(ANY_TEXT)
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    once = clean(text)

    assert clean(once) == once


@given(ANY_TEXT)
def test_nothing_hidden_is_left_of_any_text(text: str) -> None:
    cleaned = clean(text)

    assert not {unicodedata.category(character) for character in cleaned} & HIDDEN
    assert len(cleaned.splitlines()) <= 1
    assert len(cleaned) <= len(text)
    cleaned.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "columns"), [("", 0), ("web", 3), ("東京", 4), ("e\u0301", 1), ("🚀x", 3), ("ｗeb", 4), ("müller", 6)]
)
def test_width_is_counted_in_columns(text: str, columns: int) -> None:
    assert cell_width(text) == columns


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("web", 3, "web"),
        ("webstore", 4, "web…"),
        ("東京都", 6, "東京都"),
        ("東京都", 5, "東京…"),
        ("東京都", 4, "東…"),
        ("web", 1, "…"),
        ("web", 0, ""),
        ("web", -1, ""),
        ("a b", 2, "a…"),
        ("ab cd", 4, "ab…"),
    ],
)
def test_text_is_fitted_to_its_columns_and_says_where_something_is_missing(text: str, columns: int, shown: str) -> None:
    assert fitted(text, columns) == shown


@given(ANY_TEXT.map(clean), st.integers(min_value=-1, max_value=70))
def test_fitted_text_is_never_wider_than_its_columns(text: str, columns: int) -> None:
    assert cell_width(fitted(text, columns)) <= max(0, columns)


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("", 5, [""]),
        ("a few words", 20, ["a few words"]),
        ("a few words", 5, ["a few", "words"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("a bcdefgh i", 4, ["a", "bcde", "fgh", "i"]),
        ("東京都", 4, ["東京", "都"]),
        ("東京都", 3, ["東", "京", "都"]),
    ],
)
def test_text_is_wrapped_at_spaces_and_within_words_that_are_too_long(
    text: str, columns: int, lines: list[str]
) -> None:
    assert wrapped(text, columns) == lines


def test_what_is_over_the_last_line_is_cut_visibly() -> None:
    assert wrapped("one two three four", 5, most_lines=2) == ["one", "two…"]
    assert wrapped("one two", 5, most_lines=2) == ["one", "two"]


@given(ANY_TEXT.map(clean), st.integers(min_value=2, max_value=30))
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(text: str, columns: int) -> None:
    lines = wrapped(text, columns)

    assert all(cell_width(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("", 5, [""]),
        ("one two", 7, ["one two"]),
        ("one two", 6, ["one ", "two"]),
        ("one two", 3, ["one", " ", "two"]),
        ("one  two", 5, ["one  ", "two"]),
        ("abcdefg hi", 3, ["abc", "def", "g ", "hi"]),
        ("a 東京都", 4, ["a ", "東京", "都"]),
    ],
)
def test_text_that_is_typed_is_broken_behind_blanks_and_keeps_them(text: str, columns: int, lines: list[str]) -> None:
    assert folded(text, columns) == lines


@given(ANY_TEXT.map(clean), st.integers(min_value=2, max_value=30))
def test_folded_lines_fit_and_are_all_of_the_text(text: str, columns: int) -> None:
    lines = folded(text, columns)

    assert all(cell_width(line) <= columns for line in lines)
    assert "".join(lines) == text
    assert all(lines) or not text


@given(st.text("ab ", max_size=60), st.integers(min_value=1, max_value=30))
def test_ascii_is_folded_where_any_other_text_of_the_same_widths_is(text: str, columns: int) -> None:
    assert folds(text, columns) == folds(text.replace("a", "á"), columns)


def test_the_widths_of_clean_text_are_those_by_which_textual_and_terminals_lay_it_out() -> None:
    clean_ones = [character for character in map(chr, range(0x110000)) if clean(character) == character]

    by_rich = [ascii(one) for one in clean_ones if cell_width(one) != get_character_cell_size(one)]
    by_wcwidth = [ascii(one) for one in clean_ones if cell_width(one) != wcwidth.wcwidth(one)]

    assert by_rich == []
    # wcwidth counts flags and skin tones as one sign.
    assert len(by_wcwidth) == 26 + 5


@pytest.mark.parametrize("sign", ["🇩🇪", "👍🏽", "e\u0301", "東京", "👍🏽🇩🇪x"])
def test_the_width_of_a_sign_of_several_characters_is_that_of_its_parts(sign: str) -> None:
    assert cell_width(sign) == wcwidth.wcswidth(sign) == cell_len(sign)
