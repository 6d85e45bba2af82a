"""Test that the installed `cnm-tui doctor` finds the cause of a problem. Each test server has one fault."""

import asyncio
import json
import re
import socket
import time
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.api.connect_proxy import proxying
from tests.api.scripted_server import reply, serving
from tests.certificates import Authority
from tests.program import API_KEY, APPLICATION_KEY, KEYS, run

pytestmark = pytest.mark.slow

VALID = reply(b'{"valid":true}')
SURROUNDINGS = ["versions", "terminal", "colours", "utf_8", "tmux", "ssh"]
KEPT = ["settings_file", "views_file", "state_files", "keyring", "keys", "site"]
WAY = ["name_resolution", "connection", "proxy", "tls", "reply", "clock"]
ANSWER = ["api_key", "application_key", "scope", "product", "data", "rate_limit", "dns", "insights", "question"]
NAMES = [*SURROUNDINGS, *KEPT, *WAY, *ANSWER]


class Examined(NamedTuple):
    """The output of the command `doctor`: its exit code, the name of the cause, and the results of its checks by
    name.
    """

    code: int
    cause: str | None
    findings: dict[str, dict[str, str]]

    def state(self, name: str) -> str:
        return self.findings[name]["state"]

    def proof(self, name: str) -> str:
        return self.findings[name]["proof"]

    def states(self, state: str) -> list[str]:
        return [name for name in self.findings if self.state(name) == state]


async def examined(*arguments: str, environ: Mapping[str, str] = KEYS) -> Examined:
    done = await asyncio.to_thread(run, "doctor", "--json", *arguments, environ=environ)
    assert done.stderr == ""
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["could_ask"] is (done.returncode == 0)
    return Examined(done.returncode, said["cause"], said["findings"])


async def test_where_all_is_well_each_check_proves_it_and_the_exit_code_is_0(url: str) -> None:
    found = await examined("--api-url", url)

    assert (found.code, found.cause) == (0, None)
    assert sorted(found.findings) == sorted(NAMES)
    assert found.states("failed") == []
    assert found.proof("keys") == "API key: DD_API_KEY, application key: DD_APP_KEY."
    assert "answered with 1 row" in found.proof("question")
    assert "of 120 calls in 1 min left" in found.proof("rate_limit")


async def test_the_demo_needs_no_keys() -> None:
    found = await examined("--demo", environ={})

    assert (found.code, found.state("question"), found.state("keys")) == (0, "ok", "skipped")
    assert sorted(found.findings) == sorted(NAMES)


@pytest.mark.parametrize(
    ("keys", "cause", "code", "well", "waiting"),
    [
        ({"DD_API_KEY": "wrong", "DD_APP_KEY": "any"}, "api_key", 3, "clock", "application_key"),
        ({"DD_API_KEY": "any", "DD_APP_KEY": "wrong"}, "application_key", 3, "api_key", "scope"),
        ({"DD_API_KEY": "any", "DD_APP_KEY": "unscoped"}, "scope", 3, "application_key", "product"),
        ({"DD_API_KEY": "any", "DD_APP_KEY": "disabled"}, "product", 1, "scope", "data"),
        ({"DD_ACCESS_TOKEN": "unscoped"}, "scope", 3, "clock", "product"),
    ],
    ids=["wrong key or site", "wrong application key", "no scope", "no product", "token"],
)
async def test_what_the_service_refuses_is_told_apart(
    url: str, keys: dict[str, str], cause: str, code: int, well: str, waiting: str
) -> None:
    found = await examined("--api-url", url, environ=keys)

    assert (found.code, found.cause) == (code, cause)
    assert found.findings[cause]["next_step"]
    assert (found.state(well), found.state(waiting)) == ("ok", "skipped")


async def test_without_keys_the_way_is_looked_at_all_the_same(url: str) -> None:
    found = await examined("--api-url", url, environ={})

    assert (found.code, found.cause) == (3, "keys")
    assert found.state("connection") == found.state("clock") == "ok"
    assert found.proof("question") == "Waits for keys."


async def test_without_keys_the_site_that_the_environment_names_is_the_one_looked_for() -> None:
    found = await examined(environ={"DD_SITE": "datadoghq.eu", "HTTPS_PROXY": "http://127.0.0.1:1"})

    assert (found.code, found.proof("site")) == (3, "datadoghq.eu, by DD_SITE.")
    assert found.proof("connection") == "Port 1: 127.0.0.1 refused the connection."


async def test_an_empty_answer_is_an_answer_with_a_word_of_warning() -> None:
    async with serving(VALID, VALID, VALID, reply(b'{"data":[]}')) as server:
        found = await examined("--api-url", f"http://127.0.0.1:{server.port}")

    assert (found.code, found.state("product"), found.state("data")) == (0, "ok", "warning")
    assert "no connections in the last 15 min" in found.proof("data")


async def test_a_key_is_sent_only_where_it_is_tried() -> None:
    empty = reply(b'{"data":[]}')
    async with serving(VALID, VALID, VALID, empty, empty, empty) as server:
        await examined("--api-url", f"http://127.0.0.1:{server.port}")

    sent = [(API_KEY in head, APPLICATION_KEY in head) for head in server.heard]
    assert sent == [(False, False), (True, False), *[(True, True)] * 4]
    connections, dns, insights = (head.partition("\r\n")[0] for head in server.heard[3:])
    assert "limit=1" in connections
    assert "/network/dns/aggregate" in dns
    assert "/network-health-insights" in insights


@pytest.mark.parametrize(
    ("key", "said"),
    [("uninsightful", "scope network_health_insights_read"), ("elsewhere", "Only H and `cnm-tui insights`")],
)
async def test_what_only_network_health_lacks_is_a_warning_that_says_who_needs_it(
    url: str, key: str, said: str
) -> None:
    keys = KEYS | {"DD_APP_KEY": key + APPLICATION_KEY}

    found = await examined("--api-url", url, environ=keys)

    assert (found.code, found.state("scope"), found.state("dns"), found.state("insights")) == (0, "ok", "ok", "warning")
    assert said in found.findings["insights"]["next_step"]


async def test_each_scope_is_checked_though_connections_are_refused() -> None:
    refused, empty = reply(b'{"errors":["Forbidden"]}', status="403 Forbidden"), reply(b'{"data":[]}')
    async with serving(VALID, VALID, VALID, refused, empty, empty) as server:
        found = await examined("--api-url", f"http://127.0.0.1:{server.port}")

    states = [found.state(name) for name in ("scope", "dns", "insights", "question")]
    assert (found.code != 0, states) == (True, ["failed", "ok", "ok", "failed"])
    assert "D, --dns and the views of DNS" in found.proof("dns")


async def test_too_many_calls_are_told_from_wrong_keys() -> None:
    refusal = reply(b"", "x-ratelimit-reset: 7", status="429 Too Many Requests")
    async with serving(VALID, VALID, VALID, refusal) as server:
        found = await examined("--api-url", f"http://127.0.0.1:{server.port}")

    assert (found.code, found.cause, found.state("api_key")) == (1, "rate_limit", "ok")


async def test_a_server_without_the_calls_that_try_keys_is_asked_all_the_same() -> None:
    unknown = reply(b"", status="404 Not Found")
    async with serving(unknown, unknown, unknown, reply()) as server:
        found = await examined("--api-url", f"http://127.0.0.1:{server.port}")

    assert (found.code, found.state("api_key"), found.state("question")) == (0, "warning", "ok")


@pytest.mark.parametrize(("seconds", "said"), [(-6_000, "ahead of"), (6_000, "behind")])
async def test_a_clock_that_is_wrong_is_told_by_how_much_and_which_way(seconds: int, said: str) -> None:
    dated = reply(b'{"valid":true}', f"date: {formatdate(time.time() + seconds, usegmt=True)}")
    async with serving(dated, VALID, VALID, reply()) as server:
        found = await examined("--api-url", f"http://127.0.0.1:{server.port}")

    assert (found.code, found.state("clock")) == (0, "warning")
    assert re.search(rf"is 1 h (39|40) min {said} that of 127\.0\.0\.1:", found.proof("clock"))


async def test_a_name_that_leads_nowhere_stops_all_that_needs_it() -> None:
    found = await examined("--api-url", "https://service.invalid")

    assert (found.code, found.cause) == (1, "name_resolution")
    assert found.proof("connection") == found.proof("question") == "Waits for name resolution."


async def test_a_port_on_which_nothing_listens_is_named_with_its_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    found = await examined("--api-url", f"https://127.0.0.1:{port}")

    assert (found.code, found.cause) == (1, "connection")
    assert found.proof("connection") == f"Port {port}: 127.0.0.1 refused the connection."


async def test_a_certificate_that_nobody_trusts_names_who_issued_it(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "Inspection CA")
    async with serving(VALID, VALID, VALID, reply(), tls=authority.server("localhost")) as server:
        url = f"https://localhost:{server.port}"
        refused = await examined("--api-url", url)
        trusted = await examined("--api-url", url, "--ca-bundle", str(authority.file))

    assert (refused.code, refused.cause) == (1, "tls")
    assert "Inspection CA (Example Corp)" in refused.proof("tls")
    assert "--ca-bundle" in refused.findings["tls"]["next_step"]
    assert (trusted.code, trusted.state("tls")) == (0, "ok")
    assert "issued by Inspection CA (Example Corp)" in trusted.proof("tls")
    assert f"trusted by --ca-bundle {authority.file}" in trusted.proof("tls")


async def test_the_store_that_the_environment_names_is_told(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    environ = {**KEYS, "SSL_CERT_FILE": str(authority.file)}
    async with serving(VALID, VALID, VALID, reply(), tls=authority.server("localhost")) as server:
        found = await examined("--api-url", f"https://localhost:{server.port}", environ=environ)

    assert f"trusted by SSL_CERT_FILE={authority.file}" in found.proof("tls")


async def test_a_store_that_cannot_be_read_is_told_before_anybody_is_dialled(tmp_path: Path) -> None:
    environ = {**KEYS, "SSL_CERT_FILE": str(tmp_path / "missing.pem")}
    async with serving() as server:
        found = await examined("--api-url", f"https://127.0.0.1:{server.port}", environ=environ)

    assert (found.code, found.cause, server.connections) == (1, "tls", 0)
    assert sorted(found.findings) == sorted(NAMES)


async def test_the_proxy_in_use_is_told_without_its_password(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with (
        serving(VALID, VALID, VALID, reply(), tls=authority.server("service.invalid")) as server,
        proxying(server.port) as proxy,
    ):
        environ = {**KEYS, "HTTPS_PROXY": f"http://me:passw0rd@127.0.0.1:{proxy.port}"}
        found = await examined(
            "--api-url", "https://service.invalid", "--ca-bundle", str(authority.file), environ=environ
        )

    assert found.code == 0
    assert found.proof("proxy") == f"http://***@127.0.0.1:{proxy.port}, by HTTPS_PROXY."
    assert "passw0rd" not in json.dumps(found.findings)
    assert API_KEY.encode() not in proxy.seen


@pytest.mark.parametrize("proxy", ["http://me:passw0rd@127.0.0.1:{port}", "passw0rd://x:1"], ids=["407", "malformed"])
async def test_a_proxy_that_cannot_be_used_is_the_cause(proxy: str) -> None:
    async with serving(reply(b"", status="407 Proxy Authentication Required")) as refusing:
        environ = {**KEYS, "HTTPS_PROXY": proxy.format(port=refusing.port)}
        found = await examined("--api-url", "https://service.invalid", environ=environ)

    assert (found.code, found.cause) == (1, "proxy")
    assert sorted(found.findings) == sorted(NAMES)
    assert "passw0rd" not in json.dumps(found.findings)


async def test_broken_settings_and_open_state_are_found(tmp_path: Path) -> None:
    for directory in ("config", "state"):
        (tmp_path / directory / "cnm-tui").mkdir(parents=True)
    (tmp_path / "config/cnm-tui/settings.toml").write_text("theme =", encoding="utf-8")
    (tmp_path / "state/cnm-tui/searches.jsonl").touch(0o644)
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_STATE_HOME": str(tmp_path / "state")}

    found = await examined("--demo", environ=environ)

    assert (found.code, found.state("settings_file"), found.state("state_files")) == (0, "failed", "warning")


async def test_a_wrong_site_in_the_environment_is_said_to_be_one() -> None:
    found = await examined(environ={**KEYS, "DD_SITE": "eu1", "HTTPS_PROXY": "http://127.0.0.1:1"})

    assert (found.code, found.cause) == (2, "keys")
    assert "DD_SITE: 'eu1' is no Datadog site." in found.proof("keys")
    assert found.proof("site") == found.proof("name_resolution") == "Waits for keys."
    assert sorted(found.findings) == sorted(NAMES)


async def test_whom_settings_name_in_vain_is_not_looked_for_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "cnm-tui"
    folder.mkdir()
    (folder / "settings.toml").write_text("[profiles.p]\nsite = 'eu1'\n", encoding="utf-8")
    environ = {"XDG_CONFIG_HOME": str(tmp_path)}

    done = await asyncio.to_thread(run, "doctor", "--json", "--profile", "p", environ=environ)
    with_site = await asyncio.to_thread(
        run, "auth", "status", "--profile", "p", "--site", "datadoghq.eu", environ=environ
    )

    findings = json.loads(done.stdout)["findings"]
    assert (done.returncode, findings["name_resolution"]["proof"]) == (4, "Waits for keys.")
    assert "site             datadoghq.eu (--site)" in with_site.stdout


def test_the_page_is_ascii_unless_the_locale_is_utf_8_and_ends_with_where_to_begin() -> None:
    arguments = ("doctor", "--api-url", "https://service.invalid")

    plain = run(*arguments)
    marked = run(*arguments, environ={**KEYS, "LC_ALL": "C.UTF-8", "COLUMNS": "80"})

    assert (plain.returncode, plain.stdout.isascii(), "\x1b" in plain.stdout) == (1, True, False)
    assert "x failed  name resolution service.invalid has no address here." in plain.stdout
    assert "✗ failed  name resolution service.invalid has no address here." in marked.stdout
    assert marked.stdout.endswith("\nNo question could be asked. Begin with: name resolution.\n")
    assert max(map(len, marked.stdout.splitlines())) <= 80


def test_a_profile_that_cannot_be_one_is_refused() -> None:
    done = run("doctor", "--profile", "a/b")

    assert (done.returncode, done.stdout) == (2, "")
