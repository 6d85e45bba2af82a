"""Create all lines of the detail pane, which shows everything about one connection."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from cnm_tui.core.compare.change_words import comparison_sentence, is_gone, standing_sentence
from cnm_tui.core.connections import UNRESOLVED, Connection
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import cell_width, clean, padded, wrapped
from cnm_tui.tui.view import Section, SectionLine, Trend
from cnm_tui.tui.widgets.detail_figures import (
    Figures,
    Line,
    figure_lines,
    figures_at,
    figures_in_order,
    indented,
    meaning_lines,
)
from cnm_tui.tui.widgets.detail_finding import finding_lines

__all__ = ["Heights", "Shown", "figures_at", "figures_in_order", "lines_of"]

if TYPE_CHECKING:
    from cnm_tui.core.navigation.reverse import ReverseRow

_LONGEST_RAW: Final = 20_000
"""Maximum bytes of a row; normal ones have about 1,000, and laying out millions would take seconds at each move."""
WIDEST_TEXT: Final = 78
"""Maximum text width: with more, a value would be too far from its name."""
_NAME_GAP: Final = 2
"""Columns between a group-by and its value."""
_MOST_FILLED: Final = 2
_TALLEST_FINDING: Final = 12
"""Maximum lines to which a shorter finding is filled, so that the figures stay in place from row to row."""
_USUAL_FINDING: Final = 12
"""Lines of most findings of more than one sentence."""


class Shown(NamedTuple):
    """The data that the detail pane displays in addition to a connection, and options for the display."""

    reverse_row: "ReverseRow | None" = None
    """The reverse row, as far as known."""
    closes: str = "esc"
    """Keyboard key that closes the pane."""
    keys: Mapping[str, str] = MappingProxyType({})
    """Keyboard keys by command, to name them."""
    meanings: str = "*"
    """Keyboard key that shows the meanings of all figures."""
    figure: str = ""
    """Key of the figure whose meaning is shown."""
    all_meanings: bool = False
    whole_finding: bool = False
    """True for the evidence and the source of the finding, too."""
    sections: Mapping[str, Section] = MappingProxyType({})
    """Sections of features, by heading."""
    first_sections: Mapping[str, Section] = MappingProxyType({})
    """Sections above the finding."""
    trend: Trend | None = None
    """Returns the trend of a figure; None without a timeline."""


NOTHING_BESIDE: Final = Shown()


class Heights:
    """Adds empty lines below shorter blocks of lines, so that the other blocks do not move when the cursor moves."""

    def __init__(self, *, tall: bool = False) -> None:
        """Create an object that does not contain the height of any block yet.

        `tall` is True for a pane that has room for the usual heights of all blocks from the start.
        """
        self._heights: dict[str, int] = {}
        self._tall = tall

    def filled(self, name: str, block: list[Line], most: int = 0, usual: int = 0) -> list[Line]:
        """Return the block of lines, with empty lines added so that it is as high as the same block was before.

        Only a few lines are added, or as many as are needed for `most` lines. In a tall pane, a block that is not
        empty has at least `usual` lines from the start.
        """
        lines = len(block)
        if lines and self._tall:
            self._heights[name] = max(usual, self._heights.get(name, 0))
        height = self._heights[name] = max(lines, min(self._heights.get(name, 0), max(most, lines + _MOST_FILLED)))
        return block + [()] * (height - lines)


def lines_of(
    connection: Connection | None,
    snapshot: Snapshot | None,
    width: int,
    shown: Shown = NOTHING_BESIDE,
    heights: Heights | None = None,
) -> list[Line]:
    """Return all lines about a connection. Each line has at most `width` columns.

    Args:
        connection: The connection, or None if no row is chosen.
        snapshot: The response that contains the connection.
        width: Width of the pane in columns.
        shown: The data that is displayed in addition to the connection.
        heights: Heights of the blocks that were displayed before.
    """
    if connection is None or snapshot is None:
        return [((" No row chosen.", "quiet"),)]
    inner = max(10, min(width - 2, WIDEST_TEXT))
    title = f" {snapshot.endpoint.row_noun}"
    hint = f"{shown.closes} closes".rjust(inner - len(title.strip()))
    lines: list[Line] = [((title, "title"), (hint, "quiet"))]
    heights = heights or Heights()
    for name, block in _who_lines(connection, snapshot, inner):
        lines += heights.filled(name, block)
    for name, section in shown.first_sections.items():
        lines += heights.filled(f"section {name}", _section_lines(name, section(connection, inner), inner))
    finding = finding_lines(connection, snapshot, inner, shown.keys, whole=shown.whole_finding)
    lines += finding if shown.whole_finding else heights.filled("finding", finding, _TALLEST_FINDING, _USUAL_FINDING)
    lines += heights.filled("compared", _comparison_lines(connection, snapshot, inner))
    for name, section in shown.sections.items():
        lines += heights.filled(f"section {name}", _section_lines(name, section(connection, inner), inner))
    lines += _figure_lines(connection, snapshot, inner, shown, heights)
    if _is_gone(connection, snapshot):
        return lines
    lines.append(())
    lines.append(((" Row as it came", "title"),))
    for raw_line in raw_json(connection).splitlines():
        indentation = len(raw_line) - len(raw_line.lstrip())
        for part in wrapped(raw_line.strip(), max(8, inner - indentation)):
            lines.append(((" " * (1 + indentation) + part, "quiet"),))
    return lines


def _who_lines(connection: Connection, snapshot: Snapshot, inner: int) -> Iterator[tuple[str, list[Line]]]:
    """Yield the lines for each group-by with its values. Yield also the id, if it does not only repeat these values.

    The values are beside the name of the group-by. If they do not fit there, they are below the name.
    """
    named = [
        (clean(group_by), [value if value.strip() else UNRESOLVED for value in values or ("",)], "label")
        for group_by, values in zip(snapshot.query.group_bys, connection.groups, strict=True)
        if group_by not in snapshot.endpoint.constant_groups
    ]
    if connection.id != _usual_id(connection, snapshot):
        named.append(("id", [connection.id], ""))
    widest = max(cell_width(name) for name, _, _ in named)
    for name, values, kind in named:
        if any(cell_width(value) > inner - widest - _NAME_GAP for value in values):
            yield (
                f"of {name}",
                [((f" {name}", "quiet"),), *(line for value in values for line in indented(value, inner, kind))],
            )
            continue
        called = [padded("" if place else name, widest + _NAME_GAP) for place in range(len(values))]
        yield f"of {name}", [((f" {name}", "quiet"), (value, kind)) for name, value in zip(called, values, strict=True)]


def _usual_id(connection: Connection, snapshot: Snapshot) -> str:
    """Return the id that the connection would have if its id only repeated the values of the group-bys."""
    groups = zip(snapshot.query.group_bys, connection.groups, strict=True)
    return snapshot.endpoint.id_joint.join(f"{group_by}:{'|'.join(values)}" for group_by, values in groups)


def _figure_lines(
    connection: Connection, snapshot: Snapshot, inner: int, shown: Shown, heights: Heights
) -> Iterator[Line]:
    """Yield the lines with the metric values, and the meaning of one metric or of all metrics."""
    back = shown.reverse_row
    figures = Figures(connection, snapshot, None if back is None else back.connection, inner, shown.trend)
    metrics = snapshot.endpoint.metrics
    for number, (name, block) in enumerate(figure_lines(figures)):
        if number == 1 and back is not None and back.sentence:
            # Under the first heading, where values of the other way would be.
            yield ((f" {back.sentence}", "quiet"),)
        meaning = meaning_lines(metrics[name], figures)[1:] if shown.all_meanings and name in metrics else []
        yield from heights.filled(name, [*block, *meaning])
    if not shown.all_meanings:
        metric = metrics.get(shown.figure) or metrics[snapshot.endpoint.shown_order[0]]
        yield from heights.filled("meaning", [(), *meaning_lines(metric, figures)])
        yield ((f" {shown.meanings} shows the meaning of all.", "quiet"),)


def _comparison_lines(connection: Connection, snapshot: Snapshot, inner: int) -> list[Line]:
    """Return lines about the baseline, and about how the connection has changed since then.

    Return no lines without a baseline.
    """
    if snapshot.baseline is None:
        return []
    lines: list[Line] = [(), ((" Compared", "title"),)]
    for sentence in filter(None, (comparison_sentence(snapshot), standing_sentence(snapshot, connection.id))):
        lines += indented(sentence, inner, "")
    return lines


def _section_lines(name: str, section: Sequence[SectionLine], inner: int) -> list[Line]:
    """Return the lines of a section that a feature has added, with a heading.

    Return none if the section is empty.
    """
    if not section:
        return []
    lines: list[Line] = [(), ((f" {clean(name)}", "title"),)]
    for line in section:
        match line:
            case (str(text), str(paint)):
                lines += [((f" {part}", paint),) for part in wrapped(clean(text), inner)]
            case runs:
                lines.append(((" ", ""), *((clean(text), paint) for text, paint in runs)))
    return lines


def _is_gone(connection: Connection, snapshot: Snapshot) -> bool:
    if snapshot.baseline is None:
        return False
    return is_gone(snapshot, connection.id)


def raw_json(connection: Connection) -> str:
    """Return the JSON of a row with indentation. Characters that are not ASCII are escaped.

    If the JSON is very long or invalid, return only its beginning.
    """
    # Imported here: the first frame shows no row.
    import json

    raw = bytes(connection.raw)
    try:
        if len(raw) <= _LONGEST_RAW:
            return json.dumps(json.loads(raw), indent=2)
    except (ValueError, RecursionError):
        pass
    return ascii(raw[:2_000])
