"""Test the detail pane, which shows all data about one connection."""

from functools import partial

import pytest

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.screens.main import MainScreen
from cnm_tui.tui.widgets.detail_lines import Heights, Shown, lines_of
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import exploring

ROW = b'{"id": "x", "attributes": {"tcp_quantum_leaps": 7, "note": "\\u001b[2J"}}'
FULL = a_connection(groups=(("web",), ("store", "store-canary")), rtt_micro_seconds=182_345, tcp_resets=None, raw=ROW)


def text_of(width: int = 60, shown: Shown = Shown(all_meanings=True)) -> str:  # noqa: B008  # a frozen value
    """Return all lines of the detail pane for one connection, as one text."""
    lines = lines_of(FULL, a_snapshot(FULL), width, shown)
    return "\n".join("".join(text for text, _ in line) for line in lines)


def test_every_counted_figure_has_its_name_and_its_meaning() -> None:
    text = " ".join(text_of(200).split())

    for metric in CONNECTIONS.counted:
        assert f" {metric.label} " in text
        assert metric.meaning in text


def test_the_meaning_of_one_figure_stands_below_all_figures_with_its_name() -> None:
    text = text_of(70, Shown(figure="tcp_timeouts", meanings="F2"))

    figures, _, meaning = text.partition(" TIMEOUTS  tcp_timeouts\n")
    assert CONNECTIONS.metrics["tcp_timeouts"].meaning in " ".join(meaning.split())
    assert "F2 shows the meaning of all." in meaning
    assert all(f" {metric.label} " in figures for metric in CONNECTIONS.counted)
    assert CONNECTIONS.metrics["tcp_refusals"].meaning not in " ".join(text.split())


def test_a_figure_is_compared_with_the_median_of_the_rows() -> None:
    sizes = (100, 400, 400, 500, 1_200)
    rows = [a_connection(str(size), bytes_sent_by_client=size, tcp_resets=None) for size in sizes]
    snapshot = a_snapshot(*rows)

    def line(label: str, at: int, width: int = 60) -> list[str]:
        lines = lines_of(rows[at], snapshot, width)
        return next(words for one in lines if (words := "".join(text for text, _ in one).split())[:1] == [label])

    assert line("SENT", 1) == ["SENT", "400", "B", "██", "400", "B"]
    assert line("SENT", 4) == ["SENT", "1.2", "kB", "████", "400", "B"]
    assert line("RESETS", 0) == ["RESETS", "–", "–"]
    assert line("SENT", 1, width=36) == ["SENT", "400", "B", "██"]
    assert line("SENT", 1, width=28) == ["SENT", "400", "B"]


def test_with_a_timeline_each_figure_has_its_trend_where_there_is_room() -> None:
    def line(width: int) -> str:
        shown = Shown(trend=lambda _row, metric, columns: f"{metric.label}▁▂▃"[:columns])
        lines = ("".join(text for text, _ in one) for one in lines_of(FULL, a_snapshot(FULL), width, shown))
        return next(one for one in lines if one.startswith(" SENT "))

    assert line(60).endswith("SENT▁▂▃         ")
    assert line(50).endswith("SENT▁▂")
    assert "▁" not in line(47)


def test_the_figures_stand_in_groups() -> None:
    lines = lines_of(FULL, a_snapshot(FULL), 60)

    titles = [line[0][0] for line in lines if line and line[0][1] == "title"]
    assert titles == [" Connection", " Traffic", " Speed", " Failures", " TCP", " Row as it came"]


KEYS = {"why": "F9", "timeline": "F8"}


def test_the_finding_stands_before_the_figures_with_evidence_doubt_question_and_source() -> None:
    ill = a_connection(
        "ill", tcp_refusals=900, tcp_established_connections=100, packets_sent_by_client=5_000, rtt_micro_seconds=900
    )
    lines = lines_of(ill, a_snapshot(ill), 78, Shown(keys=KEYS, whole_finding=True))
    short = "\n".join(
        "".join(text for text, _ in line) for line in lines_of(ill, a_snapshot(ill), 78, Shown(keys=KEYS))
    )

    text = "\n".join("".join(text for text, _ in line) for line in lines)
    said = " ".join(text.partition(" Traffic")[0].split())
    rule = CONNECTIONS.findings().by_code["refused"]
    assert f"▲▲ critical: connections are refused {rule.meaning} REFUSED: 900 of 1,000" in said
    assert "evidence REFUSED 900 (90.00 %; warning from 1 %, critical from 5 %)" in said
    for part in (
        rule.mistaken,
        rule.source,
        f"{rule.ask[0].text} F9 asks.",
        f"{rule.ask[1].text} b groups by server_image_tag, server_pod_name.",
    ):
        assert part in said
        assert part not in " ".join(short.split())
    assert "F9 says why" in short
    assert "REFUSED: 900 of 1,000" in short


def test_a_shorter_finding_leaves_the_figures_in_place() -> None:
    ill = a_connection("ill", tcp_refusals=900, tcp_established_connections=100, packets_sent_by_client=5_000)
    well = a_connection("well", packets_sent_by_client=5_000, rtt_micro_seconds=900)
    snapshot, heights = a_snapshot(ill, well), Heights()

    def line_of_traffic(connection: Connection) -> int:
        lines = lines_of(connection, snapshot, 50, heights=heights)
        return next(y for y, line in enumerate(lines) if line and line[0][0] == " Traffic")

    longest = max(line_of_traffic(well), line_of_traffic(ill))

    assert line_of_traffic(ill) == line_of_traffic(well) == longest


def test_a_figure_is_there_readable_and_raw() -> None:
    text = text_of()

    assert "182.3 ms" in text
    assert "182,345 microseconds." in text


def test_a_section_of_a_feature_has_a_heading_and_its_lines_are_wrapped_and_harmless() -> None:
    def section(connection: Connection, width: int) -> list[tuple[str, str]]:
        return [("-" * width, "quiet"), (f"of {connection.id} \x1b[2J" + " long" * 20, "")]

    lines = lines_of(FULL, a_snapshot(FULL), 60, Shown(sections={"Trend": section, "Nothing": lambda *_: []}))
    texts = ["".join(text for text, _ in line) for line in lines]

    start = texts.index(" Trend")
    assert texts[start + 1] == f" {'-' * 58}"
    assert texts[start + 2].startswith(f" of {FULL.id}")
    assert "\x1b" not in "".join(texts)
    assert max(map(len, texts)) <= 60
    assert " Nothing" not in texts


def test_an_absent_figure_says_so() -> None:
    assert "Absent from the reply." in " ".join(text_of().split())


def test_values_stand_beside_the_name_of_their_group_each_in_a_line() -> None:
    assert text_of().splitlines()[1:4] == [
        " client_service  web",
        " server_service  store",
        "                 store-canary",
    ]


def test_values_without_room_beside_the_name_stand_under_it() -> None:
    long_named = a_connection(id="i", groups=(("web",), ("store-" * 9,)))
    lines = lines_of(long_named, a_snapshot(long_named), 60)

    assert ["".join(text for text, _ in line) for line in lines[1:5]] == [
        " client_service  web",
        " server_service",
        f"   {'store-' * 9}",
        " id              i",
    ]


def test_the_row_stands_there_as_it_came_with_unknown_fields_and_nothing_dangerous() -> None:
    text = text_of()

    assert '"tcp_quantum_leaps": 7' in text
    assert "\\u001b[2J" in text
    assert "\x1b" not in text


def test_of_a_monstrous_row_the_beginning_stands_there() -> None:
    monstrous = a_connection(raw=b'{"id": "x", "note": "%b\\u001b"}' % (b"y" * 5_000_000))

    lines = lines_of(monstrous, a_snapshot(monstrous), 60)

    assert len(lines) < 500
    assert any('"id": "x"' in text for line in lines for text, _ in line)


def test_figures_stay_in_their_lines_from_one_connection_to_the_next() -> None:
    few_attempts = a_connection(tcp_resets=1, tcp_established_connections=3)
    untouched = a_connection(tcp_resets=0)
    heights = Heights()

    def line_of(key: str, connection: Connection) -> int:
        lines = lines_of(connection, a_snapshot(connection), 50, Shown(all_meanings=True), heights)
        return next(y for y, line in enumerate(lines) if line and line[0][0] == f" {key}")

    # A longer finding moves them once.
    line_of("TIMEOUTS", untouched)
    judged_at = line_of("TIMEOUTS", few_attempts)

    assert line_of("TIMEOUTS", untouched) == judged_at


def test_no_line_is_wider_than_the_pane() -> None:
    for width in (30, 52, 80):
        assert max(len(line) for line in text_of(width).splitlines()) <= max(width, 40)


async def test_on_a_small_terminal_the_pane_covers_the_grid_and_closes_with_the_same_key() -> None:
    async with exploring(FakeSource(a_snapshot(FULL))) as user:
        await user.sees("1 row")

        await user.press("d")
        await user.sees("Connection")
        assert "RETRANS%" not in user.screen()

        await user.press("d")
        await user.sees("RETRANS%")


async def test_on_a_wide_terminal_it_stands_beside_the_grid_and_follows_the_cursor() -> None:
    other = a_connection(groups=(("mail",), ("relay",)))
    async with exploring(FakeSource(a_snapshot(FULL, other)), size=(200, 50)) as user:
        await user.sees("store-canary")
        assert "RETRANS%" in user.screen()

        await user.press("j")

        await user.sees("   relay")


async def test_the_pane_shows_the_figures_of_a_refresh() -> None:
    later = FULL._replace(counters=tuple(5_000 for _ in FULL.counters))
    async with exploring(FakeSource(a_snapshot(FULL), a_snapshot(later)), size=(200, 60)) as user:
        # In the grid, whose heading has the unit, and among the figures.
        await user.until(lambda: user.screen().count("▲ 182.3") == 2)

        await user.press("r")

        await user.until(lambda: user.screen().count(" 5.0") >= 2 and "182.3" not in user.screen())


async def test_the_meaning_follows_the_cursor_and_a_key_of_the_pane_shows_all() -> None:
    async with exploring(FakeSource(a_snapshot(FULL)), size=(200, 80)) as user:
        await user.sees("TOTAL  total_bytes")
        await user.press("l", "l", "l", "l", "l")
        await user.sees("RTT  rtt_micro_seconds")

        await user.press("tab", "right")
        await user.until(lambda: user.app.focused is not None and not user.grid.has_focus)
        await user.sees("REFUSED  tcp_refusals")
        await user.press("asterisk")

        await user.until(lambda: "shows the meaning of all" not in user.screen())
        in_pane = " ".join(line.rpartition("│")[2] for line in user.screen().splitlines())
        assert "nothing listens there" in " ".join(in_pane.split())


async def test_resizing_keeps_everything() -> None:
    async with exploring(
        FakeSource(a_snapshot(FULL)), size=(200, 50), exploration=Exploration(Query(), refresh_seconds=None)
    ) as user:
        await user.sees("TIME RANGE")

        for columns, lines in ((80, 24), (60, 15), (120, 30), (200, 50)):
            await user.pilot.resize_terminal(columns, lines)
            await user.sees("cnm-tui")
            assert user.highlighted == FULL.id

        await user.sees("TIME RANGE")


@pytest.mark.parametrize("size", [(60, 15), (80, 24)], ids=str)
async def test_where_the_pane_covers_the_grid_it_says_why_there_are_no_rows(size: tuple[int, int]) -> None:
    async with exploring(FakeSource(a_snapshot(FULL), a_snapshot()), size=size) as user:
        await user.sees("1 row")
        await user.press("d")
        await user.sees("esc closes")

        await user.press("r")
        await user.sees("No connections from 2026-03-01")
        in_its_place = user.screen()
        await user.press("d")
        await user.until(lambda: user.grid.display)

        # The hints of the last line change with the pane.
        assert user.screen().splitlines()[:-1] == in_its_place.splitlines()[:-1]


async def test_beside_or_under_the_grid_it_leaves_that_to_the_grid() -> None:
    async with exploring(FakeSource(a_snapshot()), size=(120, 30)) as user:
        await user.press("d")

        await user.sees("No row chosen.")
        assert user.screen().count("No connections from") == 1


async def test_what_a_filter_hides_is_said_on_the_pane_too_until_there_is_a_row() -> None:
    async with exploring(FakeSource(a_snapshot(FULL))) as user:
        await user.sees("1 row")
        await user.press("d")
        await user.sees("esc closes")

        await user.press("slash", *"none", "enter")
        await user.sees("No row matches the filter none: esc clears it.")
        await user.press("slash", "ctrl+u", "enter")

        await user.sees("Traffic")


@pytest.mark.parametrize(("packets", "told"), [(4, "A count over the window"), (10**6, "count or rate is not known")])
def test_it_says_whether_connections_are_known_to_be_counted(packets: int, told: str) -> None:
    row = a_connection(tcp_established_connections=4, packets_sent_by_client=packets)
    lines = lines_of(row, a_snapshot(row), 90, Shown(all_meanings=True))

    text = " ".join(" ".join(text for text, _ in line) for line in lines)

    assert " ".join(text.split()).count(told) == 2
    assert "per second" not in text.partition("RATE")[0]


def _is_shown(main: MainScreen, snapshot: Snapshot) -> bool:
    return main.exploration.snapshot is snapshot


async def test_an_answer_may_come_while_it_covers_the_grid_whatever_was_sorted_meanwhile() -> None:
    snapshots = [a_snapshot(a_connection(rtt_micro_seconds=number), a_connection("x")) for number in range(4)]
    async with exploring(FakeSource(*snapshots), size=(80, 24)) as user:
        await user.sees("2 rows")
        await user.press("down", "d")
        await user.sees("Connection")
        await user.press("s")

        for snapshot in snapshots[1:]:
            await user.press("r")
            await user.until(partial(_is_shown, user.main, snapshot))

        await user.press("d")
        await user.sees("2 rows")
