"""Print every text that a user can read, with its file and line: `python -m tests.texts [folder or file …]`.

A text is any string that contains a blank and a letter and is not a docstring. Inserted values are printed as
`{…}`.
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import cnm_tui

PACKAGE: Final = Path(cnm_tui.__file__).parent


def main(places: Sequence[str]) -> None:
    """Print the texts of these folders and files. If none is given, print the texts of the whole package."""
    for place in places or [str(PACKAGE)]:
        path = Path(place)
        for source in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            for line, text in texts(source.read_text(encoding="utf-8")):
                print(f"{source.resolve().relative_to(PACKAGE.parent)}:{line}: {text}")


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line number and the content of each text in the source code of a module."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    attributes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in docstrings | attributes | inner:
            continue
        text = _words(node)
        if " " in text.strip() and any(map(str.isalpha, text)):
            yield node.lineno, " ".join(text.split())  # type: ignore[attr-defined]  # _words reads expressions only


def _words(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(part) if isinstance(part, ast.Constant) else "{…}" for part in node.values)
    return ""


if __name__ == "__main__":
    main(sys.argv[1:])
