"""Test the hints about IP addresses in the detail pane, without a Textual app."""

import socket
import threading
from pathlib import Path

import pytest

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.settings import Settings
from cnm_tui.tui.features import hints
from cnm_tui.tui.features.hints import HintsFeature
from tests.builders import a_connection, a_snapshot
from tests.store.maxmind import maxmind
from tests.tui.fake_view import FakeView, a_sitting
from tests.tui.scheduling import until

QUERY = Query(group_bys=("client_service", "server_ip", "server_port"))
ROW = a_connection("1", (("web",), ("8.8.8.8",), ("53",)))


def made(geoip: str = "", name_of: object = socket.gethostbyaddr) -> tuple[HintsFeature, FakeView]:
    """Return the feature that shows hints about a row with an IP address, and its fake screen."""
    session, view, _ = a_sitting(Exploration(QUERY, refresh_seconds=None).received(a_snapshot(ROW, query=QUERY)))
    view.row, view.settings = ROW, Settings(geoip=geoip)
    return HintsFeature(session, view, name_of), view  # type: ignore[arg-type]


def lines(feature: HintsFeature) -> list[str]:
    """Return the lines of the section about IP addresses in the detail pane."""
    return [str(line[0]) for line in feature._lines(ROW, 80)]


def test_the_section_tells_what_is_known_offline(tmp_path: Path) -> None:
    pytest.importorskip("maxminddb")
    (tmp_path / "x.mmdb").write_bytes(maxmind({"country": {"iso_code": "US"}}))
    feature, view = made(str(tmp_path / "x.mmdb"))

    feature.show()

    assert lines(feature) == ["server_ip 8.8.8.8: a public address, US", "server_port 53: usually DNS"]
    assert view.said == []


def test_a_file_that_cannot_be_read_is_told_and_the_rest_is_shown(tmp_path: Path) -> None:
    pytest.importorskip("maxminddb")
    feature, view = made(str(tmp_path / "missing.mmdb"))

    feature.show()

    assert "missing.mmdb cannot be read" in view.notice
    assert lines(feature)[0] == "server_ip 8.8.8.8: a public address"


async def test_names_are_asked_for_only_on_request() -> None:
    asked = []

    def name_of(address: str) -> str:
        asked.append(address)
        return "dns.\x1b[2Jexample"

    feature, view = made(name_of=name_of)
    feature.show()
    before = list(asked)

    feature.look_up_names()
    await until(lambda: view.notice.startswith("Reverse DNS"))

    assert (before, asked) == ([], ["8.8.8.8"])
    assert lines(feature)[0] == "server_ip 8.8.8.8: a public address, named dns.␛[2Jexample"


async def test_a_resolver_without_an_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "NAME_SECONDS", 0.05)
    held = threading.Event()

    def name_of(_address: str) -> str:
        held.wait(30)
        raise OSError

    feature, view = made(name_of=name_of)
    feature.look_up_names()
    await until(lambda: view.notice.startswith("Reverse DNS"))
    held.set()

    assert view.notice == "Reverse DNS: no answer from the resolver in 0.05 s."


def test_without_an_address_nobody_is_asked() -> None:
    feature, view = made()
    view.row = None

    feature.look_up_names()

    assert view.notice.startswith("No address to look up")
