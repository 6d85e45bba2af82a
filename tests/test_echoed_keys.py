"""Test that no command shows an API key, even if a server or proxy repeats the request in its reply."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import cast
from urllib.parse import quote

import pytest

from cnm_tui.core.redaction import Redaction
from cnm_tui.core.service import KeyPair, Secret
from cnm_tui.store.recording import Recording
from cnm_tui.wiring import Target
from tests.api.scripted_server import reply
from tests.builders import FakeSource
from tests.program import run
from tests.tui.conftest import exploring

API_KEY = "7c4f0b91e2d85a36f1047b9ce8d2a563"
APP_KEY = "b19d3e7f5c0a8246d9e1f7034bc6a85e2d7f9014"
TOKEN = "ddpat_Q7wX-z_9Rt4Lm"
USER, PASSWORD = "jo.proxyuser", "hunter2-and-more"
ALL = Redaction(map(Secret, (API_KEY, APP_KEY, TOKEN, USER, PASSWORD)))
PAIR = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY}

Echo = Callable[[str], bytes]
"""Function that returns the reply to a request's head."""


def keys_of(head: str) -> str:
    """Return the values of all request headers that contain API keys, joined by blanks."""
    lines = [line.partition(": ") for line in head.split("\r\n")]
    wanted = ("dd-api-key", "dd-application-key", "authorization", "proxy-authorization")
    return " ".join(value for name, _, value in lines if name.lower() in wanted)


def errors(text: str, status: str) -> bytes:
    return reply(json.dumps({"errors": [{"title": "No", "detail": text}]}).encode(), status=status)


def html(text: str, status: str = "403 Forbidden") -> bytes:
    return reply(f"<html><body>You sent: {text}</body></html>".encode(), "content-type: text/html", status=status)


ECHOES: dict[str, Echo] = {
    "403": lambda head: errors(f"refused {keys_of(head)}", "403 Forbidden"),
    "400, the whole head": lambda head: errors(head, "400 Bad Request"),
    "429 by name": lambda head: reply(b"{}", f"x-ratelimit-name: {keys_of(head)}", status="429 Too Many"),
    "500 in plain": lambda head: reply(f"failed: {head}".encode(), status="500 Failed"),
    "a page": lambda head: html(head),
    "a page in the answer's place": lambda head: html(head, "200 OK"),
    "a page's title": lambda head: reply(f"<title>{keys_of(head)}</title>".encode(), "content-type: text/html"),
    "a redirect": lambda head: reply(b"", f"location: https://{keys_of(head).split()[0]}.example/", status="302 Found"),
    "in base64": lambda head: errors(base64.b64encode(head.encode()).decode()[100:], "400 Bad Request"),
    "for a URL": lambda head: errors(quote(head, safe=""), "400 Bad Request"),
    "in capitals": lambda head: errors(keys_of(head).upper(), "403 Forbidden"),
    "in pieces": lambda head: errors(" ".join(key[:9] + "..." for key in keys_of(head).split()), "403 Forbidden"),
    "cut where texts are cut": lambda head: errors("x" * 280 + keys_of(head), "403 Forbidden"),
    "an encoding": lambda head: reply(b"", f"content-encoding: {keys_of(head)}"),
    "an encoding, where it is cut": lambda head: reply(b"", f"content-encoding: {'x' * 26}{keys_of(head)}"),
    "no HTTP": lambda head: keys_of(head).encode() + b"\r\n\r\n",
}


@asynccontextmanager
async def echoing(echo: Echo) -> AsyncIterator[str]:
    """Yield the URL of a server. The function `echo` makes each reply from the text of the request."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            # A request without keys gets a good answer, so that a request with keys follows.
            writer.write(echo(head) if keys_of(head) else reply(b'{"valid":true}'))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def assert_nothing_told(said: str) -> None:
    for word in said.split():
        assert not ALL.finds(word), said
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
async def test_no_command_shows_a_key_that_a_server_repeats(echo: Echo) -> None:
    async with echoing(echo) as url:
        for environ in (PAIR, {"DD_ACCESS_TOKEN": TOKEN}):
            for command in (("query",), ("doctor", "--json"), ("auth", "status")):
                done = await asyncio.to_thread(run, *command, "--api-url", url, environ=environ)

                assert done.returncode != 0
                assert_nothing_told(done.stdout + done.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("echo", ["403", "400, the whole head", "a page in the answer's place"])
@pytest.mark.parametrize(
    "command",
    [
        "insights -f json",
        "query --dns",
        "query --all",
        "query --timeline 15m",
        "explain --metric tcp_retransmits --yes",
        "check --fail-if critical -f json",
        "record --once -o {}/kept.cnm",
    ],
)
async def test_no_way_to_ask_shows_a_key_that_a_server_repeats(command: str, echo: str, tmp_path: Path) -> None:
    async with echoing(ECHOES[echo]) as url:
        done = await asyncio.to_thread(run, *command.format(tmp_path).split(), "--api-url", url, environ=PAIR)

    assert done.returncode != 0
    assert_nothing_told(done.stdout + done.stderr)


@pytest.mark.parametrize("echo", ["400, the whole head", "in base64", "for a URL", "in capitals", "in pieces", "403"])
async def test_no_recording_holds_a_key_that_a_server_repeats(echo: str, tmp_path: Path) -> None:
    path = tmp_path / "kept.cnm"
    async with echoing(ECHOES[echo]) as url:
        for environ in (PAIR, {"DD_ACCESS_TOKEN": TOKEN}):
            await asyncio.to_thread(run, "query", "--api-url", url, "--record", str(path), environ=environ)

    with closing(Recording(path)) as recording:
        kept = [recording.body(one.id).decode() for one in recording.answers.all]
        limits = [str(recording.limits(one.id)) for one in recording.answers.all]
    assert len(kept) == 2
    assert_nothing_told(" ".join(kept + limits) + path.read_bytes().decode("latin-1"))


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
async def test_the_screen_shows_no_key_that_a_server_repeats(echo: Echo) -> None:
    async with echoing(echo) as url:
        source = Target(url, KeyPair(Secret(API_KEY), Secret(APP_KEY)), "test", None).client()
        async with exploring(cast(FakeSource, source), size=(120, 40)) as user:
            await user.until(lambda: user.main.exploration.problem is not None)
            await user.sees(str(user.main.exploration.problem)[:20])

            assert_nothing_told(user.screen())
            assert_nothing_told(repr(user.main.exploration.problem))


async def test_no_command_shows_what_a_proxy_repeats() -> None:
    def refuse(head: str) -> bytes:
        sent = keys_of(head)
        signed = base64.b64decode(sent.partition(" ")[2]).decode() if sent else ""
        return reply(b"", status=f"407 no {sent} {signed} {quote(signed)} {USER} {PASSWORD}")

    async with echoing(refuse) as url:
        proxy = f"http://{quote(USER)}:{quote(PASSWORD)}@{url.removeprefix('http://')}"
        for command in (("query",), ("doctor", "--json"), ("auth", "status")):
            done = await asyncio.to_thread(run, *command, environ={**PAIR, "HTTPS_PROXY": proxy})

            assert done.returncode == 1
            assert "407 no Basic ***" in done.stdout + done.stderr
            assert_nothing_told(done.stdout + done.stderr)
