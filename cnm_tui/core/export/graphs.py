"""Write rows as a graph for other programs: Graphviz (`dot`), Mermaid, or GraphML (yEd, Gephi, networkx).

Text from outside is used only in labels, and is escaped for each language. The program creates the names of
the nodes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from cnm_tui.core.export.evidence import facts
from cnm_tui.core.findings.rule import Severity
from cnm_tui.core.metrics.metric import Metric
from cnm_tui.core.neighbours import Edge, End, Graph, graph_of, has_both_ends
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import clean, fitted

MOST_MERMAID_EDGES: Final = 499
"""Mermaid refuses to draw 500 edges and more. Source: Mermaid's configuration, `maxEdges`."""
MOST_MERMAID_CHARACTERS: Final = 50_000
"""Mermaid refuses longer texts. Source: Mermaid's configuration, `maxTextSize`."""
_LONGEST_LABEL: Final = 60
_LONGEST_DOT_LABEL: Final = 400
"""Graphviz refuses texts of more than 16,384 bytes. A tag value has at most 200 characters."""
_COLOURS: Final = {Severity.CRITICAL: "#c01c28", Severity.WARNING: "#b8860b"}
_FACTS_SHOWN: Final = ("window", "grouped", "search", "tags", "filter", "fetched", "cut")


def graph_pieces(table: Table, format_name: str, source: str) -> Iterator[bytes]:
    """Yield a graph of the table's rows, as pieces of bytes. `format_name` is one of the formats in `GRAPHS`."""
    snapshot = table.snapshot
    graph = graph_of(snapshot, table.order)
    metric = snapshot.endpoint.metrics[snapshot.endpoint.volume]
    said = {name: clean(text) for name, text in facts(table, source).items()}
    named: Mapping[str, Callable[..., Iterator[str]]] = {
        "dot": partial(_dot, snapshot.endpoint.name),
        "graphml": partial(_graphml, snapshot.endpoint.name),
    }
    lines = named.get(format_name, _mermaid)(graph, metric, said)
    yield "".join(f"{line}\n" for line in lines).encode()


def left_out(table: Table, format_name: str) -> str:
    """Return a sentence about edges that the format cannot contain, or about rows without client or server fields.

    The text is empty if the graph is complete.
    """
    if not has_both_ends(table.snapshot.query):
        both = table.snapshot.endpoint.examples.both_ends
        return f"the rows do not name both ends, so the graph has ends without a name; group by both, as {both}."
    if format_name != "mermaid":
        return ""
    edges = graph_of(table.snapshot, table.order).edges
    drawn = _drawn_by_mermaid(edges, table.snapshot.endpoint.metrics[table.snapshot.endpoint.volume])
    return _mermaid_remark(edges, drawn)


def _numbered(edges: Sequence[Edge]) -> Mapping[End, str]:
    return {end: f"n{number}" for number, end in enumerate(Graph(edges).ends, 1)}


def _edge_text(edge: Edge, metric: Metric) -> str:
    size = metric.scale.text(edge.volume)
    return f"{size} {edge.found.code}" if edge.found.severity > Severity.NOTE else size


# Graphviz. Source: graphviz.org/doc/info/lang.html; a backslash begins an escape in labels.


def _dot(name: str, graph: Graph, metric: Metric, said: Mapping[str, str]) -> Iterator[str]:
    # A comment line of Graphviz ends with the line; the facts are single lines.
    yield f"digraph {name} {{"
    yield from (f"  // {fact}: {text}" for fact, text in said.items())
    yield "  rankdir=LR;"
    yield "  node [shape=box];"
    numbers = _numbered(graph.edges)
    for end, number in numbers.items():
        yield f"  {number} [label={_dot_text(end.text)}{'' if end.resolved else ', style=dashed'}];"
    for edge in graph.edges:
        colour = _COLOURS.get(edge.found.severity)
        more = f', color="{colour}"' if colour else ""
        label = _dot_text(_edge_text(edge, metric))
        yield f"  {numbers[edge.client]} -> {numbers[edge.server]} [label={label}{more}];"
    yield "}"


def _dot_text(text: str) -> str:
    quoted = fitted(text, _LONGEST_DOT_LABEL).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


# Mermaid. Source: mermaid.js.org/syntax/flowchart.html; `#35;` is the sign with this number.


def _mermaid(graph: Graph, metric: Metric, said: Mapping[str, str]) -> Iterator[str]:
    drawn = _drawn_by_mermaid(graph.edges, metric)
    yield from _mermaid_lines(drawn, metric, said, _mermaid_remark(graph.edges, drawn))


def _mermaid_lines(edges: Sequence[Edge], metric: Metric, said: Mapping[str, str], remark: str) -> Iterator[str]:
    yield "flowchart LR"
    shown = [f"{name}: {said[name]}" for name in _FACTS_SHOWN if name in said]
    yield from (f"  %% {_commented(fitted(text, 200))}" for text in filter(None, [*shown, remark]))
    numbers = _numbered(edges)
    for end, number in numbers.items():
        yield f'  {number}["{_mermaid_text(end.text)}"]'
    for edge in edges:
        yield f'  {numbers[edge.client]} -->|"{_mermaid_text(_edge_text(edge, metric))}"| {numbers[edge.server]}'
    for severity, colour in _COLOURS.items():
        if found := [str(at) for at, edge in enumerate(edges) if edge.found.severity is severity]:
            yield f"  linkStyle {','.join(found)} stroke:{colour}"


def _mermaid_text(text: str) -> str:
    short = fitted(text, _LONGEST_LABEL)
    return "".join(sign if sign.isalnum() or sign in " _./-" else f"#{ord(sign)};" for sign in short)


def _commented(text: str) -> str:
    """Return a text for a comment in a graph file, with parentheses in place of braces.

    This is necessary because Mermaid reads `%%{` as an instruction.
    """
    return text.replace("{", "(").replace("}", ")")


def _drawn_by_mermaid(edges: Sequence[Edge], metric: Metric) -> Sequence[Edge]:
    """Return as many of the largest edges as Mermaid is able to draw."""
    number = min(len(edges), MOST_MERMAID_EDGES)
    while number and _size_of_mermaid(edges[:number], metric) > MOST_MERMAID_CHARACTERS:
        number = number * 9 // 10
    return edges[:number]


def _size_of_mermaid(edges: Sequence[Edge], metric: Metric) -> int:
    facts_and_remark = 2_000
    return facts_and_remark + sum(len(line) + 1 for line in _mermaid_lines(edges, metric, {}, ""))


def _mermaid_remark(edges: Sequence[Edge], drawn: Sequence[Edge]) -> str:
    if len(drawn) == len(edges):
        return ""
    return f"Mermaid draws no more: the largest {len(drawn):,} of {len(edges):,} edges are written."


# GraphML. Source: graphml.graphdrawing.org

_KEYS: Final = (
    ("label", "node", "string"),
    ("resolved", "node", "boolean"),
    ("rows", "edge", "int"),
    ("finding", "edge", "string"),
    ("severity", "edge", "string"),
)


def _graphml(graph_name: str, graph: Graph, metric: Metric, said: Mapping[str, str]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    for name, of, kind in (*_KEYS, (metric.key, "edge", "double")):
        yield f'  <key id="{name}" for="{of}" attr.name="{name}" attr.type="{kind}"/>'
    for name in said:
        key = quoteattr(f"asked.{name}")
        yield f'  <key id={key} for="graph" attr.name={key} attr.type="string"/>'
    yield f'  <graph id="{graph_name}" edgedefault="directed">'
    yield from (f"    <data key={quoteattr(f'asked.{name}')}>{escape(text)}</data>" for name, text in said.items())
    numbers = _numbered(graph.edges)
    for end, number in numbers.items():
        resolved = "true" if end.resolved else "false"
        yield f'    <node id="{number}">{_data("label", end.text)}{_data("resolved", resolved)}</node>'
    for edge in graph.edges:
        size = "" if edge.volume is None else _data(metric.key, str(edge.volume))
        found = _data("finding", edge.found.code) + _data("severity", edge.found.severity.word)
        ends = f'source="{numbers[edge.client]}" target="{numbers[edge.server]}"'
        yield f"    <edge {ends}>{size}{_data('rows', str(len(edge.positions)))}{found}</edge>"
    yield "  </graph>"
    yield "</graphml>"


def _data(key: str, text: str) -> str:
    return f'<data key="{key}">{escape(text)}</data>'
