"""What is kept between runs: where each of it is, and what to begin with.

What the demo was asked is kept apart: its names mean nothing elsewhere, and take the place of nothing real.
"""

import os
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from cnm_tui.core.errors import CnmError, InvalidQuery, StoreFailed
from cnm_tui.core.settings import Settings
from cnm_tui.options import DEFAULT_PROFILE, Place, Question
from cnm_tui.store.kept_keys import has_all_keys

# Imported in functions: most runs keep nothing, and ask for nothing kept before they have something to show.
if TYPE_CHECKING:
    from cnm_tui.core.saved_view import SavedView
    from cnm_tui.store.last_question import LastQuestion
    from cnm_tui.store.recent_fields import RecentFields
    from cnm_tui.store.saved_views import ViewsFile
    from cnm_tui.store.search_history import SearchHistory


class Loaded(NamedTuple):
    """What is set, and what is wrong with how."""

    settings: Settings = Settings()
    broken: tuple[str, ...] = ()
    """A sentence for each entry that does not count."""
    unreadable: str = ""
    """Why the whole file could not be read; empty where it could, or is not there."""


NOTHING_SET: Final = Loaded()


@cache
def loaded_settings() -> Loaded:
    """What is set; a file that cannot be read is told of, and sets nothing."""
    from cnm_tui.store.files import config_directory

    path = config_directory() / "settings.toml"
    # Most people have none, and the first frame would wait for what reads it.
    if not os.path.lexists(path):
        return NOTHING_SET
    from cnm_tui.store.settings import SettingsFile

    try:
        settings, broken = SettingsFile(path).load()
    except StoreFailed as problem:
        return Loaded(Settings(), (), problem.sentence)
    return Loaded(settings, broken)


def completed(place: Place) -> Place:
    """The place with its profile and what is set for that."""
    if place.demo or (not place.profile and (place.site or place.api_url) and has_all_keys(os.environ)):
        # Nothing is wanted from anywhere else.
        return place._replace(profile=place.profile or DEFAULT_PROFILE)
    loaded = loaded_settings()
    name = place.profile or loaded.settings.profile
    profile = loaded.settings.profiles.get(name, place.settings)
    if loaded.unreadable and not has_all_keys(os.environ):
        # Keys of another place could go to the usual one.
        profile = profile._replace(problem=loaded.unreadable)
    return place._replace(profile=name, settings=profile)


def views_file() -> "ViewsFile":
    """Where saved views are."""
    from cnm_tui.store.files import config_directory
    from cnm_tui.store.saved_views import ViewsFile

    return ViewsFile(config_directory() / "views.toml")


def last_question(*, demo: bool) -> "LastQuestion":
    """Where the last question is."""
    from cnm_tui.store.files import state_directory
    from cnm_tui.store.last_question import LastQuestion

    return LastQuestion(state_directory() / ("demo-last-question.json" if demo else "last-question.json"))


def search_history(*, demo: bool) -> "SearchHistory":
    """Where searches are."""
    from cnm_tui.store.files import state_directory
    from cnm_tui.store.search_history import SearchHistory

    return SearchHistory(state_directory() / ("demo-searches.jsonl" if demo else "searches.jsonl"))


def recent_fields() -> "RecentFields":
    """Where the fields used last are, which are the same everywhere."""
    from cnm_tui.store.files import state_directory
    from cnm_tui.store.recent_fields import RecentFields

    return RecentFields(state_directory() / "recent-fields.txt")


def beginning_of_screen(view: str | None, resume: bool, place: Place) -> Question:
    """As `beginning`; where nothing is said, the question of the profile's view, if it has one that is there.

    What a script asks does not change with that setting.
    """
    if view is not None or resume or place.demo or not place.settings.view:
        return beginning(view, resume, place)
    try:
        return beginning(place.settings.view, False, place)
    except CnmError as problem:
        _warn(problem)
        return Question()


def beginning(view: str | None, resume: bool, place: Place) -> Question:
    """The question of the view of this name, or with `resume` the one that was left last; else the usual one.

    Raises:
        InvalidQuery: There is no such view, or nothing to resume.
        StoreFailed: It cannot be read.
    """
    if view is None and not resume:
        return Question()
    found = last_question(demo=place.demo).load() if resume else _view(view or "")
    if found is None:
        raise InvalidQuery("There is nothing to resume yet.", hint="Leave out --resume.")
    return Question(found.query, found.arrangement)


def _view(name: str) -> "SavedView":
    from cnm_tui.core.saved_view import view_called

    try:
        kept = views_file().load()
    except StoreFailed as problem:
        _warn(problem)
        return view_called(name, ())
    for sentence in kept.broken:
        click.echo(f"cnm-tui: {sentence}", err=True)
    return view_called(name, kept.views)


def remember(begun: Question, left: Question, *, demo: bool) -> None:
    """Keep the question that was left, for the next start; a run that changed nothing keeps the one before it."""
    if left == begun:
        return
    if (problem := last_question(demo=demo).save_at_the_end(left.query, left.arrangement)) is not None:
        _warn(problem)


def _warn(problem: CnmError) -> None:
    click.echo(f"cnm-tui: {problem.sentence}", err=True)
