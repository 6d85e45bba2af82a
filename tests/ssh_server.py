"""Run a real sshd on this machine with its own host keys, to use cnm-tui over ssh."""

import os
import pwd
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

from tests.program import PROGRAM

HOST: Final = "127.0.0.1"
_SSHD: Final = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
_PRIVILEGE_SEPARATION: Final = Path("/run/sshd")
"""The folder of sshd's privilege separation; normally made by the system's start script."""
_UP_WITHIN_SECONDS: Final = 60.0
_PATIENCE_SECONDS: Final = 0.02
_CONFIGURATION: Final = """
Port {port}
ListenAddress {host}
HostKey {directory}/host
AuthorizedKeysFile {directory}/id.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
"""

MISSING: Final = [name for name, path in {"sshd": _SSHD, "ssh": shutil.which("ssh")}.items() if path is None]
"""Programs that are needed but not installed."""


class SshServer:
    """A running sshd, to which tests can connect."""

    def __init__(self, directory: Path, port: int, process: "subprocess.Popen[bytes]") -> None:
        self._directory = directory
        self._process = process
        self.port = port

    def explorer(self, *arguments: str, port: int | None = None, options: tuple[str, ...] = ()) -> list[str]:
        """Return the ssh command line that runs cnm-tui on the server.

        Args:
            arguments: The command line arguments of cnm-tui.
            port: Another port that forwards to the server, for example the port of a simulated slow network line.
            options: Additional options of ssh.
        """
        remote = f"HOME={self._directory} LANG=C.UTF-8 exec {shlex.join([PROGRAM, *arguments])}"
        settings = {
            "UserKnownHostsFile": str(self._directory / "known_hosts"),
            "StrictHostKeyChecking": "no",
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "LogLevel": "ERROR",
        }
        told = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
        user = pwd.getpwuid(os.geteuid()).pw_name
        identity = str(self._directory / "id")
        where = ["-p", str(port or self.port), f"{user}@{HOST}"]
        return ["ssh", "-F", "/dev/null", "-t", "-i", identity, *told, *options, *where, remote]

    def sessions(self) -> list[int]:
        """Return the process ids of all running sessions of this server."""
        return [child.pid for child in psutil.Process(self._process.pid).children(recursive=True)]


@contextmanager
def ssh_server(directory: Path) -> Iterator[SshServer]:
    """Yield a running sshd that accepts the current user. All its files are in this directory."""
    assert _SSHD is not None
    for name in ("host", "id"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / name)], check=True)
    if os.geteuid() == 0:
        _PRIVILEGE_SEPARATION.mkdir(mode=0o755, parents=True, exist_ok=True)
    port = _free_port()
    configuration = directory / "sshd_config"
    configuration.write_text(_CONFIGURATION.format(port=port, host=HOST, directory=directory), encoding="utf-8")
    log = directory / "sshd.log"
    # In the foreground, so that it ends with us.
    with subprocess.Popen(
        [_SSHD, "-D", "-f", str(configuration), "-E", str(log)], env={"PATH": os.environ["PATH"]}
    ) as process:
        try:
            _wait_until_up(port, process, log)
            yield SshServer(directory, port, process)
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _wait_until_up(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + _UP_WITHIN_SECONDS
    while True:
        try:
            socket.create_connection((HOST, port)).close()
            return
        except ConnectionRefusedError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"sshd did not come up: {log.read_text(encoding='utf-8')}") from None
            time.sleep(_PATIENCE_SECONDS)
