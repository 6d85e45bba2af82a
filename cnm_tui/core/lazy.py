"""Import a module of a package when one of its names is first used (PEP 562).

A package with rooms that most runs do not enter names them in its `__init__.py`:

    if TYPE_CHECKING:
        from cnm_tui.tui.dialogs.help import HelpScreen as HelpScreen
    else:
        __getattr__ = lazy_names(__name__, {"HelpScreen": "help"})

Then `dialogs.HelpScreen` imports `dialogs/help.py` on first use. As mypy sees the imports only, it knows the type, and
finds a name that is missing.
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package.

    Args:
        package: Its full name.
        modules: For each name the module in the package that defines it.
    """

    def find(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(f"{package}.{modules[name]}"), name)
        # From now on without this function.
        setattr(sys.modules[package], name, found)
        return found

    return find
