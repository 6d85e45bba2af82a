"""Test the explanation of unhealthy rows that all have the same client or server, if other rows are healthy."""

from typing import Any

from cnm_tui.core.connections import Connection, GroupValues
from cnm_tui.core.diagnosis.words import explained
from cnm_tui.core.query import Query
from tests.builders import a_connection, a_snapshot

FIELDS = ("client_service", "server_service", "server_availability-zone")
BUSY: dict[str, Any] = {
    "packets_sent_by_client": 1_000_000,
    "packets_sent_by_server": 1_000_000,
    "rtt_micro_seconds": 1_000,
}


def a_row(client: str, server: str, zone: str = "us-east-1b", *, lost: int = 0) -> Connection:
    values: tuple[GroupValues, ...] = ((client,), (server,), (zone,))
    return a_connection(None, values, **BUSY, tcp_retransmits=lost, tcp_recovery_count=lost // 4)


def told(*rows: Connection) -> str:
    """Return the sentence that compares the client and the server of the first of these rows with those of other
    rows.
    """
    return explained(a_snapshot(*rows, query=Query(group_bys=FIELDS)), 0).both_ends


ILL = 60_000
WELL = [a_row(f"caller-{number}", "kafka", "us-east-1a") for number in range(40)]


def test_ill_rows_to_one_server_point_to_its_side() -> None:
    ill = [a_row(f"caller-{number}", "payments-db", lost=ILL) for number in range(7)]

    assert told(*ill, *WELL) == (
        "All 7 rows to payments-db have this finding, none of 40 elsewhere: look at the server's side."
    )


def test_ill_rows_from_one_client_point_to_its_side() -> None:
    ill = [a_row("web", f"store-{number}", f"zone-{number}", lost=ILL) for number in range(4)]

    assert (
        told(*ill, *WELL) == "All 4 rows from web have this finding, none of 40 elsewhere: look at the client's side."
    )


def test_the_end_is_told_by_all_its_fields_where_only_together_they_tell() -> None:
    ill = [a_row(f"caller-{number}", "payments-db", lost=ILL) for number in range(3)]
    well = [a_row(f"caller-{number}", "payments-db", "us-east-1a") for number in range(9)]
    also_well = [a_row(f"caller-{number}", "redis") for number in range(9)]

    assert told(*ill, *well, *also_well).startswith(
        "All 3 rows to payments-db, us-east-1b have this finding, none of 18"
    )


def test_one_that_is_well_does_not_hide_the_pattern_but_two_of_five_do() -> None:
    ill = [a_row(f"caller-{number}", "payments-db", f"zone-{number}", lost=ILL) for number in range(4)]
    well = a_row("lucky", "payments-db", "zone-8")
    another = a_row("luckier", "payments-db", "zone-9")

    assert told(*ill, well, *WELL).startswith("4 of 5 rows to payments-db have this finding")
    assert told(*ill, well, another, *WELL) == ""


def test_two_rows_are_no_pattern_and_neither_is_what_all_rows_have() -> None:
    ill = [a_row(f"caller-{number}", "payments-db", lost=ILL) for number in range(7)]

    assert told(*ill[:2], *WELL) == ""
    assert told(*ill) == ""
    assert told(*ill, *(a_row(f"caller-{number}", "kafka", f"zone-{number}", lost=ILL) for number in range(40))) == ""


def test_a_row_that_is_well_has_no_pattern() -> None:
    ill = [a_row(f"caller-{number}", "payments-db", lost=ILL) for number in range(7)]

    assert told(*WELL, *ill) == ""


def test_rows_that_are_not_measured_count_neither_here_nor_elsewhere() -> None:
    ill = [a_row(f"caller-{number}", "payments-db", lost=ILL) for number in range(3)]
    udp = [
        a_connection(f"udp {number}", (("x",), ("payments-db",), ("z",)), packets_sent_by_client=9_000)
        for number in range(9)
    ]

    assert told(*ill, *udp, *WELL).startswith("All 3 judged rows to payments-db have this finding, none of 40")


def test_ends_without_a_name_are_no_end() -> None:
    ill = [a_connection(f"{at}", ((f"c{at}",), (), ()), **BUSY, tcp_retransmits=ILL) for at in range(5)]

    assert told(*ill, *WELL) == ""


def test_the_same_rows_on_both_sides_blame_neither() -> None:
    ill = [a_row("web", "payments-db", f"zone-{number}", lost=ILL) for number in range(3)]

    assert told(*ill, *WELL) == (
        "All 3 rows from web to payments-db have this finding, none of 40 elsewhere: "
        "look at these two and what is between them."
    )


def test_as_many_rows_on_both_sides_are_not_taken_for_the_same_rows() -> None:
    ill = [a_row("web", f"store-{number}", f"zone-{number}", lost=ILL) for number in range(3)]
    ill += [a_row(f"caller-{number}", "store-0", f"zone-{5 + number}", lost=ILL) for number in range(2)]

    assert told(*ill, *WELL) == ("All 3 rows from web have this finding, 2 of 42 elsewhere: look at the client's side.")


def test_a_note_elsewhere_counts_as_the_column_shows_it() -> None:
    ill = [a_row(f"caller-{number}", "payments-db", lost=ILL) for number in range(3)]
    # Lost for so short a round trip that it is a note only.
    little = [
        a_connection(
            f"{number}",
            ((f"c{number}",), ("kafka",), ("z",)),
            packets_sent_by_client=2_000,
            packets_sent_by_server=2_000,
            rtt_micro_seconds=200,
            tcp_retransmits=200,
            tcp_recovery_count=90,
        )
        for number in range(3)
    ]

    assert "3 of 43 elsewhere" in told(*ill, *little, *WELL)


def test_a_cut_answer_tells_of_the_rows_at_hand() -> None:
    ill = [a_row(f"caller-{number}", "payments-db", lost=ILL) for number in range(7)]
    cut = a_snapshot(*ill, *WELL, query=Query(group_bys=FIELDS, limit=47))

    assert explained(cut, 0).both_ends.startswith("All 7 rows at hand to payments-db have this finding, none of 40")
