"""Each house rule is found broken where it is, with its line, and nothing else is found."""

from pathlib import Path

import pytest

from tests.lint import findings

LATER, MACHINE = "TO" + "DO", "/ro" + "ot/"


def write(path: Path, text: str = "") -> None:
    """Write a file, and make its folders."""
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
        ("notes.txt", "", "notes.txt:1: The top level has a new entry"),
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
    write(tmp_path / "cnm_tui/rows.py", "\n" * 350 + "def rows():\n" + " 1\n" * 49)

    assert list(findings(tmp_path)) == []
