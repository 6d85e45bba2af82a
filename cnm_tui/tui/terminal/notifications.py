"""Notify the user through the terminal, because the user may be looking at another window."""

from collections.abc import Mapping
from typing import Final

from cnm_tui.core.text import clean
from cnm_tui.tui.terminal.control_filter import NOTIFIED

_BELL: Final = "\x07"
_LONGEST: Final = 200
"""Characters of a notification; screen drops strings over 768 bytes."""


def notification(sentence: str, how: str, environ: Mapping[str, str]) -> str:
    """Return the control sequence that notifies the user. Return an empty text if notifications are off.

    Args:
        sentence: The text of the notification. Some terminals do not display it.
        how: One of `core.settings.NOTIFICATIONS`.
        environ: The environment variables. Inside tmux and screen the sequence is wrapped, because they pass
            only a wrapped sequence on to the terminal. tmux does so with the option `allow-passthrough on`. It
            passes a bell on in any case, depending on its options for alerts.
    """
    if how == "off":
        return ""
    if how == "bell":
        return _BELL
    plain = f"\x1b]9;{NOTIFIED}{clean(sentence, _LONGEST)}{_BELL}"
    if environ.get("TMUX"):
        return "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    return f"\x1bP{plain}\x1b\\" if environ.get("STY") else plain
