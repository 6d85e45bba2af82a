"""Test the requests that users can copy from cnm-tui for curl and Python. The demo server must answer them
correctly.
"""

import contextlib
import io
import json
import os
import shutil
import subprocess
from typing import Any

import pytest

from cnm_tui.core.export.question import curl_line, python_lines
from cnm_tui.core.query import Query
from cnm_tui.core.service import Address
from cnm_tui.core.time.time_range import Window
from tests.demo.asking import NOW, get

WINDOW = Window(NOW - 900, NOW)
KEYS = {"DD_API_KEY": "any", "DD_APP_KEY": "any", "DD_ACCESS_TOKEN": "any"}
QUESTIONS = [
    Query(limit=20),
    Query(group_bys=("client_service", "server_kube-labels"), search='client_service:"検索" OR server_service:prüfung'),
    Query(search='NOT (client_service:\'$(id)\' OR server_service:"it\\"s `x`")', limit=3),
    Query(group_bys=(), tags=("client_service:検索",)),
]


@pytest.fixture(scope="session")
def curl() -> str:
    """Return the path of the installed program curl. If it is not installed, skip the test.

    If the environment variable CNM_TUI_TESTS_NEVER_SKIP is set, the test fails instead.
    """
    found = shutil.which("curl")
    if found is None:
        if os.environ.get("CNM_TUI_TESTS_NEVER_SKIP"):
            pytest.fail("there is no curl here; install the package curl")
        pytest.skip("there is no curl here")
    return found


def sent_by_curl(line: str, curl: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.path.dirname(curl), **KEYS}
    return subprocess.run(["/bin/sh", "-c", line], env=environ, capture_output=True, text=True, check=False)


def sent_by_python(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    printed = io.StringIO()
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(printed):
        exec(compile("\n".join(lines), "the request", "exec"), names)
    assert len(printed.getvalue().splitlines()) == len(names["answer"].data)
    return list(names["answer"].to_dict()["data"])


def answered(url: str, query: Query) -> list[Any]:
    """Return the data that the demo server sends for this query."""
    said: dict[str, object] = {"from": WINDOW.start, "to": WINDOW.end, "limit": query.limit}
    for name, text in {
        "group_by": ",".join(query.group_bys),
        "query": query.search,
        "tags": ",".join(query.tags),
    }.items():
        said |= {name: text} if text else {}
    return list(get(url, parameters=said).content["data"])


@pytest.mark.parametrize("query", QUESTIONS, ids=str)
@pytest.mark.parametrize("signed_by", ["keys", "token"])
def test_curl_gets_the_answer_to_the_question(curl: str, url: str, query: Query, signed_by: Any) -> None:
    done = sent_by_curl(curl_line(query, WINDOW, Address(url, signed_by)), curl)

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["data"] == answered(url, query)


@pytest.mark.parametrize("query", QUESTIONS, ids=str)
@pytest.mark.parametrize("signed_by", ["keys", "token"])
def test_python_gets_the_answer_to_the_question(
    monkeypatch: pytest.MonkeyPatch, url: str, query: Query, signed_by: Any
) -> None:
    rows = sent_by_python(python_lines(query, WINDOW, Address(url, signed_by)), monkeypatch)

    assert rows == answered(url, query)


def test_some_of_the_questions_have_answers(url: str) -> None:
    assert all(answered(url, query) for query in QUESTIONS[:2])


def test_an_address_of_ipv6_is_no_set_of_addresses_to_curl(curl: str) -> None:
    done = sent_by_curl(curl_line(Query(), WINDOW, Address("http://[::1]:9", "nothing")), curl)

    assert "bad range" not in done.stderr
    assert done.returncode == 7, "curl's number for a connection that is refused"
