"""Figures are called the same wherever they are named: as the endpoint does, by their headings, or shorter."""

import pytest

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.figure_names import NAMED, column_called
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.metrics.catalogue import METRICS
from cnm_tui.core.table.sorting import parsed_sort
from cnm_tui.core.units import MICRO_SECONDS
from cnm_tui.core.views.arrangement_text import parsed_columns

COLUMNS = [name for name, metric in NAMED.items() if metric.key in METRICS]


@pytest.mark.parametrize("name", COLUMNS)
def test_each_name_is_understood_by_sorts_columns_and_filters_alike(name: str) -> None:
    key = NAMED[name].key
    unit = "ms" if NAMED[name].scale is MICRO_SECONDS else ""

    assert parsed_columns(name.upper()) == (key,)
    assert [(sort.column, sort.descending) for sort in parsed_sort(f"{name.upper()}:asc", ())] == [(key, False)]
    assert parsed_filter(f"{name.upper()}>0{unit}").text


@pytest.mark.parametrize("name", ["PKTS SENT", "pkts-sent", "Pkts_Sent", " packets_sent ", "packets_sent_by_client"])
def test_case_and_blanks_do_not_matter(name: str) -> None:
    assert column_called(name) == "packets_sent_by_client"


def test_two_names_of_one_column_are_the_same_column_twice() -> None:
    with pytest.raises(InvalidQuery, match="The column rtt_micro_seconds stands there twice"):
        parsed_columns("RTT,rtt_micro_seconds")


def test_a_group_by_goes_before_a_figure_of_the_same_name() -> None:
    (by_tag,), (by_figure,) = parsed_sort("rtt", ["rtt"]), parsed_sort("RTT", ["rtt"])

    assert (by_tag.column, by_figure.column) == ("rtt", "rtt_micro_seconds")


@pytest.mark.parametrize("name", ["packets", "size", "", "r tt"])
def test_what_no_column_shows_is_refused(name: str) -> None:
    with pytest.raises(InvalidQuery, match="is no column of figures"):
        parsed_columns(f"rtt,{name}")
