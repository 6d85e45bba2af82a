"""A command on several lines is the one it was, whatever a mouse takes along with it."""

import os
import re
import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnm_tui.core.export.request_text import curl_line
from cnm_tui.core.query import Query
from cnm_tui.core.service.request import Address
from cnm_tui.core.shell.lines import shell_lines
from cnm_tui.core.text import cell_width
from cnm_tui.core.time.time_range import Window

SEARCH = "client_service:checkout server_service:(payments OR cards) client_env:prod"
WORD = st.text("ab '\"\\$-東é!", max_size=60)
# A line of apostrophes alone could not always be filled.
WORDS = st.lists(WORD.filter(lambda word: "'" * 4 not in word), min_size=1, max_size=6)


def arguments(command: str) -> list[str]:
    """What a shell makes of it, in which `cnm-tui` says what it was given."""
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

    # Of fish \b is a backspace, and \' within quotes an apostrophe.
    assert not [line for line in lines[:-1] if re.search(r"(\\[a-z0-9]|\\')('')*\\$", line)]


@pytest.mark.parametrize("columns", range(45, 120))
def test_a_request_for_curl_still_takes_its_keys_from_the_variables(columns: int) -> None:
    request = curl_line(Query(search=SEARCH), Window(1_790_000_100, 1_790_001_000), Address("https://api.datadoghq.eu"))
    command = request.replace("curl ", "cnm ", 1)

    assert arguments("\n".join(shell_lines(command, columns))) == arguments(command)
    assert "DD-API-KEY: one key" in arguments(command)
