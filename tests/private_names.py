"""Find places where the code uses or replaces private names of other Python packages."""

import ast
import inspect
import pkgutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

_OWN: Final = "cnm_tui"
_DOCUMENTED: Final = {"_replace", "_asdict", "_fields", "_field_defaults", "_make", "_exit"}
"""Names of named tuples and of `os` that are documented, despite the underscore."""


class Use(NamedTuple):
    """One use of a private name: the path of the file, the line number, and the name."""

    path: Path
    line: int
    name: str


@dataclass(frozen=True)
class _Source:
    path: Path
    tree: ast.Module

    @cached_property
    def imported(self) -> dict[str, str]:
        """Return a dictionary from each name that is imported from another package to the module that contains the
        name.
        """
        return {
            alias.asname or alias.name: node.module
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and node.module and _is_foreign(node.module)
            for alias in node.names
        }


_Classes = Mapping[str, Sequence[tuple[_Source, ast.ClassDef]]]
"""Our classes by name, with the source of each."""


def private_uses(root: Path) -> Iterator[Use]:
    """Yield each use of a private name of another package.

    Assignments to attributes of a class or module of another package are included.
    """
    sources = [
        _Source(path.relative_to(root), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted((root / _OWN).rglob("*.py"))
    ]
    own = {name for source in sources for name in _defined(source.tree)}
    classes: dict[str, list[tuple[_Source, ast.ClassDef]]] = {}
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, []).append((source, node))
    for source in sources:
        yield from _in_imports(source)
        yield from _in_expressions(source, own)
        yield from _in_classes(source, classes)


def _is_foreign(module: str) -> bool:
    top = module.partition(".")[0]
    return top != _OWN and top not in sys.stdlib_module_names


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_" and name not in _DOCUMENTED


def _defined(tree: ast.AST) -> Iterator[str]:
    """Yield the names of all functions, classes, variables and attributes that are defined in this syntax tree."""
    yield from _assigned(tree)
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name


def _assigned(tree: ast.AST) -> Iterator[str]:
    """Yield the names of all attributes that are assigned on `self` or `cls`."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name


def _in_imports(source: _Source) -> Iterator[Use]:
    for node in ast.walk(source.tree):
        match node:
            case ast.ImportFrom(module=str(module), names=aliases) if _is_foreign(module):
                parts = [*module.split("."), *(alias.name for alias in aliases)]
            case ast.Import(names=aliases):
                parts = [part for one in aliases if _is_foreign(one.name) for part in one.name.split(".")]
            case _:
                continue
        yield from (Use(source.path, node.lineno, part) for part in parts if _is_private(part))


def _in_expressions(source: _Source, own: set[str]) -> Iterator[Use]:
    imported = source.imported
    for node in ast.walk(source.tree):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name, ctx=ast.Store()) if owner in imported:
                yield Use(source.path, node.lineno, name)
            case (
                ast.Attribute(attr=name)
                | ast.Call(
                    func=ast.Name(id="getattr" | "setattr" | "hasattr"), args=[_, ast.Constant(value=str(name)), *_]
                )
            ):
                if _is_private(name) and name not in own:
                    yield Use(source.path, node.lineno, name)


def _in_classes(source: _Source, classes: _Classes) -> Iterator[Use]:
    """Yield each private attribute that a class defines or uses, although a base class of another package has it
    too.
    """
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and (private := set(filter(_is_private, _above(source, node, classes)))):
            for part in ast.walk(node):
                match part:
                    case ast.FunctionDef(name=name, lineno=line) | ast.AsyncFunctionDef(name=name, lineno=line):
                        pass
                    case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, lineno=line):
                        pass
                    case _:
                        continue
                if name in private:
                    yield Use(source.path, line, name)


def _above(source: _Source, node: ast.ClassDef, classes: _Classes) -> set[str]:
    """Return the names of all attributes of the base classes of a class, if the base classes belong to other
    packages.
    """
    found: set[str] = set()
    for base in node.bases:
        base = base.value if isinstance(base, ast.Subscript) else base
        if isinstance(base, ast.Name) and base.id != node.name:
            if module := source.imported.get(base.id):
                found |= names_of(f"{module}.{base.id}")
            for where, above in classes.get(base.id, ()):
                found |= _above(where, above, classes)
    return found


@cache
def names_of(owner: str) -> set[str]:
    """Return all names that are defined in a module or class of another package.

    For a class, the names of its base classes and the attributes assigned on `self` are included.
    """
    thing = pkgutil.resolve_name(owner)
    found = set(dir(thing))
    if isinstance(thing, ModuleType):
        found.update(module.name for module in pkgutil.iter_modules(getattr(thing, "__path__", ())))
        return found
    for one in (one for one in thing.__mro__ if _is_foreign(one.__module__)):
        for node in ast.walk(_parsed(Path(inspect.getfile(one)))):
            if isinstance(node, ast.ClassDef) and node.name == one.__name__:
                found.update(_assigned(node))
    return found


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
