"""Define keyrings for tests: a real Secret Service, a Secret Service that never replies, and a keyring in
memory.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import keyring
import keyring.backend
import keyring.core
import keyring.errors
import pytest
import secretstorage
from secretstorage.exceptions import SecretStorageException

from tests.installed import needs

_UP_WITHIN_SECONDS = 60

# Without service activation: with it, the first call before our daemon owns the name starts a second, locked one,
# which wins the name (about one run in 25).
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"""

_BLACK_HOLE = """
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
connection = open_dbus_connection(bus="SESSION")
connection.send_and_get_reply(message_bus.RequestName("org.freedesktop.secrets"))
print("up", flush=True)
while True:
    connection.receive()
"""


class SecretService:
    """A real Secret Service for one test, with methods that read its default collection of secrets."""

    def lock(self) -> None:
        with closing(secretstorage.dbus_init()) as connection:
            secretstorage.Collection(connection).lock()

    def usernames(self) -> set[str]:
        """Return the user names of the stored secrets, read directly from the Secret Service."""
        with closing(secretstorage.dbus_init()) as connection:
            items = secretstorage.Collection(connection).search_items({"service": "cnm-tui"})
            return {item.get_attributes()["username"] for item in items}


def _forget_backend() -> None:
    """Clear the cache of backends in the library keyring, which would otherwise keep them until the process ends."""
    keyring.core._keyring_backend = None
    with suppress(KeyError):  # Nothing was kept yet.
        keyring.backend.get_all_keyring.reset()


@contextmanager
def _running(*command: str, **streams: int) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, **streams) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.terminate()
            process.wait(5)


@contextmanager
def _bus(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    configuration = home / "bus.conf"
    configuration.write_text(_BUS, encoding="utf-8")
    command = ("dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address=1")
    with _running(*command, stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", daemon.stdout.readline().decode().strip())
        _forget_backend()
        yield
        _forget_backend()


@pytest.fixture
def own_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a new home folder for this test. Its path is short enough for sockets, and no desktop is configured."""
    home = Path(tempfile.mkdtemp(prefix="home-"))
    for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        directory = home / name.lower()
        directory.mkdir(mode=0o700)
        monkeypatch.setenv(name, str(directory))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "PYTHON_KEYRING_BACKEND", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def secret_service(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """Yield a running gnome-keyring whose default collection is unlocked and empty."""
    needs("dbus-daemon", "gnome-keyring-daemon")
    daemon = ("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
    with (
        _bus(own_home, monkeypatch),
        _running(*daemon, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as running,
    ):
        assert running.stdin is not None
        running.stdin.write(b"a password")  # A line end would be part of it.
        running.stdin.close()
        _wait_until_unlocked()
        _forget_backend()
        yield SecretService()


def _wait_until_unlocked() -> None:
    give_up = time.monotonic() + _UP_WITHIN_SECONDS
    while time.monotonic() < give_up:
        try:
            with closing(secretstorage.dbus_init()) as connection:
                if not secretstorage.Collection(connection).is_locked():
                    return
        except SecretStorageException:
            pass
        time.sleep(0.02)
    pytest.fail("the Secret Service did not come up")


@pytest.fixture
def silent_service(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start a Secret Service for the test. It is registered on the session bus but never replies."""
    needs("dbus-daemon")
    with (
        _bus(own_home, monkeypatch),
        _running(sys.executable, "-c", _BLACK_HOLE, stdout=subprocess.PIPE) as black_hole,
    ):
        assert black_hole.stdout is not None
        assert black_hole.stdout.readline() == b"up\n"
        yield


@pytest.fixture
def bus_without_service(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start a session bus without any Secret Service for the test."""
    needs("dbus-daemon")
    with _bus(own_home, monkeypatch):
        yield


@pytest.fixture
def no_keyring(own_home: Path) -> Iterator[None]:
    """Simulate a machine without a session bus for the test. This is common over ssh."""
    _forget_backend()
    yield
    _forget_backend()


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring that keeps its passwords in memory, for one test."""

    # Too low to be chosen for any test that does not ask for it.
    priority = -1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("No such password!")


@pytest.fixture
def memory_keyring() -> Iterator[MemoryKeyring]:
    """Yield a keyring in memory, which the library keyring uses during the test."""
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    _forget_backend()
