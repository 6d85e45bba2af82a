"""Test a program that prints API keys and first asks for a passphrase on the terminal.

The tests use the real programs pass, GnuPG and pinentry.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest

from tests.installed import needs
from tests.program import demo_url
from tests.pty.conftest import Start
from tests.pty.reading import rows

pytestmark = pytest.mark.pty

PASSPHRASE = "jqbtrvde"
"""Letters that are keys of the explorer."""
SETTINGS = '[profiles.default]\napi_key_command = "pass show api"\napp_key_command = "pass show app"\n'
AGENT = "pinentry-program {}\ndefault-cache-ttl 600\nallow-loopback-pinentry\n"
MAKES_A_STORE = (
    f"gpg --batch --pinentry-mode loopback --passphrase {PASSPHRASE} --quick-gen-key trial default default never && "
    "pass init trial && echo 0123456789-an-api-key | pass insert -m api && "
    "echo 9876543210-an-application-key | pass insert -m app; gpgconf --kill gpg-agent"
)


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Yield the environment variables for a locked password store."""
    needs("gpg", "pass", "pinentry-curses")
    # Not in the test's own directory: the path of a socket is short.
    home = tempfile.mkdtemp(prefix="gpg-")
    variables = {"GNUPGHOME": home, "PASSWORD_STORE_DIR": f"{home}/store"}
    Path(home, "gpg-agent.conf").write_text(AGENT.format(shutil.which("pinentry-curses")))
    settings = tmp_path / ".config" / "cnm-tui" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(SETTINGS)
    everything = {**os.environ, "HOME": home, **variables}
    try:
        subprocess.run(["sh", "-c", MAKES_A_STORE], env=everything, check=True, capture_output=True, timeout=60)
        yield variables
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env=everything, check=False)
        shutil.rmtree(home, ignore_errors=True)


def pinentries(home: str) -> list[int]:
    """Return the process ids of all running passphrase prompts that use this GnuPG home folder."""
    return [
        process.pid
        for process in psutil.process_iter(["name"])
        if process.info["name"].startswith("pinentry") and process.environ().get("GNUPGHOME") == home
    ]


def test_a_passphrase_is_typed_where_pass_asks_for_it_and_nowhere_else(start: Start, environ: dict[str, str]) -> None:
    with demo_url() as url:
        line = f'export GPG_TTY="$(tty)"; exec $PROGRAM --no-keyring --api-url {url}'
        terminal = start(shell=line, environ=environ, modern=True)
        terminal.wait_for("Passphrase:")
        assert terminal.modes & {1000, 2004} == set()

        # Given up, it asks no more, and the next key is one for the explorer.
        terminal.press("ctrl+c")
        terminal.wait_for("api_key_command: pass failed")
        assert pinentries(environ["GNUPGHOME"]) == []
        terminal.press("r")
        terminal.wait_for("Passphrase:")
        terminal.type(PASSPHRASE)
        terminal.press("enter")

        terminal.wait_until(lambda: rows(terminal))
        assert not [line for line in terminal.lines() if PASSPHRASE in line]
        assert PASSPHRASE.encode() not in terminal.raw
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.given_back() == []


def test_an_end_while_pass_asks_gives_the_terminal_back_as_it_was(start: Start, environ: dict[str, str]) -> None:
    terminal = start(shell='export GPG_TTY="$(tty)"; exec $PROGRAM --no-keyring', environ=environ)
    terminal.wait_for("Passphrase:")

    terminal.send_signal(signal.SIGTERM)

    assert terminal.wait_exit() == 128 + signal.SIGTERM
    assert [left for left in terminal.given_back() if "flag" in left] == []
    assert pinentries(environ["GNUPGHOME"]) == []
