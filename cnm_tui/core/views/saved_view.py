"""Define a saved view, and convert saved views to and from entries of a TOML file.

A saved view has a name, a query, and the arrangement of the query's rows: sort order, filter and columns.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from cnm_tui.core.endpoint import CONNECTIONS, Endpoint
from cnm_tui.core.endpoints.known import endpoint_called
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import Side, side_of
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.query import Query, checked_top, column_keys, usual_query
from cnm_tui.core.table.pins import MOST_PINS, pin_of, pinned_ids
from cnm_tui.core.table.sorting import SortKey, parsed_sort
from cnm_tui.core.table.table import Arrangement, usual_arrangement
from cnm_tui.core.text import clean, unseen
from cnm_tui.core.time.time_range import Snap, parsed_time_range
from cnm_tui.core.views.arrangement_text import checked_columns, deciding, sort_texts
from cnm_tui.core.views.recommended import View, all_recommended

LONGEST_NAME: Final = 60
WIDEST_ADDITION: Final = 200
"""Maximum extra terminal columns of a column, in both directions."""
_LONGEST_SEARCH_IN_WORDS: Final = 60
_LARGEST_NUMBER: Final = 1_000_000_000
"""Far beyond any valid number; Python refuses to print numbers of thousands of digits."""

Entry = Mapping[str, Any]
"""A view as read from a file: texts, numbers, lists and tables."""


class MalformedEntry(InvalidQuery):
    """Raised when an entry of the views file is not a valid view, because the value of a TOML key is invalid."""

    def __init__(self, key: str, refusal: InvalidQuery) -> None:
        super().__init__(f"{key}: {refusal}", hint=refusal.hint)
        self.key = key


@dataclass(frozen=True, slots=True)
class SavedView:
    """A query that the user saved with a name, and the arrangement (sort order, filter, columns) of its rows.

    Sort keys and other settings of the arrangement that do not fit the query are removed.

    Raises:
        InvalidQuery: The name is invalid.
    """

    name: str
    query: Query
    arrangement: Arrangement

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", checked_name(self.name))
        object.__setattr__(self, "arrangement", _kept(self.arrangement, self.query))

    @property
    def typed(self) -> tuple[str, ...]:
        """Return the texts of the view that a user may have typed or pasted: name, fields, search, tags and filter."""
        query = self.query
        return (self.name, *query.group_bys, query.search, *query.tags, self.arrangement.row_filter.text)

    @property
    def question(self) -> tuple[Query, Arrangement]:
        """Return the query and the arrangement of its rows, without the name."""
        return self.query, self.arrangement


def _kept(arrangement: Arrangement, query: Query) -> Arrangement:
    known = {*query.endpoint.metrics, *query.endpoint.extras, *column_keys(query.group_bys, query.endpoint)}
    widths = {key: more for key, more in arrangement.widths if key in known}
    return replace(
        arrangement,
        sort=deciding(arrangement.sort, query),
        # A filter is parsed in cleaned form, so the meaning is the same, and any file or terminal can hold it.
        row_filter=parsed_filter(clean(arrangement.row_filter.text), query.endpoint),
        widths=tuple(widths.items()),
        pins=tuple(pin_of(query, one) for one in pinned_ids(arrangement.pins, query)),
    )


def checked_name(name: str) -> str:
    """Return the name of a view without spaces at its beginning and end.

    Raises:
        InvalidQuery: The name is empty, is too long, or has invisible characters.
    """
    name = name.strip()
    if not name:
        raise InvalidQuery("A view needs a name.", hint="Write a few words.")
    if len(name) > LONGEST_NAME:
        raise InvalidQuery(
            f"The name has {len(name):,} characters; at most {LONGEST_NAME} are kept.", hint="Shorten it."
        )
    if unseen(name):
        raise InvalidQuery("The name holds a character that cannot be seen.", hint="Type it with plain letters.")
    return name


def same_name(one: str, other: str) -> bool:
    """Return True if two names of views are equal. Upper and lower case, and outer spaces, are ignored."""
    return one.strip().casefold() == other.strip().casefold()


def in_words(query: Query) -> str:
    """Return a description of the query in one line.

    An example is `client_service ▸ server_service + server_port, env:prod, last 4 h`. It contains the group-bys
    of the client and of the server, the search, and the time range.
    """
    of_sides = (" + ".join(clean(field) for field in query.group_bys if side_of(field) is side) for side in Side)
    of_endpoint = f"{query.endpoint.label} of " if query.endpoint.label else ""
    fields = of_endpoint + (" ▸ ".join(filter(None, of_sides)) or "all together")
    searched = clean(query.search or ", ".join(query.tags), _LONGEST_SEARCH_IN_WORDS)
    return ", ".join(filter(None, (fields, searched, str(query.time_range))))


# Entries


def entry_of(view: SavedView) -> dict[str, Any]:
    """Return the view as a dictionary that can be written to the views file. Empty values are left out."""
    query, arrangement = view.question
    return {
        "name": view.name,
        **({} if query.endpoint is CONNECTIONS else {"endpoint": query.endpoint.name}),
        "group_by": list(query.group_bys),
        **({"search": query.search} if query.search else {}),
        **({"tags": list(query.tags)} if query.tags else {}),
        "time": query.time_range.written,
        **({} if query.time_range.snap is Snap.AUTO else {"snap": query.time_range.snap.value}),
        "limit": query.limit,
        "sort": sort_texts(arrangement.sort, query.endpoint),
        **({"columns": list(arrangement.columns)} if arrangement.columns else {}),
        **({"widths": dict(arrangement.widths)} if arrangement.widths else {}),
        **({"filter": arrangement.row_filter.text} if arrangement.row_filter.text else {}),
        **({} if arrangement.top is None else {"top": arrangement.top}),
        **({"pins": [pin.id for pin in arrangement.pins]} if arrangement.pins else {}),
    }


KEYS: Final = (
    "name",
    "endpoint",
    "group_by",
    "search",
    "tags",
    "time",
    "snap",
    "limit",
    "sort",
    "columns",
    "widths",
    "filter",
    "top",
    "pins",
)
"""All TOML keys of an entry; other keys in it are kept unchanged."""


def view_of(entry: Entry) -> SavedView:
    """Return the saved view that an entry of the views file describes. A missing TOML key gets its default value.

    Raises:
        MalformedEntry: A value is invalid.
    """
    name = _read(entry, "name", lambda value: checked_name(_text(value)), "")
    endpoint = _read(entry, "endpoint", lambda value: endpoint_called(_text(value)), CONNECTIONS)
    query = usual_query(endpoint)
    for key, (part, reading) in _QUERY_PARTS.items():
        if key in entry:
            query = _changed(query, part, key, entry, reading)
    snap = _read(entry, "snap", _snap, query.time_range.snap)
    query = replace(query, time_range=replace(query.time_range, snap=snap))
    arrangement = usual_arrangement(endpoint)
    for key, (part, reading) in _arrangement_parts(query.endpoint).items():
        if key in entry:
            arrangement = _changed(arrangement, part, key, entry, reading)
    sort = _read(entry, "sort", lambda value: _sort(value, query), arrangement.sort)
    pins = tuple(pin_of(query, one) for one in _read(entry, "pins", _ids, ()))
    if not name:
        raise MalformedEntry("name", InvalidQuery("a view needs one."))
    return SavedView(name, query, replace(arrangement, sort=sort, pins=pins))


def _changed(whole: Any, part: str, key: str, entry: Entry, reading: Callable[[Any], Any]) -> Any:
    """Return a copy of a query or an arrangement, with the attribute `part` set to a value from the entry.

    The function `reading` converts the value of the TOML key `key`. If the entry does not contain this TOML key,
    return the query or arrangement unchanged.
    """
    return _read(entry, key, lambda value: replace(whole, **{part: reading(value)}), whole)


def _read(entry: Entry, key: str, reading: Callable[[Any], Any], otherwise: Any) -> Any:
    if key not in entry:
        return otherwise
    try:
        return reading(entry[key])
    except InvalidQuery as refusal:
        raise MalformedEntry(key, refusal) from refusal


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidQuery("it has to be a text in quotes.")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.split(",") if value.strip() else []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InvalidQuery('it has to be a list of texts: ["…", "…"].')
    return tuple(one.strip() for one in value)


def _snap(value: object) -> Snap:
    try:
        return Snap(value)
    except ValueError as error:
        raise InvalidQuery("it has to be auto, on or off.") from error


def _whole_number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidQuery("it has to be a whole number.")
    if abs(value) > _LARGEST_NUMBER:
        raise InvalidQuery("it has to be a smaller number.")
    return value


def _widths(value: object) -> tuple[tuple[str, int], ...]:
    if not isinstance(value, Mapping):
        raise InvalidQuery("it has to be a table: { total_bytes = 4 }.")
    widths = tuple((str(key), _whole_number(more)) for key, more in value.items())
    if any(abs(more) > WIDEST_ADDITION for _, more in widths):
        raise InvalidQuery(f"a column can be made up to {WIDEST_ADDITION} wider or narrower.")
    return widths


def _ids(value: object) -> tuple[str, ...]:
    """Return the ids of pinned rows from a list of the views file.

    An item is never split at commas, because an id may contain commas.
    """
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise InvalidQuery('it has to be a list of ids: ["…", "…"].')
    if len(value) > MOST_PINS:
        raise InvalidQuery(f"at most {MOST_PINS} rows can be watched.")
    return tuple(dict.fromkeys(map(clean, value)))


def _sort(value: object, query: Query) -> tuple[SortKey, ...]:
    texts = _texts(value)
    return parsed_sort(",".join(texts), query.group_bys, query.endpoint) if texts else ()


_QUERY_PARTS: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "group_by": ("group_bys", _texts),
    "search": ("search", _text),
    "tags": ("tags", _texts),
    "time": ("time_range", lambda value: parsed_time_range(_text(value))),
    "limit": ("limit", _whole_number),
}


def _arrangement_parts(endpoint: Endpoint) -> Mapping[str, tuple[str, Callable[[Any], Any]]]:
    return {
        "columns": ("columns", lambda value: checked_columns(_texts(value), endpoint)),
        "widths": ("widths", _widths),
        "filter": ("row_filter", lambda value: parsed_filter(_text(value), endpoint)),
        "top": ("top", lambda value: checked_top(_whole_number(value))),
    }


# Find a view by its name


def view_called(name: str, saved: Iterable[SavedView], shipped: Iterable[View] | None = None) -> SavedView:
    """Return the saved or recommended view with this name. Upper and lower case are ignored.

    If no view has exactly this name, return the only view whose name begins with this text. If a saved view and a
    recommended view have the same name, return the saved view.

    Raises:
        InvalidQuery: There is no such view, several names begin with this text, or the view needs a value.
    """
    views: list[SavedView | View] = [*saved, *(all_recommended(CONNECTIONS) if shipped is None else shipped)]
    exact = [view for view in views if same_name(view.name, name)][:1]
    found = exact or [view for view in views if view.name.casefold().startswith(name.strip().casefold())]
    if not name.strip() or not found:
        names = ", ".join(clean(view.name) for view in views)
        raise InvalidQuery(f"No view is called {clean(name, 60)!r}.", hint=f"There are: {names}.")
    if len(found) > 1:
        names = ", ".join(clean(view.name) for view in found)
        raise InvalidQuery(f"{len(found)} views begin with {clean(name, 60)!r}.", hint=f"Write more of one: {names}.")
    (view,) = found
    if isinstance(view, SavedView):
        return view
    if view.needs:
        raise InvalidQuery(
            f"The view {view.name} needs a value of {view.needs}, which only the screen asks for.",
            hint=f"Choose it there among the views, or search for a value: -q {view.needs}:VALUE.",
        )
    return SavedView(
        view.name, view.applied_to(usual_query(view.endpoint)), view.arranged(usual_arrangement(view.endpoint))
    )


# Store views


@dataclass(frozen=True, slots=True)
class StoredViews:
    """The valid saved views in a file, and one sentence for each invalid entry of the file."""

    views: tuple[SavedView, ...] = ()
    """In the order of the file."""
    broken: tuple[str, ...] = ()
    """A sentence for each invalid entry, with its line."""


@dataclass(frozen=True, slots=True)
class RemovedView:
    """A deleted view, with its text and its position in the file, so that the deletion can be undone."""

    name: str
    written: str
    before: str | None
    """Name of the view after it; None if it was the last one."""
    text_before: str
    """The text before it in the file."""
    text_behind: str
    """The text after it in the file."""
    gap: str = "\n"
    """The blank lines after it, which were removed too."""
    namesakes: int = 0
    """Number of other entries with the same name."""


class NameTaken(InvalidQuery):
    """Raised when the name for a saved view already belongs to another saved view."""


class ViewStore(Protocol):
    """A store of saved views. Each method first reads the current content of the store, and may block.

    Raises:
        StoreFailed: The store cannot be read or written. Its content is unchanged.
    """

    def load(self) -> StoredViews:
        """Return all saved views of the store."""

    def save(self, view: SavedView, *, replacing: bool) -> StoredViews:
        """Store a view, and return all views of the store. With `replacing`, a view with the same name is replaced.

        Raises:
            NameTaken: A view with this name exists, and `replacing` is False.
        """

    def rename(self, name: str, new_name: str) -> StoredViews:
        """Rename a view, and return all views of the store.

        Raises:
            NameTaken: Another view has the new name.
            InvalidQuery: The view does not exist any more, or the new name is invalid.
        """

    def delete(self, name: str) -> tuple[StoredViews, RemovedView]:
        """Delete a view. Return the remaining views, and the deleted view, which `put_back` can restore.

        Raises:
            InvalidQuery: The view does not exist any more.
        """

    def put_back(self, removed: RemovedView) -> StoredViews:
        """Restore a deleted view, and return all views of the store.

        Raises:
            NameTaken: A view with the same name was saved in the meantime.
        """
