"""Test that recently used tags are kept between runs, and that a broken file does no harm."""

import stat
from pathlib import Path

import pytest

from cnm_tui.core.fields.field_search import MOST_RECENT
from cnm_tui.store.recent_fields import RecentFields


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recent-fields.txt"


def test_nothing_is_recalled_at_first(path: Path) -> None:
    assert RecentFields(path).recall() == ()


def test_what_was_remembered_is_recalled_the_latest_first(path: Path) -> None:
    RecentFields(path).remember(("client_service", "server_service"))
    told = RecentFields(path).remember(("client_pod_name", "server_service"))

    assert told == RecentFields(path).recall() == ("client_pod_name", "server_service", "client_service")


def test_the_file_is_for_its_user_alone(path: Path) -> None:
    RecentFields(path).remember(("client_service",))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_oldest_are_forgotten(path: Path) -> None:
    for number in range(MOST_RECENT + 5):
        RecentFields(path).remember((f"client_tag{number}",))

    assert len(RecentFields(path).recall()) == MOST_RECENT
    assert RecentFields(path).recall()[0] == f"client_tag{MOST_RECENT + 4}"


@pytest.mark.parametrize(
    ("content", "recalled"),
    [
        (b"client_service\n\nclient service\nserver_service\n", ("client_service", "server_service")),
        (b"\xff\xfe\x00\n\x1b[2J\nteam\n", ("team",)),
        (b"client_service\nclient_service\n", ("client_service",)),
        (b"x" * 10_000_000, ()),
        (b"a,b\n" * 100_000, ()),
    ],
    ids=["blanks", "no text", "twice", "one endless line", "endless lines"],
)
def test_lines_that_are_no_fields_are_passed_over(path: Path, content: bytes, recalled: tuple[str, ...]) -> None:
    path.write_bytes(content)

    assert RecentFields(path).recall() == recalled


def test_a_folder_in_the_place_of_the_file_costs_nothing_but_the_memory(path: Path) -> None:
    path.mkdir()

    assert RecentFields(path).recall() == ()
    assert RecentFields(path).remember(("team",)) == ("team",)
