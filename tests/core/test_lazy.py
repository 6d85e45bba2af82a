"""Test packages that import a module lazily, which means only when one of its names is first used."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

import cnm_tui

_ROOT: Final = Path(cnm_tui.__file__).parent


def lazy_names() -> list[tuple[str, str]]:
    """Return all pairs of a package and a name that the package imports lazily.

    The names are read from the code that is written only for mypy.
    """
    found = []
    for path in sorted(_ROOT.rglob("__init__.py")):
        text = path.read_text(encoding="utf-8")
        package = ".".join(path.parent.relative_to(_ROOT.parent).parts)
        for node in ast.walk(ast.parse(text)) if "lazy_names" in text else ():
            if isinstance(node, ast.If):
                imports = (one for one in node.body if isinstance(one, ast.ImportFrom))
                found += [(package, name.asname or name.name) for one in imports for name in one.names]
    return found


@pytest.mark.parametrize(("package", "name"), lazy_names())
def test_each_name_is_found_in_its_module(package: str, name: str) -> None:
    assert getattr(import_module(package), name) is not None


def test_a_name_that_no_module_defines_is_refused_like_any_other() -> None:
    with pytest.raises(AttributeError, match="module 'cnm_tui.tui.dialogs' has no attribute 'Missing'"):
        import_module("cnm_tui.tui.dialogs").Missing  # noqa: B018  # only the error counts


def test_a_module_is_imported_with_the_first_use_of_its_name() -> None:
    script = (
        "import sys; from cnm_tui.core import suggestions; module = 'cnm_tui.core.suggestions.nearest_field'\n"
        "before = module in sys.modules; suggestions.nearest_fields; print(before, module in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "False True\n"
