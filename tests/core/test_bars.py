"""A bar is as long as its share says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.table.bars import bar


@pytest.mark.parametrize(
    ("share", "drawn"), [(0.0, ""), (1.0, "████"), (0.5, "██"), (1 / 32, "▏"), (0.28, "█▏"), (1e-9, "▏"), (7.0, "████")]
)
def test_a_bar_is_drawn_to_an_eighth_of_a_column(share: float, drawn: str) -> None:
    assert bar(share, 4) == drawn


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 40))
def test_a_larger_share_has_no_shorter_bar(one: float, other: float, columns: int) -> None:
    smaller, larger = (bar(share, columns) for share in sorted((one, other)))

    assert len(smaller) <= len(larger) <= columns
