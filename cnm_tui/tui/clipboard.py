"""Text to the clipboard of the person in front of the terminal, and a true word about whether it got there."""

import base64
import sys
from collections.abc import Mapping
from typing import Final

LONGEST_SEQUENCE_BYTES: Final = 74_994
"""What fits into the customary 100,000 bytes of one sequence; longer ones are dropped without a word."""
_SCREEN_PIECE: Final = 228


def is_local_desktop(environ: Mapping[str, str]) -> bool:
    """Whether a clipboard of this machine is the user's own: not over SSH, where it would be the remote one."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(environ.get("WAYLAND_DISPLAY") or environ.get("DISPLAY"))


def copied_natively(text: str) -> bool:
    """Copy by the system's own tool; whether the clipboard holds the text afterwards."""
    import pyperclip

    try:
        pyperclip.copy(text)
        return bool(pyperclip.paste() == text)
    except (pyperclip.PyperclipException, OSError):
        return False


def terminal_sequence(text: str, environ: Mapping[str, str]) -> str | None:
    """What makes the terminal set its clipboard (OSC 52); None where the text is too long for it.

    tmux gets it plain, which `set-clipboard on` takes, and wrapped, which `allow-passthrough on` takes; twice is
    harmless. screen gets it in pieces, since it drops strings over 768 bytes.
    """
    data = text.encode()
    if len(data) > LONGEST_SEQUENCE_BYTES:
        return None
    plain = f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"
    if environ.get("TMUX"):
        doubled = plain.replace("\x1b", "\x1b\x1b")
        return f"{plain}\x1bPtmux;{doubled}\x1b\\"
    if environ.get("STY"):
        pieces = [plain[start : start + _SCREEN_PIECE] for start in range(0, len(plain), _SCREEN_PIECE)]
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return plain
