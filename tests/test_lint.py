"""Test that each violation of a coding rule is reported with its line, and that correct code is not reported."""

from pathlib import Path

import pytest

from tests.lint import findings

LATER, MACHINE = "TO" + "DO", "/ro" + "ot/"

ALONE = "is private to another package. Use it in cnm_tui/tui/terminal only."
PRIVATE = [
    ("a.py", "from textual._compositor import Compositor", 1, f"_compositor {ALONE}"),
    ("a.py", "\nsize = app._size", 2, f"_size {ALONE}"),
    ("a.py", "driver = getattr(app, '_driver', None)", 1, f"_driver {ALONE}"),
    ("a.py", "from textual.widgets import Input\nInput.render_line = None", 2, f"render_line {ALONE}"),
    ("a.py", "from textual.app import App\nclass Own(App[None]):\n def _display(self): ...", 3, f"_display {ALONE}"),
]


def write(path: Path, text: str = "") -> None:
    """Write a text file, and create its parent folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("cnm_tui/rows.py", "\n" * 401, "cnm_tui/rows.py:401: The file has 401 lines; at most 400"),
        ("tests/test_rows.py", "\n" * 601, "tests/test_rows.py:601: The file has 601 lines; at most 600"),
        ("tests/rows.py", "\ndef rows():\n" + " 1\n" * 50, "tests/rows.py:2: rows has 51 lines; at most 50"),
        ("cnm_tui/core/helpers.py", "", "cnm_tui/core/helpers.py:1: The name 'helpers' says nothing"),
        ("cnm_tui/queue/__init__.py", "", "cnm_tui/queue/__init__.py:1: The standard library has a module 'queue'"),
        (".ci/run", f"a\nb # {LATER}\n", f".ci/run:2: {LATER} leaves something for later"),
        ("README.md", f"\n\nSee {MACHINE}notes.\n", f"README.md:3: {MACHINE} is a path of one machine"),
        ("cnm_tui/rows.py", '\n"""Whether it is."""', "cnm_tui/rows.py:2: The docstring opens with 'Whether'"),
        ("cnm_tui/a.py", "def a():\n" + " import os\n" * 41, "cnm_tui/a.py:42: 41 imports are inside functions"),
        ("notes.txt", "", "notes.txt:1: The top level has a new entry"),
        *((f"cnm_tui/tui/{name}", text, f"cnm_tui/tui/{name}:{line}: {said}") for name, text, line, said in PRIVATE),
    ],
)
def test_a_broken_rule_is_found(tmp_path: Path, name: str, text: str, found: str) -> None:
    write(tmp_path / name, text)

    (finding,) = findings(tmp_path)

    assert str(finding).startswith(found)


def test_what_tools_write_and_what_is_just_within_the_rules_is_no_finding(tmp_path: Path) -> None:
    write(tmp_path / ".gitignore", "dist/\n*.egg-info/\n")
    for name in ("uv.lock", "PKG-INFO", "LICENSE", "dist/cnm.whl", "cnm_tui.egg-info/SOURCES.txt"):
        write(tmp_path / name)
    write(tmp_path / "cnm_tui/rows.py", "\n" * 349 + "def rows():\n" + " 1\n" * 49 + '"""Whatever it is."""')

    write(tmp_path / "cnm_tui/late.py", "def late():\n def later():\n" + "  import os\n" * 40)
    write(tmp_path / "cnm_tui/columns.py", "_own = 1\nmore = other._own, row._replace(name='')\n")

    assert list(findings(tmp_path)) == []


def test_the_list_of_private_names_is_that_of_those_in_use(tmp_path: Path) -> None:
    write(tmp_path / "cnm_tui/tui/terminal/a.py", "app._unheard_of()\n")

    first, *others = map(str, findings(tmp_path))

    assert first.startswith("cnm_tui/tui/terminal/a.py:1: _unheard_of is private to another package. Say in")
    assert len(others) > 30
    assert all(finding.endswith("is used no more. Remove it.") for finding in others)
