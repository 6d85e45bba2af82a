"""Define which files cnm-tui keeps between runs, and read the query with which it starts.

The demo has files of its own, because its invented names are useless for a real network and must not replace
real names.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cnm_tui.core.errors import CnmError, InvalidQuery, StoreFailed
from cnm_tui.core.search.past_searches import NotKept, SearchKeeper
from cnm_tui.core.views.saved_view import SavedView, view_called
from cnm_tui.options import Question, SourceOptions
from cnm_tui.store.files import config_directory, state_directory
from cnm_tui.store.last_question import LastQuestion
from cnm_tui.store.recent_fields import RecentFields
from cnm_tui.store.resolved_fields import ResolvedFields
from cnm_tui.store.saved_views import ViewsFile
from cnm_tui.store.search_history import SearchHistory
from cnm_tui.streams import say


def views_file() -> ViewsFile:
    """Return the object that reads and writes the file of saved views."""
    return ViewsFile(config_directory() / "views.toml")


def no_views() -> ViewsFile:
    """Return a store of saved views that is always empty and cannot be changed."""
    return ViewsFile(Path(os.devnull))


def last_question(*, demo: bool) -> LastQuestion:
    """Return the object that reads and writes the file with the last query."""
    return LastQuestion(_kept("last-question.json", demo))


def search_history(*, demo: bool, kept: bool = True) -> SearchKeeper:
    """Return the object that reads and writes the file of past searches.

    If `kept` is False, return an object that stores no searches.
    """
    return SearchHistory(_kept("searches.jsonl", demo)) if kept else NotKept()


def recent_fields() -> RecentFields:
    """Return the object that reads and writes the file of recently used fields. The demo uses the same file.

    Raises:
        NoHome: There is no home directory.
    """
    return RecentFields(state_directory() / "recent-fields.txt")


def recalled_resolved(profile: str, *, demo: bool) -> Mapping[str, float]:
    """Return for each field how often it had a value in earlier answers of a profile.

    The result is a dictionary from field to the share of the traffic that had a value, from 0 to 1. It is empty
    if the file cannot be read.
    """
    try:
        return _resolved_fields(demo=demo).recall(profile)
    except StoreFailed:
        return {}


def remember_resolved(profile: str, shares: Mapping[str, float], *, demo: bool) -> None:
    """Store for each field how often it had a value in new answers of a profile.

    `shares` is a dictionary from field to the share of the traffic that had a value, from 0 to 1. Errors are
    ignored, because the shares are needed only to suggest fields.
    """
    with suppress(StoreFailed):
        _resolved_fields(demo=demo).remember(profile, shares)


def _resolved_fields(*, demo: bool) -> ResolvedFields:
    return ResolvedFields(_kept("resolved-fields.json", demo))


def copied_file() -> Path:
    """Return the path of the file to which copied text is written if the clipboard does not work."""
    return state_directory() / "copied.txt"


def _kept(name: str, demo: bool) -> Path:
    return state_directory() / (f"demo-{name}" if demo else name)


def recalled_fields() -> tuple[str, ...]:
    """Return the fields that the user used most recently in group-bys. Return an empty tuple if the file cannot be
    read.
    """
    try:
        return recent_fields().recall()
    except StoreFailed:
        return ()


def remembered_fields(group_bys: tuple[str, ...]) -> tuple[str, ...]:
    """Add these group-by fields to the file of recently used fields. Return all fields that the file now contains."""
    try:
        return recent_fields().remember(group_bys)
    except StoreFailed:
        return group_bys


def stored_question(view: str | None, resume: bool, options: SourceOptions) -> Question:
    """Return the query and arrangement of the saved or recommended view with this name.

    If `resume` is True, return the last query of the previous run.

    Raises:
        InvalidQuery: There is no such view, or there is no last query.
        StoreFailed: The file with views or with the last query cannot be read.
    """
    found = last_question(demo=options.demo).load() if resume else _view(view or "")
    if found is None:
        raise InvalidQuery("There is nothing to resume yet.", hint="Leave out --resume.")
    return Question(found.query, found.arrangement)


def _view(name: str) -> SavedView:
    try:
        kept = views_file().load()
    except StoreFailed as problem:
        _warn(problem)
        return view_called(name, ())
    for sentence in kept.broken:
        say(f"cnm-tui: {sentence}")
    return view_called(name, kept.views)


def remember(begun: Question, left: Question, *, demo: bool) -> None:
    """Store the last query of this run, so that the user can continue with it at the next start of cnm-tui.

    Do nothing if the query did not change during this run.
    """
    if left == begun:
        return
    try:
        problem = last_question(demo=demo).save_at_the_end(left.query, left.arrangement)
    except StoreFailed as no_place:
        problem = no_place
    if problem is not None:
        _warn(problem)


def _warn(problem: CnmError) -> None:
    say(f"cnm-tui: {problem.sentence}")
