"""What a person can do, one capability a file: a plain class made with the session and the view.

A feature is imported when its first command is run, or when a pane first needs it: its module takes along dialogs and
rules that the first frame has no use for. So its own imports stand at the top of its file.
"""

from importlib import import_module
from typing import Any

from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


def feature_class(name: str) -> Any:
    """Return the class of a feature, by the name of its module: of `drill` the `DrillFeature`."""
    return getattr(import_module(f"{__name__}.{name}"), f"{name.capitalize()}Feature")


class Features:
    """The features of a screen, each made when it is first wanted."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return a feature; make it if it is wanted for the first time."""
        if name not in self._made:
            self._made[name] = feature_class(name)(self._session, self._view)
        return self._made[name]

    def __contains__(self, name: str) -> bool:
        """Return True if the feature was wanted before."""
        return name in self._made
