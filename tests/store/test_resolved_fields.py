"""Test the file that stores, for each Datadog site, which tags had values in answers. A broken file must do no
harm.
"""

import stat
from pathlib import Path

import pytest

from cnm_tui.store.resolved_fields import ResolvedFields


@pytest.fixture
def file(tmp_path: Path) -> ResolvedFields:
    return ResolvedFields(tmp_path / "resolved-fields.json")


def test_what_was_remembered_is_recalled_for_its_service_only(file: ResolvedFields) -> None:
    file.remember("prod", {"server_host": 0.5, "server_team": 0.0})
    file.remember("other", {"server_host": 1.0})
    file.remember("prod", {"server_host": 0.7})

    assert file.recall("prod") == {"server_host": 0.7, "server_team": 0.0}
    assert file.recall("nobody") == {}


def test_the_file_is_for_its_user_alone(file: ResolvedFields, tmp_path: Path) -> None:
    file.remember("prod", {"server_host": 0.5})

    assert stat.S_IMODE((tmp_path / "resolved-fields.json").stat().st_mode) == 0o600


def test_old_services_and_fields_are_forgotten(file: ResolvedFields) -> None:
    for number in range(40):
        file.remember(f"service-{number}", {f"server_tag{field}": 1.0 for field in range(300)})

    assert file.recall("service-0") == {}
    assert len(file.recall("service-39")) == 200


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"prod": []}', b'{"prod": {"server_host": "much"}}', b'{"prod": {"x": 7}}', b"[" * 100_000],
    ids=["empty", "half", "a list", "no fields", "no number", "no share", "deep"],
)
def test_a_broken_file_knows_nothing(file: ResolvedFields, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "resolved-fields.json").write_bytes(content)

    assert file.recall("prod") == {}
    file.remember("prod", {"server_host": 0.5})
    assert file.recall("prod") == {"server_host": 0.5}
