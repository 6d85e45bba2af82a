"""A page in the browser of the person in front of the terminal."""

import shutil
import subprocess
import sys
from typing import Final

_PATIENCE_SECONDS: Final = 5.0


def opened(link: str) -> bool:
    """Open a page by the system's own tool; whether it took it.

    Not by the standard library's `webbrowser`: that may start a browser that draws on this terminal, and lets others
    write their complaints over the screen.
    """
    command = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if command is None:
        return False
    nothing = subprocess.DEVNULL
    try:
        # In a session of its own there is no terminal to draw on.
        tool = subprocess.Popen([command, link], stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
        return tool.wait(_PATIENCE_SECONDS) == 0
    except subprocess.TimeoutExpired:
        # It stays until the browser is closed.
        return True
    except OSError:
        return False
