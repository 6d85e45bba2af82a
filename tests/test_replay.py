"""Test that a replay can answer a query for a time window with several recorded answers, joined to one.

The tests also check that the same window of earlier weeks is offered for a comparison.
"""

from pathlib import Path

import pytest

from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.errors import NotRecorded
from cnm_tui.core.exploration.baselines import kept_candidates, query_for
from cnm_tui.core.query import Query, usual_query
from cnm_tui.core.time.time_range import Window
from cnm_tui.replay import KeptHistory, ReplaySource
from cnm_tui.store.redaction import Redaction
from tests.builders import MOMENT, a_connection, a_snapshot
from tests.recordings import a_body, a_recording, an_exchange

WEEK = 7 * 86_400
QUARTER = Window(MOMENT - 900, MOMENT)


def buckets(path: Path, *starts: int, query: Query | None = None) -> Path:
    """Write a recording with an answer for each of several time windows of five minutes. Return its path.

    Args:
        starts: The start of each window, in seconds relative to MOMENT.
    """
    exchanges = []
    for start in starts:
        window = Window(MOMENT + start, MOMENT + start + 300)
        body = a_body({"bytes_sent_by_client": 1_000, "server": f"store-{start}"}, {"bytes_sent_by_client": 10})
        exchanges.append(an_exchange(query_for(query or Query(), window), window.end + 60, body, window=window))
    return a_recording(path, *exchanges)


def test_parts_of_a_window_are_put_together(tmp_path: Path) -> None:
    source = ReplaySource(buckets(tmp_path / "a.cnm", -900, -600, -300))

    answer = source.answer(query_for(Query(), QUARTER))

    sent = dict(zip(answer.connections.ids, answer.connections.counters[0], strict=True))
    assert sent["client_service:web, server_service:store"] == 30
    assert len(sent) == 4
    assert (answer.window, answer.warning) == (QUARTER, "Put together from 3 parts.")


def test_what_parts_do_not_add_up_to_is_said(tmp_path: Path) -> None:
    query = usual_query(DNS)
    parts = [Window(MOMENT - 600, MOMENT - 300), Window(MOMENT - 300, MOMENT)]
    body = (Path(__file__).parent / "replies" / "dns_documented.json").read_bytes()
    made = [an_exchange(query_for(query, part), part.end + 60, body, window=part) for part in parts]
    source = ReplaySource(a_recording(tmp_path / "a.cnm", *made))

    answer = source.answer(query_for(query, Window(MOMENT - 600, MOMENT)))

    assert "no OK LATENCY and no ERRLATENCY" in answer.warning
    assert answer.connections[0].counters[-2:] == (None, None)


def test_a_window_with_a_gap_is_not_recorded(tmp_path: Path) -> None:
    source = ReplaySource(buckets(tmp_path / "a.cnm", -900, -300))

    with pytest.raises(NotRecorded):
        source.answer(query_for(Query(), QUARTER))


@pytest.mark.parametrize("redacts", [False, True])
def test_the_same_weekday_of_earlier_weeks_is_offered_from_a_file(tmp_path: Path, redacts: bool) -> None:
    query = Query(search="client_service:web")
    starts = [week + start for week in (-6 * WEEK, -WEEK) for start in (-900, -600, -300)]
    redaction, label = Redaction() if redacts else None, ["datadoghq.eu"]
    history = KeptHistory(
        buckets(tmp_path / "a.cnm", *starts, -2 * WEEK - 900, query=query), lambda: label[0], lambda: redaction
    )
    asked = query if redaction is None else redaction.redacting.redacted_query(query)
    shown = a_snapshot(a_connection(), query=asked, window=QUARTER)

    offered = kept_candidates(shown, history.covers)
    answer = history.answer(query_for(asked, offered[1].window))

    assert [one.name for one in offered] == ["same weekday, 1 week ago", "same weekday, 6 weeks ago"]
    assert offered[1].window == Window(QUARTER.start - 6 * WEEK, QUARTER.end - 6 * WEEK)
    assert ("web" in answer.connections.ids[0]) is not redacts
    assert len(answer.connections) == 4
    # Answers of another service are not comparable.
    label[0] = "us5.datadoghq.com"
    assert kept_candidates(shown, history.covers) == ()
