"""Test the note, a text about rows that a user can paste into the chat about an incident.

The note must state the query, and tag values must not be able to break its format.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.selection import chosen_table
from cnm_tui.core.export.copy_forms import WIDTH, note_lines
from cnm_tui.core.export.evidence import facts_for_programs
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query
from cnm_tui.core.table.sorting import parsed_sort
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.core.text import cell_width, clean
from cnm_tui.core.time.time_range import Window
from tests.builders import MOMENT, a_connection, a_snapshot

HOSTILE = (
    "```",
    "````\n# heading",
    "</code></pre><script>",
    "[link](https://example.com)",
    "https://example.com",
    "@here",
    "<!channel> <@U123> <#C123>",
    "a|b",
    "**bold** _it_ ~gone~",
)


def note_on(value: str, query: Query | None = None, label: str = "datadoghq.eu") -> list[str]:
    """Return the lines of the note about one row whose client has this name."""
    snapshot = a_snapshot(a_connection(groups=((clean(value),), ("store",))), query=query)
    return note_lines(arrange(snapshot, Arrangement()), label)


def facts(*arguments: object) -> dict[str, str]:
    lines = note_on(*arguments)  # type: ignore[arg-type]  # as the test gives them
    block = lines[lines.index("```") + 1 : lines.index("")]
    return {line.split()[0]: " ".join(line.split()[1:]) for line in block}


def test_it_says_what_was_asked_and_of_whom() -> None:
    assert facts("web", Query(search="env:prod", limit=5), "prod (datadoghq.eu)") == {
        "grouped": "client_service, server_service",
        "search": "env:prod",
        "sorted": "total_bytes:desc",
        "fetched": "2026-03-01T10:00:00Z from prod (datadoghq.eu)",
    }


def test_it_names_no_order_by_a_column_that_the_answer_has_not() -> None:
    sort = parsed_sort("client_team,tcp_resets", ("client_team",), CONNECTIONS)

    lines = note_lines(arrange(a_snapshot(a_connection()), Arrangement(sort)), "DEMO")

    assert "sorted   tcp_resets:desc" in lines


def test_it_says_what_narrows_the_rows_and_what_is_missing() -> None:
    snapshot = a_snapshot(a_connection(), query=Query(tags=("env:prod",), limit=3), unreadable=2, warning="Old.")

    lines = note_lines(arrange(snapshot, Arrangement(row_filter=RowFilter("web", CONNECTIONS))), "DEMO")

    assert "tags     env:prod" in lines
    assert "filter   web" in lines
    assert any(line.startswith("cut      at the limit of 3 rows. These are 3 rows, and which ones") for line in lines)
    assert "unread   2 rows of the reply" in lines
    assert "warning  Old." in lines
    assert lines[0].startswith("Network connections: 1 of 1 row, ")


def test_of_rows_that_are_compared_it_says_with_what_and_how_each_stands() -> None:
    now = a_snapshot(a_connection("a", rtt_micro_seconds=60_000), a_connection("b", (("new",), ("store",))))
    hour = Window(MOMENT - 7_200, MOMENT - 3_600)
    before = a_snapshot(a_connection("a", rtt_micro_seconds=20_000), a_connection("c"), window=hour)
    shown = Exploration(Query()).received(now).comparing_with(before)
    assert shown.table is not None

    lines = note_lines(shown.table, "DEMO")

    assert "compared with 2026-03-01T08:00:00Z to 2026-03-01T09:00:00Z, as rates (windows of 15m and 1h)" in lines
    assert "gone     the figures of gone rows are from the earlier window" in lines
    assert [line.split()[-1] for line in lines[-5:-1]] == ["standing", "worse", "new", "gone"]
    assert max(map(cell_width, lines[-5:-1])) <= WIDTH


def test_the_link_stands_outside_the_block_where_it_can_be_followed() -> None:
    table = arrange(a_snapshot(a_connection()), Arrangement())

    assert note_lines(table, "DEMO", "https://app.datadoghq.eu/network")[1:3] == [
        "https://app.datadoghq.eu/network",
        "```",
    ]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_leaves_the_block(value: str) -> None:
    text = "\n".join(note_on(value, Query(search=f"x {clean(value)}".strip()), value.replace("\n", " ")))

    paragraph, _, _, fence = MarkdownIt("gfm-like").parse(text)
    assert (paragraph.type, fence.type) == ("paragraph_open", "fence")
    assert "<!" not in fence.content
    assert "<@" not in fence.content


@given(st.text())
def test_whatever_a_value_holds_the_note_is_a_title_and_one_block(value: str) -> None:
    lines = note_on(value)

    assert [at for at, line in enumerate(lines) if "```" in line] == [1, len(lines) - 1]
    assert [token.type for token in MarkdownIt("gfm-like").parse("\n".join(lines))][-1] == "fence"


def test_a_long_value_is_whole() -> None:
    assert any("x" * 190 in line for line in note_on("x" * 190))


def test_figures_that_a_channel_would_wrap_are_left_out_unless_they_were_chosen() -> None:
    snapshot = a_snapshot(a_connection(bytes_sent_by_client=1_500_000))
    chosen = ("tcp_probe0_count", "total_bytes", *(f"tcp_{name}" for name in ("resets", "timeouts", "refusals")))
    usual, picked = (
        note_lines(arrange(snapshot, Arrangement(columns=columns)), "DEMO")[-3:-1] for columns in ((), chosen)
    )

    assert max(map(cell_width, usual)) <= WIDTH
    assert "1.5 MB" in usual[1]
    assert picked[0].split() == [
        "client_service",
        "server_service",
        "ZERO",
        "WIN",
        "TOTAL",
        "RESETS",
        "TIMEOUTS",
        "REFUSED",
    ]


def test_figures_stand_under_each_other_and_under_their_heading() -> None:
    rows = [a_connection(str(at), tcp_refusals=number) for at, number in enumerate((7, 12_345))]
    table = arrange(a_snapshot(*rows), Arrangement(columns=("tcp_refusals", "tcp_resets")))

    heading, first, second = note_lines(table, "DEMO")[-4:-1]

    end = heading.index("REFUSED") + len("REFUSED")
    assert (first[:end].split()[-1], second[:end].split()[-1]) == ("7", "12,345")
    assert len(first) == len(second) == len(heading)


def test_without_rows_there_is_the_heading_alone() -> None:
    assert note_lines(arrange(a_snapshot(), Arrangement()), "DEMO")[-2].startswith("client_service  server_service")


def test_rows_that_were_chosen_are_not_taken_for_all_that_match_the_filter() -> None:
    answer = a_snapshot(*(a_connection(name, ((name,), ("store",))) for name in ("web-1", "web-2", "web-3", "mail")))
    shown = Exploration(Query(), Arrangement(row_filter=RowFilter("web", CONNECTIONS))).received(answer)
    chosen = chosen_table(shown, "web-2")
    assert chosen is not None

    assert "chosen   1 of the 3 rows shown" in note_lines(chosen, "DEMO")
    assert facts_for_programs(chosen, "DEMO")["rows_matching"] == 3
    assert not any(line.startswith("top ") for line in note_lines(chosen, "DEMO"))
    whole = chosen_table(Exploration(Query()).received(answer), "web-2")
    assert whole is not None
    assert not any(line.startswith("chosen") for line in note_lines(whole, "DEMO"))


def test_figures_of_too_little_evidence_are_not_told_as_if_they_were_loss() -> None:
    few = a_connection("few", tcp_retransmits=198, packets_sent_by_client=500)
    many = a_connection("many", tcp_retransmits=17_458, packets_sent_by_client=1_000_000)

    told = [note_lines(arrange(a_snapshot(*rows), Arrangement()), "DEMO") for rows in ((few, many), (many,))]

    assert "evidence too little to judge RETRANS% of 1 row" in told[0]
    assert not any(line.startswith("evidence") for line in told[1])
