"""A real tmux for one test."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.installed import needs


@contextmanager
def directory_of_sockets() -> Iterator[Path]:
    """Return a directory with a path short enough for its sockets (107 bytes); a test's own may be too long."""
    with TemporaryDirectory(prefix="cnm-") as directory:
        yield Path(directory)


@contextmanager
def tmux_server() -> Iterator[dict[str, str]]:
    """Yield the environment of a program in its first pane."""
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
    """Run `set` of this tmux with these arguments."""
    subprocess.run(["tmux", "set", *arguments], env=dict(tmux), check=True)
