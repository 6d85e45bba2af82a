"""Test the collection of all rows with several queries, although the API cuts every answer at the row limit.

Each row must arrive exactly once, and rows that are still missing must be reported.
"""

import random
import re
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnm_tui.core.all_rows.collecting import AllRows
from cnm_tui.core.all_rows.parts import LONGEST_PART, checked_most
from cnm_tui.core.errors import CnmError, InvalidQuery, Unreachable
from cnm_tui.core.joined import questions, together, with_profile
from cnm_tui.core.query import MOST_ROWS, Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.row_words import cut_fact, cut_sentence, remainder_words
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.core.time.time_range import Window
from tests.builders import MOMENT
from tests.wide_world import FIELDS, WideWorld

WINDOW = Window(MOMENT - 900, MOMENT)
ROWS = 100_000


def collected(world: WideWorld, query: Query | None = None, *, most: int = 40, row_limit: int = MOST_ROWS) -> AllRows:
    world.asked.clear()
    collecting = AllRows(query or Query(group_bys=FIELDS), WINDOW, most, row_limit)
    while (question := collecting.question) is not None:
        collecting.on_answer(world.answer(question))
    return collecting


def keys_of(answer: Snapshot) -> list[tuple[object, ...]]:
    return list(zip(*answer.connections.groups, strict=True))


@pytest.fixture(scope="module")
def world() -> WideWorld:
    return WideWorld(ROWS)


def _by_bytes(world: WideWorld) -> Callable[[int], object]:
    return lambda at: -world.sent[at]


def _by_client(world: WideWorld) -> Callable[[int], object]:
    return lambda at: world.rows[at]


def _by_pod(world: WideWorld) -> Callable[[int], object]:
    return lambda at: world.rows[at][::-1]


def _by_chance(world: WideWorld) -> Callable[[int], object]:
    rng = random.Random(7)
    keys = [rng.random() for _ in world.rows]
    return lambda at: keys[at]


@pytest.mark.slow
@pytest.mark.parametrize("order", [_by_bytes, _by_client, _by_pod, _by_chance])
def test_a_hundred_thousand_rows_come_once_each_by_any_order(
    world: WideWorld, order: Callable[[WideWorld], Callable[[int], float]]
) -> None:
    world.order = order(world)

    answer = collected(world).result()

    assert len(world.asked) <= 40
    assert len(answer.connections) == ROWS
    assert set(keys_of(answer)) == set(world.rows)
    assert sum(number or 0 for number in answer.columns[0]) == sum(world.sent)
    assert (answer.cut, answer.remainder is not None and answer.remainder.cut) == (False, 0)


@pytest.mark.slow
def test_a_value_with_half_of_all_rows_is_divided_by_another_field() -> None:
    world = WideWorld(ROWS, one_client=0.5)

    answer = collected(world).result()

    assert set(keys_of(answer)) == set(world.rows)
    assert len(world.asked) <= 40


@pytest.mark.slow
@given(
    seed=st.integers(0, 1_000),
    rows=st.integers(1, 500),
    row_limit=st.integers(30, 80),
    one_client=st.sampled_from([0.0, 0.6]),
    order_seed=st.integers(0, 9),
)
@settings(max_examples=20, deadline=None)
def test_no_row_is_lost_or_doubled_whatever_the_values(
    seed: int, rows: int, row_limit: int, one_client: float, order_seed: int
) -> None:
    world = WideWorld(rows, clients=20, servers=25, seed=seed, one_client=one_client)
    rng = random.Random(order_seed)
    keys = [rng.random() for _ in world.rows]
    world.order = keys.__getitem__

    answer = collected(world, most=1_000, row_limit=row_limit).result()

    found = keys_of(answer)
    assert len(found) == len(set(found))
    assert set(found) <= set(world.rows)
    assert set(found) == set(world.rows)
    assert not answer.cut


def test_one_answer_with_all_rows_takes_one_request() -> None:
    world = WideWorld(5_000)

    answer = collected(world).result()

    assert len(world.asked) == 1
    assert not answer.cut


def test_all_parts_are_about_the_same_window_and_their_searches_are_short() -> None:
    world = WideWorld(30_000)

    collected(world)

    assert {query.time_range.window(MOMENT + 500) for query in world.asked} == {WINDOW}
    assert max(len(query.search) for query in world.asked) <= LONGEST_PART + 100


def test_a_service_that_ignores_searches_is_not_asked_for_ever() -> None:
    world = WideWorld(20_000, honoured=False)

    answer = collected(world).result()

    assert len(world.asked) < 14
    assert len(answer.connections) == MOST_ROWS
    assert answer.cut


def one_pair() -> WideWorld:
    world = WideWorld(9_000, clients=12, servers=12, one_client=1.0)
    world.rows = [(("client-0",), ("server-0",), (f"pod-{at}",)) for at in range(len(world.rows))]
    return WideWorldOfOnePair(world)


@pytest.mark.slow
def test_the_last_field_is_divided_by_how_its_values_begin() -> None:
    world = one_pair()

    answer = collected(world).result()

    assert sorted(keys_of(answer)) == sorted(world.rows)
    assert not answer.cut
    assert any("server_pod_name:pod\\-" in query.search or "pod-" in query.search for query in world.asked)


@pytest.mark.slow
def test_a_service_that_ignores_wildcards_leaves_the_last_field_cut() -> None:
    world = one_pair()
    world.honours_wildcards = False

    answer = collected(world).result()

    assert len(world.asked) <= 12
    assert answer.remainder is not None
    assert answer.remainder.cut
    assert len(set(keys_of(answer))) == len(answer.connections)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "most"),
    [
        ([f"pod-{random.Random(at).randbytes(5).hex()}" for at in range(3_000)], 40),
        ([f"s{at}" for at in range(3_000)], 60),
        (["x" * 150 + str(at) for at in range(3_000)], 60),
        ([f'{chr(200 + at % 50)} "{at}*?\\' for at in range(3_000)], 80),
        ([f"{'aA'[at % 2]}{at}" for at in range(3_000)], 60),
    ],
    ids=["random", "counted", "long", "odd", "upper and lower case"],
)
def test_one_field_with_more_values_than_one_answer_has_is_collected(names: list[str], most: int) -> None:
    world = one_pair()
    world.rows = [(("client-0",), ("server-0",), (name,)) for name in names]
    world = WideWorldOfOnePair(world)

    collecting = AllRows(Query(group_bys=(FIELDS[2],)), WINDOW, most, row_limit=500)
    while (question := collecting.question) is not None:
        collecting.on_answer(world.answer(question))
    answer = collecting.result()

    assert sorted(map(str, keys_of(answer))) == sorted(str(((name,),)) for name in names)
    assert not answer.cut
    assert collecting.asked <= most


class WideWorldOfOnePair(WideWorld):
    """A simulated network in which all rows have the same two services, and only the pods differ."""

    def __init__(self, other: WideWorld) -> None:
        self.__dict__.update(other.__dict__)
        self._all = (1 << len(self.rows)) - 1
        self.sent = (other.sent * len(self.rows))[: len(self.rows)]
        self._masks = {("client_service", "client-0"): self._all, ("server_service", "server-0"): self._all}


def test_the_bound_on_requests_is_kept_and_what_is_left_is_said() -> None:
    world = WideWorld(60_000)

    collecting = collected(world, most=8)
    answer = collecting.result()
    table = arrange(answer, Arrangement())

    assert len(world.asked) == 8
    assert answer.remainder is not None
    assert 0 < answer.remainder.cut < answer.remainder.parts
    assert cut_sentence(table) == f"{remainder_words(answer)}: narrow the query, or raise --max-requests."
    assert f"{len(answer.connections):,} rows; " in remainder_words(answer)
    assert cut_fact(table) == remainder_words(answer)


def test_given_up_it_keeps_the_rows_so_far_as_cut() -> None:
    world = WideWorld(30_000)
    collecting = AllRows(Query(group_bys=FIELDS), WINDOW)
    for _ in range(4):
        assert collecting.question is not None
        collecting.on_answer(world.answer(collecting.question))

    answer = collecting.result()

    assert len(answer.connections) >= MOST_ROWS
    assert answer.cut
    assert "so far, 4 of at most 40 requests" in collecting.progress


class Profiles:
    """Several worlds, each behind a profile; one fails."""

    def __init__(self, worlds: Mapping[str, WideWorld]) -> None:
        self.worlds = worlds
        self.asked: list[Query] = []

    def answer(self, query: Query) -> Snapshot:
        self.asked.append(query)
        window, asked = questions(query, (*self.worlds, "broken"), MOMENT)
        answers = {name: self._answer(name, one) for name, one in asked.items()}
        return together(query, window, answers)

    def _answer(self, profile: str, query: Query) -> Snapshot | CnmError:
        return Unreachable("No answer.") if profile == "broken" else self.worlds[profile].answer(query)


@pytest.mark.parametrize("honoured", [True, False])
def test_all_rows_of_several_profiles_come_once_each_beside_one_that_fails(honoured: bool) -> None:
    # Some rows of both have the same names.
    worlds = {
        "big": WideWorld(600, clients=20, servers=25, seed=1, honoured=honoured),
        "odd name": WideWorld(500, clients=20, servers=25, seed=2),
        "small": WideWorld(30, clients=20, servers=25, seed=3),
    }
    profiles = Profiles(worlds)
    query = with_profile(Query(group_bys=FIELDS))

    collecting = AllRows(query, WINDOW, 1_000, row_limit=80)
    while (question := collecting.question) is not None:
        collecting.on_answer(profiles.answer(question))
    answer = collecting.result()

    everything = {((name,), *row) for name, world in worlds.items() for row in world.rows}
    found = keys_of(answer)
    assert len(found) == len(set(found))
    assert answer.remainder is not None
    assert answer.remainder.missing == ("broken",)
    assert answer.warning == "broken has no rows here: No answer."
    assert answer.asked_all
    if honoured:
        assert set(found) == everything
        assert cut_sentence(arrange(answer, Arrangement())) == "1,130 rows; broken failed."
    else:
        # A service that ignores every search cannot be divided, and that is said.
        assert set(found) < everything
        assert re.match(r"\d+ rows; broken failed, \d+ of \d+ parts are still cut", remainder_words(answer))


@pytest.mark.parametrize("text", ["", "1", "0", "-3", "1001", "many", "4.5", "٤٠"])
def test_the_bound_is_a_number_from_two_on(text: str) -> None:
    with pytest.raises(InvalidQuery):
        checked_most(text)
