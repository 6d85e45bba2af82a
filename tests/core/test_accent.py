"""The colour of a profile: read strictly, and written on in letters that can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.settings.accent import checked_accent, readable_on
from tests.contrast import contrast


@pytest.mark.parametrize(("written", "read"), [("#D70000", "#d70000"), (" #00ff7f ", "#00ff7f"), ("", "")])
def test_an_accent_is_six_digits_in_small_letters_or_none(written: str, read: str) -> None:
    assert checked_accent(written) == read


@pytest.mark.parametrize("written", ["red", "#f00", "#d70000ff", "d70000", "#gggggg", "#d70000\n#", "\x1b[31m"])
def test_another_text_is_refused_with_the_form_and_cleaned(written: str) -> None:
    with pytest.raises(InvalidQuery, match="is no accent colour") as refusal:
        checked_accent(written)

    assert "#rrggbb" in refusal.value.hint
    assert refusal.value.sentence.isprintable()


@pytest.mark.parametrize(
    ("colour", "letters"),
    [("#ffffff", "#000000"), ("#000000", "#ffffff"), ("#d70000", "#ffffff"), ("#ffd700", "#000000")],
)
def test_letters_are_black_or_white(colour: str, letters: str) -> None:
    assert readable_on(colour) == letters


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_letters_can_be_read_on_any_colour(parts: tuple[int, ...]) -> None:
    colour = "#" + "".join(f"{part:02x}" for part in parts)

    # What WCAG 2.2 asks of text of the usual size.
    assert contrast(parts_of(colour), parts_of(readable_on(colour))) >= 4.5


def parts_of(colour: str) -> list[float]:
    return [part / 255 for part in bytes.fromhex(colour.removeprefix("#"))]
