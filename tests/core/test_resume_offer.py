"""Test the offer to resume the last query of the previous run.

The offer must name the view, and the sort order and filter that affect its rows.
"""

from dataclasses import replace

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query
from cnm_tui.core.table.sorting import parsed_sort
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.text import cell_width
from cnm_tui.core.views.recommended import recommended
from cnm_tui.core.views.resume_offer import resume_offer, view_name
from cnm_tui.core.views.saved_view import SavedView

LEFT = SavedView(
    "left",
    Query(search="client_env:prod"),
    Arrangement(
        parsed_sort("retransmit_share", (), CONNECTIONS), RowFilter("client_service=checkout", CONNECTIONS), top=20
    ),
)


@pytest.mark.parametrize("columns", [38, 58, 78, 198])
def test_a_part_of_the_question_is_said_on_any_screen(columns: int) -> None:
    offer = resume_offer(LEFT, "Prod", "R resumes", columns)

    assert offer.startswith("R resumes: Prod, ")
    assert cell_width(offer) <= columns


def test_what_hides_rows_is_said() -> None:
    offer = resume_offer(LEFT, "", "R resumes", 198)

    assert offer.endswith("sorted by RETRANS% ▾, top 20, filtered by client_service=chec…")


def test_a_view_that_shows_other_rows_is_not_named() -> None:
    all_rows = SavedView("Prod", LEFT.query, replace(LEFT.arrangement, top=None))

    assert view_name(LEFT, [all_rows]) == ""
    assert view_name(replace(LEFT, arrangement=all_rows.arrangement), [all_rows]) == "Prod"


def test_a_recommended_view_without_its_filter_is_not_named() -> None:
    (view,) = (view for view in recommended(CONNECTIONS) if view.name == "Unresolved ends")
    as_recommended = view.arranged(Arrangement())
    query = Query(group_bys=view.group_bys)

    assert view_name(SavedView("left", query, as_recommended), []) == "Unresolved ends"
    assert view_name(SavedView("left", query, replace(as_recommended, row_filter=RowFilter(""))), []) == ""
