"""Test the unit of TCP connection metrics, because the API may send them as counts or as rates per second.

A metric is known to be a count only if the number of packets proves this. Otherwise its unit is reported as
unknown.
"""

import pytest

from cnm_tui.core.compare.change_words import figure_words
from cnm_tui.core.compare.comparison import compared
from cnm_tui.core.connections import Connection, Connections
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.export.rows import export
from cnm_tui.core.metrics.confidence import unit_sentence
from cnm_tui.core.metrics.connection_limits import Of
from cnm_tui.core.metrics.metric import Number
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.core.time.time_range import Window
from tests.builders import MOMENT, a_connection, a_snapshot

AN_HOUR = Window(MOMENT - 7_200, MOMENT - 3_600)
ESTABLISHED = CONNECTIONS.metrics["tcp_established_connections"]


def a_row(established: Number | None, sent: Number | None, received: Number | None) -> Connection:
    return a_connection(
        tcp_established_connections=established, packets_sent_by_client=sent, packets_sent_by_server=received
    )


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        # 40 a second would be 36,000 in 15 minutes: more than all packets.
        (a_row(40, 10, 5), True),
        (a_row(1, 400, 499), True),
        (a_row(1, 400, 500), False),
        (a_row(0, 0, 0), False),
        (a_row(40, None, 5), False),
        (a_row(40, 10, None), False),
        (a_row(None, 10, 5), False),
    ],
)
def test_more_connections_than_packets_in_any_row_show_a_count(row: Connection, shown: bool) -> None:
    assert a_snapshot(row).counts_connections is shown
    assert a_snapshot(a_row(1, 10**6, 10**6), row).counts_connections is shown


def test_it_is_the_length_of_the_window_that_counts() -> None:
    assert a_snapshot(a_row(1, 400, 500), window=AN_HOUR).counts_connections
    assert not a_snapshot().counts_connections


def test_what_is_known_is_said_of_the_two_figures_and_of_no_other() -> None:
    told = {key for key, metric in CONNECTIONS.metrics.items() if unit_sentence(metric, counts_shown=False)}

    assert told == {"tcp_established_connections", "tcp_closed_connections"}
    assert "count or rate is not known" in unit_sentence(ESTABLISHED, counts_shown=False)
    assert unit_sentence(ESTABLISHED, counts_shown=True).startswith("A count")


def test_attempts_are_the_established_and_the_failed_ones_whatever_the_window() -> None:
    row = a_connection(tcp_established_connections=5, tcp_refusals=90, tcp_resets=None, tcp_timeouts=5)
    unknown = a_connection(tcp_established_connections=None, tcp_refusals=90)

    assert Of.ATTEMPTS.measured(row.counters) == 100
    assert Of.ATTEMPTS.measured(unknown.counters) is None
    assert Of.ATTEMPTS.measured_of(Connections.of([row, unknown]).counters) == [100, None]
    assert Of.ATTEMPTS.measured_of(Connections.of([a_row(7, 1, 1)]).counters) == [7]


def an_answer(established: int, packets: int, window: Window | None = None) -> Snapshot:
    return a_snapshot(
        a_connection("a", tcp_established_connections=established, packets_sent_by_client=packets), window=window
    )


def test_counts_of_windows_of_different_lengths_are_compared_as_rates() -> None:
    # If one answer proves that connections are counts, they are counts in both.
    joined = compared(an_answer(100, 10**9), an_answer(400, 10, AN_HOUR))

    assert joined.pair(ESTABLISHED, 0) == (100, 100)
    assert joined.totals(None)["change.tcp_established_connections"] == 0


def test_what_may_be_a_rate_is_not_compared_between_windows_of_different_lengths() -> None:
    joined = compared(an_answer(100, 10**9), an_answer(100, 10**9, AN_HOUR))

    assert joined.pair(ESTABLISHED, 0) == (100, None)
    assert joined.figures_before(ESTABLISHED) == [None]
    assert joined.totals(None)["change.tcp_established_connections"] is None
    assert "count or rate is not known" in figure_words(joined, ESTABLISHED, "a")


def test_windows_of_one_length_compare_whatever_the_figure_is() -> None:
    before = Window(MOMENT - 1_800, MOMENT - 900)

    assert compared(an_answer(100, 10**9), an_answer(60, 10**9, before)).pair(ESTABLISHED, 0) == (100, 60)


@pytest.mark.parametrize("format_name", ["table", "markdown"])
def test_no_text_for_people_says_per_second(format_name: str) -> None:
    shown = Arrangement(columns=("tcp_established_connections", "tcp_closed_connections"))

    text = b"".join(export(arrange(an_answer(7, 9), shown), format_name, source="FAKE")).decode()

    assert "/s" not in text


@pytest.mark.parametrize(("packets", "told"), [(10**9, True), (1, False)])
def test_a_file_says_where_count_or_rate_is_not_known(packets: int, told: bool) -> None:
    shown = arrange(an_answer(7, packets), Arrangement(columns=("tcp_established_connections",)))

    markdown, document = (b"".join(export(shown, name, source="FAKE")).decode() for name in ("markdown", "json"))

    assert ("ESTAB: count or rate is not known" in markdown) is told
    assert f'"connections_are": "{"not known to be counts or rates" if told else "counts"}"' in document


def test_a_file_without_these_figures_says_nothing_of_them() -> None:
    for shown in (Arrangement(columns=("total_bytes",)), Arrangement()):
        answer = an_answer(7 if shown.columns else 0, 10**9)

        assert "not known" not in b"".join(export(arrange(answer, shown), "markdown", source="FAKE")).decode()
