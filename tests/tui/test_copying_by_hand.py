"""Test the copying of texts if no clipboard accepts them. The texts are displayed for selection, or written to a
file.

The tests also check which texts are never copied.
"""

import shlex
import stat
from pathlib import Path

import pytest
from textual.widgets import Input

from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from tests.builders import KEY, FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring
from tests.tui.painted import painted

MOUSE, MOUSE_OFF = "\x1b[?1000h\x1b[?1003h", "\x1b[?1000l\x1b[?1003l"


@pytest.fixture(autouse=True)
def _far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment of an SSH session, so that cnm-tui does not use a desktop clipboard."""
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSH_TTY", "/dev/pts/0")
    monkeypatch.setenv("TERM", "xterm-256color")


def numbered(count: int, *, wide: int = 0) -> Snapshot:
    """Return an answer with this number of rows. Each row id has at least `wide` characters."""
    return a_snapshot(*(a_connection(id=f"id:{number:04}".ljust(wide, "x")) for number in range(count)))


async def mark(user: User, count: int) -> None:
    await user.press(*["space"] * count)
    await user.sees(f"{count} marked")


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)], ids=str)
async def test_where_nothing_takes_it_the_text_stands_there_alone_from_the_left_edge(size: tuple[int, int]) -> None:
    async with exploring(FakeSource(numbered(5)), clipboard="off", size=size) as user:
        await user.sees("5 rows")
        await mark(user, 2)

        await user.press("y")

        await user.sees("2 ids to copy by hand")
        lines = user.screen().splitlines()
        assert "The clipboard is off." in lines
        assert [line for line in lines if line.startswith("id:")] == ["id:0000", "id:0001"]
        assert "esc closes" in lines[-1]
        assert "server_service" not in user.screen()


async def test_what_is_left_out_of_the_text_is_said_beside_it() -> None:
    async with exploring(FakeSource(numbered(5)), clipboard="off") as user:
        await user.sees("5 rows")
        await mark(user, 2)
        await user.press("slash", *"0001", "enter")
        await user.sees("2 marked, 1 hidden")

        await user.press("y")

        await user.sees("The clipboard is off. 1 marked row hidden, and left out.")


async def test_the_mouse_is_the_terminals_while_the_text_is_shown() -> None:
    async with exploring(FakeSource(numbered(1)), clipboard="off") as user:
        await user.sees("1 row")

        await user.press("y")
        await user.sees("to copy by hand")
        lent = "".join(user.sent)
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.main)

        assert MOUSE_OFF in lent
        assert MOUSE not in lent
        assert MOUSE in "".join(user.sent)


async def test_a_mouse_that_was_the_terminals_stays_so() -> None:
    async with exploring(FakeSource(numbered(1)), clipboard="off") as user:
        await user.sees("1 row")
        await user.press("T")
        await user.sees("The mouse is the terminal's")
        user.sent.clear()

        await user.press("y")
        await user.sees("to copy by hand")
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.main)

        assert user.sent == []


async def test_one_key_writes_it_to_a_file_for_its_user_alone_and_says_where(tmp_path: Path) -> None:
    async with exploring(FakeSource(numbered(3)), clipboard="off", directory=tmp_path, size=(200, 24)) as user:
        await user.sees("3 rows")
        await mark(user, 3)
        await user.press("y")
        await user.sees("to copy by hand")
        assert not (tmp_path / "copied.txt").exists()

        await user.press("w")

        await user.sees(f"Written to {tmp_path / 'copied.txt'}, readable by you only.")
        assert (tmp_path / "copied.txt").read_text() == "id:0000\nid:0001\nid:0002\n"
        assert stat.S_IMODE((tmp_path / "copied.txt").stat().st_mode) == 0o600


async def test_cells_are_shown_apart_and_written_with_tabs_between_them(tmp_path: Path) -> None:
    async with exploring(FakeSource(a_snapshot(a_connection())), clipboard="off", directory=tmp_path) as user:
        await user.sees("1 row")
        await user.press("Y", "down", "enter")
        await user.sees("1 row to copy by hand")

        await user.press("w")
        await user.sees("Written to")

        assert "web  store  client_service" in user.screen()
        assert "web\tstore\tclient_service" in (tmp_path / "copied.txt").read_text()


async def test_a_file_that_cannot_be_written_is_told_and_the_text_stays(tmp_path: Path) -> None:
    (tmp_path / "copied.txt").mkdir()
    async with exploring(FakeSource(numbered(1)), clipboard="off", directory=tmp_path, size=(200, 24)) as user:
        await user.sees("1 row")
        await user.press("y")
        await user.sees("to copy by hand")

        await user.press("w")

        await user.sees("copied.txt could not be written")
        assert "id:0000" in user.screen()


async def test_what_is_too_long_for_a_terminals_clipboard_can_be_seen_to_its_end() -> None:
    async with exploring(FakeSource(numbered(40, wide=2_000))) as user:
        await user.sees("40 rows")
        await mark(user, 40)

        await user.press("y")
        await user.sees("A terminal's clipboard takes 74,994 bytes; this is 80,039.")
        await user.sees("rows 1–18 of 1,000")
        assert "id:0000" in user.screen()
        assert "id:0001" not in user.screen()

        seen = user.screen()
        for _ in range(60):
            await user.press("pagedown")
            seen += user.screen()
        await user.sees("rows 983–1,000 of 1,000")
        assert [number for number in range(40) if f"id:{number:04}" not in seen] == []
        await user.press("g")
        await user.sees("rows 1–18 of 1,000")
        assert user.sent == [sequence for sequence in user.sent if "]52;" not in sequence]


async def test_the_rows_of_a_long_line_are_the_line(tmp_path: Path) -> None:
    long = "日本語 " * 100 + "end"
    async with exploring(FakeSource(a_snapshot(a_connection(id=long))), clipboard="off") as user:
        await user.sees("1 row")

        await user.press("y")
        await user.sees("end")

        shown = user.screen().splitlines()[3:-2]
        assert (
            "".join(line.ljust(79) if "end" not in line else line for line in shown)
            .replace(" ", "")
            .startswith(long.replace(" ", ""))
        )


async def test_a_long_line_is_broken_between_its_words() -> None:
    named = f"client_service:{'c' * 20}, server_service:{'s' * 20}, {'x' * 70}"
    async with exploring(FakeSource(a_snapshot(a_connection(id=named))), clipboard="off", size=(60, 15)) as user:
        await user.sees("1 row")

        await user.press("y")
        await user.sees("to copy by hand")

        shown = [line for line in user.screen().splitlines() if line.startswith(("client", "server", "x"))]
        assert shown == [
            f"client_service:{'c' * 20},",
            f"server_service:{'s' * 20},",
            "x" * 60,
            "x" * 10,
        ]


async def test_a_command_taken_by_mouse_is_one_command_though_it_is_shown_on_several_lines() -> None:
    search = "client_env:prod AND NOT server_service:(payments OR cards)"
    answer = a_snapshot(a_connection(), query=Query(search=search))
    async with exploring(FakeSource(answer), clipboard="off", size=(60, 24)) as user:
        await user.sees("1 row")

        await user.press("Y", "end", "enter")
        await user.sees("1 command to copy by hand")

        lines = [strip.text for strip in painted(user.app)]
        begin = next(number for number, line in enumerate(lines) if line.startswith("cnm-tui -g"))
        end = next(number for number in range(begin, 24) if not lines[number].endswith("\\"))
        assert end > begin
        # As a shell does where nothing stands behind a backslash.
        words = shlex.split("".join(line.removesuffix("\\") for line in lines[begin : end + 1]))
        assert words[:5] == ["cnm-tui", "-g", "client_service,server_service", "-q", search]


async def test_a_resize_keeps_the_line_at_the_top() -> None:
    async with exploring(FakeSource(numbered(30, wide=100)), clipboard="off") as user:
        await user.sees("30 rows")
        await mark(user, 30)
        await user.press("y")
        await user.sees("rows 1–18 of 60")
        await user.press(*["down"] * 20)
        await user.sees("rows 21–38 of 60")

        await user.pilot.resize_terminal(120, 24)

        await user.sees("rows 11–28 of 30")
        assert user.screen().splitlines()[3].startswith("id:0010")


@pytest.mark.parametrize("clipboard", ["osc52", "off"])
async def test_a_text_with_a_key_is_not_copied_and_not_shown(clipboard: str) -> None:
    source = FakeSource(a_snapshot(a_connection(id=f"client_service:{KEY}")))
    async with exploring(source, clipboard=clipboard) as user:
        await user.sees("1 row")

        await user.press("y")

        await user.sees("Nothing was copied: the text contains one of your keys.")
        assert user.app.screen is user.main
        assert user.sent == []


async def test_what_is_selected_in_a_box_goes_the_same_way_and_is_cleaned() -> None:
    async with exploring(FakeSource(numbered(1))) as user:
        await user.sees("1 row")
        await user.press("e")
        user.app.screen.query_one(Input).value = "team:a\x1b[2J"

        await user.press("end", "shift+home", "ctrl+c")

        await user.sees("Selection sent to the terminal's clipboard.")
        assert user.copied == "team:a␛[2J"
        assert user.app.clipboard == "team:a\x1b[2J"


async def test_a_link_that_no_clipboard_takes_is_shown_once() -> None:
    source = FakeSource(numbered(1))
    source.site = "datadoghq.eu"
    async with exploring(source, clipboard="off") as user:
        await user.sees("1 row")

        await user.press("o", "enter")

        await user.sees("The clipboard is off.")
        assert "╭─ Link ─" in user.screen()
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.main)
