"""Test the steps of a drill-down, which leads from a row to more detailed rows.

The tests check if a step refines the client or the server, and by which tags the new rows are grouped.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.fields.group_by import CATALOGUE, Ladders
from cnm_tui.core.navigation.drill_paths import DrillContext, Step, step_down, turn_after

SERVICES = ("client_service", "server_service")
AFTER_SERVICE = ("kube_deployment", "kube_namespace", "pod_name", "host")


def next_fields(field: str, *fixed: str, ladders: Ladders | None = None) -> tuple[str, ...]:
    """Return the tags by which the next step of a drill-down groups. The query is grouped only by `field`.

    The cursor is on the column of `field`.
    """
    return step_down((field,), field, DrillContext(CONNECTIONS, frozenset(fixed), ladders=ladders or {})).next_fields


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("client_team", ("client_service",)),
        ("server_env", ("server_service",)),
        ("server_environment", ("server_service",)),
        ("client_availability-zone", ("client_service",)),
        ("client_service", tuple(f"client_{tag}" for tag in AFTER_SERVICE)),
        ("server_kube_deployment", ("server_pod_name",)),
        ("server_kube_namespace", ("server_pod_name",)),
        ("client_pod_name", ("client_host",)),
        ("server_host", ("server_ip",)),
        ("server_ip", ("server_port",)),
        ("network.client.ip", ("client_port",)),
        ("server_domain", ("client_service",)),
        ("server_port", ()),
        ("network.transport", ()),
        ("a_custom_tag", ()),
    ],
)
def test_each_field_leads_on_to_the_next_of_its_own_side(field: str, expected: tuple[str, ...]) -> None:
    assert next_fields(field) == expected


def test_over_a_rung_that_is_fixed_the_ladder_goes_on() -> None:
    assert next_fields("client_kube_deployment", "client_pod_name", "client_host") == ("client_ip",)
    assert next_fields("client_kube_namespace", "client_pod_name") == ("client_host",)
    assert next_fields("server_host", "network.server.ip") == ("server_port",)


def test_over_a_rung_that_the_group_bys_have_the_ladder_goes_on() -> None:
    step = step_down(("client_service", "server_domain"), "server_domain", DrillContext(CONNECTIONS))

    assert step == Step("server_domain", tuple(f"client_{tag}" for tag in AFTER_SERVICE))


def test_what_is_fixed_on_one_side_is_not_on_the_other() -> None:
    assert next_fields("client_pod_name", "server_host") == ("client_host",)


def test_the_field_under_the_cursor_goes_down() -> None:
    assert step_down(SERVICES, "server_service", DrillContext(CONNECTIONS)).leaves == "server_service"


def test_with_the_cursor_on_a_profile_the_same_goes_down_as_on_a_figure() -> None:
    group_bys = ("profile", *SERVICES)

    assert step_down(group_bys, "profile", DrillContext(CONNECTIONS)) == step_down(
        group_bys, "total_bytes", DrillContext(CONNECTIONS)
    )


def test_with_the_cursor_on_a_figure_the_higher_end_goes_down_and_of_equals_the_client() -> None:
    def leaves(*group_bys: str) -> str:
        return step_down(group_bys, "total_bytes", DrillContext(CONNECTIONS)).leaves

    assert leaves(*SERVICES) == "client_service"
    assert leaves("server_service", "client_service") == "client_service"
    assert leaves("client_pod_name", "server_service") == "server_service"
    assert leaves("client_port", "server_port", "server_host") == "server_host"


def test_where_nothing_leads_on_there_is_a_field_to_name_but_no_rung() -> None:
    assert step_down(("server_port",), "total_bytes", DrillContext(CONNECTIONS)) == Step("server_port", ())
    assert step_down((), None, DrillContext(CONNECTIONS)) == Step("", ())


def test_after_a_step_it_is_the_other_ends_turn_as_long_as_it_can_go_down() -> None:
    assert (
        turn_after(("client_pod_name", "server_service"), "client_pod_name", DrillContext(CONNECTIONS))
        == "server_service"
    )
    assert (
        turn_after(("client_pod_name", "server_port"), "client_pod_name", DrillContext(CONNECTIONS))
        == "client_pod_name"
    )
    assert turn_after(("client_pod_name",), "client_pod_name", DrillContext(CONNECTIONS)) == "client_pod_name"


def test_an_end_without_a_name_leaves_the_turn_to_the_other_but_goes_down_when_pointed_at() -> None:
    context = DrillContext(CONNECTIONS, unresolved=frozenset({"client_service"}))
    half_way = ("client_service", "server_kube_deployment")

    assert step_down(SERVICES, "total_bytes", context).leaves == "server_service"
    assert step_down(SERVICES, "client_service", context).leaves == "client_service"
    assert step_down(half_way, "total_bytes", context).leaves == "server_kube_deployment"
    assert turn_after(half_way, "server_kube_deployment", context) == "server_kube_deployment"


def test_with_the_other_end_at_its_pods_one_without_a_name_has_its_turn_as_its_pods_may_have_names() -> None:
    context = DrillContext(CONNECTIONS, unresolved=frozenset({"client_service"}))
    at_pods = ("client_service", "server_pod_name")

    assert step_down(at_pods, "total_bytes", context).leaves == "client_service"
    assert turn_after(at_pods, "server_pod_name", context) == "client_service"


def test_a_step_takes_the_place_of_the_field_it_leaves() -> None:
    assert Step("client_service", ("x",)).taken(SERVICES, "client_pod_name") == ("client_pod_name", "server_service")


def test_what_people_set_for_a_field_replaces_its_usual_ladder_and_no_other() -> None:
    ladders = {"service": ("pod_name", "cost_center"), "server_service": ("network.server.ip",), "host": ()}

    assert next_fields("client_service", ladders=ladders) == ("client_pod_name", "client_cost_center")
    assert next_fields("server_service", ladders=ladders) == ("network.server.ip",)
    assert next_fields("client_host", ladders=ladders) == ()
    assert next_fields("client_pod_name", ladders=ladders) == ("client_host",)


def test_a_custom_tag_can_have_a_ladder_and_a_ladder_can_change_sides() -> None:
    ladders = {"cost_center": ("team",), "network.transport": ("server_port",)}

    assert next_fields("client_cost_center", ladders=ladders) == ("client_team",)
    assert next_fields("network.transport", ladders=ladders) == ("server_port",)


FIELDS = st.sampled_from([*CATALOGUE, "client_a", "client_b", "client_c"])
TAGS = st.sampled_from(["service", "host", "a", "b", "c", "server_a", "network.server.ip"])


@given(
    st.lists(FIELDS, max_size=5, unique=True),
    st.one_of(st.none(), FIELDS),
    st.frozensets(FIELDS, max_size=5),
    st.frozensets(FIELDS, max_size=5),
    st.dictionaries(TAGS, st.lists(TAGS, max_size=3)),
)
def test_whatever_people_set_a_step_ends_and_leads_to_fields_that_are_not_taken(
    group_bys: list[str], cursor: str | None, fixed: frozenset[str], unresolved: frozenset[str], ladders: Ladders
) -> None:
    step = step_down(group_bys, cursor, DrillContext(CONNECTIONS, fixed, unresolved, ladders))

    assert not set(step.next_fields) & {*group_bys, *fixed}
    assert len(set(step.next_fields)) == len(step.next_fields)
    assert step.leaves in group_bys or not group_bys
