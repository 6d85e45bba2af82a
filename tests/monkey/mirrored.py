"""Run cnm-tui so that it writes its internal copy of the screen to a file when it receives the signal SIGUSR1.

The environment variable MIRROR contains the path of the file. `python -m tests.monkey.mirrored` accepts all
arguments of `cnm-tui`.
"""

import os
import signal
from pathlib import Path
from typing import Final

from cnm_tui.cli import main
from cnm_tui.tui.terminal import terminal_app

MIRROR: Final = "MIRROR"


def _mirror(app: terminal_app.TerminalApp, path: Path) -> None:
    """Write the whole screen to a file, in the form in which cnm-tui would now send it to the terminal.

    The function does not change which regions of the screen are still waiting to be sent.
    """
    compositor = app.screen._compositor
    waiting = compositor._dirty_regions.copy()
    update = compositor.render_update(full=True, screen_stack=app._background_screens)
    compositor._dirty_regions = waiting
    written = update.render_segments(app.console)  # type: ignore[union-attr]
    fresh = path.with_suffix(".new")
    fresh.write_text(written, encoding="utf-8")
    fresh.replace(path)


def _run(app: terminal_app.TerminalApp, *, mouse: bool = True) -> int:
    path = Path(os.environ[MIRROR])

    def on_signal(*_: object) -> None:
        if app._loop is not None:
            app._loop.call_soon_threadsafe(app.call_later, _mirror, app, path)

    signal.signal(signal.SIGUSR1, on_signal)
    return run(app, mouse=mouse)


run, terminal_app.run = terminal_app.run, _run

if __name__ == "__main__":
    main()
