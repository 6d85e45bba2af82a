"""The request for a shell and for Python says what was asked, and nothing in it acts."""

import ast
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnm_tui.core.export.request_text import curl_line, python_lines
from cnm_tui.core.query import Query
from cnm_tui.core.service.request import Address, parameters
from cnm_tui.core.time.time_range import Window
from tests.questions import queries

WINDOW = Window(1_790_000_100, 1_790_001_000)
DATADOG = Address("https://api.datadoghq.eu")
VARIABLES = {"DD_API_KEY": "one key", "DD_APP_KEY": "another", "DD_ACCESS_TOKEN": "a token"}
HOSTILE = (
    "$(touch seen) `touch seen` ${HOME} !! ; touch seen | & > seen",
    """it's "quoted" \\ and \\' so on""",
    "'; touch seen; '",
    '"""\' + open("seen") + """',
    "@seen",
    "-o seen",
    "%00%27 a=b&c=d#e",
    "检索 OR prüfung",
)


@pytest.fixture(scope="module")
def no_curl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `curl` that only says what it was given."""
    folder = tmp_path_factory.mktemp("path")
    curl = folder / "curl"
    curl.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n", encoding="utf-8")
    curl.chmod(0o755)
    return folder


def arguments(line: str, folder: Path) -> list[str]:
    """What a shell gives to the program that the line begins with."""
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        env={"PATH": str(folder), **VARIABLES},
        cwd=folder,
        capture_output=True,
        check=True,
    )
    assert (done.stderr, os.listdir(folder)) == (b"", ["curl"])
    return done.stdout.decode().split("\0")[:-1]


def said_by_curl(line: str, folder: Path) -> list[tuple[str, str]]:
    """The parameters that curl would send."""
    words = arguments(line, folder)
    pairs = [words[at + 1] for at, word in enumerate(words) if word == "--data-urlencode"]
    return [(name, value) for name, _, value in (pair.partition("=") for pair in pairs)]


def said_by_python(lines: list[str]) -> Mapping[str, Any]:
    """The parameters that the official client is called with; no other call has an argument of ours."""
    (call,) = (
        node
        for node in ast.walk(ast.parse("\n".join(lines)))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("get_aggregated_connections")
    )
    return {keyword.arg or "": ast.literal_eval(keyword.value) for keyword in call.keywords}


@settings(max_examples=40)
@given(query=st.one_of(queries(), st.sampled_from(HOSTILE).map(lambda search: Query(search=search))))
def test_a_shell_hands_curl_what_was_asked_whatever_stands_in_it(no_curl: Path, query: Query) -> None:
    line = curl_line(query, WINDOW, DATADOG)

    assert said_by_curl(line, no_curl) == parameters(query, WINDOW)
    assert "\n" not in line


@given(query=st.one_of(queries(), st.sampled_from(HOSTILE).map(lambda search: Query(search=search))))
def test_python_is_told_what_was_asked_whatever_stands_in_it(query: Query) -> None:
    said = said_by_python(python_lines(query, WINDOW, DATADOG))

    named = {"_from" if name == "from" else name: value for name, value in parameters(query, WINDOW)}
    assert {name: str(value) for name, value in said.items()} == named
    assert [type(said[name]) for name in ("_from", "to", "limit")] == [int] * 3


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (DATADOG, ["DD-API-KEY: one key", "DD-APPLICATION-KEY: another"]),
        (Address("https://api.datadoghq.eu", "token"), ["Authorization: Bearer a token"]),
        (Address("http://127.0.0.1:8080", "nothing"), []),
    ],
    ids=str,
)
def test_curl_takes_the_keys_from_the_variables(no_curl: Path, address: Address, headers: list[str]) -> None:
    words = arguments(curl_line(Query(), WINDOW, address), no_curl)

    assert [words[at + 1] for at, word in enumerate(words) if word == "-H"] == headers
    assert f"{address.url}/api/v2/network/connections/aggregate" in words
