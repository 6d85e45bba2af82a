"""Check the coding rules of this project that no other tool checks: `python -m tests.lint`.

Each violation is printed as `path:line: problem. How to correct it.` The exit code is 1 if there is any
violation.
"""

import ast
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, NamedTuple

from cnm_tui.tui.terminal.private_names import PRIVATE_NAMES
from tests.private_names import private_uses

REPOSITORY: Final = Path(__file__).parents[1]
LONGEST_FILE: Final = {"cnm_tui": 400, "tests": 600, "screenshots": 400, ".github": 400}
"""Lines, for each folder of sources."""
LONGEST_FUNCTION: Final = 50
VAGUE: Final = {"utils", "util", "helpers", "helper", "common", "base", "types", "data", "misc", "manager", "handler"}
WRITTEN: Final = (*LONGEST_FILE, ".ci", "README.md", "pyproject.toml", ".gitignore")
TEXT_SUFFIXES: Final = {"", ".py", ".md", ".toml", ".tcss", ".yml", ".yaml", ".json", ".txt", ".sh"}
TOP_LEVEL: Final = {*WRITTEN, "LICENSE", "uv.lock", "PKG-INFO"}
"""`PKG-INFO` is part of a source distribution; uv writes `uv.lock`."""
TERMINAL: Final = Path("cnm_tui/tui/terminal")
LIST: Final = TERMINAL / "private_names.py"
PRIVATE_ELSEWHERE: Final = {("transport.py", "_h11_state"), ("trust.py", "_sslobj")}
"""Private names of h11 and Python's `ssl`; comments at their use give the reason, and a test that fails without.
"""

# Put together here, so that this file does not hold what it looks for.
LEFT_FOR_LATER: Final = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
PATH_OF_A_MACHINE: Final = re.compile(r"(?<![\w.])/(?:" + "|".join(["ro" + "ot", "wo" + "rk"]) + r")/")

MOST_DEFERRED: Final = 40
"""Imports inside functions in `cnm_tui`; each needs a comment with the reason."""
INDIRECT: Final = re.compile(r"(What|Whether|Those|That|Where|How)\b")
"""Openings of docstrings that say what something is about, not what is returned or done."""


class Finding(NamedTuple):
    """A violation of a coding rule: the file, the line, and sentences about the problem and its correction."""

    path: Path
    line: int
    sentences: str
    """The broken rule, and what to do."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentences}"


def findings(root: Path = REPOSITORY) -> Iterator[Finding]:
    """Yield all violations of the coding rules in the repository at `root`. Paths are relative to `root`."""
    yield from _strangers(root)
    yield from _private_names(root)
    yield from _deferred_imports(root)
    for path in _written(root):
        text, where = path.read_text(encoding="utf-8"), path.relative_to(root)
        yield from _unfit_lines(where, text)
        if path.suffix == ".py":
            yield from _sizes(where, text)
        if path.suffix == ".py" and where.parts[0] == "cnm_tui":
            yield from _vague_names(where)
            yield from _indirect_docstrings(where, text)


def _written(root: Path) -> list[Path]:
    """Return the sorted paths of all text files that were written by people."""
    paths = (path for top in WRITTEN for path in (root / top, *(root / top).rglob("*")))
    return sorted(path for path in paths if path.is_file() and path.suffix in TEXT_SUFFIXES)


def _strangers(root: Path) -> Iterator[Finding]:
    ignore = root / ".gitignore"
    ignored = [line.rstrip("/") for line in ignore.read_text(encoding="utf-8").splitlines()] if ignore.exists() else []
    for name in sorted(path.name for path in root.iterdir()):
        if not (name.startswith(".") or name in TOP_LEVEL or any(fnmatch(name, pattern) for pattern in ignored)):
            yield Finding(
                Path(name), 1, "The top level has a new entry. Move it into a folder, or add it to TOP_LEVEL."
            )


def _unfit_lines(where: Path, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        if left := LEFT_FOR_LATER.search(line):
            yield Finding(where, number, f"{left[0]} leaves something for later. Do it, or file an issue.")
        if path := PATH_OF_A_MACHINE.search(line):
            yield Finding(where, number, f"{path[0]} is a path of one machine. Use a relative path.")


def _sizes(where: Path, text: str) -> Iterator[Finding]:
    lines, most = len(text.splitlines()), LONGEST_FILE[where.parts[0]]
    if lines > most:
        yield Finding(where, lines, f"The file has {lines} lines; at most {most} are allowed. Split it.")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                said = f"{node.name} has {length} lines; at most {LONGEST_FUNCTION} are allowed. Split it."
                yield Finding(where, node.lineno, said)


def _private_names(root: Path) -> Iterator[Finding]:
    """Yield a finding for each forbidden use of a private name of another package.

    Private names may be used only in the folder TERMINAL, and each of them must be listed in the file LIST.
    """
    listed = {name for names in PRIVATE_NAMES.values() for name in names}
    for path, line, name in private_uses(root):
        if not path.is_relative_to(TERMINAL) and (path.name, name) not in PRIVATE_ELSEWHERE:
            yield Finding(path, line, f"{name} is private to another package. Use it in {TERMINAL} only.")
        elif path.is_relative_to(TERMINAL) and name not in listed:
            yield Finding(path, line, f"{name} is private to another package. Say in {LIST} why it is used.")
    there = [path.read_text(encoding="utf-8") for path in (root / TERMINAL).rglob("*.py") if path.name != LIST.name]
    for name in sorted(listed if there else ()):
        if not any(re.search(rf"\b{name}\b", text) for text in there):
            yield Finding(LIST, 1, f"{name} is used no more. Remove it.")


def _deferred_imports(root: Path) -> Iterator[Finding]:
    # A set, as a function inside another one is walked twice.
    found = {
        (path.relative_to(root), node.lineno)
        for path in sorted((root / "cnm_tui").rglob("*.py"))
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    if len(found) > MOST_DEFERRED:
        said = f"{len(found)} imports are inside functions; at most {MOST_DEFERRED} are allowed."
        # The last one stands for all, as no one knows which is the one too many.
        yield Finding(*max(found), f"{said} Import at the top, or on use by `core/lazy.py`.")


def _vague_names(where: Path) -> Iterator[Finding]:
    name = where.parent.name if where.stem in ("__init__", "__main__") else where.stem
    if name in VAGUE:
        yield Finding(where, 1, f"The name {name!r} says nothing. Name the module for what is in it.")
    # A package within the core may be called for its noun (`time`): it is only ever imported by its whole name.
    in_a_room = where.stem == "__init__" and len(where.parts) > 3
    if name in sys.stdlib_module_names and not in_a_room:
        yield Finding(where, 1, f"The standard library has a module {name!r}, too. Choose another name.")


def _indirect_docstrings(where: Path, text: str) -> Iterator[Finding]:
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Expr(ast.Constant(str(docstring))) if word := INDIRECT.match(docstring.strip()):
                said = f"The docstring opens with {word[0]!r}. Say what is returned or done: 'Return …', 'True if …'."
                yield Finding(where, node.lineno, said)


def main() -> int:
    """Print all violations of the coding rules, and return the exit code: 1 if there are violations, otherwise 0."""
    found = list(findings())
    print(*found, f"{len(found)} findings.", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
