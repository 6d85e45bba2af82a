"""What Textual is told by the environment, which it reads once, when it is imported."""

from collections.abc import MutableMapping
from typing import Final

from cnm_tui.core.looks import is_remote

_COLOR_SYSTEM: Final = "TEXTUAL_COLOR_SYSTEM"
_COLOR_SYSTEMS: Final = ("auto", "standard", "256", "truecolor")
_ALWAYS: Final = {"TEXTUAL_ANIMATIONS": "none"}
_OVER_SSH: Final = {"TEXTUAL_FPS": "15", "TEXTUAL_SMOOTH_SCROLL": "0"}
"""A key pressed once is not slower for it; one held down sends a third of the bytes."""


def prepare(environ: MutableMapping[str, str]) -> None:
    """Ask for few frames where each has its price; what the user set stays, unless Textual would die of it."""
    if environ.get(_COLOR_SYSTEM, "auto") not in _COLOR_SYSTEMS:
        del environ[_COLOR_SYSTEM]
    for name, wanted in {**_ALWAYS, **(_OVER_SSH if is_remote(environ) else {})}.items():
        environ.setdefault(name, wanted)
