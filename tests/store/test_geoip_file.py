"""Test how countries and network operators are read from the user's own MaxMind file, whatever the file
contains.
"""

from pathlib import Path
from typing import Any

import pytest

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import unseen
from cnm_tui.store.geoip_file import GeoipFile
from tests.odd_text import ODD
from tests.store.maxmind import maxmind

pytest.importorskip("maxminddb")


def opened(path: Path, record: dict[str, Any]) -> GeoipFile:
    """Return an opened MaxMind file that contains this record for every IP address."""
    (path / "x.mmdb").write_bytes(maxmind(record))
    return GeoipFile(path / "x.mmdb")


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"country": {"iso_code": "FR", "names": {"en": "France"}}}, "France"),
        ({"country": {"iso_code": "FR"}}, "FR"),
        ({"registered_country": {"iso_code": "DE"}}, "DE"),
        (
            {"autonomous_system_number": 64_500, "autonomous_system_organization": "Example", "country": "x"},
            "AS64500 Example",
        ),
        ({"country": {"names": "x"}, "autonomous_system_number": "y"}, ""),
        ({}, ""),
    ],
)
def test_country_and_network_are_told(tmp_path: Path, record: dict[str, Any], told: str) -> None:
    assert opened(tmp_path, record).told("8.8.8.8") == told


@pytest.mark.parametrize("hostile", [text for text in ODD.values() if "\ud800" not in text])
def test_nothing_in_the_file_acts_on_a_terminal(tmp_path: Path, hostile: str) -> None:
    assert unseen(opened(tmp_path, {"autonomous_system_organization": hostile[:60]}).told("8.8.8.8")) == ""


@pytest.mark.parametrize("content", [b"", b"text", maxmind({"country": {}})[:-30], bytes(1_000)])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.mmdb").write_bytes(content)

    with pytest.raises(StoreFailed):
        GeoipFile(tmp_path / "x.mmdb")


def test_a_missing_file_and_an_unknown_address_are_told(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match=r"missing\.mmdb cannot be read"):
        GeoipFile(tmp_path / "missing.mmdb")

    assert opened(tmp_path, {"country": {"iso_code": "FR"}}).told("2001:db8::1") == ""
