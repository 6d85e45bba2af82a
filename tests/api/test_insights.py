"""Test requests for network health insights. A refused or failed request must give an error message of one
sentence.
"""

import json
from contextlib import aclosing

import pytest

from cnm_tui.api.client import CnmClient
from cnm_tui.api.service import Service, Timeouts
from cnm_tui.core.errors import (
    CnmError,
    CredentialsRefused,
    ProductDisabled,
    RateLimited,
    ReplyNotJson,
    ServiceFailed,
)
from cnm_tui.core.insights.insight import Insights
from cnm_tui.core.service import AccessToken, Secret
from cnm_tui.core.time.time_range import Window
from tests.api.scripted_server import Script, reply, serving, then_cut

WINDOW = Window(1_790_000_100, 1_790_001_000)
ONE = json.dumps({"data": [{"id": "a", "type": "network-health-insights", "attributes": {"type": "tcp"}}]}).encode()
TOKEN = AccessToken(Secret("ddpat_" + "0" * 40))


async def answer(sent: bytes | Script) -> Insights:
    """Return the network health insights that the HTTP client reads from this reply."""
    async with serving(sent) as server:
        service = Service(f"http://127.0.0.1:{server.port}", TOKEN, timeouts=Timeouts(read=0.3, whole=1.0))
        async with aclosing(CnmClient(service, "odd")) as client:
            return await client.insights(WINDOW)


async def test_insights_are_read() -> None:
    found = await answer(reply(ONE))

    assert [one.kind for one in found.found] == ["tcp"]
    assert found.window == WINDOW


@pytest.mark.parametrize(
    ("sent", "kind", "words"),
    [
        (
            reply(b'{"errors":["Forbidden"]}', status="403 Forbidden"),
            CredentialsRefused,
            "scope network_health_insights_read",
        ),
        (
            reply(b'{"errors":["Not found"]}', status="404 Not Found"),
            ProductDisabled,
            "a preview, and not on every site",
        ),
        (reply(b'{"errors":["x"]}', status="401 Unauthorized"), CredentialsRefused, "preview"),
        (reply(b'{"errors":["x"]}', status="429 Too Many Requests"), RateLimited, "preview"),
        (reply(b'{"errors":["x"]}', status="500 Internal Server Error"), ServiceFailed, "preview"),
        (
            reply(b'{"errors":[{"title":"Unstable operation"}]}', status="400 Bad Request"),
            CnmError,
            "Unstable operation",
        ),
        (reply(b"{}"), ReplyNotJson, "not a whole list"),
        (reply(b'{"data": [{"id"'), ReplyNotJson, "not a whole list"),
        (reply(b"[" * 100_000), ReplyNotJson, "not a whole list"),
        (reply(b"<html>sign in</html>", "content-type: text/html"), CnmError, ""),
        (then_cut(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n" + ONE[:40]), ReplyNotJson, ""),
        (then_cut(b""), CnmError, ""),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n", CnmError, ""),
    ],
)
async def test_each_failure_is_named(sent: bytes | Script, kind: type[CnmError], words: str) -> None:
    with pytest.raises(kind) as failed:
        await answer(sent)

    assert words in failed.value.sentence
    assert failed.value.sentence.isprintable()
    assert "ddpat" not in failed.value.sentence
