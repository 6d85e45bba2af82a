"""Which fields are offered, in which order, and which of their letters are those that were typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.fields.field_search import CUSTOM, field_named, fields_of, found, offered
from cnm_tui.core.fields.group_by import CATALOGUE, Field, Side

EVERYTHING = tuple(CATALOGUE.values())


def names(typed: str, side: Side | None = None) -> list[str]:
    """What is found, of one side or of all."""
    return [one.field.group_by for one in found(EVERYTHING, typed) if side in (None, one.field.side)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("pod", "client_pod_name"),
        ("image", "client_image"),
        ("ip", "client_ip"),
        ("zone", "client_availability-zone"),
        ("namespace", "client_kube_namespace"),
        ("SERVICE", "client_service"),
        ("kube dep", "client_kube_deployment"),
        ("server_pod", "server_pod_name"),
        ("domain", "server_domain"),
        ("transport", "network.transport"),
        ("svc", "client_service"),
        ("kdep", "client_kube_deployment"),
        ("kubernetes pod", "client_pod_name"),
    ],
)
def test_the_field_that_was_meant_comes_first(typed: str, first: str) -> None:
    assert names(typed)[0] == first


def test_a_tag_alone_fits_better_than_as_a_part_and_as_a_word_of_the_meaning() -> None:
    assert names("image", Side.CLIENT) == [
        "client_image",
        "client_image_name",
        "client_image_tag",
        "client_short_image",
        "client_docker_image",
    ]
    assert names("container", Side.CLIENT)[-1] == "client_docker_image"


def test_guesses_are_offered_only_where_nothing_fits_better() -> None:
    assert all("tls" in name for name in names("tls"))
    assert names("kstf") == ["client_kube_stateful_set", "server_kube_stateful_set"]
    assert names("server_tier") == []


def test_every_word_must_stand_somewhere() -> None:
    assert names("pod zebra") == []


def test_letters_are_told_by_their_place_in_the_whole_name() -> None:
    first = found(EVERYTHING, "kube dep")[0]

    assert sorted(first.in_name) == [7, 8, 9, 10, 12, 13, 14]
    assert first.in_meaning == frozenset()


def test_letters_in_the_meaning_are_told_too() -> None:
    first = found([CATALOGUE["client_team"]], "owning")[0]

    assert "".join(CATALOGUE["client_team"].meaning[at] for at in sorted(first.in_meaning)) == "owning"


def test_the_chosen_and_the_recent_of_a_side_come_before_the_rest_of_the_catalogue() -> None:
    listed = [field.group_by for field in fields_of(Side.SERVER, ["server_tier", "client_host", "server_env"])]

    assert listed[:3] == ["server_tier", "server_env", "server_service"]
    assert len(listed) == len(set(listed))
    assert {field.group_by for field in EVERYTHING if field.side is Side.SERVER} < set(listed)


def test_a_custom_tag_belongs_to_the_side_that_its_name_says() -> None:
    assert field_named("client_tier").side is Side.CLIENT
    assert field_named("team").side is Side.FLOW
    assert field_named("team").meaning == CUSTOM


def test_without_a_typed_text_every_field_is_offered_in_its_order() -> None:
    assert [one.field for one in offered(EVERYTHING, " ")] == list(EVERYTHING)


def test_a_word_that_is_no_field_is_offered_last_as_a_custom_tag() -> None:
    names = [one.field.group_by for one in offered(EVERYTHING, "client_s")]

    assert (names[0], names[-1]) == ("client_service", "client_s")
    assert [one.field.group_by for one in offered(EVERYTHING, "client_service")] == ["client_service"]


def test_a_list_offers_what_it_lists() -> None:
    names = [one.field.group_by for one in offered(EVERYTHING, "server_host, team ,client_tier")]

    assert names == ["server_host", "team", "client_tier"]


def test_words_that_no_field_can_be_named_for_offer_nothing() -> None:
    assert offered(EVERYTHING, "zebra crossing") == []


@given(st.text(max_size=20) | st.text(st.sampled_from("abceiklnoprstu_ "), max_size=8))
def test_whatever_is_typed_finds_fields_once_and_best_first(typed: str) -> None:
    offered = found(EVERYTHING, typed)

    ranks = [one.rank for one in offered]
    assert ranks == sorted(ranks)
    assert len({one.field.group_by for one in offered}) == len(offered)
    for one in offered:
        assert all(0 <= at < len(one.field.group_by) for at in one.in_name)
        assert all(0 <= at < len(one.field.meaning) for at in one.in_meaning)


@pytest.mark.parametrize("field", EVERYTHING, ids=lambda field: field.group_by)
def test_a_field_typed_out_is_the_first_that_is_found(field: Field) -> None:
    assert names(field.group_by)[0] == field.group_by
