"""From the first screen to the tag that explains what is wrong, in three keys, in a terminal."""

import pytest

from tests.pty.conftest import Start

pytestmark = pytest.mark.pty


def test_two_keys_lead_from_the_first_screen_to_the_tag_and_one_more_into_it(start: Start) -> None:
    terminal = start("--demo", size=(100, 30))
    terminal.wait_for("row 1 of")

    terminal.press("x")
    terminal.wait_for("requests (")
    terminal.press("\r")
    terminal.wait_for("enter searches for the value")

    terminal.press("\r")
    terminal.wait_for("everything »")
