"""Tell objects that are not widgets what happened, at once and in the order in which they asked to hear of it."""

from collections.abc import Callable
from typing import Generic, ParamSpec

Happened = ParamSpec("Happened")


class Signal(Generic[Happened]):
    """Something that happens again and again."""

    def __init__(self) -> None:
        self._listeners: list[Callable[Happened, object]] = []

    def connect(self, listener: Callable[Happened, object]) -> None:
        """Call the listener each time from now on."""
        self._listeners.append(listener)

    def emit(self, *args: Happened.args, **kwargs: Happened.kwargs) -> None:
        """Call all listeners before this returns."""
        for listener in tuple(self._listeners):
            listener(*args, **kwargs)
