"""What is kept between runs, saved views and the last question: where it is, and what to begin with."""

from typing import TYPE_CHECKING

import click

from cnm_tui.core.errors import CnmError, InvalidQuery, StoreFailed
from cnm_tui.options import Place, Question

# Imported in functions: most runs keep nothing, and ask for nothing kept before they have something to show.
if TYPE_CHECKING:
    from cnm_tui.core.saved_view import SavedView
    from cnm_tui.store.last_question import LastQuestion
    from cnm_tui.store.saved_views import ViewsFile


def views_file() -> "ViewsFile":
    """Where saved views are."""
    from cnm_tui.store.files import config_directory
    from cnm_tui.store.saved_views import ViewsFile

    return ViewsFile(config_directory() / "views.toml")


def last_question(place: Place) -> "LastQuestion":
    """Where the last question is; the demo has its own, so that it never takes the place of a real one."""
    from cnm_tui.store.files import state_directory
    from cnm_tui.store.last_question import LastQuestion

    return LastQuestion(state_directory() / ("last-question-demo.json" if place.demo else "last-question.json"))


def beginning(view: str | None, resume: bool, place: Place) -> Question:
    """The question of the view of this name, or with `resume` the one that was left last.

    Raises:
        InvalidQuery: There is no such view, or nothing to resume.
        StoreFailed: It cannot be read.
    """
    found = last_question(place).load() if resume else _view(view or "")
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


def remember(place: Place, begun: Question, left: Question) -> None:
    """Keep the question that was left, for the next start; a run that changed nothing keeps the one before it."""
    if left != begun and (problem := last_question(place).save_at_the_end(left.query, left.arrangement)) is not None:
        _warn(problem)


def recalled_fields() -> tuple[str, ...]:
    """The fields that were asked for last, the latest first."""
    from cnm_tui.store import recent_fields

    return recent_fields.recall()


def remember_fields(group_bys: tuple[str, ...]) -> tuple[str, ...]:
    """These were asked for; gives all that are remembered now."""
    from cnm_tui.store import recent_fields

    return recent_fields.remember(group_bys)


def _warn(problem: CnmError) -> None:
    click.echo(f"cnm-tui: {problem.sentence}", err=True)
