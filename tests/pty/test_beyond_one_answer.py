"""Test features of the real cnm-tui that need more than one answer of the API.

Examples are the collection of all rows, automatic grouping, several profiles in one table, and links.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnm_tui.demo.server import DemoServer
from tests.pty.conftest import Start
from tests.pty.reading import copied, headings, rows
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

NO_SERVER = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with DemoServer(seed=1, keys_required=False) as server:
        yield server.url


def write_settings(folder: Path, text: str = "", **urls: str) -> None:
    """Write a settings file with one profile for each of these URLs. `text` contains further settings for the
    file.
    """
    path = folder / ".config/cnm-tui/settings.toml"
    path.parent.mkdir(parents=True)
    profiles = (
        f'[profiles.{name}]\napi_url = "{url}"\naccess_token_command = "echo token-of-{name}-1234567890"\n'
        for name, url in urls.items()
    )
    path.write_text("".join(profiles) + text, encoding="utf-8")


def says(terminal: Terminal, key: str, *texts: str) -> None:
    """Press a keyboard key, and wait until all of these texts are on the screen."""
    terminal.press(key)
    terminal.wait_until(lambda: all(text in " ".join(terminal.text().split()) for text in texts))


def test_all_rows_are_asked_for_in_parts_and_what_came_is_kept(start: Start) -> None:
    terminal = start("--demo", "-g", "client_pod_name,server_pod_name,server_port")
    terminal.wait_for("row 1 of 1,000")

    terminal.press("n")
    terminal.wait_for("or all.")
    terminal.type("all")
    says(terminal, "enter", "all rows: ", "of at most 40 requests, esc ends it")
    terminal.wait_until(lambda: "2 of at most" in terminal.text() or "3 of at most" in terminal.text())
    terminal.press("esc")
    terminal.wait_for("Given up. ")

    (said,) = [line.strip() for line in terminal.lines() if "Given up." in line]
    assert re.search(r"\d of \d+ parts (?:is|are) still cut; e narrows\.", said)
    kept = int(said.removeprefix("Given up. ").split()[0].replace(",", ""))
    assert kept >= 7_500
    assert f"of {kept:,} " in terminal.text()


def test_an_end_is_grouped_by_its_first_name_and_drilled_into(start: Start) -> None:
    terminal = start("--demo")
    terminal.wait_until(lambda: rows(terminal))

    terminal.press("b")
    terminal.wait_for("Group by")
    terminal.press("8")
    terminal.wait_until(lambda: headings(terminal)[:2] == ["client_auto_group", "server_auto_group"])
    first = rows(terminal)[0]
    place = next(place for place, row in enumerate(rows(terminal)) if "N/A" not in row)
    client, server = re.findall(r"[\w-]+", rows(terminal)[place])[:2]
    terminal.press(*["down"] * place, "enter")
    terminal.wait_for("Drill down")
    terminal.press("enter")
    terminal.wait_for(f"client_service:{client} AND server_service:{server[:8]}")
    terminal.press("backspace")

    terminal.wait_until(lambda: rows(terminal)[:1] == [first])


def test_two_profiles_are_in_one_table_and_a_failing_one_is_named(start: Start, tmp_path: Path, url: str) -> None:
    write_settings(tmp_path, "", a=url, b=url, c=NO_SERVER)
    named = ("--profile", "a", "--profile", "b", "--profile", "c")
    terminal = start("--no-keyring", *named, size=(200, 50))
    terminal.wait_for("c has no rows here: ")
    assert headings(terminal)[0] == "profile"
    assert {row.split()[0] for row in rows(terminal)} == {"a", "b"}

    terminal.press("/")
    terminal.type("profile=a\r")
    terminal.wait_until(lambda: {row.split()[0] for row in rows(terminal)} == {"a"})
    says(terminal, "x", "The rows of one profile can be explained: P chooses one.")
    says(terminal, "G", "Neighbours of ", " (a)", "Not all rows are here, as c failed: neighbours may be missing.")
    assert " (b)" not in terminal.text()
    terminal.press("esc")
    terminal.wait_until(lambda: rows(terminal))
    says(terminal, "W", "Watching ", "on top until W is pressed again.")
    terminal.press("L")
    terminal.wait_for("48 parts of 5 min")
    terminal.press("down")
    terminal.press("enter")
    terminal.wait_until(lambda: "TREND" in headings(terminal))
    terminal.wait_until(lambda: re.search(r"c failed in \d+ parts: rows may be missing", terminal.text()) is not None)
    terminal.press("m")
    terminal.wait_for("previous window")
    terminal.press("enter")
    terminal.wait_for("Compared with ")


def test_all_rows_of_two_profiles_are_asked_for_and_drilled_into(start: Start, tmp_path: Path, url: str) -> None:
    write_settings(tmp_path, "", a=url, b=url, c=NO_SERVER)
    named = ("--profile", "a", "--profile", "b", "--profile", "c")
    terminal = start("--no-keyring", *named, "-n", "50", size=(200, 50))
    terminal.wait_for("a is cut at 50 rows, b is cut at 50 rows")

    terminal.press("n")
    terminal.wait_for("or all.")
    terminal.type("all\r")
    terminal.wait_until(lambda: re.search(r"\d{3} rows; c failed; p refreshes again\.", terminal.text()) is not None)
    terminal.press("/")
    terminal.type("profile=b\r")
    terminal.wait_until(lambda: {row.split()[0] for row in rows(terminal)} == {"b"})
    # On the profile the same is drilled into as on a figure.
    terminal.press("home", "enter")
    terminal.wait_for("Drill down")
    terminal.press("enter")

    terminal.wait_until(lambda: "profile:b" in terminal.text() and "kube_depl" in " ".join(headings(terminal)))


def test_equal_columns_are_hidden_and_named_and_all_rows_shown_are_marked(start: Start) -> None:
    question = ("-q", "client_service:cart", "-g", "client_service,server_service", "--columns", "total_bytes,rtt")
    terminal = start("--demo", *question)
    terminal.wait_until(lambda: rows(terminal))
    number = len([row for row in rows(terminal) if row])

    says(terminal, "Z", "Hidden, as all rows have the same value: client_service cart. Z shows them.")
    assert headings(terminal)[0] == "server_service"
    says(terminal, "Z", "All columns are shown again.")
    terminal.wait_until(lambda: headings(terminal)[0] == "client_service")

    says(terminal, "*", f"All {number} rows shown marked")


def test_one_goes_from_difference_to_difference_and_back(start: Start) -> None:
    terminal = start("--demo", "-g", "client_availability-zone,server_service", size=(200, 50))
    terminal.wait_until(lambda: rows(terminal))
    says(terminal, ")", "Nothing is compared; m compares.")
    terminal.press("m")
    terminal.wait_for("same time yesterday")
    terminal.press("down", "enter")
    terminal.wait_for("Compared with ")

    terminal.press(")")
    terminal.wait_until(lambda: number_of(terminal) > 0)
    first = number_of(terminal)
    # The same key twice in a row would count as one.
    terminal.press("right", ")")
    terminal.wait_until(lambda: number_of(terminal) > first or "Continued from" in terminal.text())
    terminal.press("(")

    terminal.wait_until(lambda: number_of(terminal) == first)


def number_of(terminal: Terminal) -> int:
    """Return the number of the row that the screen describes as worse, better, new or gone. Return 0 if there is
    none.
    """
    found = re.search(r"(?:Worse|Better|New|Gone)[^.]*: row (\d+) of ", terminal.text())
    return int(found[1]) if found else 0


def test_links_of_a_row_are_copied_over_ssh(start: Start, tmp_path: Path, url: str) -> None:
    write_settings(tmp_path, '[links]\nrunbook = "https://runbooks.example.com/{service}"\n', a=url)
    far = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
    terminal = start("--no-keyring", "--profile", "a", environ=far)
    terminal.wait_until(lambda: rows(terminal))

    place = next(place for place, row in enumerate(rows(terminal)) if "N/A" not in row)
    server = re.findall(r"[\w-]+", rows(terminal)[place])[1]
    terminal.press(*["down"] * place)

    # This server is no site of Datadog, so only the pages of settings.toml are offered.
    says(terminal, "o", f"runbook server {server} yours", "The template is from settings.toml.")
    assert "documented" not in terminal.text()
    terminal.press("enter")
    terminal.wait_for("1 link")

    assert copied(terminal) == [f"https://runbooks.example.com/{server}"]
