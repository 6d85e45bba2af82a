"""Test the pinned versions of packages: they must agree with pyproject.toml, and each must have a hash."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ASKED = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
ASKED_BY_TESTS = [*ASKED, *PROJECT["project"]["optional-dependencies"]["dev"]]
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def pinned(name: str) -> dict[str, Requirement]:
    """Return a dictionary from package name to pinned version, read from a requirements file.

    The function also checks that each package has exactly one version and at least one hash.
    """
    text = (ROOT / ".github" / name).read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, Requirement] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        written, *hashes = re.split(r"\s+(?=--hash)", line)
        assert hashes
        assert all(HASH.fullmatch(one) for one in hashes)
        requirement = Requirement(written)
        assert [specifier.operator for specifier in requirement.specifier] == ["=="]
        found[canonicalize_name(requirement.name)] = requirement
    return found


@pytest.mark.parametrize(("name", "asked"), [("locked.txt", ASKED), ("locked-dev.txt", ASKED_BY_TESTS)])
def test_each_package_that_is_asked_for_is_pinned_within_its_bounds(name: str, asked: list[str]) -> None:
    found = pinned(name)

    for wanted in map(Requirement, asked):
        (version,) = found[canonicalize_name(wanted.name)].specifier
        assert wanted.specifier.contains(version.version), f"{wanted}: run .github/lock"


def test_ci_tests_what_a_release_installs() -> None:
    released, tested = pinned("locked.txt"), pinned("locked-dev.txt")

    assert {name: str(tested[name]) for name in released} == {name: str(one) for name, one in released.items()}


def test_no_package_of_nobodys_name_comes_along() -> None:
    assert "lazy-importer" not in pinned("locked-dev.txt")
