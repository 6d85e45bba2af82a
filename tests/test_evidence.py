"""Test that each output of a command names the query, the time window and the Datadog site."""

import re
from collections.abc import Iterator

import pytest

from tests.program import demo_url, run

pytestmark = pytest.mark.slow

SEARCH = "client_service:cart"
WINDOW = re.compile(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with demo_url("--rate-limit", "100000/60") as url:
        yield url


@pytest.mark.parametrize(
    "command",
    [
        "query -f json",
        "query -f markdown",
        "query -f mermaid",
        "query -f graphml",
        "query --timeline 15m -f json",
        "query --timeline 15m -f csv",
        "explain --metric tcp_retransmits --yes",
        "explain --metric tcp_retransmits --yes -f json",
        "check --fail-if total_bytes>0",
        "check --fail-if total_bytes>0 -f json",
    ],
)
def test_question_window_and_service_are_told(url: str, command: str) -> None:
    name, *options = command.split()

    done = run(name, "--api-url", url, "-q", SEARCH, *options)

    # Markdown escapes signs.
    said = (done.stdout + done.stderr).replace("\\", "")
    assert SEARCH in said
    assert WINDOW.search(said)
    assert url.rpartition("/")[2] in said
