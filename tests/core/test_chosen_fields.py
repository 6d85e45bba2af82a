"""Choosing, dropping, moving and pairing fields, always to a list that can be asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.chosen_fields import (
    MOST_RECENT,
    listed_fields,
    moved,
    other_side,
    toggled,
    used_last,
    with_both_sides,
)
from cnm_tui.core.fields.group_by import CATALOGUE, checked_group_bys, parsed_group_bys
from cnm_tui.core.fields.presets import PRESETS

NAMES = st.sampled_from(
    ["client_service", "server_service", "client_tier", "team", "server_domain", "network.client.ip"]
)
CHOICES = st.lists(NAMES, unique=True, max_size=6)
TEN = tuple(f"client_tag{number}" for number in range(10))


def test_a_field_is_chosen_at_the_end_and_dropped_where_it_stands() -> None:
    assert toggled(("a", "b"), ["c"]) == ("a", "b", "c")
    assert toggled(("a", "b", "c"), ["b"]) == ("a", "c")


def test_of_several_fields_the_missing_ones_are_chosen_and_with_none_missing_all_are_dropped() -> None:
    assert toggled(("a",), ["b", "a", "c"]) == ("a", "b", "c")
    assert toggled(("a", "b", "c"), ["c", "a"]) == ("b",)


@pytest.mark.parametrize(
    ("group_bys", "words"),
    [(["one_more"], "11 group-bys chosen"), (["two", "more"], "12 group-bys chosen")],
)
def test_more_than_ten_are_refused(group_bys: list[str], words: str) -> None:
    with pytest.raises(InvalidQuery, match=words):
        toggled(TEN, group_bys)


@given(CHOICES, NAMES, st.integers(min_value=-8, max_value=8))
def test_moving_keeps_all_and_the_order_of_the_others(chosen: list[str], group_by: str, step: int) -> None:
    if group_by not in chosen:
        with pytest.raises(InvalidQuery, match="Only a chosen field can be moved"):
            moved(chosen, group_by, step)
        return

    after = moved(chosen, group_by, step)

    assert [one for one in after if one != group_by] == [one for one in chosen if one != group_by]
    assert after.index(group_by) == max(0, min(chosen.index(group_by) + step, len(chosen) - 1))


@pytest.mark.parametrize(
    ("group_by", "other"),
    [
        ("client_service", "server_service"),
        ("server_availability-zone", "client_availability-zone"),
        ("network.client.ip", "network.server.ip"),
        ("client_tier", "server_tier"),
        ("server_domain", None),
        ("network.server.port", None),
        ("team", None),
        ("tls_client_version", None),
    ],
)
def test_the_same_field_of_the_other_side(group_by: str, other: str | None) -> None:
    assert other_side(group_by) == other


@given(st.sampled_from(sorted(CATALOGUE)) | st.from_regex(r"(client|server)_[a-z]{1,8}", fullmatch=True))
def test_the_other_side_of_the_other_side_is_this_one(group_by: str) -> None:
    other = other_side(group_by)
    if other is not None:
        assert other_side(other) == group_by


def test_both_sides_are_chosen_as_far_as_they_are_missing() -> None:
    assert with_both_sides((), ["client_env"]) == ("client_env", "server_env")
    assert with_both_sides(("client_env", "team"), ["client_env"]) == ("client_env", "team", "server_env")
    assert with_both_sides(("server_env",), ["client_env"]) == ("server_env", "client_env")


@pytest.mark.parametrize(
    ("chosen", "group_bys", "sentence"),
    [
        ((), ["server_domain"], "server_domain is of the server only; the client has no such field."),
        ((), ["team"], "team describes the whole flow; it has no other side."),
        ((), ["team", "server_domain"], "None of these has the same field on the other side."),
        (("client_env", "server_env"), ["client_env"], "server_env is chosen already."),
        (TEN, ["client_tag1"], "11 group-bys chosen"),
    ],
)
def test_where_there_is_no_other_side_to_choose_a_sentence_says_so(
    chosen: tuple[str, ...], group_bys: list[str], sentence: str
) -> None:
    with pytest.raises(InvalidQuery) as refused:
        with_both_sides(chosen, group_bys)

    assert refused.value.sentence.startswith(sentence)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("client_service,server_service", ("client_service", "server_service")),
        (" client_service ,\n team\n", ("client_service", "team")),
        ("client_service server_tier", ("client_service", "server_tier")),
        ("client_service\nserver_domain\nnetwork.transport", ("client_service", "server_domain", "network.transport")),
        ("client_service,client_service", ("client_service",)),
        ("team,", ("team",)),
        (",", ()),
        ("client_service", ()),
        ("kube dep", ()),
        ("client_service dep", ()),
        ("", ()),
    ],
)
def test_several_fields_are_listed_by_commas_or_by_names_that_can_only_be_fields(
    text: str, fields: tuple[str, ...]
) -> None:
    assert listed_fields(text) == fields


@given(CHOICES)
def test_a_list_as_the_command_line_takes_it_is_read_as_those_fields(chosen: list[str]) -> None:
    text = ",".join([*chosen, "client_env", "team2"])

    assert listed_fields(text) == parsed_group_bys(text)


def test_the_latest_stand_first_among_those_used_last_and_the_oldest_are_forgotten() -> None:
    before = tuple(f"field{number}" for number in range(MOST_RECENT))

    after = used_last(["new", "field3"], before)

    assert after[:3] == ("new", "field3", "field0")
    assert len(after) == MOST_RECENT
    assert before[-1] not in after


def test_each_preset_is_made_of_known_fields_and_can_be_asked() -> None:
    assert [preset.name for preset in PRESETS] == [
        "service to service",
        "pod to pod",
        "namespace",
        "host",
        "availability zone",
        "IP and port",
        "domain",
    ]
    for preset in PRESETS:
        assert checked_group_bys(preset.group_bys) == preset.group_bys
        assert set(preset.group_bys) <= CATALOGUE.keys()
