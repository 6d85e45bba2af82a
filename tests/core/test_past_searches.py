"""Test past searches. Merging lists of past searches loses none, and a search can be found by its words."""

from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.search.past_searches import MOST_KEPT, PastSearch, matching, merged


def past(search: str, answered_at: float, rows: int = 1) -> PastSearch:
    return PastSearch(search, answered_at, rows)


def test_the_newest_stands_first_wherever_it_comes_from() -> None:
    assert merged([past("a", 1), past("c", 3)], [past("b", 2)]) == (past("c", 3), past("b", 2), past("a", 1))


def test_a_search_asked_again_and_again_stands_once_with_what_came_of_it_last() -> None:
    assert merged([past("a", 1, 10), past("a", 2, 20)], [past("b", 3), past("a", 4, 40)]) == (
        past("a", 4, 40),
        past("b", 3),
        past("a", 2, 20),
    )


def test_the_oldest_are_forgotten() -> None:
    kept = merged(past(str(number), number) for number in range(MOST_KEPT + 3))

    assert len(kept) == MOST_KEPT
    assert kept[-1] == past("3", 3)


SOME = st.lists(st.builds(past, st.sampled_from("abc"), st.integers(0, 9), st.integers(0, 2)), max_size=8)


@given(SOME, SOME)
def test_who_merges_first_makes_no_difference(mine: list[PastSearch], theirs: list[PastSearch]) -> None:
    together = merged(mine, theirs)

    assert merged(theirs, mine) == together
    assert merged(together) == together


def test_a_search_is_found_by_all_its_words_once_the_newest_first() -> None:
    searches = [past("team:web env:prod", 4), past("team:web", 3), past("TEAM:web env:test", 2), past("team:web", 1)]

    assert matching(searches, " web TEAM ") == tuple(searches[:3])
    assert matching(searches, "env web") == (searches[0], searches[2])
    assert matching(searches, "mail") == ()
