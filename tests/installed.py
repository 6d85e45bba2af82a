"""Check whether programs that tests need, but that no Python package contains, are installed."""

import os
import shutil

import pytest


def needs(*programs: str) -> None:
    """Skip the test if one of these programs is not installed.

    If the environment variable CNM_TUI_TESTS_NEVER_SKIP is set, the test fails instead.
    """
    missing = [program for program in programs if shutil.which(program) is None]
    if not missing:
        return
    reason = f"not installed: {', '.join(missing)}"
    if os.environ.get("CNM_TUI_TESTS_NEVER_SKIP"):
        pytest.fail(reason)
    pytest.skip(reason)
