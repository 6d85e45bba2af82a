"""Copy text to the clipboard of the user's terminal or desktop.

Report success only if it is certain that the text has been copied.
"""

import base64
import sys
from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

from cnm_tui.core.settings import is_remote
from cnm_tui.tmux import LETS_THROUGH, clipboard_of_tmux
from cnm_tui.tui.terminal.desktop import Held, put

LONGEST_BYTES: Final = 74_994
"""Maximum bytes of text in one sequence of the customary 100,000 bytes; longer ones are silently dropped."""
_SCREEN_PIECE: Final = 228
_COPIED: Final = "copied"
"""Used only if the clipboard was read back."""
_SENT: Final = "sent to the terminal's clipboard"


class Provider(Enum):
    """The ways to reach a clipboard: through the terminal or through the desktop."""

    DESKTOP = "by a tool of this machine"
    TERMINAL = "by the terminal, wherever that is"


class Outcome(NamedTuple):
    """The result of copying a text to a clipboard."""

    done: str = ""
    """The part of the copying that certainly worked, in words."""
    sequence: str = ""
    """The control sequence to send to the terminal."""
    problem: str = ""
    """Why copying failed, and what helps; empty if it worked."""
    besides: str = ""
    """Why an earlier provider failed."""

    def sentence(self, what: str, form: str = "") -> str:
        """Return a sentence about the result, for example `3 rows copied as TSV.`, or the reason of a failure."""
        if self.problem:
            return self.problem
        done = " ".join(filter(None, [what, self.done, form]))
        return f"{done}. {self.besides}".rstrip()


def is_local_desktop(environ: Mapping[str, str]) -> bool:
    """True if the clipboard of this machine is the user's own clipboard.

    False over SSH, because the clipboard would belong to the remote machine. Also False without a graphical
    desktop.
    """
    if is_remote(environ):
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(environ.get("WAYLAND_DISPLAY") or environ.get("DISPLAY"))


def providers(setting: str, environ: Mapping[str, str]) -> tuple[Provider, ...]:
    """Return the clipboard providers in the order in which they are tried.

    If the result is empty, no clipboard can be reached, so the program can only display the text. Inside tmux
    and screen only the terminal is tried, because the user may be connected from another machine.
    """
    if setting != "auto":
        return {"osc52": (Provider.TERMINAL,), "native": (Provider.DESKTOP,)}.get(setting, ())
    if environ.get("TMUX") or environ.get("STY"):
        return (Provider.TERMINAL,)
    # The Linux console has no clipboard, and prints parts of unknown sequences.
    by_terminal = () if environ.get("TERM") == "linux" else (Provider.TERMINAL,)
    return (Provider.DESKTOP, *by_terminal) if is_local_desktop(environ) else by_terminal


def copied(text: str, setting: str, environ: Mapping[str, str]) -> Outcome:
    """Copy the text with the first provider that works, and return the outcome. This function may block."""
    if setting == "off":
        return Outcome(problem="The clipboard is off.")
    problems: list[str] = []
    for provider in providers(setting, environ):
        outcome = _by_desktop(text, environ) if provider is Provider.DESKTOP else _by_terminal(text, environ)
        if not outcome.problem:
            return outcome._replace(besides=" ".join(problems))
        problems.append(outcome.problem)
    return Outcome(problem=" ".join(problems) or "This terminal has no clipboard.")


def _by_desktop(text: str, environ: Mapping[str, str]) -> Outcome:
    held = put(text, environ)
    if held is Held.YES:
        return Outcome(_COPIED)
    if held is Held.NO_TOOL:
        return Outcome(problem="The desktop's clipboard needs xclip, xsel or wl-clipboard.")
    return Outcome(problem="The desktop's clipboard failed.")


def _by_terminal(text: str, environ: Mapping[str, str]) -> Outcome:
    length = len(text.encode())
    if length > LONGEST_BYTES:
        return Outcome(problem=f"A terminal's clipboard takes {LONGEST_BYTES:,} bytes; this is {length:,}.")
    if environ.get("TMUX") and clipboard_of_tmux(environ).drops:
        return Outcome(problem=f"tmux drops what goes to the clipboard. What helps: {LETS_THROUGH}")
    # OSC 52 has no acknowledgement, and reading the clipboard would leak it, or open a dialog.
    return Outcome(_SENT, terminal_sequence(text, environ))


def terminal_sequence(text: str, environ: Mapping[str, str]) -> str:
    """Return the control sequence (OSC 52) that puts the text into the terminal's clipboard.

    tmux gets the sequence twice: plain, for the option `set-clipboard on`, and wrapped, for the option
    `allow-passthrough on`. Copying twice does no harm. screen gets the sequence in pieces, because it drops
    strings over 768 bytes.
    """
    plain = f"\x1b]52;c;{base64.b64encode(text.encode()).decode('ascii')}\x07"
    if environ.get("TMUX"):
        doubled = plain.replace("\x1b", "\x1b\x1b")
        return f"{plain}\x1bPtmux;{doubled}\x1b\\"
    if environ.get("STY"):
        pieces = [plain[start : start + _SCREEN_PIECE] for start in range(0, len(plain), _SCREEN_PIECE)]
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return plain
