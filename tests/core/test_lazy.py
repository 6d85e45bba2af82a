"""Names of packages that import their module on first use."""

import subprocess
import sys
from importlib import import_module
from typing import Final

import pytest

LAZY: Final = {
    "cnm_tui.core": ["RowCommand", "checked_command", "checked_name", "checked_template"],
    "cnm_tui.core.endpoints": ["DNS", "endpoint_called"],
    "cnm_tui.core.diagnosis": ["NO_WARNINGS", "diagnosed", "known_diagnosis"],
    "cnm_tui.core.export": [
        "FindingColumns",
        "graph_pieces",
        "left_out",
        "onset_lines",
        "timeline_fact",
        "timeline_of",
    ],
    "cnm_tui.core.filter": ["column_called", "read"],
    "cnm_tui.core.findings": ["FINDINGS", "GONE", "NO_FINDINGS"],
    "cnm_tui.core.suggestions": ["known", "nearest_field_sentences", "nearest_fields", "nothing_seen"],
    "cnm_tui.store": ["RecordingKeeper", "Redaction", "ViewsFile"],
    "cnm_tui.tui.dialogs": [
        *("HelpScreen", "Palette", "ProfilePicker", "SearchPicker", "SignInScreen", "TooSmallScreen", "ViewPicker"),
        "WelcomeScreen",
    ],
    "cnm_tui.tui.widgets": ["SearchBox", "offers_in_a_column", "offers_in_a_line", "problem_lines"],
}


@pytest.mark.parametrize("package", LAZY)
def test_each_name_is_found_in_its_module(package: str) -> None:
    for name in LAZY[package]:
        assert getattr(import_module(package), name) is not None


def test_a_name_that_no_module_defines_is_refused_like_any_other() -> None:
    with pytest.raises(AttributeError, match="module 'cnm_tui.tui.dialogs' has no attribute 'Missing'"):
        import_module("cnm_tui.tui.dialogs").Missing  # noqa: B018  # only the error counts


def test_a_module_is_imported_with_the_first_use_of_its_name() -> None:
    script = (
        "import sys; from cnm_tui.core import suggestions; module = 'cnm_tui.core.suggestions.nearest_field'\n"
        "before = module in sys.modules; suggestions.nearest_fields; print(before, module in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "False True\n"
