"""Ask for network health insights, and name each way in which that fails."""

from typing import Final
from urllib.parse import urlencode

import msgspec

from cnm_tui.api.http_connection import HttpConnection
from cnm_tui.api.service import Service
from cnm_tui.core.errors import CredentialsRefused, ProductDisabled, ReplyNotJson
from cnm_tui.core.insights.insight import PATH, SCOPE, Insights, insights_in
from cnm_tui.core.time.time_range import Window

MOST_BYTES: Final = 8 * 1024 * 1024
_PREVIEW: Final = "It is a preview of Datadog's, and may change."


def ask_insights(service: Service, connection: HttpConnection, window: Window, now: float) -> Insights:
    """Return the insights of a window.

    Raises:
        CnmError: Any expected failure; it says nothing about other questions.
    """
    # Both are texts, as this endpoint declares them.
    asked = urlencode({"from": str(window.start), "to": str(window.end)})
    reply = connection.get(f"{PATH}?{asked}", service.keys, most_bytes=MOST_BYTES)
    name = service.peer.name
    if stranger := service.stranger(*reply, now):
        raise stranger
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
        found = insights_in(msgspec.json.decode(service.keys.redaction.hide_whole(reply.body)), window)
    except (ValueError, RecursionError):
        found = None
    if found is None:
        raise ReplyNotJson(f"The reply of {name} is not a whole list of network health insights.", hint=_PREVIEW)
    return found
