"""Request network health insights (problems that Datadog itself detected) from the API.

Each kind of failure raises a separate class of error.
"""

import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

import msgspec

from cnm_tui.api.http_connection import HttpConnection
from cnm_tui.api.rate_limit import stated_limits
from cnm_tui.api.service import Service
from cnm_tui.core.errors import CredentialsRefused, ProductDisabled, ReplyNotJson
from cnm_tui.core.insights.insight import SCOPE, Insights, insights_in
from cnm_tui.core.service import INSIGHTS_PATH, Exchange
from cnm_tui.core.time.time_range import Window

MOST_BYTES: Final = 8 * 1024 * 1024
_PREVIEW: Final = "It is a preview of Datadog's, and may change."


def ask_insights(
    service: Service, connection: HttpConnection, window: Window, clock: Callable[[], float] = time.time
) -> Insights:
    """Request and return the insights of a time window, and pass the response to the `heard` callback.

    Raises:
        CnmError: Any expected failure. Other queries may still succeed.
    """
    # Both are texts, as this endpoint declares them.
    asked_at = clock()
    asked = urlencode({"from": str(window.start), "to": str(window.end)})
    reply = connection.get(f"{INSIGHTS_PATH}?{asked}", service.keys, most_bytes=MOST_BYTES)
    name, now = service.peer.name, clock()
    if stranger := service.stranger(*reply, now):
        raise stranger
    body = service.keys.redaction.hide_whole(reply.body)
    if connection.heard is not None:
        limits = stated_limits(reply.headers)
        connection.heard(Exchange(None, window, asked_at, now, reply.status, limits, body))
    # Wrong keys are refused in the same way as a missing scope.
    if reply.status == 403 and connection.knows_keys() is not False:
        raise CredentialsRefused(
            f"{name} refused network health insights with these keys.",
            hint=f"Give the application key the scope {SCOPE}; nothing else needs it.",
        )
    if reply.status == 404:
        raise ProductDisabled(f"{name} has no network health insights: they are a preview, and not on every site.")
    if reply.status != 200:
        problem = service.refusal(*reply, now)
        problem.hint = f"{problem.hint} {_PREVIEW}".strip()
        raise problem
    try:
        found = insights_in(msgspec.json.decode(body), window)
    except (ValueError, RecursionError):
        found = None
    if found is None:
        raise ReplyNotJson(f"The reply of {name} is not a whole list of network health insights.", hint=_PREVIEW)
    return found
