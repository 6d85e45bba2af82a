"""Test that API keys do not leak. The test keys contain a mark, and all written data is searched for the mark.

The tests run every command. The API keys may be only in request headers and in the stores that the user
chose. They must not be in anything that is printed, drawn, copied, remembered, exported or left by a crash.
They must also not be in the arguments or the environment of a child process.
"""

import base64
import json
import os
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import click
import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest

from cnm_tui.cli import explore
from cnm_tui.core.endpoint import CONNECTIONS
from tests.program import PROGRAM, environment
from tests.pty.conftest import Start
from tests.pty.terminal import Terminal
from tests.store.conftest import SecretService, own_home, secret_service

pytestmark = pytest.mark.pty
__all__ = ["own_home", "secret_service"]

MARK: Final = "planted-0a1b2c3d"
API_KEY: Final = f"{MARK}-api-4e5f"
APPLICATION_KEY: Final = f"{MARK}-application-6a7b"
TOKEN: Final = f"ddpat_{MARK}-token-8c9d"
TYPED: Final = f"{API_KEY}\n{APPLICATION_KEY}\n"
_PATIENCE_SECONDS: Final = 60
_LOOK_SECONDS: Final = 0.002

COMMANDS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "query": (
        ("query", "-f", "json"),
        ("query", "-f", "csv", "-o", "rows.csv"),
        ("query", "-q", "server_env:prod", "--view", "Resets", "-f", "table"),
        ("query", "-q", '"'),
        ("query", "--site", "nowhere"),
        ("query", "--api-url", "http://127.0.0.1:1"),
        ("query", "--demo", "-n", "1"),
        ("query", "--record", "kept.cnm"),
        ("query", "--from-file", "kept.cnm", "-f", "json"),
        ("query", "--timeline", "1h", "-f", "jsonl"),
        ("query", "--dns", "-f", "json"),
    ),
    "explain": (("explain", "--metric", "tcp_retransmits", "--yes"),),
    "check": (("check", "--fail-if", "critical", "-f", "json"),),
    "insights": (("insights", "-f", "json"),),
    "replay": (("replay", "nowhere.cnm"),),
    "record": (("record", "--view", "nowhere", "-o", "scheduled.cnm"),),
    "redact": (("redact", "kept.cnm", "redacted.cnm"),),
    "report": (("report", "kept.cnm", "-o", "report.html"),),
    "export": (("export", "kept.cnm", "--parquet", "parquet"),),
    "auth": (("auth", "status"), ("auth", "status", "--no-keyring"), ("auth", "status", "--profile", "other")),
    "doctor": (("doctor",), ("doctor", "--json", "--api-url", "http://127.0.0.1:1"), ("doctor", "--demo")),
    "demo": (("demo", "--port", "-1"),),
    "config": (("config", "path"), ("config", "check"), ("config", "init")),
    "completion": (("completion", "bash"),),
    "help": (("help",), ("help", "keys")),
    "": (("--version",), ("--help",), ()),
}
"""Ways to run each command to its end; `auth login` and `auth logout` store and remove keys."""

CRASHING: Final = """
import os, threading, time
tell = time.time

def time_told():
    is_beside = threading.current_thread() is not threading.main_thread()
    if is_beside and os.path.exists(os.path.join(os.environ["HOME"], "break")):
        raise RuntimeError("a bug beside the keys")
    return tell()

time.time = time_told
"""
"""A Python startup file that breaks the program in a frame below those that hold keys.

It does not break the network: any exception there becomes a named error.
"""


def test_every_command_is_driven() -> None:
    context = click.Context(explore)
    auth = explore.get_command(context, "auth")

    assert {name for name in COMMANDS if name} == set(explore.list_commands(context))
    assert isinstance(auth, click.Group)
    assert set(auth.commands) == {"login", "logout", "status"}


class Service:
    """An HTTP service that answers with one row or refuses the request, and records what it received."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.headers: list[tuple[str, str]] = []
        self.refuses = False
        self.url = ""

    def reply(self) -> tuple[int, bytes]:
        if self.refuses:
            return 403, json.dumps({"errors": ["Forbidden"]}).encode()
        row = {
            "id": "client_service:web, server_service:store",
            "type": "aggregated_connection",
            "attributes": {
                "group_bys": {"client_service": ["web"], "server_service": ["store"]},
                **dict.fromkeys(CONNECTIONS.counted_keys, 1_000),
            },
        }
        return 200, json.dumps({"data": [row]}).encode()


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802  # the name that the standard library asks for
            service.lines.append(self.requestline)
            service.headers += [(name.lower(), text) for name, text in self.headers.items()]
            code, body = service.reply()
            self.send_response(code)
            self.send_header("content-length", str(len(body)))
            self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Do nothing, so that the server writes no log to the terminal of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        service.url = f"http://127.0.0.1:{server.server_port}"
        yield service
        server.shutdown()
        thread.join()


class Witness:
    """A home folder in which cnm-tui runs, with a record of all output and all data passed to child processes."""

    def __init__(self, home: Path, start: Start) -> None:
        self.home = home
        self.environ: dict[str, str] = {}
        self.written: list[bytes] = []
        self.told: list[bytes] = []
        self._start = start
        self.vault = home / "vault"
        for directory in (self.vault, home / "tmp", home / ".config" / "cnm-tui"):
            directory.mkdir(parents=True, mode=0o700)

    def run(self, *arguments: str, typed: str = "") -> int:
        process = subprocess.Popen(
            [PROGRAM, *arguments],
            cwd=self.home,
            env=environment(str(self.home), {"TMPDIR": str(self.home / "tmp"), **self.environ}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with self.watching(process.pid):
            self.written += process.communicate(typed.encode(), timeout=_PATIENCE_SECONDS)
        return process.returncode

    @contextmanager
    def screen(self, *arguments: str, **environ: str) -> Iterator[Terminal]:
        more = {"TMPDIR": str(self.home / "tmp"), **self.environ, **environ}
        terminal = self._start(*arguments, environ=more)
        with self.watching(terminal.process.pid):
            yield terminal
        self.written.append(terminal.raw)

    @contextmanager
    def watching(self, pid: int) -> Iterator[None]:
        """Record the arguments and environment variables of cnm-tui and its child processes during the `with`
        block.
        """
        over = threading.Event()

        def watch() -> None:
            while not over.wait(_LOOK_SECONDS):
                with suppress(psutil.Error):
                    program = psutil.Process(pid)
                    own = program.cmdline()
                    self.told.append(repr(own).encode())
                    for child in program.children(recursive=True):
                        # Until it runs what it is for, a child is the program itself, with its memory.
                        if (words := child.cmdline()) != own:
                            self.told.append(repr((words, child.environ())).encode())

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def settings(self, *lines: str) -> None:
        (self.home / ".config" / "cnm-tui" / "settings.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def vaulted(self, name: str, key: str) -> str:
        """Return a setting that names a program which prints this API key.

        The function creates the program. The program also records its environment variables.
        """
        held, program = self.vault / name, self.home / f"print-{name}"
        held.write_text(key, encoding="utf-8")
        program.write_text(
            f"#!/bin/sh\ntr '\\0' '\\n' < /proc/self/environ >> told-{name}\ncat {held}\n", encoding="utf-8"
        )
        program.chmod(0o700)
        return f'["{program}"]'

    def files(self) -> Iterator[Path]:
        """Return all files in the home folder, except the files in which the API keys are stored."""
        return (path for path in self.home.rglob("*") if path.is_file() and self.vault not in path.parents)


@pytest.fixture
def witness(tmp_path: Path, start: Start) -> Witness:
    return Witness(tmp_path, start)


def holds_a_key(written: bytes) -> bool:
    """Return True if the bytes contain an API key, either plain or in base64 as sent to a clipboard."""
    marks = [MARK.encode()]
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + MARK.encode())
        marks.append(encoded[4:-4])
    return any(mark in written for mark in marks)


def in_environment(witness: Witness, service: Service) -> None:
    witness.environ.update(DD_API_KEY=API_KEY, DD_APP_KEY=APPLICATION_KEY)
    witness.settings("[profiles.default]", f'api_url = "{service.url}"')


def as_a_token(witness: Witness, service: Service) -> None:
    witness.environ["DD_ACCESS_TOKEN"] = TOKEN
    witness.settings("[profiles.default]", f'api_url = "{service.url}"')


def by_a_command(witness: Witness, service: Service) -> None:
    witness.settings(
        "[profiles.default]",
        f'api_url = "{service.url}"',
        f"api_key_command = {witness.vaulted('api', API_KEY)}",
        f"app_key_command = {witness.vaulted('application', APPLICATION_KEY)}",
    )


def in_a_file(witness: Witness, service: Service) -> None:
    witness.settings("[profiles.default]", f'api_url = "{service.url}"')
    assert witness.run("auth", "login", "--insecure-storage", typed=TYPED) == 0


PLANTED: Final = (in_environment, as_a_token, by_a_command, in_a_file)


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_keys_are_sent_and_kept_and_go_nowhere_else(
    witness: Witness, service: Service, plant: Callable[[Witness, Service], None]
) -> None:
    plant(witness, service)

    drive(witness, service)

    where_kept = {path for path in witness.files() if path.parent.name == "keys"}
    assert bool(where_kept) == (plant is in_a_file)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in where_kept)
    search(witness, service, where_kept)
    assert witness.run("auth", "logout") in (0, 4)
    search(witness, service, set())


def test_keys_typed_for_the_keyring_go_there_and_nowhere_else(
    witness: Witness, service: Service, secret_service: SecretService
) -> None:
    witness.environ["DBUS_SESSION_BUS_ADDRESS"] = os.environ["DBUS_SESSION_BUS_ADDRESS"]
    witness.settings("[profiles.default]", f'api_url = "{service.url}"')
    with witness.screen("auth", "login") as terminal:
        terminal.wait_for("API key:")
        terminal.type(API_KEY)
        terminal.press("enter")
        terminal.wait_for("Application key:")
        terminal.type(APPLICATION_KEY)
        terminal.press("enter")
        assert terminal.wait_exit() == 0
    assert secret_service.usernames() == {"default/api_key", "default/application_key"}

    drive(witness, service)

    search(witness, service, set())
    assert witness.run("auth", "logout") == 0
    assert secret_service.usernames() == set()


def drive(witness: Witness, service: Service) -> None:
    """Use all features of cnm-tui: each command, the screen with storing and copying, a refused request, and a
    crash.
    """
    for ways in COMMANDS.values():
        for arguments in ways:
            witness.run(*arguments)
    with witness.screen(SSH_TTY="/dev/pts/9") as terminal:
        terminal.wait_for("→ store")
        look_around(terminal)
        service.refuses = True
        terminal.press("r")
        terminal.wait_for("refused what was asked")
        witness.run("query")
        service.refuses = False
        terminal.press("q")
        assert terminal.wait_exit() == 0
    crash(witness)


def look_around(terminal: Terminal) -> None:
    """Use the screen: search, copy rows in several ways, and save a view."""
    terminal.press("e")
    terminal.type("server_service:store")
    terminal.press("enter")
    terminal.wait_until(lambda: "⌕ server_service:store" in terminal.text() and "→ store" in terminal.text())
    terminal.press("y")
    terminal.wait_for("sent to the terminal's clipboard.")
    terminal.press("Y")
    terminal.wait_for("─ Copy as ─")
    terminal.press("enter")
    terminal.wait_until(lambda: "─ Copy as ─" not in terminal.text())
    terminal.press("v")
    terminal.wait_for("─ Views ─")
    terminal.press("ctrl+s")
    terminal.type("Kept")
    terminal.press("enter")
    terminal.wait_for("Kept")
    terminal.press("esc")
    terminal.wait_until(lambda: "─ Views ─" not in terminal.text())


def crash(witness: Witness) -> None:
    """Crash cnm-tui in the middle of a request, while API keys are in local variables of the traceback."""
    (witness.home / "sitecustomize.py").write_text(CRASHING, encoding="utf-8")
    with witness.screen(PYTHONPATH=str(witness.home)) as terminal:
        terminal.wait_for("→ store")
        (witness.home / "break").touch()
        terminal.press("r")
        assert terminal.wait_exit() == 1
        assert b"stopped by an internal error" in terminal.raw
    assert [path for path in witness.files() if path.name.startswith("crash-")]


def search(witness: Witness, service: Service, where_kept: set[Path]) -> None:
    """Check that API keys are only in request headers and in the stores that the user chose.

    Args:
        where_kept: The paths of the files in which API keys are allowed.
    """
    assert any(holds_a_key(text.encode()) for _, text in service.headers)
    assert {name for name, text in service.headers if holds_a_key(text.encode())} <= {
        "dd-api-key",
        "dd-application-key",
        "authorization",
    }
    assert [line for line in service.lines if holds_a_key(line.encode())] == []
    assert [written for written in witness.written if holds_a_key(written)] == []
    assert [told for told in witness.told if holds_a_key(told)] == []
    assert {path for path in witness.files() if holds_a_key(path.read_bytes())} == where_kept


def test_the_search_would_find_a_key() -> None:
    copied = base64.b64encode(f"web {API_KEY} store".encode())

    assert holds_a_key(f"key: {API_KEY}.".encode())
    assert holds_a_key(copied)
    assert not holds_a_key(base64.b64encode(b"client_service:web, server_service:store"))
