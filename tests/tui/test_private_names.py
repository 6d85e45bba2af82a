"""Test our list of private names of Textual. The installed Textual must have each name.

Its version must be one for which the list was checked.
"""

from importlib.metadata import version

import pytest

from cnm_tui.tui.terminal.private_names import PRIVATE_NAMES, SEEN_IN
from tests.private_names import names_of


@pytest.mark.parametrize(("owner", "name"), [(owner, name) for owner, names in PRIVATE_NAMES.items() for name in names])
def test_textual_still_has_it(owner: str, name: str) -> None:
    assert name in names_of(owner)


def test_they_were_looked_at_in_this_series_of_textual() -> None:
    assert version("textual").rpartition(".")[0] == SEEN_IN.rpartition(".")[0]
