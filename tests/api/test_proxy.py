"""Test requests through a company's HTTP proxy: which proxy is used, which data it sees, and how failures are
reported.
"""

import re
import socket
from base64 import b64encode
from contextlib import aclosing, closing
from pathlib import Path
from urllib.parse import unquote

import pytest

from cnm_tui.api.client import CnmClient
from cnm_tui.api.http_connection import HttpConnection
from cnm_tui.api.proxy import Proxy, is_excepted, proxy_for
from cnm_tui.api.reachability import reachability_findings
from cnm_tui.api.service import Service
from cnm_tui.core.errors import CnmError, NameNotResolved, ProxyFailed
from cnm_tui.core.finding import State
from cnm_tui.core.query import Query
from cnm_tui.core.service import KeyPair, Secret
from tests.api.conftest import asked_at_once
from tests.api.connect_proxy import proxying
from tests.api.scripted_server import reply, serving, then_cut
from tests.certificates import Authority

PAIR = KeyPair(Secret("0123api"), Secret("4567app"))
HOST = "service.invalid"
"""A name that does not resolve, so that only a proxy can connect."""


async def failure_through(port: int, monkeypatch: pytest.MonkeyPatch) -> CnmError:
    monkeypatch.setenv("HTTPS_PROXY", f"http://someone:passw0rd@127.0.0.1:{port}")
    with pytest.raises(CnmError) as caught:
        await asked_at_once(Service(f"https://{HOST}", PAIR), Query())
    assert "passw0rd" not in caught.value.sentence
    return caught.value


async def test_an_answer_comes_through_a_proxy_that_sees_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    async with serving(reply(), tls=authority.server(HOST)) as server, proxying(server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://someone:passw0rd@127.0.0.1:{proxy.port}")
        async with aclosing(CnmClient(Service(f"https://{HOST}", PAIR, ca_bundle=authority.file), "test")) as client:
            snapshot = await client.fetch(Query())

    assert len(snapshot.connections) == 1
    assert "dd-api-key: 0123api" in server.heard[0].lower()
    assert [head.partition("\r\n")[0] for head in proxy.asked] == [f"CONNECT {HOST}:443 HTTP/1.1"]
    assert b"0123api" not in proxy.seen
    assert b"4567app" not in proxy.seen
    assert b"connections/aggregate" not in proxy.seen


async def test_an_answer_comes_through_a_proxy_that_is_itself_reached_by_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    async with (
        serving(reply(), tls=authority.server(HOST)) as server,
        proxying(server.port, authority.server("localhost")) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"https://someone:p%40ss@localhost:{proxy.port}")
        service = Service(f"https://{HOST}", PAIR, ca_bundle=authority.file)
        async with aclosing(CnmClient(service, "test")) as client:
            snapshot = await client.fetch(Query())

    assert len(snapshot.connections) == 1
    assert f"Proxy-Authorization: Basic {b64encode(b'someone:p@ss').decode()}" in proxy.asked[0]


async def test_a_host_that_no_proxy_excepts_is_dialled_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as server, proxying(server.port) as proxy:
        monkeypatch.setenv("NO_PROXY", "invalid")
        failed = await failure_through(proxy.port, monkeypatch)

    assert type(failed) is NameNotResolved
    assert proxy.asked == []


@pytest.mark.parametrize("signed_by", ["bob:pw1", "u:p1", "someone:passw0rd", "b%40b:p%3A1"])
async def test_nothing_that_a_proxy_was_sent_is_shown(monkeypatch: pytest.MonkeyPatch, signed_by: str) -> None:
    sent = b64encode(unquote(signed_by).encode()).decode()

    async with serving(reply(b"", status=f"407 no <{sent}>")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{signed_by}@127.0.0.1:{proxy.port}")
        with pytest.raises(ProxyFailed) as caught:
            await asked_at_once(Service(f"https://{HOST}", PAIR), Query())

    assert "407 no <***>" in caught.value.sentence


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        ("407 Proxy Authentication Required", "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"),
        ("403 Forbidden", "Have the host let through"),
        ("502 Bad Gateway", "It could not reach the host itself"),
    ],
)
async def test_a_proxy_that_does_not_connect_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, status: str, hint: str
) -> None:
    async with serving(reply(b"", status=status)) as proxy:
        failed = await failure_through(proxy.port, monkeypatch)

    assert type(failed) is ProxyFailed
    assert str(failed) == (f"The proxy 127.0.0.1:{proxy.port} did not let the request to {HOST} through: {status}.")
    assert hint in failed.hint


async def test_a_proxy_that_refuses_connections_is_told_from_one_without_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving() as server:
        port = server.port

    refused = await failure_through(port, monkeypatch)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    with pytest.raises(ProxyFailed) as nowhere:
        await asked_at_once(Service(f"https://{HOST}", PAIR), Query())

    assert str(refused) == f"The proxy 127.0.0.1:{port} refused the connection."
    assert str(nowhere.value) == "The proxy proxy.invalid:3128 has no address here."


async def test_a_proxy_that_hangs_up_is_a_failure_and_not_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(then_cut()) as proxy:
        failed = await failure_through(proxy.port, monkeypatch)

    assert HOST in str(failed)


@pytest.mark.parametrize(
    ("excepted", "is_so"),
    [
        ("", False),
        ("*", True),
        ("localhost, *", True),
        ("api.datadoghq.eu", True),
        ("datadoghq.eu", True),
        (".datadoghq.eu", True),
        ("*.datadoghq.eu", True),
        ("API.DATADOGHQ.EU:443", True),
        ("api.datadoghq.eu:8443", False),
        ("hq.eu", False),
        ("datadoghq.com,10.0.0.0/8", False),
    ],
)
def test_no_proxy_names_hosts_domains_and_all(excepted: str, is_so: bool) -> None:
    assert is_excepted("api.datadoghq.eu", 443, excepted) is is_so


@pytest.mark.parametrize(
    ("excepted", "is_so"),
    [
        ("[::1]", True),
        ("[2001:DB8::1]", False),
        ("[::1]:443", True),
        ("[::1]:8443", False),
        ("[::]/64", True),
        ("::1", True),
        ("a.example [::1]", True),
        ("a.example,  [::1]:443 , b.example", True),
        ("[::1", False),
    ],
)
def test_no_proxy_names_addresses_in_brackets(excepted: str, is_so: bool) -> None:
    assert is_excepted("::1", 443, excepted) is is_so


@pytest.mark.parametrize("excepted", ["localhost datadoghq.eu", "a,b\tdatadoghq.eu\n", " datadoghq.eu "])
def test_no_proxy_takes_blanks_between_names(excepted: str) -> None:
    assert is_excepted("api.datadoghq.eu", 443, excepted)
    assert not is_excepted("api.datadoghq.com", 443, excepted)


def test_no_proxy_names_blocks_of_addresses() -> None:
    assert is_excepted("10.1.2.3", 443, "10.0.0.0/8")
    assert not is_excepted("11.1.2.3", 443, "10.0.0.0/8")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:1", "https://127.0.0.1", "https://[::1]:8443"])
def test_between_this_machine_and_itself_there_is_no_proxy(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert proxy_for(url) is None


def test_the_proxy_for_https_counts_before_the_one_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://all:1")
    only_all = proxy_for("https://api.datadoghq.eu")
    monkeypatch.setenv("https_proxy", "for-https:2")
    both = proxy_for("https://api.datadoghq.eu")

    assert only_all == Proxy("http://all:1", "ALL_PROXY")
    assert both == Proxy("http://for-https:2", "https_proxy")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://proxy:3128", "http://proxy:3128"),
        ("http://me:passw0rd@proxy:3128/", "http://***@proxy:3128"),
        ("https://me@proxy", "https://***@proxy:443"),
        ("http://h:passw0rd:9:9", "***"),
        ("passw0rd://x:1", "***"),
        ("http://[passw0rd", "***"),
    ],
)
def test_a_proxy_is_shown_without_its_password(url: str, shown: str) -> None:
    proxy = Proxy(url, "HTTPS_PROXY")

    assert proxy.shown == shown
    assert "passw0rd" not in repr(proxy)


DOUBTFUL = [
    "http://user:Pa@Secret#9@127.0.0.1:3128",
    "user:Pa@Secret@127.0.0.1:3128",
    "http://user:Secret#9@127.0.0.1:3128",
    "http://user:12/Secret@127.0.0.1:3128",
    "http://user:Secret?@127.0.0.1:3128",
    "http://Secret/user:x@127.0.0.1:3128",
    "http://user:Secret\\x@127.0.0.1:3128",
    "http://user:Sec ret@127.0.0.1:3128",
    "user:a://Secret@127.0.0.1:3128",
    "socks5://user:Pa@Secret#9@127.0.0.1:3128",
]


@pytest.mark.parametrize("url", DOUBTFUL)
async def test_a_password_that_could_be_read_as_the_host_is_refused_unseen(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    key_status: list[str] = []

    def look_up(host: str, *_arguments: object, **_options: object) -> list[object]:
        key_status.append(host)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setenv("HTTPS_PROXY", url)
    service = Service(f"https://{HOST}", PAIR)

    with closing(HttpConnection(service)) as connection:
        with pytest.raises(ProxyFailed) as refused:
            connection.answer(Query())
        found = list(reachability_findings(service, connection))

    assert "%40" in refused.value.hint
    assert "HTTPS_PROXY" in str(refused.value)
    assert [finding.name for finding in found if finding.state is State.FAILED] == ["proxy"]
    assert key_status == []
    for said in (refused.value.sentence, repr(service.proxy), *(f"{one.proof} {one.next_step}" for one in found)):
        assert not re.search("secret|sec |Pa@|user:", said, re.IGNORECASE)


@pytest.mark.parametrize(
    "url",
    [
        "http://user:Pa%40Secret%239@127.0.0.1:3128",
        "http://127.0.0.1:3128/path",
        "http://user@[::1]:3128/",
        "socks5://user:p%25@proxy",
        "proxy.example:3128",
    ],
)
def test_a_proxy_that_can_be_read_in_one_way_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url)
    proxy = proxy_for(f"https://{HOST}")

    assert proxy is not None
    assert not proxy.is_doubtful
    assert proxy.name


async def test_a_tunnel_is_kept_for_the_next_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    async with serving(reply(), reply(), tls=authority.server(HOST)) as server, proxying(server.port) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with aclosing(CnmClient(Service(f"https://{HOST}", PAIR, ca_bundle=authority.file), "test")) as client:
            await client.fetch(Query())
            await client.fetch(Query())

    assert len(proxy.asked) == 1


async def test_bytes_behind_an_answer_close_a_tunnel_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    answers = (reply() + reply(b'{"data":[]}'), reply())
    async with serving(*answers, tls=authority.server(HOST)) as server, proxying(server.port) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with aclosing(CnmClient(Service(f"https://{HOST}", PAIR, ca_bundle=authority.file), "test")) as client:
            await client.fetch(Query())
            snapshot = await client.fetch(Query())

    assert len(snapshot.connections) == 1
    assert len(proxy.asked) == 2
