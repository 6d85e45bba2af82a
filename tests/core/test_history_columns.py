"""Test the table columns of a timeline: one shows the trend of each row, the other shows when the row turned
bad.

The columns must be placed correctly, must be sortable, and must never claim what is unknown.
"""

from dataclasses import replace

import pytest

from cnm_tui.core.connections import Connection
from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.columns import Column
from cnm_tui.core.table.extra import USUAL_EXTRAS, refuse_history
from cnm_tui.core.table.history_columns import scale_sentence
from cnm_tui.core.table.sorting import first_sort_of
from cnm_tui.core.table.table import Arrangement, Table
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.tui.widgets.grid_layout import EDGE, layout
from tests.builders import MOMENT, a_connection, a_snapshot
from tests.core.timelines import QUERY, a_timeline

PACKETS = 100_000


def lossy(id: str, retransmits: int, packets: int = PACKETS) -> Connection:
    return a_connection(id, ((id,), ("store",)), packets_sent_by_client=packets, tcp_retransmits=retransmits)


def history(*levels: tuple[int, ...] | None, **options: object) -> Timeline:
    """Return a timeline of the rows `a`, `b` and so on. Each argument is one part of the timeline.

    An argument contains the number of retransmits of each row, or is None for a part without data.
    """
    parts = [
        None if part is None else [lossy(name, count) for name, count in zip("abcdef", part, strict=False)]
        for part in levels
    ]
    return a_timeline(parts, **options)  # type: ignore[arg-type]  # options of one function are passed to another


ROWS = a_snapshot(lossy("a", 9_000), lossy("b", 20), lossy("c", 8_000), query=QUERY)
LEVELS = ((20, 20, 20),) * 6 + ((20, 20, 8_000),) * 2 + ((9_000, 20, 8_000),) * 2
"""Row c begins to be bad with the seventh part, row a with the ninth."""
LOSSES = (20,) * 9 + (9_000,) * 3


def shown(timeline: Timeline | None, sort: str = "retransmit_share", answer: Snapshot = ROWS) -> Exploration:
    arrangement = Arrangement((first_sort_of(sort, CONNECTIONS),))
    return Exploration(QUERY, arrangement, extras=USUAL_EXTRAS).received(answer).with_timeline(timeline)


def table_of(exploration: Exploration) -> Table:
    assert exploration.table is not None
    return exploration.table


def column(exploration: Exploration, key: str) -> Column:
    return next(column for column in table_of(exploration).columns if column.key == key)


def keys(exploration: Exploration) -> list[str]:
    return [column.key for column in table_of(exploration).columns if not column.is_group]


def texts(exploration: Exploration, key: str) -> dict[str, str]:
    """Return the cell texts of one column as a dictionary from row id to text, in the order of the rows."""
    table, shown = table_of(exploration), column(exploration, key)
    return {table.connection_id(row): table.cells(row, [shown])[0].text for row in range(len(table))}


def with_onsets(timeline: Timeline) -> Timeline:
    assert timeline.onsets is not None
    return timeline


def test_each_row_has_the_trend_of_the_sorted_metric_beside_it() -> None:
    exploration = shown(history((1_000, 0), (7_000, 0), None, (3_500, 1_500)))

    at = keys(exploration).index("retransmit_share")
    assert keys(exploration)[at : at + 3] == ["retransmit_share", "trend", "began"]
    assert texts(exploration, "trend") == {"a": "▂█ ▅", "c": "–– –", "b": "▁▁ █"}


@pytest.mark.parametrize("sort", ["total_bytes", "rtt_micro_seconds", "client_service", "finding"])
def test_another_sort_shows_the_trend_of_another_metric(sort: str) -> None:
    exploration = shown(history((10,), (70,))).sorted_only_by(sort)

    metric = sort if sort in (*CONNECTIONS.metrics, "finding") else "total_bytes"
    assert keys(exploration)[keys(exploration).index(metric) + 1] == "trend"


def heading(exploration: Exploration) -> str:
    return next(extra.name.label for extra in exploration.extras if extra.name.key == "trend")


def test_the_heading_names_what_is_drawn_unless_the_sorted_column_does() -> None:
    exploration = shown(history((10,), (70,)))

    assert heading(exploration.sorted_only_by("client_service")) == "TREND TOTAL"
    assert heading(exploration.sorted_only_by("rtt_micro_seconds")) == "TREND"
    assert heading(exploration.sorted_only_by("finding")) == "TREND"


def test_sorted_by_findings_each_trend_is_of_the_figure_of_its_finding() -> None:
    exploration = shown(history((20, 20, 20), (9_000, 20, 20), (9_000, 20, 8_000)), "finding")
    diagnosed(ROWS)

    assert texts(exploration, "finding")["a"].startswith("▲▲")
    assert texts(exploration, "trend") == {"a": "▂▅▅", "c": "▂▂█", "b": ""}
    assert scale_sentence(exploration.extras) == "Each trend on its own scale. It is the figure of the row's finding."


def test_without_a_timeline_and_for_rows_of_another_question_there_is_none() -> None:
    timeline = history((10,), (70,))
    others = replace(ROWS, query=Query(search="client_env:prod"))

    assert "trend" not in keys(shown(None))
    assert "trend" not in keys(shown(timeline, answer=others))
    assert "trend" not in keys(shown(timeline).with_timeline(None))


def test_chosen_columns_keep_the_trend_unless_it_is_hidden() -> None:
    exploration = shown(history((10,), (70,)))
    chosen = exploration.with_columns(("total_bytes", "retransmit_share", "trend", "began"), ())

    assert keys(chosen) == ["total_bytes", "retransmit_share", "trend", "began"]
    assert keys(chosen.sorted_by("total_bytes")) == ["total_bytes", "trend", "began", "retransmit_share"]
    assert keys(chosen.with_columns(("total_bytes", "began"), ())) == ["began", "total_bytes"]
    assert chosen.with_timeline(None).arrangement.columns == ("total_bytes", "retransmit_share")


def test_all_columns_but_the_trend_are_the_usual_ones() -> None:
    exploration = shown(history((10,), (70,)))
    without = exploration.with_columns(tuple(key for key in keys(exploration) if key != "trend"), ())

    assert without.arrangement.columns == ()
    assert "trend" not in keys(without)
    assert "began" in keys(without)


def test_absences_stay_apart() -> None:
    timeline = a_timeline([[lossy("a", 5_000)], [], None, [lossy("b", 5_000)], [lossy("a", 1, packets=3)]], cut=[3])

    trend = texts(shown(timeline), "trend")

    assert trend["a"] == "▅– ?·"
    assert trend["c"] == "–– ?–"


@pytest.mark.parametrize(
    ("parts", "drawn"),
    [((2_000,) * 4, "▅▅▅▅"), ((2_000, 2_000, 2_000, 8_000), "▃▃▃█"), ((2_000, 2_000, 2_000, 0), "▅▅▅▁")],
    ids=["even", "a rise", "a fall"],
)
def test_even_numbers_are_half_as_high_as_they_could_be(parts: tuple[int, ...], drawn: str) -> None:
    assert texts(shown(history(*((part,) for part in parts))), "trend")["a"] == drawn


def test_no_traffic_is_zero_bytes() -> None:
    timeline = a_timeline([[a_connection("a", bytes_sent_by_client=50)], []])

    assert texts(shown(timeline, "total_bytes"), "trend")["a"] == "█▁"


def test_the_open_part_stands_apart() -> None:
    assert texts(shown(history((2_000,), (2_000,), now=MOMENT - 60)), "trend")["a"] == "▅›▅"


def test_many_parts_share_signs_evenly() -> None:
    trend = column(shown(history(*[(20,)] * 48)), "trend")

    assert (trend.width, trend.extra is not None and trend.extra.name.width) == (14, 14)


def test_small_ups_and_downs_of_a_share_stay_small() -> None:
    assert texts(shown(history((200,), (300,), (100,))), "trend")["a"] == "▂▃▂"


def test_all_rows_on_one_scale_are_comparable() -> None:
    exploration = shown(history((300, 3_000), (300, 300)))

    together = exploration.arranged(replace(exploration.arrangement, one_scale=True))

    assert texts(exploration, "trend") == {"a": "▃▃", "c": "––", "b": "█▂"}
    assert texts(together, "trend") == {"a": "▂▂", "c": "––", "b": "█▂"}
    assert scale_sentence(together.extras) == "All trends on one scale: █ is 3.00 % or more of RETRANS%."
    assert scale_sentence(exploration.extras).endswith("or twice its median, at least 1.00 %.")
    of_bytes = together.sorted_by("total_bytes")
    assert scale_sentence(of_bytes.extras) == "All trends on one scale: █ is 0 B of TOTAL."


def test_the_rows_that_began_last_come_first() -> None:
    exploration = shown(with_onsets(history(*LEVELS))).sorted_by("began")

    assert list(texts(exploration, "began").items()) == [
        ("a", "09:50Z on 9.0 % RETRANS%"),
        ("c", "09:40Z on 8.0 % RETRANS%"),
        ("b", ""),
    ]
    assert list(texts(exploration.flipped(), "began")) == ["c", "a", "b"]
    assert keys(exploration)[:2] == ["began", "trend"]


def test_a_sort_by_the_beginning_takes_effect_once_it_is_known() -> None:
    first = Exploration(QUERY, Arrangement((first_sort_of("began", CONNECTIONS),))).received(ROWS)

    known = first.with_timeline(with_onsets(history(*LEVELS)))

    assert [key.column for key in table_of(first).sort] == ["total_bytes"]
    assert list(texts(known, "began")) == ["a", "c", "b"]
    assert [key.column for key in table_of(known).sort] == ["began", "total_bytes"]
    assert known.with_timeline(None).received(ROWS).arrangement.deciding == "began"


def test_at_80_columns_the_trend_and_the_figure_that_began_are_in_sight() -> None:
    names = (("customer-profiles-of-europe",), ("customer-notifications",))
    parts = [[a_connection("a", names, packets_sent_by_client=PACKETS, tcp_retransmits=count)] for count in LOSSES]
    timeline = with_onsets(a_timeline(parts))
    table = table_of(shown(timeline, "began", a_snapshot(*parts[-1], query=QUERY)))

    places = layout(table, None, 80, EDGE).places

    assert [place.column.key for place in places[2:]] == ["began", "trend"]
    assert all(place.width == place.column.width for place in places[2:])
    assert all(place.width >= 14 for place in places[:2])


def test_sorted_by_the_beginning_each_row_shows_what_began() -> None:
    def part(failed: int) -> list[Connection]:
        return [a_connection("a", tcp_refusals=failed, tcp_established_connections=1_000), lossy("b", 2_000)]

    timeline = with_onsets(a_timeline([part(0)] * 6 + [part(900)] * 4))
    answer = a_snapshot(*part(900), query=QUERY)

    exploration = shown(timeline, answer=answer).sorted_only_by("began")

    assert texts(exploration, "began") == {"a": "09:40Z on 47.4 % REFUSED", "b": ""}
    assert texts(exploration, "trend") == {"a": "▁▁▁▁▁▁████", "b": "▁" * 10}
    assert texts(exploration.sorted_only_by("retransmit_share"), "trend") == {"b": "▅▅▅▅▅▅▅▅▅▅", "a": "–" * 10}


def test_one_that_is_over_says_so() -> None:
    over = ((20,),) * 5 + ((9_000,),) * 2 + ((20,),) * 3

    assert texts(shown(with_onsets(history(*over))), "began")["a"] == "09:35Z over 9.0 % RETRANS%"


def test_before_all_is_known_nothing_is_claimed() -> None:
    assert set(texts(shown(history(*LEVELS)), "began").values()) == {""}


def test_while_parts_arrive_the_beginnings_stay_as_they_were_known() -> None:
    timeline = with_onsets(history(*LEVELS))
    exploration = shown(timeline).sorted_by("began")

    more = exploration.with_timeline(timeline.without(timeline.windows[0], "It failed."))

    assert list(texts(more, "began").items()) == list(texts(exploration, "began").items())


def test_a_span_of_days_has_dates() -> None:
    timeline = history(*LEVELS)
    days = replace(
        timeline, windows=tuple(window._replace(start=window.start - 9 * 86_400) for window in timeline.windows[:1])
    )

    assert column(shown(days), "began").width > column(shown(timeline), "began").width


@pytest.mark.parametrize("key", ["trend", "began"])
def test_without_a_screen_they_are_refused(key: str) -> None:
    refuse_history(["finding", "rtt_micro_seconds"])

    with pytest.raises(InvalidQuery, match=f"The column {key} exists only on the screen"):
        refuse_history(["finding", key])


def test_programs_get_both_as_text() -> None:
    exploration = shown(with_onsets(history(*LEVELS)))
    trend, began = (column(exploration, key).extra for key in ("trend", "began"))

    assert trend is not None
    assert began is not None
    assert trend.value(ROWS, 1) == "▂" * 10
    assert [began.value(ROWS, position) for position in range(3)] == [
        "2026-03-01T09:50:00Z",
        None,
        "2026-03-01T09:40:00Z",
    ]


def test_a_part_that_arrives_moves_no_row_and_sorts_none_again() -> None:
    timeline = history(*LEVELS)
    exploration = shown(timeline)

    more = exploration.with_timeline(timeline.without(timeline.windows[0], "It failed."))

    assert table_of(more).order is table_of(exploration).order
    assert table_of(more).columns != table_of(exploration).columns
