"""Import a module of a package only when one of its names is first used (PEP 562).

A package whose modules are often not needed lists their names in its `__init__.py`:

    if TYPE_CHECKING:
        from cnm_tui.tui.dialogs.help import HelpScreen as HelpScreen
    else:
        __getattr__ = lazy_names(__name__, {"HelpScreen": "help"})

Then the first use of `dialogs.HelpScreen` imports `dialogs/help.py`. The type checker mypy reads only the
import statement. Therefore mypy knows the type, and reports a missing name.
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a function that a package uses as its `__getattr__`, to import modules on first use.

    Args:
        package: The full name of the package.
        modules: For each name the module of the package that defines this name.
    """

    def find(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(f"{package}.{modules[name]}"), name)
        # From now on without this function.
        setattr(sys.modules[package], name, found)
        return found

    return find
