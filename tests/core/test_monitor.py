"""Test Datadog monitors that are generated for a metric. The official client must accept their JSON.

The tests also check monitors in the form of Terraform code.
"""

import json
import re
from typing import Any

import pytest
from datadog_api_client.configuration import Configuration
from datadog_api_client.model_utils import ModelSimple, OpenApiModel, UnparsedObject, validate_and_convert_types
from datadog_api_client.v1.model.monitor import Monitor

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.export.monitor import UNPROVEN, Watched, has_condition, monitor_json, monitor_terraform
from cnm_tui.core.metrics.metric import Number
from cnm_tui.core.query import Query
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import Window
from tests.odd_text import ODD

WINDOW = Window(1_772_358_300, 1_772_359_200)


def watched(key: str, value: Number | None = 5, query: Query | None = None, window: Window = WINDOW) -> Watched:
    """Return a metric with its current value and its query, from which a Datadog monitor can be generated.

    `key` is the name of the metric.
    """
    return Watched(query or Query(), window, CONNECTIONS.metrics[key], value)


def unknown(model: object) -> list[str]:
    """Return the names of all fields and types in the monitor that the official client does not know."""
    if isinstance(model, list):
        return [name for one in model for name in unknown(one)]
    if not isinstance(model, OpenApiModel) or isinstance(model, ModelSimple):
        return []
    parts = getattr(model, "_composed_instances", [])
    if parts:
        return unknown(list(parts))
    found = [type(model).__name__] if model._unparsed or isinstance(model, UnparsedObject) else []
    return found + [
        name
        for field, value in model._data_store.items()
        for name in ([] if field in model.attribute_map else [field]) + unknown(value)
    ]


def checked_by_client(monitor: Any) -> Any:
    """Return the monitor as an object of Datadog's official client, which raises an error for an invalid monitor."""
    configuration = Configuration()  # type: ignore[no-untyped-call]
    return validate_and_convert_types(monitor, (Monitor,), ["monitor"], True, True, configuration)  # type: ignore[no-untyped-call]


def made(one: Watched) -> dict[str, Any]:
    """Return the generated monitor as JSON data, after the official client has accepted every field."""
    monitor: dict[str, Any] = json.loads("\n".join(monitor_json(one)))
    checked = checked_by_client(monitor)
    assert isinstance(checked, Monitor)
    assert unknown(checked) == []
    return monitor


def test_a_monitor_of_auto_grouped_rows_of_several_profiles_names_fields_that_the_service_has() -> None:
    query = Query(("profile", "client_auto_group", "server_service"), search="profile:prod AND client_env:eu")

    monitor = made(watched("tcp_retransmits", query=query))
    (first, *_) = monitor["options"]["variables"]

    tags = ("service", "kube_service", "short_image", "container_name")
    fields = [*(f"client_{tag}" for tag in tags), "server_service"]
    assert [group["facet"] for group in first["group_by"]] == fields
    assert first["search"]["query"] == "client_env:eu"
    assert monitor["name"] == f"Network: RETRANS of {', '.join(fields)}"
    assert "It groups by all fields of client_auto_group, where rows have the first one" in monitor["message"]


@pytest.mark.parametrize(
    ("key", "query", "figures", "thresholds"),
    [
        (
            "retransmit_share",
            'formula("query1 / query2").last("15m") > 0.03',
            ["tcp_retransmits", "packets_sent_by_client"],
            {"critical": 0.03, "warning": 0.01},
        ),
        (
            "tcp_retransmits",
            'formula("query1 / query2").last("15m") > 0.03',
            ["tcp_retransmits", "packets_sent_by_client"],
            {"critical": 0.03, "warning": 0.01},
        ),
        (
            "total_bytes",
            'formula("query1 + query2").last("15m") > 17744106036',
            ["bytes_sent_by_client", "bytes_sent_by_server"],
            {"critical": 17744106036.0},
        ),
    ],
)
def test_the_condition_is_that_by_which_the_figure_is_judged(
    key: str, query: str, figures: list[str], thresholds: dict[str, float]
) -> None:
    monitor = made(watched(key, 17_744_106_036))

    assert monitor["type"] == "network-performance alert"
    assert monitor["query"] == query
    assert [one["compute"]["metric"] for one in monitor["options"]["variables"]] == figures
    assert monitor["options"]["thresholds"] == thresholds


@pytest.mark.parametrize("key", CONNECTIONS.metrics)
def test_the_official_client_accepts_the_monitor_of_every_figure(key: str) -> None:
    monitor = made(watched(key, 0.00001))

    limit = re.fullmatch(r'formula\("[^"]+"\)\.last\("15m"\) > ([\d.]+)', monitor["query"])
    assert limit is not None
    assert float(limit[1]) == monitor["options"]["thresholds"]["critical"]


def test_it_asks_the_question_and_notifies_nobody_until_it_is_published() -> None:
    query = Query(search='client_env:"@all {{x}}"', group_bys=("client_service",))

    monitor = made(watched("rtt_micro_seconds", query=query))

    (variable,) = monitor["options"]["variables"]
    assert variable["search"]["query"] == 'client_env:"@all {{x}}"'
    assert [group["facet"] for group in variable["group_by"]] == ["client_service"]
    assert variable["compute"]["aggregation"] == "avg"
    assert monitor["draft_status"] == "draft"
    assert not {"@", "{"} & set(monitor["message"])
    assert all(part in monitor["message"] for part in UNPROVEN)


@pytest.mark.parametrize("path", [("foo",), ("options", "foo"), ("options", "variables", 0, "foo"), ("type",)])
def test_the_official_client_knows_no_others(path: tuple[str | int, ...]) -> None:
    monitor: Any = json.loads("\n".join(monitor_json(watched("total_bytes"))))
    part = monitor
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = "unheard of"

    assert unknown(checked_by_client(monitor))


@pytest.mark.parametrize(("seconds", "last"), [(60, "5m"), (900, "15m"), (400_000, "2880m")])
def test_the_window_is_one_that_monitors_take(seconds: int, last: str) -> None:
    monitor = made(watched("tcp_resets", window=Window(WINDOW.end - seconds, WINDOW.end)))

    assert f'.last("{last}")' in monitor["query"]


def test_a_figure_without_limit_and_value_has_no_monitor() -> None:
    assert not has_condition(watched("total_bytes", None))


@pytest.mark.parametrize("hostile", ['${file("x")}', "%{if true}", 'a" }', "\\", "$${x}", *map(clean, ODD.values())])
def test_terraform_has_texts_as_they_are(hostile: str) -> None:
    query = Query(tags=(hostile[:200].replace(",", "") or "x",), group_bys=("client_service",))

    text = "\n".join(monitor_terraform(watched("rtt_micro_seconds", query=query)))

    strings = re.findall(r'"((?:[^"\\\n]|\\["\\]|\\u00\d\d)*)"', text)
    assert re.sub(r'"(?:[^"\\\n]|\\["\\]|\\u00\d\d)*"', "", text).count('"') == 0
    assert [one for one in strings if "${" in one or "%{" in one] == []
    assert text.count("{") - sum(one.count("{") for one in strings) == text.count("}") - sum(
        one.count("}") for one in strings
    )
    assert text.startswith("# Unproven, check before you publish it: compute.metric")
