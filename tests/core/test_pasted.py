"""Copied lines do nothing where they are pasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.shell.pasted import pasteable


def test_each_line_stays_one() -> None:
    assert pasteable(["a\nrm -rf /", "b\r\nc", "d\u2028e"]) == "a⏎rm -rf /\nb␍⏎c\nd\ufffde"


@pytest.mark.parametrize("line", ["web ▸ store", '{"a": "1"}', "Київ\t東京\t1 ms", "", "x" * 100_000])
def test_what_is_harmless_is_as_it_was(line: str) -> None:
    assert pasteable([line]) == line


@given(st.lists(st.text(st.characters()), max_size=5))
def test_no_line_is_lost_and_none_holds_a_control_character(lines: list[str]) -> None:
    text = pasteable(lines)

    assert text.count("\n") == max(0, len(lines) - 1)
    assert text.replace("\n", "").replace("\t", "").isprintable()


@given(st.lists(st.text(st.characters()), max_size=5))
def test_what_may_be_pasted_is_left_alone(lines: list[str]) -> None:
    text = pasteable(lines)

    assert pasteable(text.split("\n")) == text
