"""Request the same rows with Datadog's official client, and print them in the same form as the command `query`.

Run it as `python -m tests.bench.official URL`.
"""

import json
import sys

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.cloud_network_monitoring_api import CloudNetworkMonitoringApi

from tests.bench.answers import GROUP_BYS


def main(url: str) -> None:
    """Request rows from this URL with Datadog's official client, and print each row as a line of JSON."""
    configuration = Configuration()  # type: ignore[no-untyped-call]
    configuration.host = url
    configuration.api_key = {"apiKeyAuth": "any", "appKeyAuth": "any"}
    with ApiClient(configuration) as client:
        api = CloudNetworkMonitoringApi(client)  # type: ignore[no-untyped-call]
        answer = api.get_aggregated_connections(group_by=",".join(GROUP_BYS), limit=7_500)
    for connection in answer.data:
        attributes = connection.attributes.to_dict()
        groups = {key: list(values) for key, values in attributes.pop("group_bys").items()}
        print(json.dumps({"id": connection.id, **groups, **attributes}))


if __name__ == "__main__":
    main(sys.argv[1])
