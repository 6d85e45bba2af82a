"""Test that the first screen of a new user shows the most unhealthy rows first.

A view, the last query, or the option `--sort` can change this sort order.
"""

import click
import pytest

from cnm_tui.core.query import Query
from cnm_tui.core.settings import Profile, Settings
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.table.table import Arrangement
from cnm_tui.options import WORST_FIRST, Question, SourceOptions, question_options, source_options

BY_RTT = SortKey("rtt_micro_seconds", descending=True)
OF_VIEW = Question(Query(search="a view's"), Arrangement((BY_RTT,)))


def first_screen(arguments: list[str], view: str = "") -> Question:
    """Return the query and sort order of the first screen for these command line arguments and this view of the
    profile.
    """

    @click.command()
    @source_options(lambda: Settings(profiles={"default": Profile(view=view)}))
    @question_options(lambda _view, _resume, _place: OF_VIEW, worst_first=True, usual=WORST_FIRST)
    def explore(options: SourceOptions, question: Question) -> Question:
        return question

    asked: Question = explore.main(arguments, standalone_mode=False)
    return asked


@pytest.mark.parametrize(
    ("arguments", "view", "column"),
    [
        ([], "", "finding"),
        (["--demo"], "mine", "finding"),
        (["-q", "env:prod", "-n", "7500"], "", "finding"),
        (["-q", "env:prod"], "mine", "finding"),
        (["--sort", "rtt:desc"], "", "rtt_micro_seconds"),
        ([], "mine", "rtt_micro_seconds"),
        (["--view", "mine"], "", "rtt_micro_seconds"),
        (["--resume"], "", "rtt_micro_seconds"),
    ],
)
def test_the_worst_is_on_top_unless_something_else_was_chosen(arguments: list[str], view: str, column: str) -> None:
    sort = first_screen(arguments, view).arrangement.sort

    assert (sort[0].column, sort[0].descending) == (column, True)


def test_without_a_sort_none_is_made_up() -> None:
    assert first_screen(["--sort", ""]).arrangement.sort == ()
