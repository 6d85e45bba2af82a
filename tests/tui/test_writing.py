"""Test the dialog that writes the displayed rows to a file."""

import csv
import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.dialogs.too_small import TooSmallScreen
from cnm_tui.tui.widgets.choice_text import ChoiceText
from tests.builders import KEY, FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring

DEFAULT = "cnm-FAKE-client_service-server_service-20260301T0945Z-1000Z.csv"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the temporary folder of the test the current folder, and return its path."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def three(formula: str = "cron") -> Snapshot:
    """Return an answer with three rows. The client name of one row is `formula`.

    A test can pass a text that a spreadsheet would run as a formula.
    """
    return a_snapshot(
        a_connection(groups=(("web",), ("store",)), bytes_sent_by_client=5),
        a_connection(groups=(("web",), ("mail",)), bytes_sent_by_client=9),
        a_connection(formula, groups=((formula,), ("mail",)), bytes_sent_by_client=7),
    )


def box(user: User) -> Input:
    """Return the text input for the file name."""
    return user.app.screen.query_one(Input)


def refused(user: User) -> str:
    """Return the message that explains why no file can be written. Return an empty text if there is no such
    message.
    """
    told = user.app.screen.query_one(ChoiceText)
    return str(told.content) if told.has_class("-refusal") else ""


def asked(name: str, cancels: str = "esc") -> str:
    """Return the question that the dialog displays before it overwrites the file with this name.

    Args:
        cancels: The keyboard key that cancels.
    """
    return f"! This file is there already. Enter once more overwrites it; {cancels} cancels.\n{name}"


async def rename(user: User, name: str) -> None:
    """Type another file name into the dialog."""
    box(user).value = name
    await user.pilot.pause()


def written(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("typed_first", [True, False])
async def test_a_format_chosen_while_a_letter_is_on_its_way_comes_to_rest(typed_first: bool) -> None:
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")
        await user.press("w")
        await user.sees("Write to a file")
        forms = user.app.screen.query_one(OptionList)
        told: list[str] = []

        if typed_first:
            box(user).insert_text_at_cursor("x")
        forms.highlighted = 2
        if not typed_first:
            box(user).insert_text_at_cursor("x")
        for _ in range(20):
            await user.pilot.pause()
            told.append(box(user).value)

        assert told[-10:] == [f"{DEFAULT.removesuffix('.csv')}x.json"] * 10
        assert forms.highlighted == 2


async def test_the_rows_are_written_as_they_are_filtered_and_sorted(here: Path) -> None:
    async with exploring(FakeSource(three())) as user:
        await user.press("slash", *"mail", "enter")
        await user.sees("2 of 3 rows")

        await user.press("w")
        await user.sees(DEFAULT)
        await user.sees("2 of 3 rows as CSV to")
        await user.press("enter")

        await user.until(lambda: user.main.notice == f"2 rows written as CSV. File: {here / DEFAULT}")
        assert [row["client_service"] for row in written(here / DEFAULT)] == ["web", "cron"]
        assert len(user.source.asked) == 1


async def test_another_format_changes_the_ending_and_json_has_every_figure(here: Path) -> None:
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")

        await user.press("w", "down", "down")
        await user.until(lambda: box(user).value == DEFAULT.replace(".csv", ".json"))
        await user.press("enter")

        await user.until(lambda: "as JSON." in user.main.notice)
        document = json.loads((here / DEFAULT.replace(".csv", ".json")).read_bytes())
        assert document["rows"] == 3
        assert "tcp_probe0_count" in document["connections"][0]


async def test_the_format_follows_an_ending_that_is_typed(here: Path) -> None:
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")
        await user.press("w")
        await user.sees(DEFAULT)

        await user.press("end", "ctrl+u", *"rows.json")
        await user.sees("3 rows as JSON to")
        await user.press("enter")

        await user.until(lambda: "as JSON." in user.main.notice)
        assert json.loads((here / "rows.json").read_bytes())["rows"] == 3


async def test_an_ending_that_was_typed_stays(here: Path) -> None:
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")
        await user.press("w")
        await rename(user, "rows.txt")

        await user.press("down", "enter")

        await user.until(lambda: "as TSV." in user.main.notice)
        assert "\t" in (here / "rows.txt").read_text(encoding="utf-8")


async def test_what_is_there_is_overwritten_only_after_it_was_asked(here: Path) -> None:
    (here / DEFAULT).write_text("old", encoding="utf-8")
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")

        await user.press("w", "enter")
        await user.until(lambda: refused(user) == asked(DEFAULT))
        assert (here / DEFAULT).read_text(encoding="utf-8") == "old"
        await user.press("enter")

        await user.until(lambda: "written" in user.main.notice)
        assert len(written(here / DEFAULT)) == 3


async def test_the_question_whether_to_overwrite_names_the_keys_in_force(here: Path) -> None:
    (here / DEFAULT).write_text("old", encoding="utf-8")
    async with exploring(FakeSource(three()), keys={"write.cancel": "f7"}) as user:
        await user.sees("3 rows")
        await user.until(lambda: "write.cancel" in user.app._keymap)

        await user.press("w", "enter")

        await user.until(lambda: refused(user) == asked(DEFAULT, "f7"))


async def test_a_name_changed_after_the_question_is_asked_about_anew(here: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (here / name).write_text("old", encoding="utf-8")
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")
        await user.press("w")
        await rename(user, "a.csv")
        await user.press("enter")
        await user.until(lambda: refused(user) == asked("a.csv"))

        await rename(user, "b.csv")
        assert not refused(user)
        await user.press("enter")

        await user.until(lambda: refused(user) == asked("b.csv"))
        assert (here / "b.csv").read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize(
    ("name", "said"), [("gone/rows.csv", "There is no folder"), (".", "is a folder"), ("", "The file has no name.")]
)
async def test_what_cannot_be_written_is_said_and_stays_in_the_box(name: str, said: str) -> None:
    async with exploring(FakeSource(three())) as user:
        await user.sees("3 rows")
        await user.press("w")
        await rename(user, name)

        await user.press("enter")

        await user.until(lambda: said in refused(user))
        assert box(user).value == name
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.main)


async def test_what_was_put_before_a_formula_is_said(here: Path) -> None:
    async with exploring(FakeSource(three("=1+1"))) as user:
        await user.sees("3 rows")

        await user.press("w", "enter")

        # In sight on 80 columns, wherever the file is.
        await user.sees("2 cells begin like a formula; an apostrophe")
        assert "'=1+1" in (here / DEFAULT).read_text(encoding="utf-8")


async def test_a_key_in_the_search_is_not_written(here: Path) -> None:
    source = FakeSource(replace(three(), query=Query(search=f"x {KEY}")))
    async with exploring(source) as user:
        await user.sees("3 rows")

        await user.press("w", "down", "down", "enter")

        await user.until(lambda: refused(user).startswith("! The question contains"))
        assert list(here.iterdir()) == []


class Dawdling(FakeSource):
    """A fake data source that needs a long time to check if a text contains an API key."""

    def __init__(self, *answers: Snapshot) -> None:
        super().__init__(*answers)
        self.may_go_on = threading.Event()

    def holds_key(self, text: str) -> bool:
        """Wait until the test permits a reply, then return False."""
        return not self.may_go_on.wait(timeout=60)


async def test_what_takes_long_is_said_to_be_under_way_and_keys_are_taken_meanwhile(here: Path) -> None:
    source = Dawdling(three())
    async with exploring(source) as user:
        await user.sees("3 rows")
        await user.press("w", "enter")
        await user.sees("Writing 3 rows …")

        await user.press("enter", "escape")

        await user.until(lambda: user.main.notice.startswith("The dialog was closed while writing"))
        assert list(here.iterdir()) == []
        source.may_go_on.set()
        await user.until(lambda: (here / DEFAULT).exists())
        assert len(written(here / DEFAULT)) == 3


async def test_what_covers_the_dialog_stays_when_the_rows_are_written_under_it(here: Path) -> None:
    source = Dawdling(three())
    async with exploring(source) as user:
        await user.sees("3 rows")
        await user.press("w", "enter")
        await user.sees("Writing 3 rows …")
        await user.pilot.resize_terminal(40, 10)
        await user.sees("too small")

        source.may_go_on.set()
        await user.until(lambda: not [worker for worker in user.app.workers if worker.group == "write"])

        assert isinstance(user.app.screen, TooSmallScreen)
        await user.pilot.resize_terminal(80, 24)
        await user.until(lambda: user.app.screen is user.main)
        assert user.main.notice.startswith("3 rows written as CSV.")


@pytest.mark.parametrize(("columns", "lines"), [(60, 2), (80, 2), (120, 1)])
async def test_the_question_whether_to_overwrite_is_read_in_one_go_however_long_the_name(
    here: Path, columns: int, lines: int
) -> None:
    (here / f"{'x' * 90}.csv").write_text("old", encoding="utf-8")
    async with exploring(FakeSource(three()), size=(columns, 15)) as user:
        await user.sees("3 rows")
        await user.press("w")
        await rename(user, f"{'x' * 90}.csv")

        await user.press("enter")
        await user.sees("! This file is there already.")

        shown = [line.strip(" │") for line in user.screen().splitlines()]
        at = next(number for number, line in enumerate(shown) if line.startswith("! This file"))
        question = asked("").strip()
        assert " ".join(shown[at : at + lines]) == question
        assert shown[at + lines].startswith("xxx")


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)])
async def test_the_box_and_the_keys_are_in_sight_at_any_size(size: tuple[int, int]) -> None:
    async with exploring(FakeSource(three()), size=size) as user:
        await user.until(lambda: user.main.exploration.table)

        await user.press("w", "enter")
        await user.until(lambda: user.app.screen is user.main)
        await user.press("w", "enter")

        await user.until(lambda: refused(user))
        await user.sees("Markdown    for people: a table")
        await user.sees(DEFAULT[-40:])
        await user.sees("esc cancels")
