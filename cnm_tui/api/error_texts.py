"""What an error reply says in its own words, whatever shape it comes in."""

import json
import re
from typing import Any, Final

from cnm_tui.core.text import clean

LONGEST: Final = 300
"""Characters kept of one text."""
_MOST_TEXTS: Final = 5
_MOST_BYTES: Final = 64 * 1024

# Compiled where they are used: mostly there is no error.
_TITLE: Final = r"(?is)<title[^>]*>(.{0,2000}?)</title"
_INVISIBLE: Final = r"(?is)<(script|style|head)\b.*?</\1\s*>|<!--.*?-->"
_TAG: Final = r"<[^<>]{0,2000}>"
_LOOKS_LIKE_HTML: Final = r"(?i)\s*<(!doctype html|html|head|body)\b"


def error_texts(body: bytes, content_type: str = "") -> tuple[str, ...]:
    """The texts of an error reply, cleaned and bounded; none where it says nothing."""
    try:
        document = json.loads(body[:_MOST_BYTES], strict=False)
    except (ValueError, RecursionError):
        return _texts_of_page(body, content_type)
    listed = document.get("errors", document.get("error")) if isinstance(document, dict) else document
    entries = listed if isinstance(listed, list) else [listed]
    return _kept([_text_of_entry(entry) for entry in entries[:_MOST_TEXTS]])


def is_html(body: bytes, content_type: str = "") -> bool:
    """Whether a gateway's page stands where the service's reply should."""
    return (
        "html" in content_type.lower() or re.match(_LOOKS_LIKE_HTML, body[:200].decode("utf-8", "replace")) is not None
    )


def _texts_of_page(body: bytes, content_type: str) -> tuple[str, ...]:
    # Imported here: its table of names is for pages alone.
    import html

    text = body[:_MOST_BYTES].decode("utf-8", "replace")
    if not is_html(body, content_type):
        return _kept([text])
    title = re.search(_TITLE, text)
    if title is not None and title[1].strip():
        return _kept([html.unescape(title[1])])
    return _kept([html.unescape(re.sub(_TAG, " ", re.sub(_INVISIBLE, " ", text)))])


def _text_of_entry(entry: Any) -> str:
    """A text itself, or an object's title and detail; its status only repeats the reply's."""
    if isinstance(entry, str):
        return entry
    if not isinstance(entry, dict):
        return ""
    said = [entry.get(key) for key in ("title", "detail", "message")]
    return ": ".join(dict.fromkeys(text.strip() for text in said if isinstance(text, str) and text.strip()))


def _kept(texts: list[str]) -> tuple[str, ...]:
    # Line ends and runs of blanks become one space first, so that a page's layout is not drawn as control pictures.
    spaced = (" ".join(text[:_MOST_BYTES].split()) for text in texts)
    return tuple(clean(text, LONGEST) for text in spaced if text)
