"""Write sentences about the number of rows, and about rows that are missing because of the row limit.

Datadog does not document which rows it leaves out. If the rows of a response are sorted by bytes, this
suggests that Datadog keeps the largest rows. Only then do the sentences say so.
"""

from operator import ge
from typing import Final

from cnm_tui.core.fields.group_by import PROFILE
from cnm_tui.core.metrics.extra import FINDING
from cnm_tui.core.query import MOST_ROWS
from cnm_tui.core.settings import KeyOf, usual_key
from cnm_tui.core.snapshot import Remainder, Snapshot
from cnm_tui.core.table.table import Table
from cnm_tui.core.units import plural

_BY_BYTES: Final = ("total_bytes", "bytes_per_second")
_TOO_SMALL: Final = "added up from {limit:,} rows, at which the answer was cut, so figures may be too small"
ALL: Final = "all"
"""The limit that asks for all rows, in parts."""
_AS_FAR_AS_KNOWN: Final = "The order of the rows suggests that; which rows the service leaves out is not documented."


def row_count(table: Table) -> str:
    """Return the number of rows as a text such as `281 rows`.

    With a filter it is `37 of 281 rows`, with a maximum `top 20 of 281 rows`, and with both `top 20 of 37 of 281
    rows`.
    """
    counts = [len(table), *([len(table.matching)] if table.topped else [])]
    everything = len(table.snapshot.connections)
    if table.filtered and not (table.topped and counts[-1] == everything):
        counts.append(everything)
    *others, last = counts
    told = " of ".join([*(f"{count:,}" for count in others), plural(last, "row")])
    return f"top {told}" if table.topped else told


def lacks_others(table: Table) -> bool:
    """True if rows that the API left out because of the row limit could belong at the top of this table."""
    arrangement = table.arrangement
    if not table.snapshot.cut:
        return False
    first = table.sort[0] if table.sort else None
    largest_first = first is None or (first.column in (*_BY_BYTES, table.snapshot.endpoint.volume) and first.descending)
    return bool(arrangement.row_filter.text) or not largest_first


def came_by_bytes(snapshot: Snapshot) -> bool:
    """True if the rows of the response are in descending order of bytes."""
    answer = snapshot.answer
    volumes = [volume or 0 for volume in answer.volumes]
    return len(volumes) > 1 and all(map(ge, volumes, volumes[1:]))


def cut_sentence(table: Table) -> str:
    """Return the warning that the command `query` prints if the response reached the row limit.

    Otherwise return an empty string.
    """
    snapshot = table.snapshot
    limit = snapshot.query.limit
    if not snapshot.cut:
        return ""
    if snapshot.remainder is not None:
        if snapshot.remainder.cut == snapshot.remainder.failed:
            return f"{remainder_words(snapshot)}."
        more = ", or write --all" if limit == MOST_ROWS else ", or raise --limit"
        more = more if snapshot.remainder.limit else ", or raise --max-requests"
        return f"{remainder_words(snapshot)}: narrow the query{more}."
    if snapshot.answer.adds_up_cut:
        return f"{_TOO_SMALL.format(limit=limit)}: narrow the query, or write --all."
    if not lacks_others(table):
        more = "narrow the query" if limit == MOST_ROWS else "raise --limit or narrow the query"
        return f"cut at the limit of {limit:,}: there may be more; {more}."
    ways = "narrow the query" if limit == MOST_ROWS else f"--top {table.arrangement.top or limit} with -n {MOST_ROWS}"
    return f"cut at the limit of {limit:,}. {_kept_rows(snapshot)}; {_missing(table)} may be missing: {ways}." + (
        f" {_AS_FAR_AS_KNOWN}" if came_by_bytes(snapshot) else ""
    )


def cut_fact(table: Table) -> str:
    """Return a text for notes and files that states if the response reached the row limit. It is never empty."""
    snapshot = table.snapshot
    limit = plural(snapshot.query.limit, "row")
    if snapshot.remainder is not None:
        parts = plural(snapshot.remainder.parts, "part")
        return remainder_words(snapshot) if snapshot.cut else f"no, all rows of {parts} that were asked apart"
    if snapshot.answer.adds_up_cut:
        return f"at the limit: {_TOO_SMALL.format(limit=snapshot.query.limit)}"
    if not snapshot.cut:
        return f"no, fewer rows came than the limit of {limit}"
    if not lacks_others(table):
        return f"at the limit of {limit}: there may be more"
    suggested = "; which rows the service leaves out is not documented" if came_by_bytes(snapshot) else ""
    return f"at the limit of {limit}. {_kept_rows(snapshot)}{suggested}; {_missing(table)} may be missing"


def cut_remark(table: Table, key: KeyOf = usual_key) -> str:
    """Return a warning for the status bar if the response reached the row limit. Otherwise return an empty string.

    The warning names the given keyboard key, which helps the user to see more rows.
    """
    limit = table.snapshot.query.limit
    if not table.snapshot.cut:
        return ""
    if (remainder := table.snapshot.remainder) is not None:
        if remainder.limit or remainder.missing:
            # The number of rows is beside it.
            narrows = f"; {key('edit_search', 'e')} narrows" if remainder.cut > remainder.failed else ""
            return f"{remainder.told}{narrows}"
        return f"{remainder_words(table.snapshot)}; {key('edit_search', 'e')} narrows"
    if PROFILE in table.snapshot.query.group_bys:
        # The parts of a timeline do not keep which profile failed or was cut.
        return "rows may be missing: a profile failed, or is cut"
    if table.snapshot.answer.adds_up_cut:
        return f"cut: sums may be too small; {key('pick_limit', 'n')} {ALL} asks for all rows"
    if not lacks_others(table):
        return "cut at the limit"
    way = f"{key('pick_limit', 'n')} asks for more" if limit < MOST_ROWS else f"{key('edit_search', 'e')} narrows"
    # Shorter than in a file, so that the hint fits a line of 80 columns.
    lacks = "others may match" if table.arrangement.row_filter.text else f"{_missing(table)} may be missing"
    return f"cut at {plural(limit, 'row')}; {lacks}: {way}"


def remainder_words(snapshot: Snapshot) -> str:
    """Return a text that counts the incomplete responses, for a snapshot that was joined from several responses.

    An example is `31,200 rows; 2 of 38 parts are still cut`.
    """
    words = (snapshot.remainder or Remainder(1, 0)).told
    small = ", so figures may be too small" if snapshot.answer.adds_up_cut else ""
    return f"{plural(len(snapshot.answer.connections), 'row')}; {words}{small}"


def _kept_rows(snapshot: Snapshot) -> str:
    limit = snapshot.query.limit
    if came_by_bytes(snapshot):
        return f"These are the {limit:,} largest by {snapshot.endpoint.volume_metric.unit}"
    rows = "This is 1 row" if limit == 1 else f"These are {limit:,} rows"
    return f"{rows}, and which ones the service leaves out is not known"


def _missing(table: Table) -> str:
    """Return a description of the rows that may be missing because of the row limit, for example `larger ones`.

    The description depends on the filter and the sort order.
    """
    arrangement = table.arrangement
    if arrangement.row_filter.text:
        return "others that match the filter"
    first = table.sort[0]
    if first.column == FINDING.key:
        return "worse ones" if first.descending else "healthier ones"
    metric = table.snapshot.endpoint.metrics.get(first.column)
    if metric is None:
        return "others"
    if not first.descending:
        return "smaller ones"
    return "worse ones" if metric.bad_when_high else "larger ones"
