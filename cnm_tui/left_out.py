"""What a library takes along, left out where it does without, or put off until it does not."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from threading import Lock
from types import ModuleType
from typing import Any, Final

_one_at_a_time: Final = Lock()


@contextmanager
def left_out(name: str, instead: ModuleType | None = None) -> Iterator[None]:
    """What is imported within finds no module of this name, or another one in its place.

    Afterwards everybody finds the module itself. A library that cannot do without it is not imported within, but then
    by whoever wants it, as if nothing had been left out.
    """
    with _in_its_place(name, instead), suppress(ImportError):
        yield


@contextmanager
def put_off(*names: str) -> Iterator[None]:
    """What is imported within has these modules as soon as it looks for anything in one of them, and not before."""
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(_in_its_place(name, _Later(name)))
        yield


@contextmanager
def _in_its_place(name: str, instead: ModuleType | None) -> Iterator[None]:
    """Of a module that is there already nothing could be saved."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = instead  # type: ignore[assignment]  # None is how Python says "not to be imported"
    try:
        yield
    finally:
        _make_room(name, instead)


def _make_room(name: str, instead: ModuleType | None) -> None:
    """For the module itself, unless that is there already."""
    # Two threads may look for something in the same module: the second would take away what the first imported.
    with _one_at_a_time:
        if sys.modules.get(name, name) is instead:
            del sys.modules[name]


class _Later(ModuleType):
    """Imports the module that it stands for when anything is looked for in it."""

    def __getattr__(self, name: str) -> Any:
        _make_room(self.__name__, self)
        return getattr(import_module(self.__name__), name)


class Hollow(ModuleType):
    """Has whatever is imported from it, with nothing in it: for what a library offers, and does not use itself."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def import_shutil_lightly() -> None:
    """Without what it packs archives with, of which there are none here; it comes along with much, for other things."""
    with left_out("bz2"), left_out("lzma"):
        import_module("shutil")
