"""Test that Datadog's official client can read all replies of the demo, which must look like replies of the real
API.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException, ForbiddenException
from datadog_api_client.v1.api.authentication_api import AuthenticationApi
from datadog_api_client.v2.api.cloud_network_monitoring_api import CloudNetworkMonitoringApi
from datadog_api_client.v2.api.key_management_api import KeyManagementApi
from datadog_api_client.v2.model.single_aggregated_connection_response_array import (
    SingleAggregatedConnectionResponseArray,
)
from datadog_api_client.v2.model.single_aggregated_connection_response_data import (
    SingleAggregatedConnectionResponseData,
)
from datadog_api_client.v2.model.single_aggregated_connection_response_data_attributes import (
    SingleAggregatedConnectionResponseDataAttributes,
)
from datadog_api_client.v2.model.single_aggregated_connection_response_data_type import (
    SingleAggregatedConnectionResponseDataType,
)

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.demo.server import DemoServer
from tests.demo.asking import NOW, get


@contextmanager
def official_client(url: str, api_key: str = "any") -> Iterator[CloudNetworkMonitoringApi]:
    configuration = Configuration(host=url, api_key={"apiKeyAuth": api_key, "appKeyAuth": "any"})  # type: ignore[no-untyped-call]
    with ApiClient(configuration) as client:
        yield CloudNetworkMonitoringApi(client)  # type: ignore[no-untyped-call]


@pytest.fixture
def official(url: str) -> Iterator[CloudNetworkMonitoringApi]:
    with official_client(url) as client:
        yield client


def test_the_official_client_reads_every_field_of_every_row(url: str, official: CloudNetworkMonitoringApi) -> None:
    group_by = "client_service,server_kube-labels,server_domain,server_region"

    answer = official.get_aggregated_connections(_from=NOW - 900, to=NOW, group_by=group_by, limit=500)

    assert isinstance(answer, SingleAggregatedConnectionResponseArray)
    sent = get(url, group_by=group_by, limit=500).content["data"]
    assert len(answer.data) == len(sent) == 500
    for row, row_sent in zip(answer.data, sent, strict=True):
        assert isinstance(row, SingleAggregatedConnectionResponseData)
        assert row.id == row_sent["id"]
        assert row.type == SingleAggregatedConnectionResponseDataType.AGGREGATED_CONNECTION
        attributes = row.attributes
        assert isinstance(attributes, SingleAggregatedConnectionResponseDataAttributes)
        assert attributes.group_bys == row_sent["attributes"]["group_bys"]
        assert [getattr(attributes, key) for key in CONNECTIONS.counted_keys] == [
            row_sent["attributes"][key] for key in CONNECTIONS.counted_keys
        ]


def test_the_official_models_know_every_field_and_the_endpoint_sends_all_they_know() -> None:
    known = set(SingleAggregatedConnectionResponseDataAttributes.attribute_map)

    assert known == {*CONNECTIONS.counted_keys, "group_bys"}


def test_the_official_client_reads_nothing_else_into_it_and_leaves_nothing_out(
    url: str, official: CloudNetworkMonitoringApi
) -> None:
    answer = official.get_aggregated_connections(group_by="client_service", limit=50)

    read = answer.to_dict()  # type: ignore[no-untyped-call]
    assert read == get(url, group_by="client_service", limit=50).content
    assert not any(row._unparsed or row.attributes._unparsed for row in answer.data)


def test_the_official_client_takes_an_empty_answer(official: CloudNetworkMonitoringApi) -> None:
    answer = official.get_aggregated_connections()

    assert answer.data == []


def test_the_official_client_sends_searches_and_tags(official: CloudNetworkMonitoringApi) -> None:
    by_query = official.get_aggregated_connections(
        group_by="client_service", query='client_service:"検索" OR server_service:prüfung'
    )
    by_tags = official.get_aggregated_connections(group_by="client_service", tags="client_service:検索")

    assert "検索" in {row.attributes.group_bys["client_service"][0] for row in by_query.data}
    assert [row.id for row in by_tags.data] == ["client_service:検索"]


def test_the_official_client_understands_a_refused_query(official: CloudNetworkMonitoringApi) -> None:
    with pytest.raises(ApiException) as refused:
        official.get_aggregated_connections(group_by="client_service", query="(client_service:a")

    assert refused.value.status == 400
    assert refused.value.body["errors"][0]["title"] == "Invalid query"


def test_the_official_client_understands_refused_keys(url: str) -> None:
    with official_client(url, api_key="wrong") as client, pytest.raises(ForbiddenException) as refused:
        client.get_aggregated_connections(group_by="client_service")

    assert refused.value.body == {"errors": ["Forbidden"]}


def test_the_official_client_finds_a_good_key_valid_and_a_wrong_one_forbidden(url: str) -> None:
    with official_client(url) as good, official_client(url, api_key="wrong") as wrong:
        valid = AuthenticationApi(good.api_client).validate()  # type: ignore[no-untyped-call]
        with pytest.raises(ForbiddenException):
            AuthenticationApi(wrong.api_client).validate()  # type: ignore[no-untyped-call]

    assert valid.valid is True


def test_the_official_client_finds_a_good_pair_of_keys_valid_and_a_wrong_one_forbidden(url: str) -> None:
    with official_client(url) as good, official_client(url, api_key="wrong") as wrong:
        valid = KeyManagementApi(good.api_client).validate_api_key()  # type: ignore[no-untyped-call]
        with pytest.raises(ForbiddenException):
            KeyManagementApi(wrong.api_client).validate_api_key()  # type: ignore[no-untyped-call]

    assert str(valid.status) == "ok"


def test_the_official_client_understands_a_key_without_scope_and_an_organisation_without_the_product(url: str) -> None:
    with official_client(url, api_key="unscoped") as unscoped, pytest.raises(ForbiddenException):
        unscoped.get_aggregated_connections(group_by="client_service")
    with official_client(url, api_key="disabled") as disabled, pytest.raises(ApiException) as refused:
        disabled.get_aggregated_connections(group_by="client_service")

    assert (refused.value.status, refused.value.body) == (400, {"errors": ["Bad Request"]})


def test_the_official_client_understands_the_rate_limit() -> None:
    with (
        DemoServer(rate_limit=(0, 60), clock=lambda: NOW) as server,
        official_client(server.url) as client,
        pytest.raises(ApiException) as refused,
    ):
        client.get_aggregated_connections(group_by="client_service")

    assert refused.value.status == 429
    # The official client waits for as long as this says before it tries again.
    assert refused.value.headers["X-RateLimit-Reset"] == "60"
