"""Start a real tmux server for one test."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.installed import needs


@contextmanager
def directory_of_sockets() -> Iterator[Path]:
    """Yield a new directory whose path is short enough for Unix sockets (107 bytes).

    The temporary directory that pytest creates for a test may have a path that is too long.
    """
    with TemporaryDirectory(prefix="cnm-") as directory:
        yield Path(directory)


@contextmanager
def tmux_server() -> Iterator[dict[str, str]]:
    """Yield the environment variables of a program that runs in the first pane of a new tmux server."""
    needs("tmux")
    with directory_of_sockets() as directory:
        environ = {"PATH": os.environ["PATH"], "HOME": str(directory), "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        tmux = ["tmux", "-f", "/dev/null", "-S", str(directory / "socket")]
        subprocess.run([*tmux, "new-session", "-d", "cat"], env=environ, check=True)
        try:
            asked = [*tmux, "display", "-p", "#{pid},0"]
            pane = subprocess.run(asked, env=environ, capture_output=True, text=True, check=True)
            yield {**environ, "TMUX": f"{directory / 'socket'},{pane.stdout.strip()}"}
        finally:
            subprocess.run([*tmux, "kill-server"], env=environ, check=True)


def set_option(tmux: Mapping[str, str], *arguments: str) -> None:
    """Run the tmux command `set` with these arguments, to change an option of this tmux server."""
    subprocess.run(["tmux", "set", *arguments], env=dict(tmux), check=True)
