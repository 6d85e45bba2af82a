"""What the tmux around the program does with text for the clipboard; asked of tmux itself."""

import subprocess
from collections.abc import Mapping
from typing import Final, NamedTuple

from cnm_tui.core.text import clean

LETS_THROUGH: Final = "tmux set -s set-clipboard on"
"""The command after which it drops nothing any more."""
_PATIENCE_SECONDS: Final = 2.0
# Whatever else is in the environment, keys among it, is none of tmux's business.
_NEEDED: Final = ("PATH", "HOME", "TMUX", "TMUX_TMPDIR", "LANG", "LC_ALL")


class Clipboard(NamedTuple):
    """Two options of tmux, in its own words; empty where it does not say."""

    set_clipboard: str
    """`on`, `external` (as it comes) or `off`; only with the first it takes what programs send."""
    allow_passthrough: str
    """`on`, `all` or `off`; empty before tmux 3.3, which has no such option and passes on what is wrapped for it."""

    @property
    def drops(self) -> bool:
        """Whether nothing that a program sends can come through, neither plain nor wrapped."""
        return self.set_clipboard not in ("", "on") and self.allow_passthrough == "off"


def clipboard_of_tmux(environ: Mapping[str, str]) -> Clipboard:
    """As it is set for the pane of this environment; may take a moment."""
    return Clipboard(
        tmux_says(environ, "show-options", "-sv", "set-clipboard"),
        tmux_says(environ, "show-options", "-Apv", "allow-passthrough"),
    )


def tmux_says(environ: Mapping[str, str], *arguments: str) -> str:
    """The first line of its answer; empty where there is none in time."""
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
