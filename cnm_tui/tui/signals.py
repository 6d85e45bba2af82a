"""Define signals. With a signal, an object that is not a widget tells other objects that something has happened.

When a signal is sent, its listeners are called immediately, in the order in which they were connected.
"""

from collections.abc import Callable
from typing import Generic, ParamSpec

Happened = ParamSpec("Happened")


class Signal(Generic[Happened]):
    """An event that can occur many times, with a list of functions (listeners) that are called each time."""

    def __init__(self) -> None:
        self._listeners: list[Callable[Happened, object]] = []

    def connect(self, listener: Callable[Happened, object]) -> None:
        """Add a listener. It is called at each later event."""
        self._listeners.append(listener)

    def emit(self, *args: Happened.args, **kwargs: Happened.kwargs) -> None:
        """Call all listeners with these arguments. Return after the last listener has returned."""
        for listener in tuple(self._listeners):
            listener(*args, **kwargs)
