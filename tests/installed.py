"""What tests need that no Python package brings."""

import os
import shutil

import pytest


def needs(*programs: str) -> None:
    """Skip the test where one is not installed; where nothing may be skipped, it fails."""
    missing = [program for program in programs if shutil.which(program) is None]
    if not missing:
        return
    reason = f"not installed: {', '.join(missing)}"
    if os.environ.get("CNM_TUI_TESTS_NEVER_SKIP"):
        pytest.fail(reason)
    pytest.skip(reason)
