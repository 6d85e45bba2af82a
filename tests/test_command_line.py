"""Test the command line that a user can copy from the screen. The options of cnm-tui must be able to parse it."""

import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import click
import pytest
from hypothesis import given

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.export.question import command_line, whom_words
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.metrics.metric import ChangeForm
from cnm_tui.core.query import Query
from cnm_tui.core.service import Address
from cnm_tui.core.settings import Settings
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import Ago, Fixed, TimeRange
from cnm_tui.options import Question, SourceOptions, question_options, source_options
from cnm_tui.profiles import KnownProfiles
from tests.builders import MOMENT
from tests.certificates import Authority
from tests.questions import questions


def nothing_kept(view: str | None, resume: bool, options: SourceOptions) -> Question:
    raise AssertionError("a command line says its question itself")


@click.command()
@source_options(Settings)
@question_options(nothing_kept, worst_first=True)
def taken(options: SourceOptions, question: Question) -> tuple[SourceOptions, Question]:
    return options, question


def opened(words: list[str]) -> tuple[SourceOptions, Question]:
    """Return the connection options and the query that cnm-tui reads from the words of a command line."""
    assert words[0] == "cnm-tui"
    options, question = taken.main(words[1:], standalone_mode=False)
    return options, question


@given(questions())
def test_it_opens_the_same_question_in_the_same_arrangement(asked: tuple[Query, Arrangement]) -> None:
    query, arrangement = asked

    _, question = opened(shlex.split(command_line(query, arrangement)))

    assert question.query == query
    assert question.arrangement == replace(arrangement, widths=(), change_form=ChangeForm.PERCENT)


@given(questions())
def test_it_is_one_line_without_anything_that_cannot_be_seen(asked: tuple[Query, Arrangement]) -> None:
    line = command_line(*asked)

    assert clean(line) == line


@pytest.mark.parametrize("hidden", ["\U000e0100", "\u3164", "a" + "\u0301" * 3])
def test_no_question_holds_what_a_line_could_not_show(hidden: str) -> None:
    for asked in ({"search": hidden}, {"tags": (hidden,)}, {"group_bys": (hidden,)}):
        with pytest.raises(InvalidQuery):
            Query(**asked)


def test_it_says_all_that_has_a_default() -> None:
    line = command_line(Query(), Arrangement())

    assert line == "cnm-tui -g client_service,server_service --last 15m -n 1000 --sort total_bytes:desc"


@pytest.mark.parametrize(
    ("time_range", "said"),
    [
        (TimeRange(Ago(7_200), Ago(3_600)), "--from now-2h --to now-1h"),
        (TimeRange(Fixed(MOMENT), Fixed(MOMENT + 60)), "--from 2026-03-01T10:00Z --to 2026-03-01T10:01Z"),
    ],
    ids=str,
)
def test_a_window_that_does_not_end_now_is_said_by_both_ends(time_range: TimeRange, said: str) -> None:
    assert said in command_line(Query(time_range=time_range), Arrangement())


@pytest.mark.parametrize(
    ("asked", "site", "profile", "whom"),
    [
        (
            Address("https://api.datadoghq.eu"),
            "datadoghq.eu",
            "",
            SourceOptions(False, "default", "datadoghq.eu", None),
        ),
        (
            Address("https://api.datadoghq.eu"),
            "datadoghq.eu",
            "prod 'eu'; ls",
            SourceOptions(False, "prod 'eu'; ls", "datadoghq.eu", None),
        ),
        (Address("https://a.example/cnm"), None, "mine", SourceOptions(False, "mine", None, "https://a.example/cnm")),
        (Address("http://127.0.0.1:9", "nothing", of_demo=True), None, "", SourceOptions(True, "default", None, None)),
    ],
    ids=["site", "profile", "API URL", "demo"],
)
def test_it_asks_whom_was_asked(asked: Address, site: str | None, profile: str, whom: SourceOptions) -> None:
    options, _ = opened(shlex.split(command_line(Query(), Arrangement(), whom_words(asked, site, profile))))

    assert options == whom


def test_it_asks_by_the_same_certificates_and_leaves_the_keyring_alone_too(tmp_path: Path) -> None:
    bundle = Authority(tmp_path, name="our own's $CA").file
    profiles = KnownProfiles(SourceOptions(False, "default", None, None, ca_bundle=bundle, use_keyring=False), {})

    whom = whom_words(Address("https://api.datadoghq.eu"), "datadoghq.eu", options=profiles.options_of_start)
    options, _ = opened(shlex.split(command_line(Query(), Arrangement(), whom)))

    assert (options.ca_bundle, options.use_keyring) == (bundle, False)


def test_the_demo_is_asked_by_nothing_else() -> None:
    assert whom_words(Address("http://127.0.0.1:9", of_demo=True), None, options=["--no-keyring"]) == ["--demo"]


def test_a_line_break_in_a_filter_is_shown_and_means_the_same() -> None:
    line = command_line(Query(), Arrangement(row_filter=RowFilter("a\nb\x1b", CONNECTIONS)))

    assert "--filter 'a⏎b␛'" in line


def test_a_sort_left_from_other_group_bys_is_not_said() -> None:
    line = command_line(Query(), Arrangement((SortKey("client_team", False), SortKey("tcp_resets", True))))

    assert line.endswith("--sort tcp_resets:desc")


def test_a_shell_takes_it_word_by_word() -> None:
    query = Query(search="""service:"it's $HOME `x` \\" !! *""")

    printed = subprocess.run(
        ["/bin/sh", "-c", f"printf '%s\\n' {command_line(query, Arrangement())}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert query.search in printed.stdout.splitlines()
