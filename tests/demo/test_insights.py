"""Test the demo's network health insights: the official client can read them, and each refused request is
explained.
"""

from typing import Any

import pytest
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.network_health_insights_api import NetworkHealthInsightsApi
from datadog_api_client.v2.model.network_health_insight_attributes import NetworkHealthInsightAttributes
from datadog_api_client.v2.model.network_health_insight_category import NetworkHealthInsightCategory

from cnm_tui.core.insights.insight import FIELDS, TYPES
from cnm_tui.core.service import INSIGHTS_PATH
from tests.demo.asking import KEYS, NOW, get


@pytest.mark.filterwarnings("ignore:Using unstable operation")
def test_the_official_client_reads_every_insight_and_leaves_nothing_out(url: str) -> None:
    configuration = Configuration(host=url, api_key={"apiKeyAuth": "any", "appKeyAuth": "any"})  # type: ignore[no-untyped-call]
    # The client refuses previews unless they are named.
    configuration.unstable_operations["list_network_health_insights"] = True
    with ApiClient(configuration) as client:
        read = NetworkHealthInsightsApi(client).list_network_health_insights(_from=str(NOW - 900), to=str(NOW))  # type: ignore[no-untyped-call]

    sent = get(url, INSIGHTS_PATH, from_=NOW - 900, to=NOW).content
    assert read.to_dict() == sent  # type: ignore[no-untyped-call]
    assert not any(one._unparsed or one.attributes._unparsed for one in read.data)
    assert {one.attributes.type.value for one in read.data} >= {"dns", "tls-cert", "security-group"}


def test_the_official_models_know_the_same_fields_and_types() -> None:
    assert set(FIELDS) == set(NetworkHealthInsightAttributes.attribute_map)
    assert set(TYPES) == set(NetworkHealthInsightCategory.allowed_values)


@pytest.mark.parametrize(
    ("key", "status"), [("any", 200), ("uninsightful", 403), ("unscoped", 403), ("wrong", 403), ("elsewhere", 404)]
)
def test_keys_say_what_the_demo_refuses(url: str, key: str, status: int) -> None:
    assert get(url, INSIGHTS_PATH, headers=KEYS | {"DD-APPLICATION-KEY": key}).status == status


@pytest.mark.parametrize("parameters", [{"from_": 5, "to": 4}, {"from_": "x"}, {"to": -1}])
def test_a_window_that_is_none_is_refused(url: str, parameters: dict[str, Any]) -> None:
    assert get(url, INSIGHTS_PATH, **parameters).status == 400
