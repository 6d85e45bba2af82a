"""Signals between objects that are not widgets; listeners are called at once, in the order of connection."""

from collections.abc import Callable
from typing import Generic, ParamSpec

Happened = ParamSpec("Happened")


class Signal(Generic[Happened]):
    """A repeated event with listeners."""

    def __init__(self) -> None:
        self._listeners: list[Callable[Happened, object]] = []

    def connect(self, listener: Callable[Happened, object]) -> None:
        """Call the listener at each event from now on."""
        self._listeners.append(listener)

    def emit(self, *args: Happened.args, **kwargs: Happened.kwargs) -> None:
        """Call all listeners before returning."""
        for listener in tuple(self._listeners):
            listener(*args, **kwargs)
