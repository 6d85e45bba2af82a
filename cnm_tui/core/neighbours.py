"""Build a graph of clients and servers from the loaded rows.

For each client or server, the graph shows its callers and the servers that it calls. These are its
neighbours.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from cnm_tui.core.connections import UNRESOLVED, Connection, GroupValues, group_text
from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.fields.group_by import PROFILE, Side, end_of, names
from cnm_tui.core.findings.rule import Found
from cnm_tui.core.metrics.metric import Number
from cnm_tui.core.query import Query, field_of
from cnm_tui.core.search.tree import visible_term
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import Fixed, TimeRange

_OF_A_SIDE: Final = ("client_", "server_", "network.client.", "network.server.")


class End(NamedTuple):
    """A client or a server: a node of the graph. A client and a server with equal field values are one node."""

    values: tuple[tuple[str, GroupValues], ...]
    """Field names without their side, with the exact values."""

    @property
    def text(self) -> str:
        """Return the name of the client or server, safe to display. Return `N/A` if it has no name.

        If cnm-tui queries several profiles, the profile of the client or server follows in parentheses.
        """
        texts = [group_text(tuple(map(clean, values))) for name, values in self.values if name != PROFILE]
        told = " ".join(texts) if self.resolved else UNRESOLVED
        return next(
            (f"{told} ({clean(value)})" for name, values in self.values if name == PROFILE for value in values), told
        )

    @property
    def resolved(self) -> bool:
        """True if at least one field contains a name for this client or server.

        The graph does not continue beyond an unnamed client or server, because it may be many different machines.
        """
        return any(group_text(values) != UNRESOLVED for name, values in self.values if name != PROFILE)


class Edge(NamedTuple):
    """An edge of the graph. It combines all rows with the same client and the same server."""

    client: End
    server: End
    positions: tuple[int, ...]
    """Positions of its rows in the answer, the largest first."""
    volume: Number | None
    """The size of all its rows together; None if no row tells it."""
    found: Found
    """The most important finding of its rows."""
    found_at: int
    """The position of the row with that finding."""


class Graph:
    """A graph in which the nodes are clients and servers, and an edge leads from a client to a server that it
    calls.
    """

    def __init__(self, edges: Sequence[Edge]) -> None:
        """Create the graph from these edges. The edges must be sorted by traffic volume, largest first."""
        self.edges = edges
        self._callers: Mapping[End, list[Edge]] = _by(edges, Side.SERVER)
        self._called: Mapping[End, list[Edge]] = _by(edges, Side.CLIENT)

    def callers(self, end: End) -> Sequence[Edge]:
        """Return the edges that lead to this client or server, sorted by traffic volume, largest first."""
        return self._callers.get(end, ())

    def called(self, end: End) -> Sequence[Edge]:
        """Return the edges that start at this client or server, sorted by traffic volume, largest first."""
        return self._called.get(end, ())

    @property
    def ends(self) -> Sequence[End]:
        """Return all clients and servers of the graph. They are sorted in the same way as the edges of the graph."""
        return list(dict.fromkeys(end for edge in self.edges for end in (edge.client, edge.server)))


def _by(edges: Iterable[Edge], side: Side) -> Mapping[End, list[Edge]]:
    found: defaultdict[End, list[Edge]] = defaultdict(list)
    for edge in edges:
        found[edge.client if side is Side.CLIENT else edge.server].append(edge)
    return found


def has_both_ends(query: Query) -> bool:
    """True if the query groups by fields of the client and by fields of the server."""
    return bool(_fields(query, Side.CLIENT) and _fields(query, Side.SERVER))


def _fields(query: Query, side: Side) -> Sequence[tuple[int, str]]:
    """Return the group-bys that can identify the client, or the server, as pairs of position and field name.

    The field names are returned without the prefix for client or server. If the query groups by profile, the
    profile is included. The same name in two profiles therefore means two different clients or servers.
    """
    found = [(position, _bare(field)) for position, field in enumerate(query.group_bys) if names(field, side)]
    of_profile = [(query.group_bys.index(PROFILE), PROFILE)] if found and PROFILE in query.group_bys else []
    return [*of_profile, *found]


def _bare(field: str) -> str:
    prefix = next((prefix for prefix in _OF_A_SIDE if field.startswith(prefix)), "")
    return field.removeprefix(prefix)


def graph_of(snapshot: Snapshot, positions: Iterable[int] | None = None) -> Graph:
    """Return the graph for the rows of a snapshot whose row numbers are in `positions`.

    If `positions` is None, use all rows.
    """
    chosen = range(len(snapshot.connections)) if positions is None else positions
    found, volumes = diagnosed(snapshot).found, snapshot.volumes
    clients, servers = (_ends(snapshot, side) for side in (Side.CLIENT, Side.SERVER))
    # By object: each end is one object here, and hashing its values for each row would take long.
    rows: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for position in chosen:
        rows[id(clients[position]), id(servers[position])].append(position)
    edges = []
    for held in rows.values():
        at = worst = held[0]
        total = volumes[at]
        if len(held) > 1:
            held.sort(key=lambda at: -(volumes[at] or 0))
            known = [size for at in held if (size := volumes[at]) is not None]
            total = sum(known) if known else None
            worst = max(held, key=lambda at: (found[at].severity, found[at].seconds_lost))
        edges.append(Edge(clients[at], servers[at], tuple(held), total, found[worst], worst))
    return Graph(sorted(edges, key=lambda edge: -(edge.volume or 0)))


def _ends(snapshot: Snapshot, side: Side) -> Sequence[End]:
    """Return the client, or the server, of each row. Rows with an equal client or server share one object."""
    fields, groups = _fields(snapshot.query, side), snapshot.connections.exact_groups
    ends: dict[tuple[GroupValues, ...], End] = {}
    same: dict[End, End] = {}
    found = []
    for values in zip(*(groups[column] for column, _ in fields), strict=True) if fields and groups else ():
        end = ends.get(values)
        if end is None:
            made = End(tuple((name, _known(one)) for (_, name), one in zip(fields, values, strict=True)))
            end = ends[values] = same.setdefault(made, made)
        found.append(end)
    return found or [End(())] * len(snapshot.connections)


def _known(values: GroupValues) -> GroupValues:
    """Return the values of a field unchanged. Return an empty tuple if they only state that the name is
    unresolved.
    """
    return () if group_text(values) == UNRESOLVED else values


def end_of_row(row: Connection, query: Query, column: str | None) -> End:
    """Return the client or the server of a row, from which the graph is displayed.

    If the chosen column belongs to the client or to the server, return that side. If the column belongs to
    neither side, return the server. If the server has no name, return the client.
    """
    ends = {
        side: End(tuple((name, _known(row.exact.groups[at])) for at, name in _fields(query, side)))
        for side in (Side.CLIENT, Side.SERVER)
    }
    field = field_of(column, query)
    at_column = end_of(field) if field is not None else Side.FLOW
    if at_column is not Side.FLOW:
        return ends[at_column]
    return ends[Side.SERVER] if ends[Side.SERVER].resolved else ends[Side.CLIENT]


def asking_around(shown: Snapshot, end: End) -> Query:
    """Return a query for all rows in which the given machine occurs as the client or as the server.

    The time window of the query is exactly the time window of the displayed rows.

    Raises:
        InvalidQuery: The search becomes too long.
    """
    sides = []
    for side in (Side.CLIENT, Side.SERVER):
        fields = {name: shown.query.group_bys[at] for at, name in _fields(shown.query, side)}
        if all(name in fields for name, _ in end.values):
            terms = [visible_term(fields[name], value) for name, values in end.values for value in values]
            sides.append(" AND ".join(terms))
    search = " OR ".join(f"({side})" for side in sides)
    window = TimeRange(Fixed(shown.window.start), Fixed(shown.window.end))
    return replace(shown.query, search=search, tags=(), time_range=window)


# The tree in a terminal

MOST_BRANCHES: Final = 30
"""Maximum neighbours listed for one end and direction; the largest are listed, and the number of others is said."""
MOST_ROOTS: Final = 10


class Branch(NamedTuple):
    """One line of the displayed tree of callers and called servers: a root, a heading or a neighbour."""

    depth: int
    """0 for an end to start from, 1 for the headings of a direction, 2 and more for neighbours."""
    text: str
    edge: Edge | None = None
    share: float | None = None
    """The share of the edge in the bytes of its direction; None if unknown."""
    path: tuple[End, ...] = ()
    """The ends from the root to this one."""
    direction: Side | None = None
    """The side on which the neighbour is: CLIENT for callers."""
    goes_on: int = 0
    """Number of further neighbours behind this one."""
    remark: str = ""


def tree(graph: Graph, roots: Sequence[End], unfolded: frozenset[tuple[End, ...]] = frozenset()) -> list[Branch]:
    """Return the lines of the displayed tree. Below each root are its callers and the servers that it calls.

    Args:
        graph: The graph of clients and servers.
        roots: The clients and servers at the top of the tree.
        unfolded: The tree paths of the neighbours that are expanded, so that their own neighbours are listed too.
    """
    lines: list[Branch] = []
    for root in roots[:MOST_ROOTS]:
        lines.append(Branch(0, root.text, path=(root,)))
        for direction, title in ((Side.CLIENT, "called by"), (Side.SERVER, "calls")):
            edges = _next(graph, root, direction)
            lines.append(Branch(1, title if edges else f"{title} nobody in these rows", path=(root,)))
            lines += _branches(edges, graph, direction, (root,), unfolded)
    if len(roots) > MOST_ROOTS:
        lines.append(Branch(0, "", remark=f"… and {len(roots) - MOST_ROOTS:,} more to start from"))
    return lines


def _next(graph: Graph, end: End, direction: Side) -> Sequence[Edge]:
    return graph.callers(end) if direction is Side.CLIENT else graph.called(end)


def _branches(
    edges: Sequence[Edge],
    graph: Graph,
    direction: Side,
    path: tuple[End, ...],
    unfolded: frozenset[tuple[End, ...]],
) -> list[Branch]:
    depth, lines = len(path) + 1, list[Branch]()
    total = sum(edge.volume or 0 for edge in edges)
    for edge in edges[:MOST_BRANCHES]:
        end = edge.client if direction is Side.CLIENT else edge.server
        share = edge.volume / total if edge.volume is not None and total else None
        here = (*path, end)
        behind = () if end in path or not end.resolved else _next(graph, end, direction)
        remark = "itself" if end == path[-1] else "seen above" if end in path else ""
        lines.append(Branch(depth, end.text, edge, share, here, direction, len(behind), remark))
        if behind and (direction_path(direction, here) in unfolded):
            lines += _branches(behind, graph, direction, here, unfolded)
    if left := edges[MOST_BRANCHES:]:
        size = sum(edge.volume or 0 for edge in left)
        of_all = f", {100 * size / total:.1f} % of the total" if total else ""
        lines.append(Branch(depth, "", path=path, remark=f"… and {len(left):,} more{of_all}"))
    return lines


def direction_path(direction: Side, path: tuple[End, ...]) -> tuple[End, ...]:
    """Return a tree path with its direction as the first item, for use as a dictionary key.

    A tree path lists the clients or servers from a root to a neighbour. The direction keeps the path to a caller
    apart from the same path to a called server.
    """
    return (End(((direction.value, ()),)), *path)


def roots_of(graph: Graph) -> Sequence[End]:
    """Return the clients or servers at the top of the tree for filtered rows, sorted by traffic volume.

    These are all servers that have a name. If no server has a name, these are all clients.
    """
    found = dict.fromkeys(edge.server for edge in graph.edges if edge.server.resolved)
    return list(found or dict.fromkeys(edge.client for edge in graph.edges))
