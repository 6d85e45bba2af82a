"""Test how rows and queries are copied in each format."""

import csv
import json
import re
import shlex
from dataclasses import replace

import pytest

from cnm_tui.core.connections import Exact
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query
from cnm_tui.core.service import Address
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.time.time_range import last
from tests.builders import KEY, MOMENT, FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring

pytestmark = pytest.mark.usefixtures("plain_terminal")

ASKED = Query(search="server_env:prod", time_range=last(14_400))


def four() -> Snapshot:
    """Return an answer with four rows. The first row has the most bytes.

    The client name of the third row is a text that a spreadsheet would run as a formula.
    """
    names = ["web", "mail", "=1+1", "cron"]
    return a_snapshot(
        *(
            a_connection(name, ((name,), ("store",)), bytes_sent_by_client=9_000 - number)
            for number, name in enumerate(names)
        )
    )


async def copy_as(user: User, form: str) -> None:
    """Open the dialog "Copy as", and choose this format."""
    await user.press("Y")
    await user.sees("Copy as")
    listed = re.findall(r"│ (\w+) {2,}", user.screen())
    await user.press(*["down"] * listed.index(form), "enter")
    await user.until(lambda: user.app.screen is user.main)


async def test_a_note_says_what_was_asked_and_when_and_shows_the_row_under_the_cursor() -> None:
    source = FakeSource(four(), label="datadoghq.eu")
    source.site = "datadoghq.eu"
    async with exploring(source, exploration=Exploration(ASKED, refresh_seconds=None)) as user:
        await user.sees("4 rows")

        await user.press("j", "Y")
        await user.sees("Network connections: 1 of 4 rows")
        await user.press("enter")

        await user.sees("1 row sent to the terminal's clipboard as a note.")
        title, link, *block = user.copied.splitlines()
        assert title == "Network connections: 1 of 4 rows, 2026-03-01T09:45:00Z to 2026-03-01T10:00:00Z (15 min)"
        assert link.startswith("https://app.datadoghq.eu/network?query=")
        assert "fetched  2026-03-01T10:00:00Z from datadoghq.eu" in block
        assert block[-2].split()[:4] == ["mail", "store", "unmeasured", "9.0"]


async def test_marked_rows_are_copied_in_the_order_shown_and_counted() -> None:
    async with exploring(FakeSource(four())) as user:
        await user.sees("4 rows")
        await user.press("j", "space", "end", "space")

        await copy_as(user, "TSV")

        await user.sees("2 rows sent to the terminal's clipboard as TSV.")
        rows = list(csv.DictReader(user.copied.splitlines(), delimiter="\t"))
        assert [row["client_service"] for row in rows] == ["mail", "cron"]


async def test_what_was_put_before_a_formula_is_said() -> None:
    async with exploring(FakeSource(four())) as user:
        await user.sees("4 rows")
        await user.press("j", "j")

        await copy_as(user, "CSV")

        await user.until(lambda: "2 cells begin like a formula; an apostrophe was put" in user.main.notice)
        assert user.copied.splitlines()[1].startswith("'=1+1,store,'=1+1,")


async def test_json_has_every_figure_and_the_question() -> None:
    async with exploring(FakeSource(four())) as user:
        await user.sees("4 rows")

        await copy_as(user, "JSON")

        await user.sees("1 row sent to the terminal's clipboard as JSON.")
        document = json.loads(user.copied)
        assert document["query"]["to"] == MOMENT
        assert [row["id"] for row in document["connections"]] == ["web"]


async def test_json_of_a_value_with_a_line_separator_can_be_read() -> None:
    value = "two\u2028lines\x85"
    named = a_connection("two lines", (("two lines",), ("store",)), unclean=Exact("id", ((value,), ("store",))))
    async with exploring(FakeSource(a_snapshot(named))) as user:
        await user.sees("1 row")

        await copy_as(user, "JSON")

        await user.sees("1 row sent to the terminal's clipboard as JSON.")
        assert json.loads(user.copied)["connections"][0]["group_bys"]["client_service"] == [value]


async def test_marked_rows_that_the_filter_hides_are_left_out_and_said() -> None:
    async with exploring(FakeSource(four())) as user:
        await user.sees("4 rows")
        await user.press("space", "space", "slash", *"mail", "enter")
        await user.sees("1 of 4 rows")

        await copy_as(user, "CSV")

        await user.until(lambda: user.main.notice.endswith("1 marked row hidden, and left out."))
        assert len(user.copied.splitlines()) == 2
        await user.sees("2 marked, 1 hidden")
        await user.press("y")
        await user.sees("1 id sent to the terminal's clipboard. 1 marked row hidden, and left out.")
        assert user.copied == "mail"


async def test_where_the_filter_hides_all_marked_rows_none_is_copied_and_that_is_said() -> None:
    async with exploring(FakeSource(four())) as user:
        await user.sees("4 rows")
        await user.press("space", "space", "slash", *"cron", "enter")
        await user.sees("1 of 4 rows")

        await user.press("y")

        await user.sees("There is no row to copy. 2 marked rows hidden, and left out.")
        assert user.sent == []
        await user.press("Y")
        await user.until(lambda: user.main.notice == "2 marked rows hidden, and left out.")


async def test_the_request_is_copied_with_the_window_of_the_answer_that_is_shown() -> None:
    source = FakeSource(four())
    source.address = Address("https://api.datadoghq.eu", "token")
    async with exploring(source) as user:
        await user.sees("4 rows")

        await copy_as(user, "curl")

        await user.sees("1 request sent to the terminal's clipboard for curl.")
        words = shlex.split(user.copied)
        assert "https://api.datadoghq.eu/api/v2/network/connections/aggregate" in words
        assert "Authorization: Bearer $DD_ACCESS_TOKEN" in words
        assert {f"from={MOMENT - 900}", f"to={MOMENT}"} <= set(words)


async def test_the_request_is_copied_as_a_program() -> None:
    async with exploring(FakeSource(four())) as user:
        await user.sees("4 rows")

        await copy_as(user, "Python")

        await user.sees("1 request sent to the terminal's clipboard for Python.")
        assert f"        to={MOMENT}," in user.copied.splitlines()


async def test_the_command_for_this_question_is_shown_and_copied() -> None:
    source = FakeSource(replace(four(), query=ASKED))
    source.site = "datadoghq.eu"
    arrangement = Arrangement(row_filter=RowFilter("web", CONNECTIONS))
    async with exploring(source, exploration=Exploration(ASKED, arrangement, refresh_seconds=None)) as user:
        await user.sees("1 of 4 rows")

        await user.press("Y")
        await user.sees("Copy as")
        await user.press("end")
        await user.sees("cnm-tui -g client_service,server_service -q server_env:prod")
        await user.press("enter")

        await user.sees("1 command sent to the terminal's clipboard.")
        assert shlex.split(user.copied)[-4:] == ["--filter", "web", "--site", "datadoghq.eu"]


async def test_ids_are_copied_from_the_same_dialog() -> None:
    async with exploring(FakeSource(four())) as user:
        await user.sees("4 rows")
        await user.press("space", "space", "space", "space")

        await copy_as(user, "ids")

        await user.sees("4 ids sent to the terminal's clipboard.")
        assert user.copied == "web\nmail\n=1+1\ncron"


async def test_before_the_first_answer_there_is_a_request_and_no_row_to_copy() -> None:
    async with exploring(FakeSource()) as user:
        await user.until(lambda: user.source.waiting)

        await user.press("Y")

        await user.sees("Copy as")
        assert "TSV" not in user.screen()
        await user.sees("curl -sS")


async def test_a_long_form_is_shown_in_part() -> None:
    async with exploring(FakeSource(four()), size=(60, 15)) as user:
        await user.sees("4 rows")

        await user.press("Y", "down", "down", "down")

        await user.sees("… and ")
        await user.sees("esc cancels")


@pytest.mark.parametrize("form", ["note", "JSON", "curl", "Python", "command"])
async def test_a_key_in_the_search_is_not_copied(form: str) -> None:
    source = FakeSource(replace(four(), query=Query(search=f"x {KEY}")))
    async with exploring(source, exploration=Exploration(Query(search=f"x {KEY}"), refresh_seconds=None)) as user:
        await user.sees("4 rows")

        await copy_as(user, form)

        await user.sees("the question contains one of your keys")
        assert not any(sent.startswith("\x1b]52;") for sent in user.sent)
