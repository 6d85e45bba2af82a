"""Test the graph of neighbours, which shows which clients call a service and which servers the service calls."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest

from cnm_tui.core.connections import Connection
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.export.file_form import GRAPHS
from cnm_tui.core.export.graphs import MOST_MERMAID_CHARACTERS, MOST_MERMAID_EDGES, left_out
from cnm_tui.core.export.rows import export
from cnm_tui.core.fields.group_by import Side
from cnm_tui.core.neighbours import (
    MOST_BRANCHES,
    Branch,
    asking_around,
    direction_path,
    end_of_row,
    graph_of,
    has_both_ends,
    roots_of,
    tree,
)
from cnm_tui.core.query import Query
from cnm_tui.core.table.table import Arrangement, Table, arrange
from cnm_tui.core.text import clean
from tests.builders import MOMENT, a_connection, a_snapshot
from tests.odd_text import ODD


def flow(client: str, server: str, sent: int = 1_000) -> Connection:
    """Return a row from a client service to a server service. An empty name means that the end is unresolved."""
    groups = ((client,) if client else (), (server,) if server else ())
    return a_connection(f"{client}>{server}", groups, bytes_sent_by_client=sent)


SHOP = a_snapshot(
    flow("web", "cart", 4_000),
    flow("web", "search", 1_000),
    flow("cart", "store", 3_000),
    flow("cart", "", 2_000),
    flow("edge", "web", 9_000),
    flow("", "web", 1_000),
    flow("store", "web", 10),
    flow("web", "web", 5),
)


def lines_of(branches: list[Branch]) -> list[str]:
    """Return the lines of the neighbour tree as the user sees them, with two spaces of indentation for each level."""
    return [f"{'  ' * one.depth}{one.text}{one.remark and f' ({one.remark})'}" for one in branches]


def test_a_tree_tells_who_calls_an_end_and_what_it_calls_the_largest_first() -> None:
    graph = graph_of(SHOP)
    web = end_of_row(SHOP.connections[0], SHOP.query, "client_service")

    assert lines_of(tree(graph, [web])) == [
        "web",
        "  called by",
        "    edge",
        "    N/A",
        "    store",
        "    web (itself)",
        "  calls",
        "    cart",
        "    search",
        "    web (itself)",
    ]


def test_an_unfolded_neighbour_tells_its_own_but_an_end_is_never_followed_in_a_circle() -> None:
    graph = graph_of(SHOP)
    rows = (SHOP.connections[at] for at in (0, 2, 6))
    web, cart, store = (end_of_row(row, SHOP.query, "client_service") for row in rows)
    unfolded = frozenset({direction_path(Side.SERVER, (web, cart)), direction_path(Side.SERVER, (web, cart, store))})

    lines = lines_of(tree(graph, [web], unfolded))

    assert lines[lines.index("  calls") :] == [
        "  calls",
        "    cart",
        "      store",
        "        web (seen above)",
        "      N/A",
        "    search",
        "    web (itself)",
    ]


def test_nothing_is_followed_through_an_end_without_a_name() -> None:
    unresolved = next(one for one in tree(graph_of(SHOP), [roots_of(graph_of(SHOP))[0]]) if one.text == "N/A")

    assert (unresolved.goes_on, unresolved.path[-1].resolved) == (0, False)


def test_many_neighbours_are_cut_and_the_rest_is_told() -> None:
    rows = [flow("web", f"s{number}", 1_000) for number in range(MOST_BRANCHES + 20)]
    graph = graph_of(a_snapshot(*rows))

    lines = tree(graph, [graph.edges[0].client])

    assert lines[-1].remark == "… and 20 more, 40.0 % of the total"
    assert len(lines) == MOST_BRANCHES + 4


def test_several_rows_between_two_ends_are_one_edge_with_the_worst_finding() -> None:
    query = Query(group_bys=("client_service", "server_service", "server_port"))
    groups = (("web",), ("store",), ("443",))
    ill = a_connection("2", groups, bytes_sent_by_client=5, packets_sent_by_client=10_000, tcp_retransmits=2_000)
    rows = (a_connection("1", (("web",), ("store",), ("80",)), bytes_sent_by_client=10), ill)

    (edge,) = graph_of(a_snapshot(*rows, query=query)).edges

    assert (edge.volume, edge.positions, edge.found_at) == (15, (0, 1), 1)
    assert edge.found.severity.word == "critical"


def test_an_absent_size_is_not_zero() -> None:
    (edge,) = graph_of(a_snapshot(a_connection(bytes_sent_by_client=None, bytes_sent_by_server=None))).edges

    assert edge.volume is None


@pytest.mark.parametrize(
    ("column", "text"),
    [("client_service", "web"), ("server_service", "store"), ("total_bytes", "store"), (None, "store")],
)
def test_the_tree_starts_from_the_end_at_the_cursor_else_from_the_server(column: str | None, text: str) -> None:
    assert end_of_row(flow("web", "store"), Query(), column).text == text


def test_it_starts_from_the_client_if_nothing_names_the_server() -> None:
    assert end_of_row(flow("web", ""), Query(), None).text == "web"


def test_rows_that_name_one_end_only_have_no_neighbours() -> None:
    assert not has_both_ends(Query(group_bys=("client_service", "server_port")))


def test_the_question_for_all_neighbours_asks_for_both_sides_in_the_same_window() -> None:
    shown = a_snapshot(flow('a "b"', "store"), query=Query(search="client_env:prod"))
    end = end_of_row(shown.connections[0], shown.query, "client_service")

    query = asking_around(shown, end)

    assert query.search == r'(client_service:"a \"b\"") OR (server_service:"a \"b\"")'
    assert query.time_range.window(MOMENT) == shown.window


def test_a_question_that_becomes_too_long_is_refused() -> None:
    shown = a_snapshot(flow("x" * 9_000, "store"))

    with pytest.raises(InvalidQuery):
        asking_around(shown, end_of_row(shown.connections[0], shown.query, "client_service"))


# Written for other programs


def written(table: Table, format_name: str) -> str:
    """Return the graph of neighbours for the rows of a table, exported in this format, as text."""
    return b"".join(export(table, format_name, source="TEST\nnode [x]")).decode()


NAMES = [*ODD.values(), '"; } digraph {', "\\", 'end"', "</data>", "]]>", "%%{init}%%", "subgraph", "a\\n"]
HOSTILE = arrange(a_snapshot(*(flow(clean(one), "store") for one in NAMES)), Arrangement())


@pytest.mark.filterwarnings("ignore:.* deprecated - use")
def test_hostile_names_are_only_labels_for_graphviz() -> None:
    text = written(HOSTILE, "dot")

    (graph,) = pytest.importorskip("pydot").graph_from_dot_data(text)

    labels = [node.get_label() for node in graph.get_nodes() if node.get_name().startswith("n") and node.get_label()]
    assert len(graph.get_edges()) == len(NAMES)
    assert len(labels) == len(NAMES) + 1
    assert '"\\"; } digraph {"' in labels
    if dot := shutil.which("dot"):
        plain = subprocess.run([dot, "-Tplain"], input=text.encode(), capture_output=True, check=True).stdout.decode()
        assert len(re.findall("^edge ", plain, re.MULTILINE)) == len(NAMES)


def test_hostile_names_are_only_labels_in_graphml() -> None:
    root = ET.fromstring(written(HOSTILE, "graphml"))

    name = "{http://graphml.graphdrawing.org/xmlns}"
    labels = {one.text for one in root.iter(f"{name}data") if one.get("key") == "label"}
    assert {"</data>", "]]>", "\\", '"; } digraph {', "store"} <= labels
    assert len(list(root.iter(f"{name}edge"))) == len(NAMES)


MERMAID_LINE = re.compile(
    r'flowchart LR|  %% [^{}]*|  n\d+\["(?:[^\W]|[ _./-]|#\d+;)*"\]|  n\d+ -->\|"(?:[^\W]|[ _./-]|#\d+;)*"\| n\d+'
    r"|  linkStyle [\d,]+ stroke:#[0-9a-f]{6}"
)


def test_hostile_names_are_only_labels_for_mermaid() -> None:
    lines = written(HOSTILE, "mermaid").splitlines()

    assert [line for line in lines if MERMAID_LINE.fullmatch(line) is None] == []
    assert sum("-->" in line for line in lines) == len(NAMES)


@pytest.mark.parametrize(("number", "length"), [(600, 5), (480, 150)])
def test_mermaid_gets_no_more_than_it_draws_and_that_is_told(number: int, length: int) -> None:
    table = arrange(a_snapshot(*(flow("web", f"{at:0{length}}", number - at) for at in range(number))), Arrangement())

    text = written(table, "mermaid")

    drawn = text.count("-->")
    assert 0 < drawn <= MOST_MERMAID_EDGES
    assert len(text) <= MOST_MERMAID_CHARACTERS
    said = f"Mermaid draws no more: the largest {drawn} of {number} edges are written."
    assert (said in text, left_out(table, "mermaid")) == (drawn < number, said if drawn < number else "")
    assert left_out(table, "dot") == ""


@pytest.mark.parametrize("format_name", GRAPHS)
def test_a_graph_has_the_rows_of_the_table_alone(format_name: str) -> None:
    table = arrange(SHOP, Arrangement(top=1))

    assert [name in written(table, format_name) for name in ("edge", "web", "cart")].count(True) >= 2
    assert "search" not in written(table, format_name).replace("search:", "")


def test_rows_of_one_end_are_told() -> None:
    query = Query(group_bys=("client_service",))
    table = arrange(a_snapshot(a_connection("1", (("web",),)), query=query), Arrangement())

    assert left_out(table, "dot").startswith("the rows do not name both ends")
