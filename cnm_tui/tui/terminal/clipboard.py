"""Text to the clipboard of the person in front of the terminal: which providers there are, and what is true of each."""

import base64
import sys
from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

from cnm_tui.core.settings import is_remote
from cnm_tui.tmux import LETS_THROUGH, clipboard_of_tmux
from cnm_tui.tui.terminal.desktop import Held, put

LONGEST_BYTES: Final = 74_994
"""What fits into the customary 100,000 bytes of one sequence; longer ones are dropped without a word."""
_SCREEN_PIECE: Final = 228
_COPIED: Final = "copied"
"""Only where the clipboard gave it back."""
_SENT: Final = "sent to the terminal's clipboard"


class Provider(Enum):
    """What leads to a clipboard."""

    DESKTOP = "by a tool of this machine"
    TERMINAL = "by the terminal, wherever that is"


class Outcome(NamedTuple):
    """What came of copying a text."""

    done: str = ""
    """What was done with it, and no more than is known of that."""
    sequence: str = ""
    """To be sent to the terminal for that."""
    problem: str = ""
    """Why it could not be copied, and what helps; empty if it could."""
    besides: str = ""
    """Why a provider that was tried before did not work."""

    def sentence(self, what: str, form: str = "") -> str:
        """`3 rows copied as TSV.`, or why not; the one place that says so."""
        if self.problem:
            return self.problem
        done = " ".join(filter(None, [what, self.done, form]))
        return f"{done}. {self.besides}".rstrip()


def is_local_desktop(environ: Mapping[str, str]) -> bool:
    """Whether a clipboard of this machine is the user's own: not over SSH, where it would be the remote one."""
    if is_remote(environ):
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(environ.get("WAYLAND_DISPLAY") or environ.get("DISPLAY"))


def providers(setting: str, environ: Mapping[str, str]) -> tuple[Provider, ...]:
    """Those worth trying, in this order; none: the text can only be shown.

    Under tmux and screen it is the terminal alone: whoever is attached now may sit elsewhere than who started them.
    """
    if setting != "auto":
        return {"osc52": (Provider.TERMINAL,), "native": (Provider.DESKTOP,)}.get(setting, ())
    if environ.get("TMUX") or environ.get("STY"):
        return (Provider.TERMINAL,)
    # The console of Linux has no clipboard, and shows some of what it does not know.
    by_terminal = () if environ.get("TERM") == "linux" else (Provider.TERMINAL,)
    return (Provider.DESKTOP, *by_terminal) if is_local_desktop(environ) else by_terminal


def copied(text: str, setting: str, environ: Mapping[str, str]) -> Outcome:
    """Try each provider until one works; may take a moment."""
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
    # There is no acknowledgement, and asking what is in the clipboard would leak it, or open a dialog.
    return Outcome(_SENT, terminal_sequence(text, environ))


def terminal_sequence(text: str, environ: Mapping[str, str]) -> str:
    """What makes the terminal set its clipboard (OSC 52).

    tmux gets it plain, which `set-clipboard on` takes, and wrapped, which `allow-passthrough on` takes; twice is
    harmless. screen gets it in pieces, since it drops strings over 768 bytes.
    """
    plain = f"\x1b]52;c;{base64.b64encode(text.encode()).decode('ascii')}\x07"
    if environ.get("TMUX"):
        doubled = plain.replace("\x1b", "\x1b\x1b")
        return f"{plain}\x1bPtmux;{doubled}\x1b\\"
    if environ.get("STY"):
        pieces = [plain[start : start + _SCREEN_PIECE] for start in range(0, len(plain), _SCREEN_PIECE)]
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return plain
