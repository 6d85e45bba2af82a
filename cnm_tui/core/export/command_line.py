"""The command that opens a question anywhere else, on one line."""

from collections.abc import Sequence

from cnm_tui.core.query import Query
from cnm_tui.core.service.request import Address
from cnm_tui.core.shell.words import joined
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import Ago, Snap, TimeRange, short_length
from cnm_tui.core.views.arrangement_text import deciding, sort_texts


def command_line(query: Query, arrangement: Arrangement, whom: Sequence[str] = ()) -> str:
    """What to type into a shell for this question in this arrangement, asked of whom these words say; without keys.

    All that has a default is written out, as another machine may have another one. Nothing in it is invisible: a
    query holds no control characters, and a filter means the same when cleaned.
    """
    words = ["cnm-tui", "-g", ",".join(query.group_bys)]
    if query.search:
        words += ["-q", query.search]
    if query.tags:
        words += ["--tags", ",".join(query.tags)]
    words += [*_time_words(query.time_range), "-n", str(query.limit)]
    words += ["--sort", ",".join(sort_texts(deciding(arrangement.sort, query.group_bys)))]
    if arrangement.columns:
        words += ["--columns", ",".join(arrangement.columns)]
    if arrangement.row_filter.text:
        words += ["--filter", clean(arrangement.row_filter.text)]
    if arrangement.top is not None:
        words += ["--top", str(arrangement.top)]
    return joined([*words, *whom])


def whom_words(address: Address, site: str | None, profile: str = "", options: Sequence[str] = ()) -> list[str]:
    """What asks the same one, with these options, and with the keys of this profile where one is to be named."""
    if address.of_demo:
        return ["--demo"]
    whom = ["--api-url", address.url] if site is None else ["--site", site]
    return [*whom, *(["--profile", profile] if profile else []), *options]


def _time_words(time_range: TimeRange) -> list[str]:
    snap = [] if time_range.snap is Snap.AUTO else ["--snap", time_range.snap.value]
    if isinstance(time_range.start, Ago) and time_range.live:
        return ["--last", short_length(time_range.start.seconds), *snap]
    return ["--from", time_range.start.written, "--to", time_range.end.written, *snap]
