"""Define fixtures that run the installed cnm-tui in a pseudo-terminal, with its own home folder and without API
keys.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

if sys.platform == "win32":
    collect_ignore_glob = ["test_*.py"]
else:
    from tests.program import PROGRAM, environment
    from tests.pty.reading import rows
    from tests.pty.terminal import Terminal

NARROW = (80, 24)
WIDE = (200, 50)


class Start(Protocol):
    """The type of a function that starts cnm-tui in a pseudo-terminal."""

    def __call__(
        self,
        *arguments: str,
        size: tuple[int, int] = NARROW,
        environ: Mapping[str, str] = ...,
        modern: bool = False,
        shell: str = "",
    ) -> "Terminal":
        """Start cnm-tui with these command line arguments and environment variables, and return its terminal.

        Args:
            size: The columns and rows of the terminal.
            modern: True for a terminal like kitty, False for a terminal like xterm.
            shell: A command line for sh that calls `$PROGRAM`. If it is empty, cnm-tui is started directly.
        """


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as open_terminals:

        def start(
            *arguments: str,
            size: tuple[int, int] = NARROW,
            environ: Mapping[str, str] | None = None,
            modern: bool = False,
            shell: str = "",
        ) -> "Terminal":
            env = environment(str(tmp_path), {"PROGRAM": PROGRAM, **(environ or {})})
            argv = ["/bin/sh", "-c", shell] if shell else [PROGRAM, *arguments]
            return open_terminals.enter_context(Terminal(argv, size, env, tmp_path, modern=modern))

        yield start


@pytest.fixture(params=[NARROW, WIDE], ids=["80x24", "200x50"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    size: tuple[int, int] = request.param
    return size


@pytest.fixture
def explorer(start: Start, size: tuple[int, int]) -> "Terminal":
    """Return a terminal in which cnm-tui shows rows of the demo.

    The large terminal behaves like a modern one (kitty), the small terminal behaves like xterm.
    """
    terminal = start("--demo", size=size, modern=size == WIDE)
    terminal.wait_until(lambda: rows(terminal) and " rows · " in terminal.text())
    if size == WIDE:
        terminal.wait_for("esc closes")
    return terminal
