"""Test the file name that is proposed for an export. It must describe the content, and be valid on any file
system.
"""

import pytest
from hypothesis import given

from cnm_tui.core.export.file_form import FILE_FORMS, FORMATS, FileForm, file_name, form_of, format_of, renamed
from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import Window
from tests.builders import MOMENT
from tests.questions import queries

CSV, TSV, JSON = FILE_FORMS[:3]
WINDOW = Window(MOMENT - 900, MOMENT)


def test_a_name_says_what_is_grouped_by_and_when_the_window_ends() -> None:
    assert file_name(Query(), WINDOW, CSV) == "cnm-client_service-server_service-20260301T0945Z-1000Z.csv"
    assert file_name(Query(group_bys=()), Window(0, MOMENT + 7), TSV) == "cnm-19700101T0000Z-20260301T100007Z.tsv"


def test_a_name_says_who_was_asked() -> None:
    name = file_name(Query(group_bys=()), WINDOW, CSV, "prod-eu (datadoghq.eu)")

    assert name == "cnm-prod-eu_datadoghq.eu-20260301T0945Z-1000Z.csv"


def test_a_name_says_what_is_compared_with() -> None:
    yesterday = Window(MOMENT - 87_300, MOMENT - 86_400)

    name = file_name(Query(group_bys=()), WINDOW, CSV, "", yesterday)

    assert name == "cnm-20260301T0945Z-1000Z-vs-20260228T0945Z-1000Z.csv"


@given(query=queries())
def test_a_name_holds_nothing_that_a_shell_or_a_file_system_minds(query: Query) -> None:
    name = file_name(query, WINDOW, JSON)

    assert name.isascii()
    assert name.translate(dict.fromkeys(map(ord, "._-"))).isalnum()
    assert len(name) < 120


@pytest.mark.parametrize(("typed", "then"), [("a.csv", "a.json"), (".csv", ".json"), ("a.txt", "a.txt"), ("a", "a")])
def test_the_ending_follows_the_format_unless_it_was_typed(typed: str, then: str) -> None:
    assert renamed(typed, CSV, JSON) == then


@pytest.mark.parametrize(("typed", "meant"), [("a.json", JSON), ("a.json.csv", CSV), ("a.txt", TSV), ("json", TSV)])
def test_an_ending_stands_for_its_format_and_another_for_none(typed: str, meant: FileForm) -> None:
    assert form_of(typed, TSV) == meant


def test_every_form_is_one_that_rows_can_be_written_in() -> None:
    assert {form.format_name for form in FILE_FORMS} == set(FORMATS) - {"table"}


@pytest.mark.parametrize(
    ("name", "format_name"),
    [("x.csv", "csv"), ("X.CSV", "csv"), ("a.b.md", "markdown"), ("x.ndjson", "jsonl"), ("x.txt", "table")],
)
def test_the_ending_of_a_name_says_a_format(name: str, format_name: str) -> None:
    assert format_of(name) == format_name


@pytest.mark.parametrize("name", ["x", "csv", "x.xlsx", "x.csv.gz"])
def test_other_endings_say_none(name: str) -> None:
    assert format_of(name) is None
