"""Define a fake data source that can answer any query. It groups a few flows, which are single connections.

Tests of complete tasks use it.
"""

from collections.abc import Mapping
from typing import Final

from cnm_tui.core.connections import Connection, GroupValues
from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import read
from cnm_tui.core.search.tree import AllOf, AnyOf, Expression, InNetworks, Not, Term, Wildcard
from cnm_tui.core.snapshot import Snapshot
from tests.builders import FakeSource, a_connection, a_snapshot

Flow = Mapping[str, str]


def a_flow(client: str, server: str, number: int) -> Flow:
    """Return a flow from one pod of the client service to one pod of the server service.

    If a service name is empty, that side has no tag values.
    """
    ends = {"client": client, "server": server}
    flow: dict[str, str] = {}
    for side, service in ends.items():
        tags = {
            "service": service,
            "kube_deployment": f"{service}-deploy",
            "pod_name": f"{service}-{number}",
            "host": f"{service}-host-{number}",
            "ip": f"10.0.{number}.1",
            "port": "443",
        }
        flow |= {f"{side}_{tag}": value for tag, value in tags.items()} if service else {f"{side}_ip": "203.0.113.7"}
    return flow


FLOWS: Final = (
    *(a_flow("checkout", "payments", number) for number in range(3)),
    *(a_flow("payments", "checkout", number) for number in range(2)),
    a_flow("search", "catalogue", 1),
    a_flow("search", "", 1),
)


class Estate(FakeSource):
    """A fake data source. It answers a query by grouping the flows that match its search.

    The flows are sorted by bytes, largest first.
    """

    async def fetch(self, query: Query) -> Snapshot:
        """Return the rows of this query without waiting."""
        self.asked.append(query)
        expression = read(query.search).expression
        rows: dict[tuple[GroupValues, ...], int] = {}
        for number, flow in enumerate(FLOWS):
            if expression is None or _holds(expression, flow):
                group = tuple((flow[field],) if field in flow else () for field in query.group_bys)
                rows[group] = rows.get(group, 0) + 10_000 // (number + 1)
        return a_snapshot(*(_row(query, group, sent) for group, sent in rows.items()), query=query)


def _row(query: Query, group: tuple[GroupValues, ...], sent: int) -> Connection:
    texts = ("|".join(values) for values in group)
    row_id = ", ".join(f"{field}:{text}" for field, text in zip(query.group_bys, texts, strict=True))
    return a_connection(row_id, group, bytes_sent_by_client=sent)


def _holds(expression: Expression, flow: Flow) -> bool:
    match expression:
        case Term(field, pattern):
            if any(isinstance(part, Wildcard) for part in pattern.parts):
                return field in flow
            return flow.get(str(field)) == "".join(map(str, pattern.parts))
        case InNetworks():
            raise AssertionError("no test asks for networks")
        case Not(inner):
            return not _holds(inner, flow)
        case AllOf(inners):
            return all(_holds(each, flow) for each in inners)
        case AnyOf(inners):
            return any(_holds(each, flow) for each in inners)
