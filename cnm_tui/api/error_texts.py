"""Extract the message of an error reply in JSON, HTML or plain text."""

import json
import re
from typing import Any, Final

from cnm_tui.core.redaction import NOTHING_SECRET, Redaction
from cnm_tui.core.text import clean

LONGEST: Final = 300
"""Maximum characters kept of one message."""
_MOST_LOOKED_AT: Final = 8 * 1024
"""Maximum characters of one message that are searched for keys; `LONGEST` of them are shown."""
_MOST_TEXTS: Final = 5
_MOST_BYTES: Final = 64 * 1024
_LONGEST_TITLE: Final = 2_000

# Compiled on use: most runs have no error.
_TAG: Final = r"<(?:(!--)|(script|style|head)\b|[a-z/!?])"
_SMALL: Final = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}
_LOOKS_LIKE_HTML: Final = r"(?i)\s*<(!doctype html|html|head|body)\b"


def error_texts(body: bytes, content_type: str = "", redaction: Redaction = NOTHING_SECRET) -> tuple[str, ...]:
    """Return the error messages that the body of an error response contains.

    Each message is safe to display, shortened, and free of API keys. The tuple is empty if the body contains no
    message.
    """
    # Line ends and runs of blanks become one space, so that a message cannot draw a picture.
    texts = [" ".join(text[:_MOST_BYTES].split()) for text in _texts(body[:_MOST_BYTES], content_type)]
    return tuple(clean(redaction.hide(text[:_MOST_LOOKED_AT]), LONGEST) for text in texts if text)


def _texts(body: bytes, content_type: str) -> list[str]:
    try:
        document = json.loads(body, strict=False)
    except (ValueError, RecursionError):
        return [_text_of_page(body, content_type)]
    listed = document.get("errors", document.get("error")) if isinstance(document, dict) else document
    entries = listed if isinstance(listed, list) else [listed]
    return [_text_of_entry(entry) for entry in entries[:_MOST_TEXTS]]


def is_html(body: bytes, content_type: str = "") -> bool:
    """True if the body is a web page, which a gateway may send instead of the service."""
    return (
        "html" in content_type.lower() or re.match(_LOOKS_LIKE_HTML, body[:200].decode("utf-8", "replace")) is not None
    )


def _text_of_page(body: bytes, content_type: str) -> str:
    text = body.decode("utf-8", "replace")
    if not is_html(body, content_type):
        return text
    # Imported here: few errors are web pages, and the names of all entities take a millisecond.
    import html

    shown = _title(text) or _without_tags(text)
    try:
        return html.unescape(shown)
    except ValueError:
        # Python raises ValueError for integers of more than 4,300 digits.
        return shown


def _title(page: str) -> str:
    lower = _lower(page)
    begin = lower.find(">", lower.find("<title")) + 1 if "<title" in lower else 0
    end = lower.find("</title", begin, begin + _LONGEST_TITLE) if begin else -1
    return page[begin:end].strip() if end > 0 else ""


def _without_tags(page: str) -> str:
    """Return the visible text of a web page, without tags, comments and scripts.

    The running time is linear in the length of the page, so that a malicious page cannot block the program.
    """
    lower = _lower(page)
    opening = re.compile(_TAG)
    shown: list[str] = []
    at = 0
    while tag := opening.search(lower, at):
        shown.append(page[at : tag.start()])
        comment, hidden = tag.groups()
        closing = "-->" if comment else f"</{hidden}" if hidden else ">"
        end = lower.find(closing, tag.end() - (0 if comment or hidden else 1))
        if end >= 0 and hidden:
            end = lower.find(">", end)
        if end < 0:
            # An unclosed comment hides the rest of the page.
            return " ".join(shown)
        at = end + (len(closing) if comment else 1)
    return " ".join([*shown, page[at:]])


def _lower(page: str) -> str:
    """Return the page with the letters A to Z in lower case. Every character keeps its position."""
    return page.translate(_SMALL)


def _text_of_entry(entry: Any) -> str:
    """Return one entry of a JSON list of errors as text. The text is empty for an entry of an unknown type.

    A string is returned unchanged. For a JSON object, its members `title`, `detail` and `message` are joined.
    Its member `status` is left out because it only repeats the HTTP status.
    """
    if isinstance(entry, str):
        return entry
    if not isinstance(entry, dict):
        return ""
    said = [entry.get(key) for key in ("title", "detail", "message")]
    return ": ".join(dict.fromkeys(text.strip() for text in said if isinstance(text, str) and text.strip()))
