"""Test `query --profile a --profile b`, which requests rows from both profiles and prints one table.

Each profile must use its own API keys and its own site.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.api.scripted_server import ONE_ROW
from tests.program import Done, run
from tests.wide_server import serving
from tests.wide_world import FIELDS, WideWorld

pytestmark = pytest.mark.slow


@contextmanager
def service(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """Yield the URL of a server that answers with one row, and the list of access tokens that it has received."""
    tokens: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802  # http.server's name
            tokens.append(self.headers["Authorization"])
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(ONE_ROW)))
            self.end_headers()
            self.wfile.write(ONE_ROW)

        def log_message(self, *_arguments: object) -> None:
            """Do nothing, so that the server prints no log."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}", tokens
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def ask(folder: Path, *arguments: str, **urls: str) -> Done:
    """Run `query` with one profile for each of these URLs. Each profile has its own access token."""
    (folder / "cnm-tui").mkdir(exist_ok=True)
    profiles = (
        f'[profiles.{name}]\napi_url = "{url}"\naccess_token_command = "echo token-of-{name}-1234567890"\n'
        for name, url in urls.items()
    )
    (folder / "cnm-tui/settings.toml").write_text("".join(profiles))
    named = [word for name in urls for word in ("--profile", name)]
    environ = {"XDG_CONFIG_HOME": str(folder)}
    return run("query", "--no-keyring", *named, "-g", "client_service", *arguments, environ=environ)


def test_each_profile_gets_its_own_key_and_its_rows_name_it(tmp_path: Path) -> None:
    with ExitStack() as stack:
        one, to_one = stack.enter_context(service())
        other, to_other = stack.enter_context(service())

        done = ask(tmp_path, "--sort", "profile:asc", "-f", "csv", one=one, other=other)

    assert [line.split(",")[0] for line in done.stdout.splitlines()] == ["profile", "one", "other"]
    assert to_one == ["Bearer token-of-one-1234567890"]
    assert to_other == ["Bearer token-of-other-1234567890"]


def test_a_failing_profile_is_named_and_the_rows_of_the_other_are_printed(tmp_path: Path) -> None:
    with ExitStack() as stack:
        one, _ = stack.enter_context(service())
        other, _ = stack.enter_context(service(500))

        done = ask(tmp_path, "-f", "json", one=one, other=other)

    said = json.loads(done.stdout)
    assert done.returncode == 0
    assert [row["group_bys"]["profile"] for row in said["connections"]] == [["one"]]
    assert said["cut_at_the_limit"]
    assert said["warning"].startswith("other has no rows here: ")
    assert "cnm-tui: 1 row; other failed." in done.stderr


def test_no_profile_answering_is_a_failure(tmp_path: Path) -> None:
    with ExitStack() as stack:
        one, _ = stack.enter_context(service(500))
        other, _ = stack.enter_context(service(500))

        done = ask(tmp_path, one=one, other=other)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("cnm-tui: one: ")


def test_all_rows_of_several_profiles_are_asked_for_beside_one_that_fails(tmp_path: Path) -> None:
    worlds = {"one": WideWorld(9_000, seed=1), "other": WideWorld(300, seed=2)}
    with ExitStack() as stack:
        urls = {name: stack.enter_context(serving(world)) for name, world in worlds.items()}
        broken, _ = stack.enter_context(service(500))

        done = ask(tmp_path, "-g", ",".join(FIELDS), "--all", "-f", "csv", broken=broken, **urls)

    profiles = Counter(line.partition(",")[0] for line in done.stdout.splitlines()[1:])
    assert profiles == {"one": 9_000, "other": 300}
    assert "1 request to each profile if one answer has them" in done.stderr
    assert "cnm-tui: 9,300 rows; broken failed." in done.stderr


def test_each_part_of_a_timeline_names_the_profile_that_failed(tmp_path: Path) -> None:
    with ExitStack() as stack:
        one, _ = stack.enter_context(service())
        broken, _ = stack.enter_context(service(500))

        done = ask(tmp_path, "--timeline", "1h", "--parts", "3", "-f", "csv", one=one, broken=broken)

    assert [line.partition(",")[0] for line in done.stdout.splitlines()] == ["profile", *["one"] * 3]
    assert "Each of 2 profiles is asked." in done.stderr
    assert "3 parts: broken failed: a row that is missing there is unknown." in done.stderr


@pytest.mark.parametrize("more", [("--redact",), ("--record", "kept.cnm"), ("--from-file", "kept.cnm")])
def test_what_needs_one_profile_is_refused_before_anything_is_asked(tmp_path: Path, more: tuple[str, ...]) -> None:
    (tmp_path / "kept.cnm").touch()
    with ExitStack() as stack:
        one, to_one = stack.enter_context(service())
        other, to_other = stack.enter_context(service())

        arguments = (more[0], *(str(tmp_path / name) for name in more[1:]))
        done = ask(tmp_path, *arguments, one=one, other=other)

    assert (done.returncode, to_one, to_other) == (2, [], [])
    assert "Several profiles have no recording and no aliases. Leave out --record, --redact" in done.stderr


@pytest.mark.parametrize(
    "command", [("check",), ("explain", "--metric", "rtt"), ("record", "-o", "x.cnm"), ("doctor",)]
)
def test_other_commands_ask_one_profile(command: tuple[str, ...]) -> None:
    done = run(*command, "--profile", "a", "--profile", "b")

    assert done.returncode == 2
    assert "This command asks one profile." in done.stderr
