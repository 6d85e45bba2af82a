"""Fields used last are remembered between sittings, and a broken file costs nothing but the memory."""

import stat
from pathlib import Path

import pytest

from cnm_tui.core.chosen_fields import MOST_RECENT
from cnm_tui.store.files import state_directory
from cnm_tui.store.recent_fields import recall, remember

pytestmark = pytest.mark.usefixtures("own_home")


def the_file() -> Path:
    """Where they are kept, its folder made."""
    state_directory().mkdir(parents=True, exist_ok=True)
    return state_directory() / "recent_fields"


def test_nothing_is_recalled_at_first() -> None:
    assert recall() == ()


def test_what_was_remembered_is_recalled_the_latest_first() -> None:
    remember(("client_service", "server_service"))
    told = remember(("client_pod_name", "server_service"))

    assert told == recall() == ("client_pod_name", "server_service", "client_service")


def test_the_file_is_for_its_user_alone() -> None:
    remember(("client_service",))

    assert stat.S_IMODE(the_file().stat().st_mode) == 0o600


def test_the_oldest_are_forgotten() -> None:
    for number in range(MOST_RECENT + 5):
        remember((f"client_tag{number}",))

    assert len(recall()) == MOST_RECENT
    assert recall()[0] == f"client_tag{MOST_RECENT + 4}"


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
def test_lines_that_are_no_fields_are_passed_over(content: bytes, recalled: tuple[str, ...]) -> None:
    the_file().write_bytes(content)

    assert recall() == recalled


def test_a_folder_in_the_place_of_the_file_costs_nothing_but_the_memory() -> None:
    the_file().mkdir()

    assert recall() == ()
    assert remember(("team",)) == ("team",)
