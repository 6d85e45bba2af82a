"""Test that several keys that arrive in one packet act as the user meant. A slow network line sends keys in this
way.
"""

import pytest

from tests.pty.conftest import Start
from tests.pty.reading import copied, rows

pytestmark = pytest.mark.pty


def test_what_follows_the_key_of_the_search_is_searched_for(start: Start) -> None:
    with start("--demo") as terminal:
        terminal.wait_until(lambda: rows(terminal))

        terminal.type("eq")

        terminal.wait_for("⌕ q ")
        assert terminal.process.poll() is None


def test_keys_behind_enter_go_to_the_rows(start: Start) -> None:
    with start("--demo") as terminal:
        terminal.wait_until(lambda: rows(terminal))

        terminal.type("eserver_service:kafka\rs")

        terminal.wait_until(lambda: any(rows(terminal)) and all("kafka" in row for row in rows(terminal) if row))
        terminal.wait_for("client_service▴")


def test_what_follows_the_key_of_a_dialog_is_typed_into_it(start: Start) -> None:
    with start("--demo") as terminal:
        terminal.wait_until(lambda: rows(terminal))

        terminal.type("n100\r")

        terminal.wait_for("limit 100")
        terminal.wait_for("100 rows")


def test_a_view_is_saved_by_keys_in_one_packet(start: Start) -> None:
    with start("--demo") as terminal:
        terminal.wait_until(lambda: rows(terminal))

        terminal.type("v\x13my view\r")

        terminal.wait_for("Saved as my view.")


def test_enter_pressed_twice_in_a_list_is_one_answer(start: Start) -> None:
    with start("--demo") as terminal:
        terminal.wait_until(lambda: rows(terminal))
        terminal.press("Y")
        terminal.wait_for("enter copies")
        terminal.press("esc")
        terminal.wait_until(lambda: "enter copies" not in terminal.text())

        terminal.type("Y\r\r")

        terminal.wait_until(lambda: copied(terminal))
        terminal.wait_quiet(0.3)
        assert len(copied(terminal)) == 1
        assert "Drill down" not in terminal.text()
        assert terminal.process.poll() is None
