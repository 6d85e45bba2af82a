"""One key says why a row is ill; pressed again, it asks the finding's next question."""

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import last
from cnm_tui.tui.features.diagnosis import DiagnosisFeature
from cnm_tui.tui.session import Session
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.fake_view import FakeView, a_sitting

REFUSED = a_connection(
    "ill", tcp_refusals=900, tcp_established_connections=100, packets_sent_by_client=5_000, rtt_micro_seconds=900
)
LITTLE = a_connection("little", packets_sent_by_client=5, rtt_micro_seconds=900)
HEALTHY = a_connection("well", packets_sent_by_client=50_000, rtt_micro_seconds=900)
RULES = CONNECTIONS.findings().by_code


def at_row(row: Connection | None, query: Query | None = None) -> tuple[DiagnosisFeature, Session, FakeView]:
    """Return the feature with the cursor on this row; queries get no answer yet."""
    answer = a_snapshot(REFUSED, LITTLE, HEALTHY, query=query or Query(time_range=last(900)))
    session, view, _ = a_sitting(Exploration(answer.query, refresh_seconds=None).received(answer))
    session.requests.connect(FakeSource())
    view.row = row
    return DiagnosisFeature(session, view), session, view


async def test_the_first_press_opens_the_finding_and_sends_nothing() -> None:
    diagnosis, session, view = at_row(REFUSED)

    diagnosis.why()

    assert view.findings_shown == 1
    assert view.said == [f"{RULES['refused'].ask} a again asks."]
    assert not session.exploration.fetching


async def test_the_second_press_asks_for_the_row_by_the_fields_that_answer_the_question() -> None:
    diagnosis, session, view = at_row(REFUSED)

    diagnosis.why()
    diagnosis.why()

    query = session.exploration.query
    assert query.group_bys == RULES["refused"].ask_by
    assert query.search == "client_service:web AND server_service:store"
    assert view.said[-1] == "The connections of this row by server_image_tag, server_pod_name; backspace goes back."


async def test_another_row_is_told_first() -> None:
    diagnosis, session, view = at_row(REFUSED)

    diagnosis.why()
    view.row = HEALTHY
    diagnosis.why()

    assert view.findings_shown == 2
    assert not session.exploration.fetching


async def test_of_too_little_a_longer_window_tells_more() -> None:
    diagnosis, session, _ = at_row(LITTLE)

    diagnosis.why()
    diagnosis.why()

    now = session.now()
    before, after = Query(time_range=last(900)), session.exploration.query
    assert after.group_bys == before.group_bys
    assert after.time_range.window(now).seconds > before.time_range.window(now).seconds


async def test_a_question_that_the_rows_answer_already_is_not_asked_again() -> None:
    diagnosis, session, view = at_row(REFUSED, Query(group_bys=RULES["refused"].ask_by))

    diagnosis.why()
    diagnosis.why()

    assert view.said[-1] == "There is no further question about this finding."
    assert not session.exploration.fetching


async def test_a_healthy_row_has_evidence_and_no_question() -> None:
    diagnosis, session, view = at_row(HEALTHY)

    diagnosis.why()
    diagnosis.why()

    assert view.findings_shown == 1
    assert view.said == ["", "There is no further question about this finding."]
    assert not session.exploration.fetching


async def test_without_a_row_there_is_nothing_to_say() -> None:
    diagnosis, _, view = at_row(None)

    diagnosis.why()

    assert view.said == ["There is no row to explain."]
