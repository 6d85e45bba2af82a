"""Find out if tmux accepts text that programs send to the clipboard."""

import subprocess
from collections.abc import Mapping
from typing import Final, NamedTuple

from cnm_tui.core.text import clean

LETS_THROUGH: Final = "tmux set -s set-clipboard on"
"""Command that makes tmux accept text for the clipboard."""
_PATIENCE_SECONDS: Final = 2.0
# Variables passed to tmux: others may hold keys.
_NEEDED: Final = ("PATH", "HOME", "TMUX", "TMUX_TMPDIR", "LANG", "LC_ALL")


class Clipboard(NamedTuple):
    """The values of two tmux options about the clipboard, as tmux prints them.

    They are empty if tmux does not answer.
    """

    set_clipboard: str
    """`on`, `external` (the default) or `off`; only with `on` tmux accepts text from programs."""
    allow_passthrough: str
    """`on`, `all` or `off`; empty before tmux 3.3, which passes wrapped text on without this option."""

    @property
    def drops(self) -> bool:
        """True if tmux discards all text that programs send to the clipboard, directly or in a passthrough sequence."""
        return self.set_clipboard not in ("", "on") and self.allow_passthrough == "off"


def clipboard_of_tmux(environ: Mapping[str, str]) -> Clipboard:
    """Return the clipboard options of the tmux pane in which the program runs. The call may take seconds."""
    return Clipboard(
        tmux_says(environ, "show-options", "-sv", "set-clipboard"),
        tmux_says(environ, "show-options", "-Apv", "allow-passthrough"),
    )


def tmux_says(environ: Mapping[str, str], *arguments: str) -> str:
    """Run a tmux command, and return the first line that it prints.

    Return an empty text if the command fails or takes too long.
    """
    try:
        done = subprocess.run(
            ["tmux", *arguments],
            env={name: environ[name] for name in _NEEDED if name in environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return clean(done.stdout.decode("utf-8", "replace").partition("\n")[0].strip(), 80)
