"""Typed letters fit a name as a whole, at its beginning, at a word's, within one, or scattered, in this order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.fields.fuzzy import Fit, match

NAMES = st.text(st.sampled_from("abcXYZ_-. éİß"), max_size=12) | st.text(max_size=12)


@pytest.mark.parametrize(
    ("text", "typed", "fit", "positions"),
    [
        ("pod_name", "pod_name", Fit.WHOLE, (0, 1, 2, 3, 4, 5, 6, 7)),
        ("pod_name", "pod", Fit.BEGINNING, (0, 1, 2)),
        ("client_pod_name", "pod", Fit.WORD, (7, 8, 9)),
        ("client_pod_name", "NAME", Fit.WORD, (11, 12, 13, 14)),
        ("security-group.Name", "name", Fit.WORD, (15, 16, 17, 18)),
        ("transport", "port", Fit.PART, (5, 6, 7, 8)),
        ("report_port", "port", Fit.WORD, (7, 8, 9, 10)),
        ("kube_deployment", "kdp", Fit.LETTERS, (0, 5, 7)),
        ("kube_deployment", "k", Fit.BEGINNING, (0,)),
        ("kube_deployment", "", Fit.BEGINNING, ()),
        ("", "", Fit.WHOLE, ()),
    ],
)
def test_the_best_way_to_stand_in_a_name_counts(text: str, typed: str, fit: Fit, positions: tuple[int, ...]) -> None:
    matched = match(text, typed)

    assert matched is not None
    assert (matched.fit, matched.positions) == (fit, positions)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("transport", "o"),
        ("kube_deployment", "kd"),
        ("kube_deployment", "dku"),
        ("kube_deployment", "upm"),
        ("pod", "pods"),
        ("", "a"),
    ],
    ids=[
        "one letter within",
        "two scattered",
        "the wrong order",
        "from within a word",
        "more than all",
        "nothing there",
    ],
)
def test_what_would_fit_nearly_everything_or_does_not_fit_is_none(text: str, typed: str) -> None:
    assert match(text, typed) is None


@given(NAMES, NAMES)
def test_the_positions_are_those_of_the_typed_letters_in_their_order(text: str, typed: str) -> None:
    matched = match(text, typed)
    if matched is None:
        return

    assert list(matched.positions) == sorted(set(matched.positions))
    assert [text[at].lower() for at in matched.positions] == [letter.lower() for letter in typed]


@given(NAMES, st.integers(min_value=0, max_value=12), st.integers(min_value=2, max_value=12))
def test_any_piece_of_a_name_of_two_letters_or_more_fits_together(text: str, start: int, length: int) -> None:
    piece = text[start : start + length]
    if len(piece) < 2 or len(text.lower()) != len(text):
        return

    matched = match(text, piece)

    assert matched is not None
    assert matched.fit < Fit.LETTERS


@given(NAMES, st.data())
def test_three_letters_of_a_name_from_its_beginning_on_fit_in_their_order(text: str, data: st.DataObject) -> None:
    if len(text) < 3 or len(text.lower()) != len(text):
        return
    places = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), min_size=2, max_size=2)))

    assert match(text, "".join(text[place] for place in (0, *places))) is not None


@given(NAMES)
def test_a_name_is_all_of_itself(text: str) -> None:
    matched = match(text, text)

    assert matched is not None
    assert matched.fit is Fit.WHOLE
