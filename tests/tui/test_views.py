"""Test recommended views, and links to Datadog's web pages."""

import base64
import os
from pathlib import Path

import pytest

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.terminal.desktop import open_page
from cnm_tui.tui.widgets.search_box import SearchBox
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import exploring


async def test_a_recommended_view_asks_its_question_and_sorts_as_it_is_read() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection()), a_snapshot(a_connection()))) as user:
        await user.sees("1 row")

        await user.press("v")
        await user.sees("Slowest round trips")
        await user.type("slowest")
        await user.press("enter")

        await user.until(lambda: len(user.source.asked) == 2)
        assert user.main.exploration.arrangement.sort[0].column == "rtt_micro_seconds"


def lossy_at_the_end() -> Snapshot:
    """Return an answer with many rows. The row with the fewest bytes has the most retransmits."""
    rows = [a_connection(f"{n:02}", ((f"web-{n:02}",), ("store",)), bytes_sent_by_client=99 - n) for n in range(60)]
    worst = a_connection("worst", (("lossy",), ("store",)), packets_sent_by_client=9, tcp_retransmits=3)
    return a_snapshot(*rows, worst)


async def test_a_view_is_read_from_its_top_wherever_the_cursor_was() -> None:
    async with exploring(FakeSource(lossy_at_the_end(), lossy_at_the_end())) as user:
        await user.sees("61 rows")
        await user.press("pagedown", "pagedown", "up")

        await user.press("v")
        await user.sees("Slowest round trips")
        await user.press("down", "enter")
        await user.until(lambda: len(user.source.asked) == 2 and not user.main.exploration.fetching)

        assert user.highlighted == "worst"
        assert "lossy" in user.grid.render_line(1).text


@pytest.mark.parametrize(("keys", "highlighted"), [((), "new"), (("down", "up"), "worst")])
async def test_what_the_answer_to_a_view_brings_to_its_top_has_the_cursor_unless_it_was_moved(
    keys: tuple[str, ...], highlighted: str
) -> None:
    newest = a_connection("new", (("new",), ("store",)), packets_sent_by_client=9, tcp_retransmits=8)
    source = FakeSource(lossy_at_the_end())
    async with exploring(source) as user:
        await user.sees("61 rows")
        await user.press("v")
        await user.sees("Slowest round trips")
        await user.press("down", "enter")
        await user.until(lambda: source.waiting)

        await user.press(*keys)
        source.answer(a_snapshot(newest, *lossy_at_the_end().connections))
        await user.sees("62 rows")

        assert user.highlighted == highlighted


async def test_a_refresh_after_the_answer_to_a_view_follows_the_row_once_the_cursor_was_moved() -> None:
    rows = lossy_at_the_end().connections
    worse = a_connection("worse", (("worse",), ("store",)), packets_sent_by_client=9, tcp_retransmits=8)
    async with exploring(FakeSource(a_snapshot(*rows), a_snapshot(*rows), a_snapshot(worse, *rows))) as user:
        await user.sees("61 rows")
        await user.press("v")
        await user.sees("Slowest round trips")
        await user.press("down", "enter")
        await user.until(lambda: len(user.source.asked) == 2 and not user.main.exploration.fetching)
        await user.press("j", "k")
        assert user.highlighted == "worst"

        await user.press("r")
        await user.sees("62 rows")

        assert user.highlighted == "worst"


async def test_the_link_of_a_question_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    source = FakeSource(a_snapshot(a_connection()))
    source.site = "datadoghq.eu"
    async with exploring(source) as user:
        await user.sees("1 row")

        await user.press("o", "enter")

        await user.sees("1 link sent to the terminal's clipboard.")
        copied = base64.b64decode(user.sent[0].removeprefix("\x1b]52;c;").split("\x07")[0]).decode()
        assert copied.startswith("https://app.datadoghq.eu/network?")


async def test_the_link_is_shown_whole_until_it_is_closed() -> None:
    source = FakeSource(a_snapshot(a_connection()))
    source.site = "datadoghq.eu"
    exploration = Exploration(Query(search="server_env:prod [b]x[/b]"), refresh_seconds=None)
    async with exploring(source, exploration=exploration) as user:
        await user.sees("1 row")

        await user.press("o", "enter")
        await user.sees("esc closes")
        shown = "".join(user.screen().replace("│", " ").split())
        await user.press("escape")

        assert "https://app.datadoghq.eu/network?query=server_env%3Aprod%20%5Bb%5Dx%5B%2Fb%5D&from_ts=" in shown
        assert "&live=false" in shown
        await user.until(lambda: user.app.screen is user.main)


def an_opener(directory: Path, script: str) -> None:
    """Create fake programs for opening web pages on Linux and macOS. Both run the shell command `script`."""
    for name in ("xdg-open", "open"):
        (directory / name).write_text(f"#!/bin/sh\n{script}\n")
        (directory / name).chmod(0o755)


@pytest.mark.parametrize(("remote", "said"), [(False, "Opened in the browser."), (True, "1 link sent to")])
async def test_a_link_is_opened_where_the_user_has_a_browser_and_not_over_ssh(
    remote: bool, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_opener(tmp_path, f'echo "$1" > {tmp_path}/opened')
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.delenv("SSH_TTY", raising=False)
    if remote:
        monkeypatch.setenv("SSH_TTY", "/dev/pts/0")
    source = FakeSource(a_snapshot(a_connection()))
    source.site = "datadoghq.eu"
    async with exploring(source) as user:
        await user.sees("1 row")

        await user.press("o", "enter")
        await user.sees(said)
        await user.app.workers.wait_for_complete()

        assert (tmp_path / "opened").exists() is not remote


async def test_keys_go_on_while_a_browser_takes_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "slow")
    an_opener(tmp_path, f"read line < {tmp_path}/slow")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.delenv("SSH_TTY", raising=False)
    source = FakeSource(a_snapshot(a_connection()))
    source.site = "datadoghq.eu"
    async with exploring(source) as user:
        await user.sees("1 row")
        await user.press("o", "enter")
        await user.sees("1 link sent to the terminal's clipboard.")

        await user.press("escape", "question_mark")
        await user.sees("Navigate")

        assert "Opened" not in user.main.notice
        (tmp_path / "slow").write_text("\n")
        await user.until(lambda: "Opened in the browser." in user.main.notice)


async def test_the_link_of_a_long_search_is_scrolled() -> None:
    source = FakeSource(a_snapshot(a_connection()))
    source.site = "datadoghq.eu"
    exploration = Exploration(Query(search=" ".join(["server_env:prod"] * 99)), refresh_seconds=None)
    async with exploring(source, exploration=exploration) as user:
        await user.sees("1 row")
        await user.press("o", "enter")
        await user.sees("esc closes")
        assert "live=false" not in user.screen()

        await user.press("end")

        await user.sees("live=false")


@pytest.mark.parametrize(("script", "taken"), [("exit 0", True), ("echo no; exit 3", False), (None, False)])
def test_a_page_is_opened_only_if_the_tool_says_so(
    script: str | None, taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    if script is not None:
        an_opener(tmp_path, script)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert open_page("https://app.datadoghq.eu/network") is taken

    assert capfd.readouterr() == ("", "")


async def test_a_link_that_cannot_be_read_is_refused_and_stays_in_the_box() -> None:
    link = "https://app.datadoghq.com/network?query=server_env%3Aprod&from_ts=yesterday&to_ts=now"
    async with exploring(FakeSource(a_snapshot(a_connection()), a_snapshot())) as user:
        await user.sees("1 row")

        await user.press("e")
        user.main.focused.value = link  # type: ignore[union-attr]  # as a paste does
        await user.press("enter")

        await user.sees("from_ts")
        assert len(user.source.asked) == 1
        assert user.main.query_one(SearchBox).value == link
        assert user.main.query_one(SearchBox).has_focus


async def test_the_search_box_completes_values_of_the_rows_at_hand() -> None:
    rows = a_snapshot(a_connection(groups=(("web",), ("payment store",)), bytes_sent_by_client=9))
    async with exploring(FakeSource(rows, a_snapshot())) as user:
        await user.sees("1 row")

        await user.press("e")
        await user.type("server_service:pay")
        await user.sees("payment store")
        await user.press("tab", "enter")

        await user.until(lambda: len(user.source.asked) == 2)
        assert user.source.asked[1].search == 'server_service:"payment store"'
