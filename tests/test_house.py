"""The house rules that no other tool checks: sizes, names, what is loaded, what lies around."""

import ast
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

import cnm_tui

ROOM = Path(cnm_tui.__file__).parent
REPOSITORY = Path(__file__).parents[1]
SOURCES = sorted(ROOM.rglob("*.py"))
WRITTEN = sorted(
    path
    for top in ("cnm_tui", "tests", "screenshots", ".ci", ".github", "README.md", "pyproject.toml", ".gitignore")
    for path in (REPOSITORY / top, *(REPOSITORY / top).rglob("*"))
    if path.is_file() and path.suffix in {"", ".py", ".md", ".toml", ".tcss", ".yml", ".yaml", ".json", ".txt", ".sh"}
)

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "types", "data", "misc", "manager", "handler"}
HEAVY = {"textual", "rich", "httpx", "keyring"}
TOP_LEVEL = {"LICENSE", "pyproject.toml", "README.md", "cnm_tui", "tests", "screenshots"}

# Put together here, so that this file does not hold what it looks for.
LEFT_FOR_LATER = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
PATH_OF_A_MACHINE = re.compile(r"(?<![\w.])/(?:" + "|".join(["ro" + "ot", "wo" + "rk"]) + r")/")


def _name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    long_functions = [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]

    assert len(text.splitlines()) <= LONGEST_FILE
    assert long_functions == []


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_module_is_named_for_what_is_in_it(path: Path) -> None:
    name = path.parent.name if path.stem in ("__init__", "__main__") else path.stem

    assert name not in VAGUE
    assert name not in sys.stdlib_module_names


@pytest.mark.parametrize("module", ["cnm_tui.cli", "cnm_tui.headless"])
def test_the_command_line_starts_without_screen_network_or_keyring(module: str) -> None:
    program = f"import sys, {module}; print(*sorted({HEAVY!r} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_asking_needs_no_toolkit_for_terminals() -> None:
    unused = {"textual", "rich", "pygments"}
    program = f"import sys, cnm_tui.api.client; print(*sorted({unused!r} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_nothing_lies_around_at_the_top_of_the_repository() -> None:
    ignored = [line.rstrip("/") for line in (REPOSITORY / ".gitignore").read_text(encoding="utf-8").splitlines()]

    strangers = [
        path.name
        for path in REPOSITORY.iterdir()
        if not path.name.startswith(".")
        and path.name not in TOP_LEVEL
        and not any(fnmatch(path.name, pattern) for pattern in ignored)
    ]

    assert strangers == []


@pytest.mark.parametrize("path", WRITTEN, ids=_name)
def test_a_file_leaves_nothing_for_later_and_knows_no_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert LEFT_FOR_LATER.findall(text) == []
    assert PATH_OF_A_MACHINE.findall(text) == []
