"""A real tmux of a test's own."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.installed import needs


@contextmanager
def directory_of_sockets() -> Iterator[Path]:
    """One whose path leaves room in theirs, of 107 bytes at most; that of a test's own directory may be longer."""
    with TemporaryDirectory(prefix="cnm-") as directory:
        yield Path(directory)


@contextmanager
def tmux_server() -> Iterator[dict[str, str]]:
    """The environment of a program in its first pane."""
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
    """`set` of this tmux, with these arguments."""
    subprocess.run(["tmux", "set", *arguments], env=dict(tmux), check=True)
