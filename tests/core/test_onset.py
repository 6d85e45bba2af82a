"""Test the detected time when a row became unhealthy (onset).

An onset may be reported only with enough known parts, and only for a change beyond the threshold and random
variation.
"""

from collections.abc import Sequence

import pytest

from cnm_tui.core.connections import Connection
from cnm_tui.core.timeline.onset import Onset
from tests.builders import MOMENT, a_connection
from tests.core.timelines import BUCKET, a_timeline, windows

QUIET, ODD, BAD, THIN, GAP, NONE = ".", "o", "B", "t", " ", "-"


def row_of(sign: str) -> list[Connection] | None:
    """Return the rows of one part of a timeline. The character `sign` describes the traffic of the only row.

    The characters `.`, `,`, `w`, `o` and `B` stand for 0.3, 0.31, 0.8, 2 and 6 % retransmits. The character `t`
    stands for too few packets, `-` for no traffic, and a space for a part without data.
    """
    packets = 100_000
    match sign:
        case " ":
            return None
        case "-":
            return []
        case "t":
            return [a_connection("a", packets_sent_by_client=100, tcp_retransmits=50)]
        case _:
            share = {".": 0.003, ",": 0.0031, "w": 0.008, "o": 0.02, "B": 0.06}[sign]
            return [a_connection("a", packets_sent_by_client=packets, tcp_retransmits=round(packets * share))]


def onset_of(signs: str, *, cut: Sequence[int] = (), now: float = MOMENT) -> Onset | None:
    """Return the onset of trouble in a row, or None. Each character of `signs` describes one part, oldest part
    first.
    """
    return a_timeline([row_of(sign) for sign in signs], cut=cut, now=now).onset("a")


@pytest.mark.parametrize(
    ("signs", "began", "ended"),
    [
        (".,.,.BB", 5, None),
        (".,.,.BB..", 5, 7),
        (".,.,.B.", 5, 6),
        (".,.,.oo", 5, None),
        (".,.,.oB", 5, None),
        # One usual part between two bad ones is part of it.
        (".,.,.BB.B.", 5, 9),
        # The last one counts.
        (".,.,.BB..,.BB", 11, None),
        # Parts without traffic, or with little, say nothing.
        (".,.-t,BB", 6, None),
        (".,.,BB-t", 4, "unknown"),
        (".,.,BB-..", 4, 6),
        # An earlier one does not hide it, even if its beginning is not known.
        ("BBB,.,BBB", 6, None),
        # A jump below the limit belongs to the parts beside it that are above.
        (".,.,.wwooww", 5, None),
        (".,.,.wwoowww.,", 5, 12),
        (".,.,.BBwwwoo", 5, None),
        # In a row that is always odd, only what is bad shows.
        ("ooooooBB", 6, None),
        ("ooooooBBoo", 6, 8),
    ],
)
def test_an_onset_is_found(signs: str, began: int, ended: int | str | None) -> None:
    spans = windows(len(signs))

    onset = onset_of(signs)

    assert onset is not None
    assert onset.metric.key == "retransmit_share"
    assert onset.began == spans[began].start
    assert onset.still_on == (ended is None)
    assert onset.ended == (spans[ended - 1].end if isinstance(ended, int) else None)
    assert onset.before == pytest.approx(0.02 if "oo" in signs[:5] else 0.003, rel=0.05)


@pytest.mark.parametrize(
    "signs",
    [
        ".,.,...",
        "BBBBBBB",
        # Below the limit nothing begins.
        ".,.,.wwwww",
        # It rose in the gap, or before the first part.
        ".,.,. wwBB",
        # One odd part is chance.
        ".,.,.o.",
        # Fewer than six parts.
        ".,.BB",
        # Fewer than three before.
        ".,BBBBB",
        # It may have begun in the gap.
        ".,.,. BB",
        # The odd part after the gap may be its beginning.
        ".,.,. oBB",
        ".,.,.o oBB",
        ".,.,.BB BB",
        "tttttttttB",
        "-----BB",
    ],
)
def test_no_onset_is_claimed(signs: str) -> None:
    assert onset_of(signs) is None


def test_after_a_gap_it_is_not_known_if_it_is_over() -> None:
    onset = onset_of(".,.,.BB ..")

    assert onset is not None
    assert (onset.ended, onset.still_on) == (None, False)


def test_a_row_that_a_cut_part_lacks_is_no_quiet_part() -> None:
    assert onset_of(".,.,.-BB", cut=[5]) is None


def test_the_open_part_neither_begins_nor_ends_it() -> None:
    ended = onset_of(".,.,.BB.", now=MOMENT - 1)

    assert ended is not None
    assert ended.still_on
    assert onset_of(".,.,..B", now=MOMENT - 1) is None


def test_what_is_always_noisy_begins_nowhere() -> None:
    shares = [0.004, 0.013, 0.006, 0.012, 0.005, 0.013, 0.007, 0.012, 0.004, 0.0145, 0.0135, 0.004]
    rows = [[a_connection("a", packets_sent_by_client=100_000, tcp_retransmits=int(1e5 * share))] for share in shares]

    assert a_timeline(rows).onset("a") is None


def test_a_slower_route_is_told_in_its_round_trip_times() -> None:
    rows = [[a_connection("a", rtt_micro_seconds=rtt)] for rtt in (30_000, 31_000, 29_000, 30_000, 420_000, 418_000)]

    onset = a_timeline(rows).onset("a")

    assert onset is not None
    assert (onset.metric.key, onset.before, onset.after) == ("rtt_micro_seconds", 30_000, 419_000)
    assert onset.began == MOMENT - 2 * BUCKET


def test_of_several_metrics_the_worst_that_is_still_on_is_told() -> None:
    usual = a_connection("a", packets_sent_by_client=100_000, tcp_established_connections=1_000)
    refused = usual._replace(counters=a_connection(packets_sent_by_client=100_000, tcp_refusals=900).counters)
    lossy = a_connection("a", packets_sent_by_client=100_000, tcp_retransmits=4_000, tcp_established_connections=1_000)

    onset = a_timeline([[usual]] * 5 + [[refused]] * 2 + [[lossy]] * 2).onset("a")

    assert onset is not None
    assert (onset.metric.key, onset.still_on) == ("retransmit_share", True)


def test_all_onsets_are_those_of_single_rows() -> None:
    timeline = a_timeline([row_of(sign) for sign in ".,.,.BB"])

    assert dict(timeline.onsets) == {"a": timeline.onset("a")}
