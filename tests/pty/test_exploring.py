"""Test common actions of a user in cnm-tui with the demo. The tests press one key after another."""

import time

import pytest

from tests.pty.conftest import NARROW, WIDE, Start
from tests.pty.reading import copied, detail, headings, round_trips, rows
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty


def shown_id(row: str) -> str:
    """Return the id of a row of the first query. It is made from the names in the row, which are short enough to
    be shown completely.
    """
    client, server = row.split()[:2]
    return f"client_service:{client}, server_service:{server}"


def shown_names(row: str) -> str:
    """Return the names of a row in the form in which the detail pane displays them."""
    client, server = row.split()[:2]
    return f"client_service {client} server_service {server}"


def test_the_demo_opens_with_rows_and_says_that_it_is_one(explorer: Terminal) -> None:
    seen = rows(explorer)

    assert explorer.lines()[0].startswith(" cnm-tui · DEMO")
    assert headings(explorer)[:3] == ["client_service", "server_service", "FINDING▾"]
    assert seen[0].split()[2] in ("▲▲", "▲")
    signs = [len(row[:60].split("▲")) - 1 for row in seen]
    assert signs == sorted(signs, reverse=True)
    assert len(seen) == {NARROW: 18, WIDE: 46}[explorer.columns, explorer.rows]


def test_a_field_chosen_in_the_picker_becomes_a_column(explorer: Terminal) -> None:
    explorer.press("b")
    explorer.wait_for("─ Group by ─")

    explorer.type("server_env")
    explorer.wait_for("server_environment")
    explorer.press("space")
    explorer.wait_for("3/10 chosen")
    explorer.press("enter")

    explorer.wait_until(lambda: headings(explorer)[:3] == ["client_service", "server_service", "server_env"])
    explorer.wait_until(lambda: "prod" in [row.split()[2] for row in rows(explorer)[:3] if row])


def test_a_picker_left_by_escape_changes_nothing(explorer: Terminal) -> None:
    before = rows(explorer)
    explorer.press("b")
    explorer.wait_for("─ Group by ─")
    explorer.press("space")
    explorer.wait_for("1/10 chosen")

    explorer.press("esc")

    explorer.wait_until(lambda: rows(explorer) == before)


def test_s_sorts_by_the_column_under_the_cursor(explorer: Terminal) -> None:
    explorer.press(*["right"] * 6, "left")

    look_at_the_slowest(explorer)
    first, times = rows(explorer)[0], round_trips(explorer)
    explorer.press("pgdn")

    explorer.wait_until(lambda: rows(explorer)[0] != first and falls(times + round_trips(explorer)))


def test_m_compares_with_the_window_before_until_it_is_to_stop(explorer: Terminal) -> None:
    explorer.press("m")
    explorer.wait_for("─ Compare with ─")
    explorer.wait_for("previous window")
    explorer.press("enter")

    explorer.wait_for("Compared with ")
    explorer.wait_until(lambda: "ΔTOTAL" in headings(explorer))
    explorer.press("m")
    explorer.wait_for("stop comparing")
    explorer.press("enter")

    explorer.wait_until(lambda: "ΔTOTAL" not in headings(explorer) and bool(rows(explorer)))


def test_a_flipped_sort_ends_with_what_it_began_with(explorer: Terminal) -> None:
    # Round trips that were not measured come last both ways.
    explorer.press("/", *"rtt>0", "enter")
    explorer.wait_for(" of 288 rows")
    explorer.press(*["right"] * 5)
    look_at_the_slowest(explorer)
    times = round_trips(explorer)

    explorer.press("S", "end")
    explorer.wait_for("RTT▴")

    explorer.wait_until(lambda: round_trips(explorer) == times[::-1])


def look_at_the_slowest(explorer: Terminal) -> None:
    """Sort by the round-trip time, which is the column at the cursor, and wait until the slowest rows are displayed."""
    explorer.press("s")
    explorer.wait_for("RTT▾")
    explorer.wait_until(lambda: falls(round_trips(explorer)))


def falls(times: list[float]) -> bool:
    """Return True if there are more than ten numbers, none is larger than the one before, and not all of them are
    equal.
    """
    return len(times) > 10 and times == sorted(times, reverse=True) and times[0] > times[-1]


def test_the_detail_pane_shows_the_connection_under_the_cursor(explorer: Terminal) -> None:
    wanted = shown_names(rows(explorer)[2])
    assert wanted not in detail(explorer)

    explorer.press("down", "down")
    if explorer.columns < WIDE[0]:
        explorer.press("d")

    explorer.wait_until(lambda: wanted in detail(explorer))
    assert "this row" in detail(explorer)


def test_d_opens_and_closes_the_detail_pane(explorer: Terminal) -> None:
    was_open = explorer.columns == WIDE[0]
    assert ("esc closes" in explorer.text()) is was_open

    explorer.press("d")
    explorer.wait_until(lambda: ("esc closes" in explorer.text()) is not was_open)
    explorer.press("d")

    explorer.wait_until(lambda: ("esc closes" in explorer.text()) is was_open)


def test_y_sends_the_id_under_the_cursor_to_the_terminals_clipboard(explorer: Terminal) -> None:
    wanted = shown_id(rows(explorer)[1])

    explorer.press("down", "y")

    explorer.wait_for("1 id sent to the terminal's clipboard.")
    assert copied(explorer) == [wanted]


def test_y_copies_all_marked_ids_one_a_line(explorer: Terminal) -> None:
    wanted = [shown_id(row) for row in rows(explorer)[:2]]
    explorer.press("space", "space")
    explorer.wait_for("2 marked")
    explorer.wait_until(lambda: [row.startswith("●") for row in rows(explorer)[:3]] == [True, True, False])

    explorer.press("y")

    explorer.wait_for("2 ids sent to the terminal's clipboard.")
    assert copied(explorer) == ["\n".join(wanted)]


def test_p_pauses_the_refreshes_and_resumes_them(explorer: Terminal) -> None:
    assert "live, next in" in explorer.lines()[0]

    explorer.press("p")
    explorer.wait_for("Paused: ")
    explorer.wait_until(lambda: "paused" in explorer.lines()[0])
    explorer.press("p")

    explorer.wait_for("Live: asks every ")
    explorer.wait_until(lambda: "live, next in" in explorer.lines()[0])


@pytest.mark.parametrize("modern", [False, True], ids=["by signal", "in band"])
def test_a_resized_window_shows_the_same_rows(start: Start, modern: bool) -> None:
    terminal = start("--demo", "--refresh", "off", size=WIDE, modern=modern)
    terminal.wait_for(" rows · ")
    terminal.press("down", "down")
    terminal.wait_until(lambda: shown_names(rows(terminal)[2]) in detail(terminal))
    terminal.wait_for("▾ server_service")
    at_first = terminal.text()
    names = [row.split()[:4] for row in rows(terminal)]

    terminal.resize(*NARROW)
    terminal.wait_until(lambda: [row.split()[:4] for row in rows(terminal)] == names[:18])
    assert "esc closes" not in terminal.text()
    terminal.resize(60, 15)
    terminal.wait_until(lambda: [row.split()[:2] for row in rows(terminal)[:9]] == [name[:2] for name in names[:9]])
    terminal.resize(*WIDE)

    terminal.wait_until(lambda: terminal.text() == at_first)


@pytest.mark.parametrize(("before", "after"), [(WIDE, NARROW), (NARROW, WIDE)], ids=["smaller", "larger"])
def test_a_resized_window_looks_as_if_opened_at_that_size(
    start: Start, before: tuple[int, int], after: tuple[int, int]
) -> None:
    an_hour_ago = int(time.time()) - 3_600
    asked = ("--demo", "--from", str(an_hour_ago), "--to", str(an_hour_ago + 900))
    resized, fresh = start(*asked, size=before), start(*asked, size=after)
    for terminal in (resized, fresh):
        terminal.wait_for(" rows · ")

    resized.resize(*after)

    # The first line holds the moment of the answer, the last one that of the next period of the rate limit.
    resized.wait_until(lambda: resized.lines()[1:-1] == fresh.lines()[1:-1])
