"""Test a query that is sent for several profiles. All rows are in one table, and each row names its profile.

If the request for a profile fails, the profile must be named.
"""

import asyncio
import re
from dataclasses import replace

import pytest

from cnm_tui.core.aliases.aliases import Aliases
from cnm_tui.core.aliases.redacting import Redacting
from cnm_tui.core.connections import Exact
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import CnmError, CredentialsMissing, InvalidQuery, Unreachable
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.joined.profiles import JoinedSource, joined_source, questions, with_profile, without_profile
from cnm_tui.core.navigation.drilling import drilled
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Remainder, Snapshot
from cnm_tui.core.table.row_words import cut_fact, cut_remark, cut_sentence
from cnm_tui.core.table.table import Arrangement, arrange
from tests.builders import KEY, MOMENT, FakeSource, a_connection, a_snapshot

BOTH = with_profile(Query())


def asked(*answers: Snapshot | CnmError, query: Query = BOTH) -> tuple[JoinedSource, dict[str, FakeSource], Snapshot]:
    """Send the query to the profiles `prod` and `staging`, which reply with these two answers.

    Returns:
        The source that joins both profiles, the fake source of each profile by its name, and the joined answer.
    """
    sources = {name: FakeSource(answer, label=name) for name, answer in zip(("prod", "staging"), answers, strict=True)}
    joined = JoinedSource(sources, lambda: MOMENT)
    return joined, sources, asyncio.run(joined.fetch(query))


def test_rows_of_both_profiles_stand_in_one_table_with_their_profile() -> None:
    _, sources, answer = asked(a_snapshot(a_connection()), a_snapshot(a_connection()))

    assert answer.query == BOTH
    assert list(answer.connections.groups[0]) == [("prod",), ("staging",)]
    assert len(set(answer.connections.ids)) == 2
    assert not answer.cut
    assert [source.asked[0].group_bys for source in sources.values()] == [Query().group_bys] * 2
    assert sources["prod"].asked == sources["staging"].asked


def test_exact_texts_keep_the_profile_too() -> None:
    odd = a_connection(unclean=Exact("client_service:we\x00b", (("we\x00b",), ("store",))))

    _, _, answer = asked(a_snapshot(odd), a_snapshot())

    assert answer.connections[0].exact == Exact(
        "profile:prod, client_service:we\x00b", (("prod",), ("we\x00b",), ("store",))
    )


def test_a_profile_that_fails_is_named_and_the_rows_of_the_other_stay() -> None:
    failure = Unreachable("No answer from here.", hint="Check the network.")

    _, _, answer = asked(a_snapshot(a_connection()), failure)

    table = arrange(answer, Arrangement())
    assert len(answer.connections) == 1
    assert answer.warning == "staging has no rows here: No answer from here. Check the network."
    # So that a comparison does not take its rows as gone.
    assert answer.cut
    assert cut_sentence(table) == "1 row; staging failed."
    assert cut_remark(table) == "staging failed"


def test_under_redaction_neither_a_profile_nor_its_failure_is_told() -> None:
    of_one = replace(BOTH, limit=1)
    failure = Unreachable("No answer from db.internal.")
    _, _, answer = asked(a_snapshot(a_connection(), query=replace(Query(), limit=1)), failure, query=of_one)

    redacted = Redacting(Aliases(bytes(32))).snapshot(answer, of_one)
    told = f"{redacted.warning} {cut_fact(arrange(redacted, Arrangement()))} {redacted.remainder}"

    assert not {"prod", "staging", "internal"}.intersection(re.findall(r"\w+", told))
    assert re.search(r"^value-\d+ has no rows here\. .*; value-\d+ failed, value-\d+ is cut at 1 row ", told)


def test_all_profiles_failing_is_a_failure_that_names_the_first() -> None:
    with pytest.raises(Unreachable, match=r"^prod: No answer from here\.$"):
        asked(Unreachable("No answer from here."), Unreachable("None from there either."))


def test_a_cut_answer_names_its_profile() -> None:
    of_one = replace(BOTH, limit=1)

    _, _, answer = asked(a_snapshot(a_connection(), query=replace(Query(), limit=1)), a_snapshot(), query=of_one)

    assert answer.remainder == Remainder(2, 1, (), ("prod",), 1)
    assert (
        cut_sentence(arrange(answer, Arrangement()))
        == "1 row; prod is cut at 1 row: narrow the query, or raise --limit."
    )
    assert cut_fact(arrange(answer, Arrangement())) == "1 row; prod is cut at 1 row"


@pytest.mark.parametrize(
    ("search", "searches"),
    [
        ("", {"prod": "", "staging": ""}),
        ("team:web   x:y", {"prod": "team:web   x:y", "staging": "team:web   x:y"}),
        ("profile:prod", {"prod": ""}),
        ("profile:prod AND team:web", {"prod": "team:web"}),
        ("NOT profile:prod team:web", {"staging": "team:web"}),
        ("profile:p*d", {"prod": ""}),
        ("profile:?rod", {"prod": ""}),
        ("profile:*", {"prod": "", "staging": ""}),
        ("(profile:prod AND a:1) OR (profile:staging AND b:2)", {"prod": "a:1", "staging": "b:2"}),
        ("profile:prod OR a:1", {"prod": "", "staging": "a:1"}),
        ("NOT (profile:prod AND a:1)", {"prod": "NOT a:1", "staging": ""}),
        ("profile:nobody", {}),
    ],
)
def test_a_search_for_a_profile_decides_who_is_asked(search: str, searches: dict[str, str]) -> None:
    _, found = questions(replace(BOTH, search=search), ("prod", "staging"), MOMENT)

    assert {profile: query.search for profile, query in found.items()} == searches


def test_a_tag_names_a_profile_too() -> None:
    _, found = questions(replace(BOTH, tags=("profile:prod", "team:web")), ("prod", "staging"), MOMENT)

    assert {profile: query.tags for profile, query in found.items()} == {"prod": ("team:web",)}


def test_nobody_is_asked_if_no_profile_is_meant() -> None:
    joined = JoinedSource({"prod": FakeSource(), "staging": FakeSource()}, lambda: MOMENT)

    answer = asyncio.run(joined.fetch(replace(BOTH, search="profile:nobody")))

    assert (len(answer.connections), answer.cut) == (0, False)


def test_drilling_asks_only_the_profile_of_the_row() -> None:
    _, _, shown = asked(a_snapshot(a_connection()), a_snapshot(a_connection()))

    query = drilled(shown, shown.connections[1:], ("profile", "client_pod_name"))

    _, found = questions(query, ("prod", "staging"), MOMENT)
    assert {profile: one.search for profile, one in found.items()} == {
        "staging": "client_service:web AND server_service:store"
    }


def test_a_filter_finds_the_rows_of_a_profile() -> None:
    _, _, answer = asked(a_snapshot(a_connection()), a_snapshot(a_connection()))

    assert parsed_filter("profile=staging", CONNECTIONS).positions(answer) == [1]


def test_what_needs_one_profile_is_refused() -> None:
    joined = JoinedSource({"prod": FakeSource(), "staging": FakeSource()}, lambda: MOMENT)

    with pytest.raises(InvalidQuery, match="prod and staging are asked together; this needs one profile"):
        asyncio.run(joined.fetch(Query()))


def test_one_profile_again_loses_the_group_and_the_terms() -> None:
    query = without_profile(replace(BOTH, search="profile:prod AND team:web"))

    assert (query.group_bys, query.search) == (Query().group_bys, "team:web")


def test_the_rate_limit_is_that_of_the_profile_with_fewest_calls() -> None:
    joined, _, answer = asked(
        a_snapshot(budget=Budget(100, 60.0, 7, 1.0)), a_snapshot(budget=Budget(100, 60.0, 3, 1.0))
    )

    assert (joined.budget.remaining, answer.budget.remaining) == (3, 3)


def test_a_key_of_any_profile_is_known() -> None:
    joined = JoinedSource({"prod": FakeSource(), "staging": CredentialsMissing("No keys.")}, lambda: MOMENT)

    assert joined.holds_key(KEY)


def test_a_profile_without_keys_is_named_in_each_answer() -> None:
    def missing() -> FakeSource:
        raise CredentialsMissing("There are no keys.")

    joined = joined_source({"prod": lambda: FakeSource(a_snapshot(a_connection())), "b": missing}, lambda: MOMENT)

    assert asyncio.run(joined.fetch(BOTH)).warning == "b has no rows here: There are no keys."
    with pytest.raises(CredentialsMissing):
        joined_source({"a": missing, "b": missing}, lambda: MOMENT)


def test_parts_of_a_timeline_that_lack_a_profile_are_not_said_to_be_cut_at_the_limit() -> None:
    query = with_profile(Query(limit=1))
    row = a_connection("1", (("a",), ("web",), ("cart",)))

    # The sum of a timeline's parts has no remainder.
    table = arrange(a_snapshot(row, query=query), Arrangement(row_filter=parsed_filter("profile=a", CONNECTIONS)))

    assert cut_remark(table) == "rows may be missing: a profile failed, or is cut"
