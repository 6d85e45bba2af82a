"""Prepare the environment variables that Textual reads once, before it begins."""

from collections.abc import MutableMapping
from typing import Final

from cnm_tui.core.settings import is_remote

_COLOR_SYSTEM: Final = "TEXTUAL_COLOR_SYSTEM"
_COLOR_SYSTEMS: Final = ("auto", "standard", "256", "truecolor")
_FRAMES: Final = "TEXTUAL_FPS"
_MOST_FRAMES: Final = 120
"""A second; with millions of them it would do nothing else."""
_HEEDED: Final = frozenset(
    (
        *(_COLOR_SYSTEM, _FRAMES, "TEXTUAL_ALLOW_SIGNALS", "TEXTUAL_ANIMATIONS", "TEXTUAL_DISABLE_KITTY_KEY"),
        *("TEXTUAL_FILTERS", "TEXTUAL_SMOOTH_SCROLL"),
    )
)
"""Others are for who writes programs with Textual: they log every key that is typed, be it one of the service, press
keys, end the program after a picture, or have it run code that they name."""
_SIZE: Final = ("COLUMNS", "LINES")
_ALWAYS: Final = {"TEXTUAL_ANIMATIONS": "none"}
_OVER_SSH: Final = {_FRAMES: "15", "TEXTUAL_SMOOTH_SCROLL": "0"}
"""A key pressed once is not slower for it; one held down sends a third of the bytes."""


def prepare(environ: MutableMapping[str, str]) -> None:
    """Ask for few frames where each has its price; what the user set stays, unless it would do harm.

    The window knows its own size, which a variable does not after a resize.
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
