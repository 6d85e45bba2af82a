"""Test queries that are kept between runs: saved views and the last query."""

from dataclasses import replace
from pathlib import Path

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import UnexpectedReply
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.time.time_range import last, parsed_time_range
from cnm_tui.core.views.recommended import recommended
from cnm_tui.core.views.saved_view import SavedView
from cnm_tui.store.last_question import LastQuestion
from cnm_tui.store.saved_views import ViewsFile
from tests.builders import KEY, FakeSource, a_connection, a_snapshot
from tests.tui.conftest import asking, exploring

LEFT = Query(search="server_env:prod", time_range=last(14_400))
NARROWED = Arrangement(row_filter=RowFilter("web", CONNECTIONS), columns=("tcp_resets",), widths=(("tcp_resets", 2),))


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """Return a folder in which a last query is stored."""
    LastQuestion(tmp_path / "last-question.json").save(LEFT, NARROWED)
    return tmp_path


async def test_what_was_left_is_offered_and_one_key_resumes_it(left: Path) -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()), a_snapshot()), directory=left) as user:
        await user.sees("R resumes: client_service ▸ server_serv")
        await user.sees("…, sorted by TOTAL ▾, filtered by web")
        assert user.source.asked == [Query()]

        await user.press("R")

        await user.until(lambda: len(user.source.asked) == 2)
        assert user.source.asked[1] == LEFT
        assert user.main.exploration.arrangement == NARROWED
        await user.until(lambda: "R resumes" not in user.screen())
        assert user.line_with("/").split() == ["/", "web"]


async def test_a_question_that_fails_can_be_resumed_again(tmp_path: Path) -> None:
    odd = Query(group_bys=('a"b', "c\\d"))
    LastQuestion(tmp_path / "last-question.json").save(odd, Arrangement())
    failing = UnexpectedReply("The reply could not be read.")
    source = FakeSource(a_snapshot(a_connection()), failing, a_snapshot(a_connection(), query=odd))
    async with exploring(source, directory=tmp_path) as user:
        await user.sees("R resumes: ")

        await user.press("R")
        await user.sees("The reply could not be read.")
        await user.press("R")

        await user.until(lambda: user.source.asked[1:] == [odd, odd])
        await user.sees("1 row")


async def test_a_last_question_that_cannot_be_read_is_not_called_none_and_hides_no_views(tmp_path: Path) -> None:
    (tmp_path / "last-question.json").write_text("{")
    ViewsFile(tmp_path / "views.toml").save(SavedView("Ours", Query(), Arrangement()), replacing=False)
    async with exploring(FakeSource(a_snapshot(a_connection())), directory=tmp_path, size=(200, 24)) as user:
        await user.sees("holds no question")
        user.main.say("")

        await user.press("R")
        await user.sees("last-question.json holds no question. The next one to be left replaces it.")

        await user.press("v")
        await user.sees("Ours")


async def test_an_offer_names_the_view_and_covers_neither_a_cut_nor_the_hints(tmp_path: Path) -> None:
    view = recommended(CONNECTIONS)[1]
    left = replace(view.applied_to(Query()), time_range=last(14_400))
    LastQuestion(tmp_path / "last-question.json").save(left, view.arranged(Arrangement()))
    limited = asking(Query(limit=1))
    async with exploring(
        FakeSource(a_snapshot(a_connection(), query=limited.query)), exploration=limited, directory=tmp_path
    ) as user:
        await user.sees("cut at the limit")
        await user.until(lambda: "R resumes: Retransmits, client_service ▸ " in user.screen().splitlines()[-2])

        *_, offer, last_line = user.screen().splitlines()
        assert offer.rstrip().endswith(", sorted by RETRANS% ▾")
        assert last_line.startswith(" 1 row · cut at the limit")
        assert "? help" in last_line


async def test_an_offer_names_a_view_of_ones_own(tmp_path: Path) -> None:
    ours = SavedView("Prod", LEFT, NARROWED)
    ViewsFile(tmp_path / "views.toml").save(ours, replacing=False)
    LastQuestion(tmp_path / "last-question.json").save(replace(LEFT, time_range=last(60)), NARROWED)
    async with exploring(FakeSource(a_snapshot(a_connection())), directory=tmp_path) as user:
        await user.sees("R resumes: Prod, client_service ▸ ")


async def test_a_long_offer_takes_one_line(tmp_path: Path) -> None:
    LastQuestion(tmp_path / "last-question.json").save(Query(search="x" * 200), Arrangement())
    async with exploring(FakeSource(a_snapshot(a_connection())), directory=tmp_path) as user:
        await user.until(lambda: user.screen().splitlines()[-2].startswith(" R resumes: "))

        offer = user.screen().splitlines()[-2]
        assert offer.rstrip().endswith("…, sorted by TOTAL ▾")


@pytest.mark.parametrize("name", ["views.toml", "last-question.json"])
async def test_what_cannot_be_read_is_named_and_the_program_starts_without_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("[")
    async with exploring(FakeSource(a_snapshot(a_connection())), directory=tmp_path) as user:
        await user.until(lambda: name in user.main.notice)
        await user.until(lambda: user.highlighted is not None)

        assert (tmp_path / name).read_text() == "["


async def test_a_saved_view_asks_its_question_in_its_arrangement(tmp_path: Path) -> None:
    ViewsFile(tmp_path / "views.toml").save(SavedView("Prod", LEFT, NARROWED), replacing=False)
    async with exploring(FakeSource(a_snapshot(a_connection()), a_snapshot()), directory=tmp_path) as user:
        await user.sees("1 row")

        await user.press("v")
        await user.type("prod")
        await user.sees("Saved: ")
        await user.press("enter")

        await user.until(lambda: len(user.source.asked) == 2)
        assert (user.main.exploration.query, user.main.exploration.arrangement) == (LEFT, NARROWED)


async def test_a_view_that_cannot_be_asked_leaves_the_rows_as_they_are(tmp_path: Path) -> None:
    to_come = SavedView("To come", Query(time_range=parsed_time_range("2100-01-01T10:00Z to now-1m")), NARROWED)
    ViewsFile(tmp_path / "views.toml").save(to_come, replacing=False)
    async with exploring(FakeSource(a_snapshot(a_connection())), directory=tmp_path) as user:
        await user.sees("1 row")

        await user.press("v")
        await user.type("to come")
        await user.sees("Saved: ")
        await user.press("enter")

        await user.sees("The time range starts in the future, at 2100-01-01 10:00Z.")
        assert (user.main.exploration.query, user.main.exploration.arrangement) == (Query(), Arrangement())


async def test_what_is_asked_is_saved_from_the_screen(tmp_path: Path) -> None:
    exploration = Exploration(LEFT, NARROWED, refresh_seconds=None)
    async with exploring(FakeSource(a_snapshot(a_connection())), exploration=exploration, directory=tmp_path) as user:
        await user.press("v")
        await user.sees("Top talkers")

        await user.press("ctrl+s")
        await user.type("prod")
        await user.press("enter")

        await user.sees("Saved as prod.")
        assert ViewsFile(tmp_path / "views.toml").load().views == (SavedView("prod", LEFT, NARROWED),)


async def test_a_recommended_view_shows_its_columns_first() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()), a_snapshot(a_connection()))) as user:
        await user.sees("1 row")

        await user.press("v")
        await user.sees("Resets")
        await user.type("resets")
        await user.press("enter")

        await user.until(lambda: len(user.source.asked) == 2)
        assert user.main.exploration.arrangement.columns[0] == "tcp_resets"


async def test_services_of_the_rows_at_hand_are_offered_for_their_dependencies() -> None:
    rows = a_snapshot(a_connection(groups=(("payments",), ("store",)), bytes_sent_by_client=9))
    async with exploring(FakeSource(rows, a_snapshot())) as user:
        await user.sees("1 row")

        await user.press("v")
        await user.type("dependencies")
        await user.sees("Dependencies of a service")
        await user.press("enter")
        await user.sees("payments  1 row, 9 B")
        await user.press("tab", "enter")

        await user.until(lambda: len(user.source.asked) == 2)
        assert user.source.asked[1].search == "client_service:payments"


async def test_the_question_is_left_for_the_next_start(tmp_path: Path) -> None:
    exploration = Exploration(Query(search="team:a"), refresh_seconds=None)
    async with exploring(FakeSource(a_snapshot()), exploration=exploration, directory=tmp_path) as user:
        await user.until(lambda: user.source.asked)

        user.app.termination.do_before_the_end()

    left = LastQuestion(tmp_path / "last-question.json").load()
    assert left is not None
    assert left.query.search == "team:a"


@pytest.mark.parametrize(
    "query",
    [
        Query(search=f"x {KEY}"),
        Query(search="0123456789abcdef0123456789abcdef"),
        Query(tags=("ddpat_x",)),
        Query(("ddsat_x",)),
    ],
    ids=["the source's key", "like an API key", "a token as a tag", "a token as a field"],
)
async def test_a_question_with_a_key_is_left_nowhere(tmp_path: Path, query: Query) -> None:
    exploration = Exploration(query, refresh_seconds=None)
    async with exploring(FakeSource(a_snapshot()), exploration=exploration, directory=tmp_path) as user:
        await user.until(lambda: user.source.asked)

        user.app.termination.do_before_the_end()

    assert not (tmp_path / "last-question.json").exists()


async def test_a_filter_with_a_key_is_left_nowhere(tmp_path: Path) -> None:
    arrangement = Arrangement(row_filter=RowFilter("ddpat_x", CONNECTIONS))
    exploration = Exploration(Query(), arrangement, refresh_seconds=None)
    async with exploring(FakeSource(a_snapshot()), exploration=exploration, directory=tmp_path) as user:
        await user.until(lambda: user.source.asked)

        user.app.termination.do_before_the_end()

    assert not (tmp_path / "last-question.json").exists()
