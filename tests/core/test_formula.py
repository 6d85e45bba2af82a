"""What a spreadsheet would run stands behind an apostrophe, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.export.formula import begins_like_formula, harmless


@pytest.mark.parametrize("sign", list("=+-@＝＋－＠"))
@pytest.mark.parametrize("before", ["", " ", "\t", "\r", '"', "'", "\u3000", " \"' "])
def test_a_formula_is_one_whatever_a_spreadsheet_skips_before_it(before: str, sign: str) -> None:
    cell = f"{before}{sign}1+1"

    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("text", ["", " ", "a=b", "10.0.0.1", "web-1", "N/A", "\u240d=1", "'a", "1-1"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(st.text())
def test_nothing_is_lost_behind_the_apostrophe(text: str) -> None:
    assert harmless(text) == ("'" if begins_like_formula(text) else "") + text
