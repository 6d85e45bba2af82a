"""Test the keyboard key that explains why a row is unhealthy, without a Textual app.

When the key is pressed again, cnm-tui must send the query that the finding suggests.
"""

from typing import Any

import pytest

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS, Endpoint
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.findings.rule import Way
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.time.time_range import last
from cnm_tui.tui.commands import command
from cnm_tui.tui.features.diagnosis import DiagnosisFeature
from cnm_tui.tui.session import Session
from cnm_tui.tui.widgets.detail_finding import ANSWERED_BY
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.fake_view import FakeView, a_sitting

WELL: dict[str, Any] = {
    "packets_sent_by_client": 50_000,
    "rtt_micro_seconds": 900,
    "tcp_established_connections": 1_000,
}


def a_row(name: str, **counters: Any) -> Connection:
    return a_connection(name, **{**WELL, **counters})


ILL = {
    "filtered": a_row("filtered", tcp_timeouts=900),
    "refused": a_row("refused", tcp_refusals=900),
    "loss": a_row("loss", tcp_retransmits=9_000, tcp_recovery_count=5_000),
    "reset": a_row("reset", tcp_resets=900),
    "slow_path": a_row("slow_path", rtt_micro_seconds=500_000),
    "too_little": a_row("too_little", packets_sent_by_client=5),
    "healthy": a_row("healthy"),
}
RULES = CONNECTIONS.findings().by_code


def at_row(row: Connection | None, query: Query | None = None) -> tuple[DiagnosisFeature, Session, FakeView]:
    """Return the diagnosis feature, a session, and the fake screen with the cursor on this row.

    New queries stay unanswered until the test supplies an answer.
    """
    answer = a_snapshot(*ILL.values(), query=query or Query(time_range=last(900)))
    session, view, _ = a_sitting(Exploration(answer.query, refresh_seconds=None).received(answer))
    session.requests.connect(FakeSource())
    view.row = row
    return DiagnosisFeature(session, view), session, view


async def test_the_first_press_opens_the_finding_names_the_cost_and_sends_nothing() -> None:
    diagnosis, session, view = at_row(ILL["filtered"])
    source = FakeSource()
    source.budget = Budget(60, 60, 41, None)
    session.requests.connect(source)

    await diagnosis.why()

    assert view.findings_shown == 1
    assert view.said == ["Is it one port, or one security group? a again asks (1 request, 41 left)."]
    assert not session.exploration.fetching
    assert view.commands == []


async def test_the_second_press_asks_for_the_row_by_the_fields_that_answer_the_question() -> None:
    diagnosis, session, view = at_row(ILL["filtered"])

    await diagnosis.why()
    await diagnosis.why()

    query = session.exploration.query
    assert query.group_bys == ("network.server.port", "server_security-group-name")
    assert query.search == "client_service:web AND server_service:store"
    assert view.said[-1] == (
        "The connections of this row by network.server.port, server_security-group-name; backspace goes back."
    )


@pytest.mark.parametrize(
    ("code", "runs"),
    [
        ("refused", "timeline"),
        ("loss", "explain"),
        ("reset", "compare"),
        ("slow_path", "compare"),
        ("too_little", "window.zoom_out"),
        ("healthy", "dns"),
    ],
)
async def test_the_second_press_runs_the_command_that_answers_the_question(code: str, runs: str) -> None:
    diagnosis, session, view = at_row(ILL[code])

    await diagnosis.why()
    await diagnosis.why()

    assert view.commands == [runs]
    assert not session.exploration.fetching


def test_each_way_has_a_command() -> None:
    assert set(ANSWERED_BY) == set(Way) - {Way.FIELDS}
    assert all(command(id).keys for id in ANSWERED_BY.values())


async def test_further_presses_ask_the_other_questions_and_then_say_that_there_are_no_more() -> None:
    diagnosis, _, view = at_row(ILL["loss"], Query(group_bys=RULES["loss"].ask_by))

    for _press in range(4):
        await diagnosis.why()

    assert view.commands == ["explain", "compare"]
    assert view.said[-1] == "There is no further question about this finding."


async def test_a_closed_finding_is_opened_again_and_nothing_is_asked() -> None:
    diagnosis, _, view = at_row(ILL["refused"])

    await diagnosis.why()
    view.finding_of = ""
    await diagnosis.why()

    assert (view.findings_shown, view.commands) == (2, [])


async def test_a_refresh_leaves_the_next_question() -> None:
    diagnosis, session, view = at_row(ILL["refused"])

    await diagnosis.why()
    session.update(lambda exploration: exploration.received(a_snapshot(*ILL.values(), query=exploration.query)))
    await diagnosis.why()

    assert (view.findings_shown, view.commands) == (1, ["timeline"])


async def test_the_tag_is_asked_for_the_metric_of_the_finding() -> None:
    diagnosis, _, view = at_row(ILL["loss"])
    view.cursor = Cursor("loss", 0, "rtt_micro_seconds")

    await diagnosis.why()
    await diagnosis.why()

    assert view.cursor == Cursor("loss", 0, "finding")


async def test_another_row_is_told_first() -> None:
    diagnosis, session, view = at_row(ILL["filtered"])

    await diagnosis.why()
    view.row = ILL["healthy"]
    await diagnosis.why()

    assert view.findings_shown == 2
    assert not session.exploration.fetching
    assert view.commands == []


async def test_a_question_that_the_rows_answer_already_is_not_asked_again() -> None:
    diagnosis, _, view = at_row(ILL["filtered"], Query(group_bys=RULES["filtered"].ask_by))

    await diagnosis.why()
    await diagnosis.why()

    assert view.commands == ["show_other_way"]


@pytest.mark.parametrize("endpoint", [CONNECTIONS, DNS], ids=lambda endpoint: endpoint.name)
def test_every_question_names_fields_that_the_endpoint_has(endpoint: Endpoint) -> None:
    for rule in endpoint.findings().rules:
        assert set(rule.ask_by) <= set(endpoint.fields)
        for question in rule.ask:
            assert bool(question.by) is (question.way is Way.FIELDS)
            assert question.text.endswith("?")


async def test_without_a_row_there_is_nothing_to_say() -> None:
    diagnosis, _, view = at_row(None)

    await diagnosis.why()

    assert view.said == ["There is no row to explain."]
