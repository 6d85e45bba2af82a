"""Define recommended views. These are prepared queries that are useful in any network, each with an explanation."""

from dataclasses import dataclass, field, replace
from functools import lru_cache

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.endpoints.known import all_endpoints
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.row_filter import RowFilter, parsed_filter
from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import with_term
from cnm_tui.core.table.sorting import SortKey, first_sort_of
from cnm_tui.core.table.table import Arrangement


@dataclass(frozen=True, slots=True)
class View:
    """A recommended view: a prepared query, with the sort order, filter and columns for displaying its rows.

    The time range and the row limit of the query are not prepared. They come from the current query.
    """

    name: str
    meaning: str
    """One sentence: what it finds and how to read it."""
    search: str
    group_bys: tuple[str, ...]
    sort: tuple[SortKey, ...]
    endpoint: Endpoint = field(kw_only=True)
    columns: tuple[str, ...] = ()
    """Keys of the metrics to show: the view's subject, then metrics to compare it with."""
    row_filter: str = ""
    """Filter for the rows; empty to keep the current filter."""
    needs: str = ""
    """The field that needs a value; empty if none does."""

    def applied_to(self, query: Query, value: str = "") -> Query:
        """Return the view's query, with the time range and row limit of the given query.

        Some views need a value for one field, for example the name of a host. For such a view, `value` is this value.

        Raises:
            InvalidQuery: The value is missing or invalid.
        """
        search = self.search
        if self.needs:
            if not value.strip():
                raise InvalidQuery(
                    f"{self.name} needs a value of {self.needs}.", hint="Write it as it stands in the rows."
                )
            search = with_term(search, self.needs, value.strip())
        return replace(query, search=search, tags=(), group_bys=self.group_bys, endpoint=self.endpoint)

    def arranged(self, arrangement: Arrangement) -> Arrangement:
        """Return the given arrangement of rows with its sort order, filter and columns replaced by those of the view.

        If the view has no filter, a filter that the user typed is kept, and the filter of another view is removed.
        """
        row_filter, endpoint = arrangement.row_filter, self.endpoint
        if row_filter.endpoint is not None and row_filter.endpoint is not endpoint:
            # It may name figures that these rows do not have.
            row_filter = RowFilter("", endpoint)
        if self.row_filter or any(row_filter.text == view.row_filter for view in recommended(endpoint)):
            row_filter = parsed_filter(self.row_filter, endpoint)
        return replace(arrangement, sort=self.sort, columns=self.columns, row_filter=row_filter)


def all_recommended(first: Endpoint) -> tuple[View, ...]:
    """Return the recommended views of all API endpoints. The views of the given API endpoint are first."""
    return tuple(view for endpoint in all_endpoints(first) for view in recommended(endpoint))


@lru_cache
def recommended(endpoint: Endpoint) -> tuple[View, ...]:
    """Return the recommended views of an API endpoint. The most useful views are first."""
    return tuple(
        View(
            given.name,
            given.meaning,
            given.search,
            given.group_bys,
            tuple(first_sort_of(column, endpoint) for column in given.sort),
            given.columns,
            given.row_filter,
            given.needs,
            endpoint=endpoint,
        )
        for given in endpoint.recommended_views()
    )
