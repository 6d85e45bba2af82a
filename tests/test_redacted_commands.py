"""Test that no command prints or writes a real name if the option `--redact` is given.

The tests check rows, results of checks, explanations, insights and error messages.
"""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cnm_tui.core.aliases.aliases import has_form_of_alias
from tests.program import demo_url, run

pytestmark = pytest.mark.slow

FIELDS = "client_service,server_service,server_domain,client_host"
WINDOW = ("--from", "now-2h", "--to", "now-1h")
OUR_OWN_WORDS = frozenset({"search", "images", "none", "prod", "data"})
"""Values of the demo that are words of this program, too."""
SECRET = "fraud-scoring.internal.example"
COMMANDS = {
    "rows": ("query", "-g", FIELDS, "-f", "json"),
    "findings": ("query", "-g", FIELDS, "-f", "csv", "--diagnose"),
    "timeline": ("query", "-g", FIELDS, "-n", "200", "--timeline", "2h", "--parts", "2", "--onset", "-f", "json"),
    "graph": ("query", "-g", "client_service,server_service", "-f", "graphml"),
    "report": ("query", "-f", "html", "-q", "client_service:check*"),
    "all rows": ("query", "--all", "-g", FIELDS, "-f", "jsonl"),
    "explanation": ("explain", "--metric", "tcp_retransmits", "--yes", "-f", "json", "-q", "client_service:check*"),
    "verdict": ("check", "-g", "server_domain", "--fail-if", "sum(retransmits)>0", "--warn-if", "critical"),
    "verdict for CI": ("check", "-g", "client_service", "--fail-if", "retransmits>0", "-f", "junit"),
    "insights": ("insights", "-f", "json"),
    "insights in words": ("insights",),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with demo_url("--rate-limit", "100000/60") as url:
        yield url


@pytest.fixture(scope="module")
def names(url: str) -> set[str]:
    """Return every tag value with at least four characters that occurs in the demo's answers and insights."""
    found: set[str] = set()
    for fields in (FIELDS, "client_availability-zone,client_region,client_image_tag,server_team"):
        done = run("query", "--api-url", url, "-g", fields, "-n", "7500", *WINDOW, "-f", "jsonl")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        found |= {value for row in rows for values in row["group_bys"].values() for value in values}
    insights = run("insights", "--api-url", url, "-f", "json").stdout
    found |= set(re.findall(r'"(?:domain_name|dns_\w+|\w+_service|certificate_id)": "([^"]+)"', insights))
    return {name for name in found if len(name) >= 4 and not name.isdigit()} - OUR_OWN_WORDS


@pytest.mark.parametrize("of", COMMANDS)
def test_no_command_prints_a_name(of: str, url: str, names: set[str]) -> None:
    command, *options = COMMANDS[of]
    window = () if command == "insights" or "--timeline" in options else WINDOW

    done = run(command, "--api-url", url, *options, *window, "--redact")

    said = done.stdout + done.stderr
    assert done.returncode in (0, 5), said
    assert re.search(r"[a-z]-\d{1,4}\b", done.stdout)
    assert len(names) > 100
    assert [name for name in sorted(names) if name in said] == []
    assert url.removeprefix("http://") not in said


def test_an_explanation_is_the_same_with_aliases(url: str) -> None:
    asked = ("explain", "--api-url", url, *WINDOW, "--metric", "tcp_retransmits", "--yes", "-f", "json")

    plain, redacted = (json.loads(run(*asked, *more).stdout) for more in ((), ("--redact",)))

    assert [value["lift"] for value in redacted["values"]] == [value["lift"] for value in plain["values"]]
    assert redacted["requests"] == plain["requests"]


@pytest.fixture(scope="module")
def refusing() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802  # http.server's name
            body = json.dumps({"errors": [f"unknown host {SECRET} of team blue-whale {'x' * 300} {SECRET}"]}).encode()
            self.send_response(400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Do nothing, so that the server prints no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    "command",
    [
        ("query",),
        ("query", "--all"),
        ("query", "--timeline", "1h"),
        ("explain", "--metric", "tcp_retransmits", "--yes"),
        ("check", "--fail-if", "critical"),
        ("insights",),
    ],
)
def test_the_service_s_own_words_are_not_repeated(command: tuple[str, ...], refusing: str) -> None:
    done = run(*command, "--api-url", refusing, "--redact")

    assert done.returncode == 1 or done.returncode == 2
    assert "would not answer the query (error-" in done.stderr
    assert not any(word in done.stderr for word in ("fraud", "whale", "xxx", "127.0.0.1"))


@pytest.mark.parametrize("ending", ["json", "jsonl", "csv", "tsv"])
@pytest.mark.parametrize("more", [(), ("--diagnose",), ("--timeline", "2h", "--parts", "2", "--onset")])
def test_an_export_with_aliases_stays_as_it_is(url: str, ending: str, more: tuple[str, ...], tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{name}.{ending}" for name in ("first", "second", "third"))
    run("query", "--api-url", url, "-n", "20", *more, "-o", str(first))

    run("redact", str(first), str(second))
    done = run("redact", str(second), str(third))

    assert "has aliases already; they stay" in done.stderr
    assert third.read_bytes() == second.read_bytes() != first.read_bytes()


def test_names_that_only_look_like_aliases_are_redacted(tmp_path: Path) -> None:
    export, redacted = tmp_path / "a.csv", tmp_path / "b.csv"
    rows = [f"service-{number},client_service:service-{number}" for number in range(40)]
    export.write_text("\n".join(["client_service,id", *rows]) + "\n")

    run("redact", str(export), str(redacted))

    aliases = [line.partition(",")[0] for line in redacted.read_text().splitlines()[1:]]
    assert all(map(has_form_of_alias, aliases))
    assert aliases != [row.partition(",")[0] for row in rows]


@pytest.mark.parametrize("name", ["report.html", "rows.md", "graph.dot", "rows.parquet"])
def test_a_file_whose_names_cannot_be_told_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("checkout")

    done = run("redact", str(tmp_path / name), str(tmp_path / "b"))

    assert done.returncode == 2
    assert "a name cannot be told from other text. Write it again with --redact" in done.stderr
    assert not (tmp_path / "b").exists()


def test_a_recording_holds_names_only_or_aliases_of_one_key_only(url: str, tmp_path: Path) -> None:
    aliases, names, key = (str(tmp_path / name) for name in ("aliases.cnm", "names.cnm", "key"))
    asked = ("query", "--api-url", url, "-n", "5", "-f", "jsonl", "--record")
    first = run(*asked, aliases, "--redact", "--redact-key", key)
    run(*asked, names)

    said = {
        "names into aliases": run(*asked, aliases).stderr,
        "aliases into names": run(*asked, names, "--redact").stderr,
        "another key": run(*asked, aliases, "--redact").stderr,
        "on a schedule": run("record", "--api-url", url, "--once", "-o", aliases).stderr,
        "redacted again": run("redact", aliases, str(tmp_path / "again.cnm")).stderr,
    }
    same_key = run(*asked, aliases, "--redact", "--redact-key", key)
    shown = run("query", "--from-file", aliases, "--redact", "-f", "jsonl")

    assert "holds aliases in place of names. Record into another file." in said["names into aliases"]
    assert "holds names. Record into another file." in said["aliases into names"]
    assert "holds aliases of another key. Name that key by --redact-key FILE" in said["another key"]
    assert "holds aliases in place of names" in said["on a schedule"]
    assert "has aliases already" in said["redacted again"]
    assert same_key.returncode == 0
    # Asked again a moment later; aliases, not their figures, have to be the same.
    assert (
        json.loads(shown.stdout.splitlines()[0])["group_bys"] == json.loads(first.stdout.splitlines()[0])["group_bys"]
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["aliases.cnm", "key", "names.cnm"]


def test_how_to_make_aliases_is_refused_where_none_are_made(url: str, tmp_path: Path) -> None:
    done = run("query", "--api-url", url, "--redact-key", str(tmp_path / "key"))

    assert (done.returncode, done.stdout) == (2, "")
    assert "--redact-key and --keep-subnets are about aliases. Add --redact." in done.stderr
