"""A real tmux of a test's own."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.installed import needs


@contextmanager
def tmux_server(directory: Path) -> Iterator[dict[str, str]]:
    """The environment of a program in its first pane."""
    needs("tmux")
    environ = {"PATH": os.environ["PATH"], "HOME": str(directory), "LANG": "C.UTF-8", "TERM": "xterm-256color"}
    tmux = ["tmux", "-f", "/dev/null", "-S", str(directory / "socket")]
    subprocess.run([*tmux, "new-session", "-d", "cat"], env=environ, check=True)
    pane = subprocess.run([*tmux, "display", "-p", "#{pid},0"], env=environ, capture_output=True, text=True, check=True)
    try:
        yield {**environ, "TMUX": f"{directory / 'socket'},{pane.stdout.strip()}"}
    finally:
        subprocess.run([*tmux, "kill-server"], env=environ, check=True)


def set_option(tmux: Mapping[str, str], *arguments: str) -> None:
    """`set` of this tmux, with these arguments."""
    subprocess.run(["tmux", "set", *arguments], env=dict(tmux), check=True)
