"""Test that the symbol for an unhealthy number is visible, whatever the number and the width of its column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Size

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.metrics.health import Health, health
from cnm_tui.core.table.extra import USUAL_EXTRAS
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.options import WORST_FIRST
from cnm_tui.tui.widgets.grid_body import GridBody
from cnm_tui.tui.widgets.grid_layout import layout
from cnm_tui.tui.widgets.grid_row import SEVERITY, RowDrawing
from cnm_tui.tui.widgets.viewport import Viewport
from tests.builders import a_connection, a_snapshot

SIGNS = {Health.ODD: "▲", Health.BAD: "▲▲"}
ENOUGH = {"packets_sent_by_client": 10_000, "packets_sent_by_server": 10_000, "tcp_established_connections": 10_000}


def drawn(row: Connection, key: str, widened: int = 0) -> list[tuple[str, str]]:
    """Return the pieces of text that are drawn for this row, with their style names. Only one metric is visible.

    Args:
        key: The name of the visible metric.
        widened: The number of characters by which the column is wider than usual.
    """
    table = arrange(a_snapshot(row), Arrangement(columns=(key,), widths=((key, widened),)))
    shown = layout(table, None, 80)
    figures = shown._replace(places=shown.places[2:])
    return [(text, kind) for text, kind in RowDrawing(table, figures).runs(0, marked=False) if text.strip()]


@pytest.mark.parametrize(
    ("lost", "shown"),
    [(1_234, "▲▲ 12.34"), (243_675_00, "▲▲ 243675"), (10**10, "▲▲ 100M"), (200, "▲ 2.00"), (50, "0.50")],
)
def test_a_share_keeps_its_sign_however_large_it_is(lost: int, shown: str) -> None:
    runs = drawn(a_connection(tcp_retransmits=lost, packets_sent_by_client=10_000), "retransmit_share")

    assert " ".join("".join(text for text, _ in runs).split()) == shown


@given(
    key=st.sampled_from(
        ["retransmit_share", "rtt_micro_seconds", "tcp_refusals", "tcp_retransmits", "tcp_probe0_count"]
    ),
    number=st.integers(1, 10**24),
    widened=st.integers(-11, 9),
)
def test_no_figure_is_drawn_without_its_sign(key: str, number: int, widened: int) -> None:
    counted = "tcp_retransmits" if key == "retransmit_share" else key
    row = a_connection(**{**ENOUGH, counted: number})  # type: ignore[arg-type]  # only counters

    text = "".join(text for text, _ in drawn(row, key, widened))

    sign = SIGNS.get(health(CONNECTIONS.metrics[key], row.counters), "")
    assert text.count("▲") == len(sign)


def test_a_figure_of_too_little_evidence_is_muted_and_has_no_sign() -> None:
    tiny = a_connection(tcp_retransmits=1, packets_sent_by_client=3)

    assert [(text.strip(), kind) for text, kind in drawn(tiny, "retransmit_share")][-1] == ("33.33", "thin")


def test_a_figure_just_below_a_threshold_does_not_read_like_it() -> None:
    below = a_connection(tcp_retransmits=99_960, packets_sent_by_client=10**7)

    assert [(text.strip(), kind) for text, kind in drawn(below, "retransmit_share")][-1] == ("0.9996", "")


def test_the_sign_of_severity_stays_while_the_finding_is_out_of_sight() -> None:
    ill = a_connection(tcp_retransmits=90_000, packets_sent_by_client=1_000_000, packets_sent_by_server=1_000_000)
    table = arrange(a_snapshot(ill), Arrangement(), extras=USUAL_EXTRAS)
    scrolled = layout(table, len(table.columns) - 1, 80)
    assert scrolled.finding is not None
    assert scrolled.place_of(table.columns.index(scrolled.finding)) is None

    text, kind = RowDrawing(table, scrolled).runs(0, marked=False)[0]
    assert (text.strip(), kind) == (SEVERITY, "bad")


def test_a_finding_that_a_refresh_changed_is_bold_and_its_row_keeps_the_sign_of_severity() -> None:
    before, later = (
        arrange(a_snapshot(row), Arrangement(), extras=USUAL_EXTRAS)
        for row in (a_connection(tcp_retransmits=lost, packets_sent_by_client=1_000_000) for lost in (20_000, 90_000))
    )
    before.prepare()
    now = arrange(later.snapshot, Arrangement(), after=before)

    runs = RowDrawing(now, layout(now, None, 80)).runs(0, marked=False)

    assert (runs[0][0].strip(), runs[0][1]) == (SEVERITY, "bad")
    assert [text.strip() for text, kind in runs if kind == "bad changed" and "loss" in text] == ["▲▲ loss"]


@pytest.mark.parametrize(("tinted", "under"), [(True, ["cursor", "critical-row", ""]), (False, ["cursor", "", ""])])
def test_an_ill_row_stands_on_a_tint_where_colours_allow(tinted: bool, under: list[str]) -> None:
    rows = [a_connection(str(lost), tcp_retransmits=lost, packets_sent_by_client=10_000) for lost in (500, 501, 0)]
    table = arrange(a_snapshot(*rows), WORST_FIRST.arrangement, extras=USUAL_EXTRAS)

    state = GridBody().state_of(
        table, layout(table, None, 80), Viewport(), frozenset(), 0, Size(80, 10), "cursor", tinted=tinted
    )

    assert [state(y)[1] for y in (1, 2, 3)] == under
