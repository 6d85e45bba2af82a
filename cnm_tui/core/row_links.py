"""Define templates for links to web pages about a row. A template is a URL with placeholders for values of the
row.

The file settings.toml can replace templates and add others.

In a template, `{web}` is the host of the web pages. `{from_ms}` and `{to_ms}` are the start and end of the
time window in milliseconds. `{FIELD}` is a value of the row. A field without the prefix `client_` or
`server_`, for example `{service}`, creates one link for the client and one link for the server.
`{search:FIELD}` is the value as a search term, for example `service:"a b"`. All values are URL-encoded, so
that no value can change the address.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.text import clean, unseen

DOCUMENTED: Final = "documented"
"""Datadog's own documentation has such addresses."""
SEEN: Final = "seen"
"""Other programs use such addresses; Datadog does not document them."""
UNPROVEN: Final = "unproven"
"""The page is documented, its parameters are a guess."""
OWN: Final = "yours"
"""The template is from settings.toml."""


class Template(NamedTuple):
    """A template for the web address (URL) of a page about a row, or about the row's client or server."""

    name: str
    address: str
    certainty: str


TEMPLATES: Final = (
    Template(
        "logs",
        "https://{web}/logs?query={search:service}&from_ts={from_ms}&to_ts={to_ms}&live=false",
        DOCUMENTED,
    ),
    Template(
        "logs of host",
        "https://{web}/logs?query={search:host}&from_ts={from_ms}&to_ts={to_ms}&live=false",
        DOCUMENTED,
    ),
    Template(
        "traces",
        "https://{web}/apm/traces?query={search:service}&start={from_ms}&end={to_ms}&paused=true",
        DOCUMENTED,
    ),
    Template("host", "https://{web}/infrastructure?host={host}", SEEN),
    Template("container", "https://{web}/containers?query={search:container_id}", DOCUMENTED),
    Template("containers", "https://{web}/containers?query={search:container_name}", DOCUMENTED),
    Template("pod", "https://{web}/containers?query={search:pod_name}", DOCUMENTED),
    Template("processes", "https://{web}/process?query={search:host}", SEEN),
    Template("network path", "https://{web}/network/path?query={search:service}", UNPROVEN),
)
"""All pages, and how certain their addresses are."""

_PLACEHOLDER: Final = re.compile(r"\{(?P<as_term>search:)?(?P<field>[A-Za-z][\w.-]*)\}", re.ASCII)
_OF_THE_ANSWER: Final = ("web", "from_ms", "to_ms")
_NAME: Final = re.compile(r"[^\W_][\w -]{0,39}")
_SIDES: Final = ("server", "client")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.@/-]+", re.ASCII)


class RowLink(NamedTuple):
    """A finished link to a web page about a row, or about the row's client or server."""

    name: str
    whose: str
    """The value or end that it is about."""
    address: str
    certainty: str


def checked_template(name: str, address: str) -> str:
    """Return the template of an address unchanged if it is valid.

    Raises:
        InvalidQuery: The template is not an https address, or a value of a row could change the host.
    """
    if _NAME.fullmatch(name) is None:
        raise InvalidQuery("a name has letters, digits, blanks, - and _, at most 40.")
    host = address.removeprefix("https://").partition("/")[0]
    if not address.startswith("https://") or not host or unseen(address) or " " in address:
        raise InvalidQuery('it has to be an address: "https://{web}/logs?query={search:service}".')
    if any(found["field"] != "web" for found in _PLACEHOLDER.finditer(host)) or set("@?#\\") & set(host):
        raise InvalidQuery("a value of a row cannot decide whose page it opens: write the host, or {web}.")
    try:
        urlsplit(address.replace("{web}", "example.com"))
    except ValueError as error:
        raise InvalidQuery(f"it is no address: {clean(str(error), 80)}.") from error
    return address


def row_links(
    own: Mapping[str, str], values: Mapping[str, Sequence[str]], web: str | None, from_ms: int, to_ms: int
) -> Iterator[RowLink]:
    """Yield the links for a row, with the user's own links first.

    A template yields one link for the client and one for the server, if the row has the needed values for both.

    Args:
        own: Templates of settings.toml by name. A template with a built-in name replaces the built-in template.
        values: The row's values by field.
        web: The host of the web pages. None leaves out the templates that need the host.
        from_ms: The start of the time window in milliseconds since 1970.
        to_ms: The end of the time window in milliseconds since 1970.
    """
    usual = [one for one in TEMPLATES if one.name not in own]
    answer = {"web": web or "", "from_ms": str(from_ms), "to_ms": str(to_ms)}
    for template in (*(Template(name, address, OWN) for name, address in own.items()), *usual):
        if web is None and "{web}" in template.address:
            continue
        found = dict.fromkeys(_filled(template, values, answer, side) for side in _SIDES)
        yield from (one for one in found if one is not None)


def _filled(
    template: Template, values: Mapping[str, Sequence[str]], answer: Mapping[str, str], side: str
) -> RowLink | None:
    """Return the link that a template makes for the client or for the server of a row.

    Return None if the row has no value or several values for a field of the template.
    """
    whose: list[str] = []

    def write(found: re.Match[str]) -> str:
        field = found["field"]
        if field in _OF_THE_ANSWER and not found["as_term"]:
            return answer[field]
        known = values.get(field) or values.get(f"{side}_{field}") or ()
        if len(known) != 1:
            raise KeyError(field)
        whose.append(clean(known[0], 60) if field in values else f"{side} {clean(known[0], 60)}")
        return quote(_term(field, known[0]) if found["as_term"] else known[0], safe="")

    try:
        address = _PLACEHOLDER.sub(write, template.address)
    except (KeyError, UnicodeEncodeError):
        # Half a character cannot be encoded.
        return None
    return RowLink(template.name, ", ".join(dict.fromkeys(whose)), address, template.certainty)


def _term(field: str, value: str) -> str:
    bare = re.sub("^(?:client|server)_", "", field)
    if _PLAIN.fullmatch(value) and not value.startswith("-"):
        return f"{bare}:{value}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{bare}:"{escaped}"'
