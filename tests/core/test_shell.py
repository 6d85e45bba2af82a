"""Test how texts are quoted for shells, and how long commands are divided into several lines."""

import ast
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnm_tui.core.export.copy_forms import Evidence, copy_forms
from cnm_tui.core.export.question import command_line, curl_line, python_lines, whom_words
from cnm_tui.core.query import Query
from cnm_tui.core.service import Address
from cnm_tui.core.settings import login_command
from cnm_tui.core.shell import joined, pasteable, quoted, shell_lines
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.core.text import cell_width
from cnm_tui.core.time.time_range import Window
from tests.builders import a_connection, a_snapshot
from tests.shells import HOSTILE, SHELLS, UNSEEN, VARIABLES, Commands, found

WINDOW = Window(1_790_000_100, 1_790_001_000)
DATADOG = Address("https://api.datadoghq.eu")
SEARCHES = tuple(
    value for value in HOSTILE if value and value.strip(" \u3000\u00a0") == value and "\u3000" not in value
)


def copied(value: str) -> str:
    whom = whom_words(DATADOG, "datadoghq.eu", value)
    return command_line(Query(search=value), Arrangement(), whom)


def for_curl(value: str) -> str:
    return curl_line(Query(search=value, group_bys=("client_service",)), WINDOW, DATADOG)


def by_hand(value: str) -> str:
    """Return a command with this value, divided into lines as a user copies it from the screen with the mouse."""
    return "\n".join(shell_lines(joined(["cnm-tui", "-q", f"{value}{value} x" * 6, value]), 61))


def read(command: str) -> list[str]:
    """Return the words of a command, parsed by the quoting rules of the shell `sh`."""
    for name, value in VARIABLES.items():
        command = command.replace(f"${name}", value)
    return shlex.split(command.replace("\\\n", ""))


def told(shell: str, folder: Path, lines: Sequence[str]) -> list[list[str]]:
    """Run these lines as one shell script, and return the arguments of each program that the script calls."""
    commands = Commands(folder, "say", "cnm-tui", "curl", "touch", "ls")
    script = folder / "script"
    script.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    ran = subprocess.run(
        [*found(shell), str(script)], env=commands.environ, cwd=folder / "empty", capture_output=True, timeout=60
    )
    assert (ran.stderr, ran.stdout, commands.acted()) == (b"", b"", [])
    return commands.told()


def test_there_are_enough_hostile_values() -> None:
    assert len(SEARCHES) > 150


@pytest.mark.parametrize("shell", SHELLS)
def test_a_quoted_value_arrives_as_it_is(shell: str, tmp_path: Path) -> None:
    values = [*HOSTILE, *UNSEEN]

    arrived = told(shell, tmp_path, [joined(["say", value, f"{value}{value}"]) for value in values])

    assert arrived == [[value, value * 2] for value in values]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("written", [copied, for_curl, by_hand], ids=["command", "curl", "by hand"])
def test_what_is_copied_says_the_same_in_each_shell(written: Callable[[str], str], shell: str, tmp_path: Path) -> None:
    lines = [written(value) for value in SEARCHES]

    arrived = told(shell, tmp_path, lines)

    assert arrived == [read(line)[1:] for line in lines]
    for value, words in zip(SEARCHES, arrived, strict=True):
        assert any(value in word for word in words)


def test_a_backslash_and_a_quote_stand_in_double_quotes_alone() -> None:
    agreed = re.compile(r"""('[^'\\]*'|"'"|"\\\\")+|(?![=~%])[\w./:,@%+=-]+""", re.ASCII)

    assert [value for value in (*HOSTILE, *UNSEEN) if not agreed.fullmatch(quoted(value))] == []


@pytest.mark.parametrize("columns", [20, 21, 40, 41])
@pytest.mark.parametrize("value", ["東京" * 40, "\\" * 60, "'" * 60, "a'東\\" * 30, "a b" * 40])
def test_each_line_is_full_up_to_the_backslash(value: str, columns: int) -> None:
    command = joined(["cnm-tui", "-q", value, "-n", "1"])

    lines = shell_lines(command, columns)

    assert {cell_width(line) for line in lines[:-1]} == {columns}
    assert read("\n".join(lines)) == ["cnm-tui", "-q", value, "-n", "1"]


def test_python_reads_what_was_asked() -> None:
    read_back: list[object] = []
    for value in SEARCHES:
        lines = python_lines(Query(search=value), WINDOW, Address("http://127.0.0.1:1", "nothing"))
        (line,) = (line.strip() for line in lines if line.strip().startswith("query="))
        read_back.append(ast.literal_eval(line.removeprefix("query=").removesuffix(",")))

    assert read_back == list(SEARCHES)


def test_the_command_that_keeps_keys_names_a_profile_as_one_word() -> None:
    assert login_command("prod; touch seen") == "cnm-tui auth login --profile 'prod; touch seen'"


def test_a_command_with_a_character_that_cannot_be_seen_says_that_it_is_copied_as_a_sign() -> None:
    table = arrange(a_snapshot(a_connection()), Arrangement())
    evidence = Evidence(table, (), "", "", Query(), WINDOW, "", None, DATADOG, joined(["cnm-tui", "--profile", "a\nb"]))

    remarks = {form.name: form.remark for form in copy_forms(evidence)}

    assert remarks["command"] == "A character in it cannot be seen, and is copied as a sign."


SEARCH = "client_service:checkout server_service:(payments OR cards) client_env:prod"
WORD = st.text("ab '\"\\$-東é!", max_size=60)
# A line of apostrophes alone could not always be filled.
WORDS = st.lists(WORD.filter(lambda word: "'" * 4 not in word), min_size=1, max_size=6)


def arguments(command: str) -> list[str]:
    """Return the arguments that a shell passes to the program in this command."""
    told = subprocess.run(
        ["/bin/sh", "-c", f"cnm() {{ printf '%s\\0' \"$@\"; }}\n{command}"],
        env={**os.environ, "DD_API_KEY": "one key", "DD_APP_KEY": "another"},
        capture_output=True,
        check=True,
    )
    assert told.stderr == b""
    return told.stdout.decode().split("\0")[:-1]


def test_a_command_that_fits_is_one_line() -> None:
    assert shell_lines("cnm-tui -g client_service", 60) == ["cnm-tui -g client_service"]


def test_a_long_one_is_broken_between_words() -> None:
    lines = shell_lines("cnm-tui -g client_service,server_service -q 'env:prod' --last 15m --sort total_bytes:desc", 40)

    assert lines == [
        "cnm-tui -g                             \\",
        "  client_service,server_service -q     \\",
        "  'env:prod' --last 15m --sort         \\",
        "  total_bytes:desc",
    ]


def test_a_word_longer_than_a_line_is_broken_where_the_line_ends() -> None:
    lines = shell_lines(shlex.join(["cnm-tui", "-q", SEARCH, "-n", "100"]), 40)

    assert lines == [
        "cnm-tui -q                             \\",
        "  'client_service:checkout server_serv'\\",
        "'ice:(payments OR cards) client_env:pr'\\",
        "'od' -n 100",
    ]


@settings(max_examples=60)
@given(WORDS, st.integers(min_value=20, max_value=50))
def test_a_shell_reads_the_lines_as_the_command(words: list[str], columns: int) -> None:
    lines = shell_lines(shlex.join(["cnm", *words]), columns)

    assert arguments("\n".join(lines)) == words
    assert {cell_width(line) for line in lines[:-1]} <= {columns}
    assert cell_width(lines[-1]) < columns


@pytest.mark.parametrize("columns", range(30, 60))
def test_no_line_ends_with_what_fish_reads_otherwise(columns: int) -> None:
    search = r"client_service:checkout\:v2 server_service:payments\-b OR cards\:eu client_env:prod\-b"

    lines = shell_lines(shlex.join(["cnm-tui", "-q", search]), columns)

    # In fish, \b is a backspace, and \' within quotes is an apostrophe.
    assert not [line for line in lines[:-1] if re.search(r"(\\[a-z0-9]|\\')('')*\\$", line)]


@pytest.mark.parametrize("columns", range(45, 120))
def test_a_request_for_curl_still_takes_its_keys_from_the_variables(columns: int) -> None:
    request = curl_line(Query(search=SEARCH), Window(1_790_000_100, 1_790_001_000), Address("https://api.datadoghq.eu"))
    command = request.replace("curl ", "cnm ", 1)

    assert arguments("\n".join(shell_lines(command, columns))) == arguments(command)
    assert "DD-API-KEY: one key" in arguments(command)


def test_each_line_stays_one() -> None:
    assert pasteable(["a\nrm -rf /", "b\r\nc", "d\u2028e"]) == "a⏎rm -rf /\nb␍⏎c\nd\ufffde"


@pytest.mark.parametrize("line", ["web ▸ store", '{"a": "1"}', "Київ\t東京\t1 ms", "", "x" * 100_000])
def test_what_is_harmless_is_as_it_was(line: str) -> None:
    assert pasteable([line]) == line


@given(st.lists(st.text(st.characters()), max_size=5))
def test_no_line_is_lost_and_none_holds_a_control_character(lines: list[str]) -> None:
    text = pasteable(lines)

    assert text.count("\n") == max(0, len(lines) - 1)
    assert text.replace("\n", "").replace("\t", "").isprintable()


@given(st.lists(st.text(st.characters()), max_size=5))
def test_what_may_be_pasted_is_left_alone(lines: list[str]) -> None:
    text = pasteable(lines)

    assert pasteable(text.split("\n")) == text
