"""Test the demo's HTTP server when it runs as a child process."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def child(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "cnm_tui.demo", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def services(url: str) -> list[str]:
    with urllib.request.urlopen(f"{url}/api/v2/network/connections/aggregate?group_by=client_service") as reply:
        return [row["id"] for row in json.load(reply)["data"]]


def test_its_first_line_is_a_url_that_answers_without_keys() -> None:
    with child() as (_, url):
        assert url.startswith("http://127.0.0.1:")
        assert "client_service:checkout" in services(url)


def test_it_ends_at_once_when_its_standard_input_does() -> None:
    with child() as (process, url):
        services(url)
        assert process.stdin is not None
        process.stdin.close()

        assert process.wait(timeout=60) == 0


def test_it_ends_even_while_it_is_still_inventing_its_estate() -> None:
    with child() as (process, _):
        assert process.stdin is not None
        process.stdin.close()

        assert process.wait(timeout=60) == 0


def test_it_ends_when_its_parent_is_killed() -> None:
    # The child writes its URL to the standard output that it inherits.
    program = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'cnm_tui.demo'], stdin=subprocess.PIPE)\n"
        "child.wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        services(url)
        parent.kill()

        # The child holds the other end of this pipe: it ends only when the child does.
        assert parent.stdout.read() == ""

    with pytest.raises(urllib.error.URLError):
        services(url)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal to send")
def test_an_interrupt_from_the_terminal_is_left_to_the_parent() -> None:
    with child() as (process, url):
        process.send_signal(signal.SIGINT)

        assert services(url)


def test_it_takes_a_seed_and_a_rate_limit() -> None:
    with child("--seed", "2", "--rate-limit", "1/86400") as (_, url):
        services(url)
        with pytest.raises(urllib.error.HTTPError) as refused:
            services(url)

    with refused.value:
        assert refused.value.code == 429


def test_a_wrong_rate_limit_is_explained() -> None:
    command = [sys.executable, "-m", "cnm_tui.demo", "--rate-limit", "often"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)

    assert done.returncode == 2
    assert "That rate limit is not N/S. Write calls per seconds: 120/60." in done.stderr
