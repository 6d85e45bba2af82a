"""Set the environment variables that Textual reads only once, when it is imported."""

from collections.abc import MutableMapping
from typing import Final

from cnm_tui.core.settings import is_remote

_COLOR_SYSTEM: Final = "TEXTUAL_COLOR_SYSTEM"
_COLOR_SYSTEMS: Final = ("auto", "standard", "256", "truecolor")
_FRAMES: Final = "TEXTUAL_FPS"
_MOST_FRAMES: Final = 120
"""Maximum frames per second; with millions the program would only paint."""
_HEEDED: Final = frozenset(
    (
        *(_COLOR_SYSTEM, _FRAMES, "TEXTUAL_ALLOW_SIGNALS", "TEXTUAL_ANIMATIONS", "TEXTUAL_DISABLE_KITTY_KEY"),
        *("TEXTUAL_FILTERS", "TEXTUAL_SMOOTH_SCROLL"),
    )
)
"""Variables of Textual that are kept; the others are for developers and removed.

They log every key press (even of an API key), press keys, end the program after a screenshot, or run code.
"""
_SIZE: Final = ("COLUMNS", "LINES")
_ALWAYS: Final = {"TEXTUAL_ANIMATIONS": "none"}
_OVER_SSH: Final = {_FRAMES: "15", "TEXTUAL_SMOOTH_SCROLL": "0"}
"""A single key press is not slower; a held key sends a third of the bytes."""


def prepare(environ: MutableMapping[str, str]) -> None:
    """Set a low frame rate over SSH. Keep the values that the user has set, unless they are harmful.

    The variables COLUMNS and LINES are removed, because their values are wrong after a resize.
    """
    for name in list(environ):
        if name in _SIZE or (name.startswith("TEXTUAL") and name not in _HEEDED):
            del environ[name]
    frames = environ.get(_FRAMES, "1")
    if not (frames.isdecimal() and int(frames[:9]) <= _MOST_FRAMES):
        del environ[_FRAMES]
    if environ.get(_COLOR_SYSTEM, "auto") not in _COLOR_SYSTEMS:
        del environ[_COLOR_SYSTEM]
    for name, wanted in {**_ALWAYS, **(_OVER_SSH if is_remote(environ) else {})}.items():
        environ.setdefault(name, wanted)
