"""Test the session, without a Textual app. A session contains the state of an exploration and sends its queries."""

from dataclasses import replace

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery, RateLimited, Unreachable
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.exploration.settling import is_settled
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.extra import MOST_AT_ONCE
from cnm_tui.tui.features.compare import BASELINE
from cnm_tui.tui.features.reverse import REVERSE_ROW
from cnm_tui.tui.requests import ROWS
from cnm_tui.tui.session import NOT_CONNECTED, Session
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.tui.scheduling import FakeScheduler, all_that_runs, until

ROW = a_connection("row")
QUERY = Query()
BY_TEAM = Query(group_bys=("client_team",))


class Listener:
    """Records all signals of a session in their order. A session sends a signal when its state changes."""

    def __init__(self, session: Session) -> None:
        self.said = list[str]()
        self.answers = list[Snapshot]()
        self.landed = list[Cursor]()
        session.said.connect(self.said.append)
        session.answered.connect(lambda _before, answer: self.answers.append(answer))
        session.landed.connect(self.landed.append)


def a_session(exploration: Exploration | None = None) -> tuple[Session, FakeScheduler, Listener]:
    """Return a session, its scheduler, and a listener. By default the session does not refresh automatically."""
    scheduler = FakeScheduler()
    session = Session(exploration or Exploration(QUERY, refresh_seconds=None), scheduler.clock, scheduler)
    return session, scheduler, Listener(session)


async def test_who_listens_hears_of_each_change_and_of_nothing_else() -> None:
    session, _, _ = a_session()
    heard = list[tuple[Exploration, Exploration]]()
    session.changed.connect(lambda before, after: heard.append((before, after)))
    first = session.exploration

    session.update(lambda exploration: exploration.toggled_mark("row"))
    session.update(lambda exploration: exploration)

    assert heard == [(first, session.exploration)]


async def test_a_source_is_asked_as_soon_as_there_is_one() -> None:
    session, _, heard = a_session()
    source = FakeSource(a_snapshot(ROW))

    session.connect(source)
    await until(lambda: heard.answers)

    assert (source.asked, session.label) == ([QUERY], "FAKE")
    assert session.exploration.snapshot is heard.answers[0]


async def test_a_question_before_there_is_a_source_is_asked_when_there_is_one() -> None:
    session, _, heard = a_session()
    source = FakeSource(a_snapshot(ROW, query=BY_TEAM))

    session.ask_changed(lambda _query: BY_TEAM)
    session.connect(source)
    await until(lambda: heard.answers)

    assert source.asked == [BY_TEAM]


async def test_another_question_takes_the_place_of_the_one_under_way() -> None:
    session, _, heard = a_session()
    source = FakeSource()
    session.connect(source)
    await all_that_runs()

    session.ask_changed(lambda _query: BY_TEAM)
    await all_that_runs()
    source.answer(a_snapshot(ROW, query=BY_TEAM))
    await until(lambda: heard.answers)

    assert (source.asked, source.waiting) == ([QUERY, BY_TEAM], 0)
    assert [answer.query for answer in heard.answers] == [BY_TEAM]


async def test_the_question_under_way_is_not_asked_again() -> None:
    session, scheduler, heard = a_session()
    source = FakeSource()
    session.connect(source)
    await all_that_runs()
    scheduler.pass_time(3)

    assert session.ask_changed(lambda query: query)

    assert (source.asked, heard.said) == ([QUERY], ["Already asking, since 3 s."])


async def test_what_cannot_be_asked_is_refused_with_a_sentence() -> None:
    session, _, heard = a_session()

    def refuse(_query: Query) -> Query:
        raise InvalidQuery("That cannot be.", hint="Ask something else.")

    assert not session.ask_changed(refuse)

    assert heard.said == ["That cannot be. Ask something else."]


async def test_no_row_moves_under_the_hands_or_behind_a_dialog() -> None:
    session, scheduler, heard = a_session()
    source = FakeSource()
    covered = [True, True, False]
    session.is_covered = lambda: covered.pop(0) if len(covered) > 1 else covered[0]
    session.connect(source)
    session.moved_at = scheduler.now + 0.1
    await all_that_runs()

    source.answer(a_snapshot(ROW))
    await until(lambda: heard.answers)

    # Twice behind the dialog, and then until the cursor has rested.
    assert scheduler.slept[:2] == [0.3, 0.3]
    assert scheduler.now - session.moved_at >= 0.3


async def test_what_changes_while_an_answer_is_arranged_is_not_lost() -> None:
    session, _, heard = a_session()
    source = FakeSource()
    session.connect(source)
    await all_that_runs()

    source.answer(a_snapshot(ROW))
    await all_that_runs()
    session.update(lambda exploration: exploration.filtered(RowFilter("nothing", CONNECTIONS)))
    await until(lambda: heard.answers)

    assert session.exploration.table is not None
    assert len(session.exploration.table) == 0


async def test_a_refresh_is_planned_from_the_answer_on() -> None:
    session, scheduler, heard = a_session(Exploration(QUERY, refresh_seconds=60))
    source = FakeSource(a_snapshot(ROW))
    session.connect(source)
    await until(lambda: heard.answers)
    source.will_answer(a_snapshot(ROW))

    scheduler.pass_time(59)
    before = len(source.asked)
    scheduler.pass_time(1)
    await until(lambda: len(heard.answers) == 2)

    assert (before, len(source.asked)) == (1, 2)


async def test_within_the_rate_limit_a_question_waits_and_says_so() -> None:
    session, scheduler, heard = a_session()
    source = FakeSource(RateLimited("Too many calls.", retry_after_seconds=20))
    session.connect(source)
    await until(lambda: session.exploration.problem)
    source.will_answer(a_snapshot(ROW, query=BY_TEAM))

    session.ask_changed(lambda _query: BY_TEAM)
    asked_at_once = list(source.asked)
    scheduler.pass_time(20)
    await until(lambda: heard.answers)

    assert asked_at_once == [QUERY]
    assert heard.said[-1] == "The rate limit allows the next request in 20 s; it will be sent then."
    assert source.asked == [QUERY, BY_TEAM]


async def test_the_cursor_lands_in_the_answer_to_its_question_alone() -> None:
    session, _, heard = a_session()
    source = FakeSource(a_snapshot(ROW))
    session.connect(source)
    await until(lambda: heard.answers)

    def on_the_first(answer: Snapshot) -> Cursor:
        return Cursor(answer.connections[0].id)

    source.will_answer(a_snapshot(ROW, query=BY_TEAM))
    session.open(lambda _query: BY_TEAM, session.exploration.arrangement, on_the_first)
    await until(lambda: len(heard.answers) == 2)
    source.will_answer(a_snapshot(ROW))
    session.ask_changed(lambda _query: QUERY)
    await until(lambda: len(heard.answers) == 3)

    assert heard.landed == [Cursor("row")]


async def test_a_question_that_is_given_up_leaves_the_cursor() -> None:
    session, _, heard = a_session()
    source = FakeSource(a_snapshot(ROW))
    session.connect(source)
    await until(lambda: heard.answers)
    session.open(lambda _query: BY_TEAM, session.exploration.arrangement, lambda _answer: Cursor("row"))
    await all_that_runs()

    source.will_answer(a_snapshot(ROW))
    session.ask_changed(lambda _query: QUERY)
    await until(lambda: len(heard.answers) == 2)

    assert heard.landed == []


async def test_nothing_of_one_source_is_kept_for_the_next() -> None:
    session, _, heard = a_session()
    before, after = FakeSource(a_snapshot(ROW)), FakeSource()
    session.connect(before)
    await until(lambda: heard.answers)
    had_one = list[bool]()
    session.source_changed.connect(had_one.append)
    session.update(lambda exploration: exploration.toggled_mark("row"))

    session.connect(after)

    assert had_one == [True]
    assert (session.exploration.snapshot, session.exploration.marked) == (None, frozenset())


async def test_what_is_asked_besides_says_what_it_cost_and_changes_no_rows() -> None:
    session, _, heard = a_session()
    source = FakeSource(a_snapshot(ROW), budget=Budget(30, 60, 20, MOMENT + 40))
    session.connect(source)
    await until(lambda: heard.answers)
    shown = session.exploration.table

    source.will_answer(a_snapshot(query=BY_TEAM, budget=Budget(30, 60, 19, MOMENT + 40)))
    await session.fetch_besides(BASELINE, BY_TEAM)

    assert session.exploration.budget.remaining == 19
    assert session.exploration.table is shown


async def test_what_is_asked_besides_in_vain_leaves_the_rows_as_good_as_before() -> None:
    session, _, heard = a_session()
    source = FakeSource(a_snapshot(ROW))
    session.connect(source)
    await until(lambda: heard.answers)
    source.will_answer(Unreachable("No answer.", hint=""))

    async def ask() -> None:
        try:
            await session.fetch_besides(REVERSE_ROW, BY_TEAM)
        except Unreachable:
            heard.said.append("failed")

    await ask()

    assert heard.said == ["failed"]
    assert session.exploration.problem is None


async def test_nothing_is_asked_besides_without_a_source_or_beyond_the_rate_limit() -> None:
    session, _, heard = a_session()

    without_source = session.may_ask_besides("m")
    source = FakeSource(a_snapshot(ROW))
    session.connect(source)
    await until(lambda: heard.answers)
    source.budget = Budget(30, 60, 0, MOMENT + 40)
    beyond = session.may_ask_besides("m")

    assert (without_source, beyond) == (False, False)
    assert heard.said == [NOT_CONNECTED, "The rate limit allows the next request in 40 s; press m again then."]


async def test_who_waits_by_hand_is_told_apart_from_a_refresh() -> None:
    session, _, heard = a_session()
    source = FakeSource(a_snapshot(ROW))
    session.connect(source)
    first = session.waits_by_hand
    await until(lambda: heard.answers)

    session.ask(replace(QUERY))
    refresh = session.waits, session.waits_by_hand
    session.ask_changed(lambda _query: BY_TEAM)

    assert first
    assert (refresh, session.waits_by_hand) == ((True, False), True)


async def test_the_findings_of_a_large_answer_are_completed_after_its_frame_even_if_the_user_cancels() -> None:
    session, scheduler, heard = a_session()
    rows = [a_connection(str(number)) for number in range(MOST_AT_ONCE + 1)]

    session.connect(FakeSource(a_snapshot(*rows)))
    await until(lambda: heard.answers)
    shown_first = session.exploration
    session.requests.cancel(ROWS)
    await until(lambda: is_settled(session.exploration))

    assert not is_settled(shown_first)
    assert scheduler.slept
