"""What a library takes along, left out where it does without."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from types import ModuleType


@contextmanager
def left_out(name: str, instead: ModuleType | None = None) -> Iterator[None]:
    """What is imported within finds no module of this name, or another one in its place.

    Afterwards everybody finds the module itself. A library that cannot do without it is not imported within, but then
    by whoever wants it, as if nothing had been left out.
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = instead  # type: ignore[assignment]  # None is how Python says "not to be imported"
    try:
        with suppress(ImportError):
            yield
    finally:
        del sys.modules[name]


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
