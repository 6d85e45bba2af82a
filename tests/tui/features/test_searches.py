"""Test how searches are stored and completed, without a Textual app."""

from dataclasses import replace

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.query import Query
from cnm_tui.core.search.past_searches import PastSearch, PastSearches, SearchKeeper
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.suggestions.completion import nothing_seen
from cnm_tui.tui.dialogs.search_picker import PickedSearch
from cnm_tui.tui.features.searches import SearchesFeature
from cnm_tui.tui.services import Services
from cnm_tui.tui.session import Session
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.tui.fake_view import FakeView, a_sitting, no_keys
from tests.tui.scheduling import until

EARLIER = PastSearch("team:earlier", MOMENT - 60, 7)


class Keeper:
    """A store of past searches in memory. It raises an error if the test prepared a problem."""

    def __init__(self, *earlier: PastSearch, problem: str = "") -> None:
        self.kept: list[PastSearch] = []
        self._earlier = earlier
        self._problem = problem

    def load(self) -> PastSearches:
        """Return the past searches. If the test prepared a problem, raise `StoreFailed` instead."""
        if self._problem:
            raise StoreFailed(self._problem)
        return self._earlier

    def keep(self, past: PastSearch) -> None:
        """Add one search to the store."""
        self.kept.append(past)


def searching(keeper: SearchKeeper | None = None) -> tuple[Session, FakeView, SearchesFeature]:
    """Return a session, its fake screen, and the feature for past searches with this store."""
    services = Services(no_keys, no_keys, keep_searches=None if keeper is None else lambda: keeper)
    session, view, _ = a_sitting(services=services)
    return session, view, SearchesFeature(session, view)


async def connect(session: Session) -> None:
    """Connect the session to a fake data source, and wait for its first answer."""
    session.connect(FakeSource(a_snapshot()))
    await until(lambda: session.exploration.snapshot)


async def answered(session: Session, search: str, *, by_hand: bool = True) -> None:
    """Send a query with this search, and answer it with one row.

    Args:
        by_hand: True if the user typed the search, False if cnm-tui sends the query by itself.
    """
    query = replace(Query(), search=search)
    before = session.exploration.snapshot
    session.requests.source.will_answer(a_snapshot(a_connection(), query=query))  # type: ignore[union-attr]  # a FakeSource
    if by_hand:
        session.ask_changed(lambda _query: query)
    else:
        session.ask(query)
    await until(lambda: session.exploration.snapshot is not before)


async def test_what_was_answered_is_kept_once_and_offered_the_latest_first() -> None:
    session, view, _ = searching(keeper := Keeper(EARLIER))
    session.connect(FakeSource(a_snapshot()))
    await until(lambda: view.search_box.searches)

    await answered(session, "team:a")
    await answered(session, "team:a", by_hand=False)
    await until(lambda: keeper.kept)
    await answered(session, "team:b")
    await until(lambda: len(keeper.kept) == 2)

    assert [(past.search, past.rows) for past in keeper.kept] == [("team:a", 1), ("team:b", 1)]
    assert sorted(view.search_box.searches) == ["team:a", "team:b", "team:earlier"]
    assert view.search_box.searches[-1] == "team:earlier"


async def test_only_searches_that_were_answered_are_kept() -> None:
    session, view, searches = searching(keeper := Keeper())
    session.connect(source := FakeSource(a_snapshot()))
    await until(lambda: session.exploration.snapshot)

    session.ask_changed(lambda query: replace(query, search="team:a"))
    await until(lambda: source.waiting)

    assert (searches.past, keeper.kept, view.search_box.searches) == ((), [], ())


async def test_a_keeper_that_fails_is_told_once_and_done_without() -> None:
    session, view, searches = searching(keeper := Keeper(problem="It is no history of searches."))
    session.connect(FakeSource(a_snapshot()))
    await until(lambda: view.said)

    await answered(session, "team:a")

    assert view.said == ["It is no history of searches.", ""]
    assert (keeper.kept, [past.search for past in searches.past]) == ([], ["team:a"])


async def test_of_another_source_nothing_is_remembered_that_was_searched_for_and_seen_before() -> None:
    session, view, searches = searching()
    await connect(session)
    await answered(session, "team:a")
    searches.learn()
    await until(lambda: view.search_box.known)

    session.connect(FakeSource())

    assert (searches.past, view.search_box.searches) == ((), ())
    assert view.search_box.known == nothing_seen(session.exploration.query.endpoint)


async def test_a_search_that_was_found_again_is_asked_or_taken_into_the_box() -> None:
    session, view, searches = searching()
    session.connect(FakeSource())
    searches.pick()

    await view.answer(None)
    await view.answer(PickedSearch("team:a", asks=False))
    edited, asked = view.search_box.has_focus, session.exploration.query.search
    await view.answer(PickedSearch("team:a", asks=True))

    assert (edited, asked) == (True, "")
    assert (view.search_box.has_focus, session.exploration.query.search) == (False, "team:a")


async def test_while_a_search_is_edited_each_answer_teaches_its_values() -> None:
    session, view, searches = searching()
    session.connect(FakeSource(of("web"), of("mail")))
    await until(lambda: session.exploration.snapshot)
    learnt_before = view.search_box.known

    view.search_box.has_focus = True
    session.ask_changed(lambda query: replace(query, limit=7))
    await until(lambda: view.search_box.known and "mail" in view.search_box.known.seen["client_service"].rows)

    assert learnt_before is None
    assert searches.past == ()


def of(service: str) -> Snapshot:
    return a_snapshot(a_connection(service, ((service,), ("store",))), query=Query(limit=7 if service == "mail" else 5))
