"""Define Hypothesis strategies that generate any query that cnm-tui can send, with any arrangement of its rows."""

from hypothesis import strategies as st

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.row_filter import RowFilter, parsed_filter
from cnm_tui.core.query import MOST_ROWS, Query
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.text import clean, unseen
from cnm_tui.core.time.time_range import Ago, Fixed, Moment, Snap, TimeRange
from tests.builders import MOMENT

_SHOWN = st.characters(exclude_categories=("C", "Z"), include_characters=" ")


def all_is_seen(text: str) -> bool:
    """Return True if all characters of the text are visible. A query may contain only such text."""
    return not unseen(text)


_FIELDS = st.one_of(
    st.sampled_from(["client_service", "server_service", "network.client.ip", "server_availability-zone"]),
    st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters=",:"), min_size=1, max_size=12).filter(
        all_is_seen
    ),
)
_TEXTS = st.text(_SHOWN, max_size=40).map(str.strip).filter(all_is_seen)
_TAGS = (
    st.text(_SHOWN, min_size=1, max_size=20)
    .map(lambda text: text.replace(",", "").strip())
    .filter(bool)
    .filter(all_is_seen)
)


def _filtered(text: str) -> RowFilter:
    try:
        return parsed_filter(clean(text), CONNECTIONS)
    except InvalidQuery:
        return RowFilter("rtt>50ms", CONNECTIONS)


@st.composite
def time_ranges(draw: st.DrawFn) -> TimeRange:
    """Generate time ranges whose start and end each are relative to now or fixed."""
    moments: st.SearchStrategy[Moment] = st.one_of(
        st.integers(0, MOMENT).map(Ago), st.integers(0, 4 * MOMENT).map(Fixed), st.just(Ago(0))
    )
    start, end = draw(moments), draw(moments)
    if type(start) is type(end) and start.at(0) >= end.at(0):
        start, end = end, start
    snap = draw(st.sampled_from(Snap))
    return TimeRange(Ago(900), snap=snap) if start == end else TimeRange(start, end, snap)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Generate queries that have a search, or tags, or neither."""
    searched = draw(st.booleans())
    return Query(
        group_bys=tuple(draw(st.lists(_FIELDS, max_size=10, unique=True))),
        search=draw(_TEXTS) if searched else "",
        tags=() if searched else tuple(draw(st.lists(_TAGS, max_size=3))),
        time_range=draw(time_ranges()),
        limit=draw(st.integers(1, MOST_ROWS)),
    )


@st.composite
def arrangements(draw: st.DrawFn, query: Query) -> Arrangement:
    """Generate arrangements (sort, filter, columns, widths and row limit) that are valid for the query."""
    columns = st.sampled_from([*CONNECTIONS.metrics, *query.group_bys])
    sort = draw(st.lists(columns, max_size=3, unique=True))
    return Arrangement(
        sort=tuple(SortKey(column, draw(st.booleans())) for column in sort),
        row_filter=_filtered(draw(st.text(max_size=40))),
        columns=tuple(draw(st.lists(st.sampled_from([*CONNECTIONS.metrics]), max_size=5, unique=True))),
        widths=tuple(draw(st.dictionaries(columns, st.integers(-9, 30), max_size=3)).items()),
        top=draw(st.none() | st.integers(1, MOST_ROWS)),
    )


@st.composite
def questions(draw: st.DrawFn) -> tuple[Query, Arrangement]:
    """Generate pairs of a query and an arrangement that is valid for this query."""
    query = draw(queries())
    return query, draw(arrangements(query))
