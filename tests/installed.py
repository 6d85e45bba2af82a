"""Programs that tests need, and that no Python package installs."""

import os
import shutil

import pytest


def needs(*programs: str) -> None:
    """Skip the test if one is not installed; fail instead if nothing may be skipped."""
    missing = [program for program in programs if shutil.which(program) is None]
    if not missing:
        return
    reason = f"not installed: {', '.join(missing)}"
    if os.environ.get("CNM_TUI_TESTS_NEVER_SKIP"):
        pytest.fail(reason)
    pytest.skip(reason)
