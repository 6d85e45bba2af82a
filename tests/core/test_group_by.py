"""Test that the list of known tags agrees with Datadog's documentation, and that invalid group-bys are refused."""

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import (
    AUTO_GROUPS,
    Field,
    Side,
    checked_group_bys,
    end_of,
    names,
    parsed_group_bys,
    side_of,
)

# As documented by Datadog, "Cloud Network Monitoring", facets; with client_ or server_ before each.
DOCUMENTED_OF_BOTH_SIDES = """
    service availability-zone host ip port team role env environment app datacenter instance-id instance-type
    security-group-name security-group name image account kernel_version autoscaling_group region terraform.module
    site image_name pod_name kube_deployment kube_replica_set kube_job kube_cronjob kube_daemon_set
    kube_stateful_set kube_cluster_name kube_service kube_namespace kubernetes_cluster cluster-name
    kube_container_name kube-labels task_name task_version task_family ecs_cluster loadbalancer mesos_task
    marathon_app chronos_job chronos_job_owner nomad_task nomad_group nomad_job rancher_container rancher_service
    rancher_stack swarm_service swarm_namespace container_id container_name image_tag short_image docker_image
    kubernetescluster kube_cluster protocol
"""
DOCUMENTED_OF_THE_SERVER = """
    server_domain server_dns_server server_cacheclusterid server_cluster server_s3_bucket server_rds_instance_id
    server_cloud_endpoint_detection server_gateway_id
"""
DOCUMENTED_OF_THE_FLOW = """
    network.client.ip network.server.ip network.server.port network.transport pre_nat.ip gateway_availability-zone
    gateway_id gateway_public_ip gateway_region gateway_type intra_availability_zone intra_region is_agent_traffic
    tgw_attachment_id tgw_attachment_type tls_cipher_insecure tls_cipher_suite tls_client_version tls_encrypted
    tls_version vpc_endpoint_id
"""


def test_the_catalogue_has_every_documented_field_and_no_other() -> None:
    documented = {
        Side.CLIENT: {f"client_{tag}" for tag in DOCUMENTED_OF_BOTH_SIDES.split()},
        Side.SERVER: {f"server_{tag}" for tag in DOCUMENTED_OF_BOTH_SIDES.split()}
        | set(DOCUMENTED_OF_THE_SERVER.split()),
        Side.FLOW: set(DOCUMENTED_OF_THE_FLOW.split()),
    }

    for side, group_bys in documented.items():
        known = {field.group_by for field in CONNECTIONS.fields.values() if field.side is side}
        assert known - AUTO_GROUPS.keys() == group_bys


@pytest.mark.parametrize("field", CONNECTIONS.fields.values(), ids=lambda field: field.group_by)
def test_an_entry_agrees_with_its_name_and_says_what_it_means(field: Field) -> None:
    assert side_of(field.group_by) is field.side
    assert field.meaning
    assert not field.meaning.endswith(".")
    assert checked_group_bys([field.group_by]) == (field.group_by,)


@pytest.mark.parametrize(
    ("group_by", "side"),
    [("client_cost_centre", Side.CLIENT), ("server_cost_centre", Side.SERVER), ("cost_centre", Side.FLOW)],
)
def test_a_custom_tag_has_the_side_of_its_prefix(group_by: str, side: Side) -> None:
    assert side_of(group_by) is side


def test_group_bys_keep_their_order_and_lose_the_spaces_around_them() -> None:
    assert parsed_group_bys(" server_service ,client_service,my.tag/x ") == (
        "server_service",
        "client_service",
        "my.tag/x",
    )


@pytest.mark.parametrize("text", ["", "   "])
def test_no_text_means_no_group_bys(text: str) -> None:
    assert parsed_group_bys(text) == ()


def test_ten_group_bys_are_accepted() -> None:
    ten = tuple(CONNECTIONS.fields)[:10]

    assert checked_group_bys(ten) == ten


@pytest.mark.parametrize(("number", "too_many"), [(11, 1), (12, 2), (100, 90)])
def test_more_than_ten_are_refused_with_how_many_to_remove(number: int, too_many: int) -> None:
    with pytest.raises(InvalidQuery, match=f"{number} group-bys chosen; the endpoint takes at most 10") as refused:
        checked_group_bys(list(CONNECTIONS.fields)[:number])

    assert refused.value.hint == f"Remove {too_many}."


def test_a_repeated_one_is_refused_by_its_name() -> None:
    with pytest.raises(InvalidQuery, match="client_service is there twice") as refused:
        parsed_group_bys("client_service,server_service, client_service")

    assert "Remove one" in refused.value.hint


@pytest.mark.parametrize(
    ("text", "position"), [("client_service,,server_service", 2), (",a", 1), ("a,", 2), ("a, ,b", 2)]
)
def test_an_empty_one_is_refused_with_its_position(text: str, position: int) -> None:
    with pytest.raises(InvalidQuery, match=f"Group-by {position} is empty") as refused:
        parsed_group_bys(text)

    assert "single commas" in refused.value.hint


@pytest.mark.parametrize("group_by", ["client service", "a\x1b[0m", "a\nb", "a,b", "\u202ea", "x" * 201, "\ud800"])
def test_what_cannot_be_a_name_is_refused_and_shown_safely(group_by: str) -> None:
    with pytest.raises(InvalidQuery, match="cannot be a group-by") as refused:
        checked_group_bys([group_by])

    assert "no spaces, commas or control characters" in refused.value.hint
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize(
    ("field", "end"),
    [
        ("client_service", Side.CLIENT),
        ("server_custom", Side.SERVER),
        ("network.client.ip", Side.CLIENT),
        ("network.server.port", Side.SERVER),
        ("network.transport", Side.FLOW),
    ],
)
def test_a_field_tells_of_an_end_however_it_names_it(field: str, end: Side) -> None:
    assert end_of(field) is end


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ("client_service", Side.CLIENT),
        ("network.server.ip", Side.SERVER),
        ("server_port", None),
        ("network.server.port", None),
        ("client_protocol", None),
        ("network.transport", None),
    ],
)
def test_a_port_and_a_protocol_name_no_end(field: str, named: Side | None) -> None:
    assert [side for side in (Side.CLIENT, Side.SERVER) if names(field, side)] == ([named] if named else [])
