"""Test that the command line can open saved views and the last query, and that other options override their
values.
"""

import csv
import json
from pathlib import Path

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.time.time_range import last
from cnm_tui.core.views.saved_view import SavedView
from cnm_tui.options import Question, changed_question
from cnm_tui.store.last_question import LastQuestion
from cnm_tui.store.saved_views import ViewsFile
from tests.program import Done, run

pytestmark = pytest.mark.slow

VIEW = SavedView(
    "Big ones",
    Query(("client_service",), "client_env:prod", limit=20),
    Arrangement((SortKey("client_service", False),), columns=("tcp_resets", "total_bytes")),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home folder that contains one saved view and one last query."""
    config, state = tmp_path / "cnm-tui", tmp_path / "state" / "cnm-tui"
    config.mkdir()
    ViewsFile(config / "views.toml").save(VIEW, replacing=False)
    LastQuestion(state / "last-question.json").save(Query(("server_service",), limit=3), Arrangement())
    return tmp_path


def asked(url: str, home: Path, *arguments: str) -> Done:
    environ = {
        "DD_API_KEY": "any",
        "DD_APP_KEY": "any",
        "XDG_CONFIG_HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
    }
    return run("query", "--api-url", url, *arguments, environ=environ)


def question(done: Done) -> dict[str, object]:
    assert done.returncode == 0, done.stderr
    document: dict[str, object] = json.loads(done.stdout)
    return document


def test_a_saved_view_is_asked_by_how_its_name_begins(url: str, home: Path) -> None:
    document = question(asked(url, home, "--view", "big", "-f", "json"))

    assert (document["query"] | {"from": 0, "to": 0}) == {  # type: ignore[operator]  # a mapping in JSON
        "from": 0, "to": 0, "group_by": ["client_service"], "query": "client_env:prod", "tags": [], "limit": 20
    }  # fmt: skip
    assert document["sort"] == ["client_service:asc"]


def test_options_given_besides_win(url: str, home: Path) -> None:
    document = question(asked(url, home, "--view", "Big ones", "--tags", "env:prod", "-n", "5", "-f", "json"))

    assert {key: document["query"][key] for key in ("query", "tags", "limit", "group_by")} == {  # type: ignore[index]  # as above
        "query": "", "tags": ["env:prod"], "limit": 5, "group_by": ["client_service"]
    }  # fmt: skip


def test_columns_are_those_of_csv_and_json_keeps_all_figures(url: str, home: Path) -> None:
    rows = list(csv.reader(asked(url, home, "--view", "big", "-f", "csv").stdout.splitlines()))
    line = asked(url, home, "--view", "big", "-f", "jsonl").stdout.splitlines()[0]

    assert rows[0] == ["client_service", "id", "tcp_resets", "total_bytes"]
    assert {len(row) for row in rows} == {4}
    assert "tcp_retransmits" in json.loads(line)


def test_a_filter_narrows_the_rows_of_every_format_and_is_said(url: str, home: Path) -> None:
    done = asked(url, home, "--filter", "total_bytes>1GB", "-f", "json")

    document = question(done)
    rows = document["connections"]
    assert isinstance(rows, list)
    assert len(rows) == document["rows"]
    assert 0 < len(rows) < 100
    assert all(row["total_bytes"] > 1e9 for row in rows)
    assert document["filter"] == "total_bytes>1GB"
    assert "rows match the filter." in done.stderr


def test_the_question_that_was_left_is_asked_again(url: str, home: Path) -> None:
    document = question(asked(url, home, "--resume", "-f", "json"))

    assert document["query"]["group_by"] == ["server_service"]  # type: ignore[index]  # a mapping in JSON
    assert document["rows"] == 3


def test_a_recommended_view_is_asked_by_its_name(url: str, home: Path) -> None:
    rows = asked(url, home, "--view", "resets", "-f", "csv", "-n", "3").stdout.splitlines()

    assert rows[0].startswith("client_service,server_service,id,tcp_resets,")


def test_a_broken_entry_is_named_and_the_others_are_asked(url: str, home: Path) -> None:
    path = home / "cnm-tui" / "views.toml"
    path.write_text("[[view]]\nname = 'bad'\nlimit = 0\n" + path.read_text())

    done = asked(url, home, "--view", "big", "-f", "csv")

    assert done.returncode == 0
    assert "cnm-tui: views.toml, line 3: limit: The limit is 0;" in done.stderr


def test_an_unreadable_file_is_named_and_recommended_views_are_asked(url: str, home: Path) -> None:
    (home / "cnm-tui" / "views.toml").write_text("[")

    done = asked(url, home, "--view", "resets", "-f", "csv")

    assert done.returncode == 0
    assert "views.toml cannot be read, line 1:" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "wrong", "right"),
    [
        (["--view", "nothing"], "No view is called 'nothing'.", "There are: Top talkers, Retransmits, "),
        (["--view", "re"], "views begin with 're'", "Refused connections"),
        (["--view", "dependencies"], "needs a value of client_service", "-q client_service:VALUE"),
        (["--view", "resets", "--resume"], "--view and --resume each say", "Give one"),
        (["--resume"], "There is nothing to resume yet.", "Leave out --resume"),
        (["--columns", "size"], "'size' is no column of figures.", "total_bytes"),
        (["--columns", "tcp_resets,tcp_resets"], "The column tcp_resets is there twice.", "Remove one"),
        (["--filter", "rtt>soon"], "soon", "rtt"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_begun_with_is_refused_with_a_way_out(arguments: list[str], wrong: str, right: str) -> None:
    done = run("query", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert wrong in done.stderr
    assert right in done.stderr


NOTHING_GIVEN = dict.fromkeys(
    ("group_by", "search", "tags", "length", "start", "end", "snap", "limit", "sort", "top", "columns", "row_filter")
)
BEGUN = Question(
    Query(tags=("env:prod",), time_range=last(3_600), limit=7),
    Arrangement((SortKey("tcp_resets", True),), RowFilter("web", CONNECTIONS), ("tcp_resets",), (("tcp_resets", 2),)),
)


def test_without_options_the_question_stays_as_it_began() -> None:
    assert changed_question(BEGUN, **NOTHING_GIVEN) == BEGUN


def test_a_search_takes_the_place_of_tags() -> None:
    query = changed_question(BEGUN, **NOTHING_GIVEN | {"search": "a:b"}).query

    assert (query.search, query.tags) == ("a:b", ())


def test_empty_options_take_away() -> None:
    nothing = {"group_by": "", "tags": "", "sort": "", "columns": "", "row_filter": ""}

    changed = changed_question(BEGUN, **NOTHING_GIVEN | nothing)

    assert (changed.query.group_bys, changed.query.tags) == ((), ())
    assert changed.arrangement == Arrangement((), widths=BEGUN.arrangement.widths)
