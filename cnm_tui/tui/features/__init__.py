"""Features: one capability of the screen per file, as a plain class made with the session and the view.

A feature is imported when its first command runs, or when a pane first needs it, as its module imports dialogs and
rules that the first frame does not need. So its own imports are at the top of its file.
"""

from importlib import import_module
from typing import Any

from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


def feature_class(name: str) -> Any:
    """Return the class of a feature by its module's name: `DrillFeature` of `drill`."""
    return getattr(import_module(f"{__name__}.{name}"), f"{name.capitalize()}Feature")


class Features:
    """The features of a screen, each made on first use."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return a feature; make it on first use."""
        if name not in self._made:
            self._made[name] = feature_class(name)(self._session, self._view)
        return self._made[name]

    def __contains__(self, name: str) -> bool:
        """Return True if the feature was made already."""
        return name in self._made
