"""Test the search for a tag by its name: which names are offered, in which order, and which letters are
highlighted.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.field_search import (
    CUSTOM,
    MOST_RECENT,
    Fit,
    field_named,
    fields_of,
    found,
    listed_fields,
    match,
    moved,
    offered,
    other_side,
    toggled,
    used_last,
    with_both_sides,
)
from cnm_tui.core.fields.group_by import Field, Side, checked_group_bys, parsed_group_bys

EVERYTHING = tuple(CONNECTIONS.fields.values())


def names(typed: str, side: Side | None = None) -> list[str]:
    """Return the tag names that match the typed text.

    If `side` is given, return only names for that side of a connection, client or server.
    """
    return [
        one.field.group_by for one in found(EVERYTHING, typed, CONNECTIONS.fields) if side in (None, one.field.side)
    ]


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
        "client_auto_group",
    ]
    assert names("container", Side.CLIENT)[-2:] == ["client_docker_image", "client_auto_group"]


def test_guesses_are_offered_only_where_nothing_fits_better() -> None:
    assert all("tls" in name for name in names("tls"))
    assert names("kstf") == ["client_kube_stateful_set", "server_kube_stateful_set"]
    assert names("server_tier") == []


def test_every_word_must_stand_somewhere() -> None:
    assert names("pod zebra") == []


def test_letters_are_told_by_their_place_in_the_whole_name() -> None:
    first = found(EVERYTHING, "kube dep", CONNECTIONS.fields)[0]

    assert sorted(first.in_name) == [7, 8, 9, 10, 12, 13, 14]
    assert first.in_meaning == frozenset()


def test_letters_in_the_meaning_are_told_too() -> None:
    first = found([CONNECTIONS.fields["client_team"]], "owning", CONNECTIONS.fields)[0]

    assert "".join(CONNECTIONS.fields["client_team"].meaning[at] for at in sorted(first.in_meaning)) == "owning"


def test_the_chosen_and_the_recent_of_a_side_come_before_the_rest_of_the_catalogue() -> None:
    listed = [
        field.group_by
        for field in fields_of(Side.SERVER, ["server_tier", "client_host", "server_env"], CONNECTIONS.fields)
    ]

    assert listed[:3] == ["server_tier", "server_env", "server_service"]
    assert len(listed) == len(set(listed))
    assert {field.group_by for field in EVERYTHING if field.side is Side.SERVER} < set(listed)


def test_a_custom_tag_belongs_to_the_side_that_its_name_says() -> None:
    assert field_named("client_tier", CONNECTIONS.fields).side is Side.CLIENT
    assert field_named("team", CONNECTIONS.fields).side is Side.FLOW
    assert field_named("team", CONNECTIONS.fields).meaning == CUSTOM


def test_without_a_typed_text_every_field_is_offered_in_its_order() -> None:
    assert [one.field for one in offered(EVERYTHING, " ", CONNECTIONS.fields)] == list(EVERYTHING)


def test_a_word_that_is_no_field_is_offered_last_as_a_custom_tag() -> None:
    names = [one.field.group_by for one in offered(EVERYTHING, "client_s", CONNECTIONS.fields)]

    assert (names[0], names[-1]) == ("client_service", "client_s")
    assert [one.field.group_by for one in offered(EVERYTHING, "client_service", CONNECTIONS.fields)] == [
        "client_service"
    ]


def test_a_list_offers_what_it_lists() -> None:
    names = [one.field.group_by for one in offered(EVERYTHING, "server_host, team ,client_tier", CONNECTIONS.fields)]

    assert names == ["server_host", "team", "client_tier"]


def test_words_that_no_field_can_be_named_for_offer_nothing() -> None:
    assert offered(EVERYTHING, "zebra crossing", CONNECTIONS.fields) == []


@given(st.text(max_size=20) | st.text(st.sampled_from("abceiklnoprstu_ "), max_size=8))
def test_whatever_is_typed_finds_fields_once_and_best_first(typed: str) -> None:
    offered = found(EVERYTHING, typed, CONNECTIONS.fields)

    ranks = [one.rank for one in offered]
    assert ranks == sorted(ranks)
    assert len({one.field.group_by for one in offered}) == len(offered)
    for one in offered:
        assert all(0 <= at < len(one.field.group_by) for at in one.in_name)
        assert all(0 <= at < len(one.field.meaning) for at in one.in_meaning)


@pytest.mark.parametrize("field", EVERYTHING, ids=lambda field: field.group_by)
def test_a_field_typed_out_is_the_first_that_is_found(field: Field) -> None:
    assert names(field.group_by)[0] == field.group_by


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
    assert other_side(group_by, CONNECTIONS.fields) == other


@given(st.sampled_from(sorted(CONNECTIONS.fields)) | st.from_regex(r"(client|server)_[a-z]{1,8}", fullmatch=True))
def test_the_other_side_of_the_other_side_is_this_one(group_by: str) -> None:
    other = other_side(group_by, CONNECTIONS.fields)
    if other is not None:
        assert other_side(other, CONNECTIONS.fields) == group_by


def test_both_sides_are_chosen_as_far_as_they_are_missing() -> None:
    assert with_both_sides((), ["client_env"], CONNECTIONS.fields) == ("client_env", "server_env")
    assert with_both_sides(("client_env", "team"), ["client_env"], CONNECTIONS.fields) == (
        "client_env",
        "team",
        "server_env",
    )
    assert with_both_sides(("server_env",), ["client_env"], CONNECTIONS.fields) == ("server_env", "client_env")


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
        with_both_sides(chosen, group_bys, CONNECTIONS.fields)

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
    assert listed_fields(text, CONNECTIONS.fields) == fields


@given(CHOICES)
def test_a_list_as_the_command_line_takes_it_is_read_as_those_fields(chosen: list[str]) -> None:
    text = ",".join([*chosen, "client_env", "team2"])

    assert listed_fields(text, CONNECTIONS.fields) == parsed_group_bys(text)


def test_the_latest_stand_first_among_those_used_last_and_the_oldest_are_forgotten() -> None:
    before = tuple(f"field{number}" for number in range(MOST_RECENT))

    after = used_last(["new", "field3"], before)

    assert after[:3] == ("new", "field3", "field0")
    assert len(after) == MOST_RECENT
    assert before[-1] not in after


def test_each_preset_is_made_of_known_fields_and_can_be_asked() -> None:
    assert [preset.name for preset in CONNECTIONS.presets] == [
        "service to service",
        "pod to pod",
        "namespace",
        "host",
        "availability zone",
        "IP and port",
        "domain",
        "auto-grouped",
    ]
    for preset in CONNECTIONS.presets:
        assert checked_group_bys(preset.group_bys) == preset.group_bys
        assert set(preset.group_bys) <= CONNECTIONS.fields.keys()


FIELD_NAMES = st.text(st.sampled_from("abcXYZ_-. éİß"), max_size=12) | st.text(max_size=12)


@pytest.mark.parametrize(
    ("text", "typed", "fit", "positions"),
    [
        ("pod_name", "pod_name", Fit.WHOLE, (0, 1, 2, 3, 4, 5, 6, 7)),
        ("pod_name", "pod", Fit.BEGINNING, (0, 1, 2)),
        ("client_pod_name", "pod", Fit.WORD, (7, 8, 9)),
        ("client_pod_name", "NAME", Fit.WORD, (11, 12, 13, 14)),
        ("security-group.Name", "name", Fit.WORD, (15, 16, 17, 18)),
        ("transport", "port", Fit.PART, (5, 6, 7, 8)),
        ("report_port", "port", Fit.WORD, (7, 8, 9, 10)),
        ("kube_deployment", "kdp", Fit.LETTERS, (0, 5, 7)),
        ("kube_deployment", "k", Fit.BEGINNING, (0,)),
        ("kube_deployment", "", Fit.BEGINNING, ()),
        ("", "", Fit.WHOLE, ()),
    ],
)
def test_the_best_way_to_stand_in_a_name_counts(text: str, typed: str, fit: Fit, positions: tuple[int, ...]) -> None:
    matched = match(text, typed)

    assert matched is not None
    assert (matched.fit, matched.positions) == (fit, positions)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("transport", "o"),
        ("kube_deployment", "kd"),
        ("kube_deployment", "dku"),
        ("kube_deployment", "upm"),
        ("pod", "pods"),
        ("", "a"),
    ],
    ids=[
        "one letter within",
        "two scattered",
        "the wrong order",
        "from within a word",
        "more than all",
        "nothing there",
    ],
)
def test_what_would_fit_nearly_everything_or_does_not_fit_is_none(text: str, typed: str) -> None:
    assert match(text, typed) is None


@given(FIELD_NAMES, FIELD_NAMES)
def test_the_positions_are_those_of_the_typed_letters_in_their_order(text: str, typed: str) -> None:
    matched = match(text, typed)
    if matched is None:
        return

    assert list(matched.positions) == sorted(set(matched.positions))
    assert [text[at].lower() for at in matched.positions] == [letter.lower() for letter in typed]


@given(FIELD_NAMES, st.integers(min_value=0, max_value=12), st.integers(min_value=2, max_value=12))
def test_any_piece_of_a_name_of_two_letters_or_more_fits_together(text: str, start: int, length: int) -> None:
    piece = text[start : start + length]
    if len(piece) < 2 or len(text.lower()) != len(text):
        return

    matched = match(text, piece)

    assert matched is not None
    assert matched.fit < Fit.LETTERS


@given(FIELD_NAMES, st.data())
def test_three_letters_of_a_name_from_its_beginning_on_fit_in_their_order(text: str, data: st.DataObject) -> None:
    if len(text) < 3 or len(text.lower()) != len(text):
        return
    places = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), min_size=2, max_size=2)))

    assert match(text, "".join(text[place] for place in (0, *places))) is not None


@given(FIELD_NAMES)
def test_a_name_is_all_of_itself(text: str) -> None:
    matched = match(text, text)

    assert matched is not None
    assert matched.fit is Fit.WHOLE
