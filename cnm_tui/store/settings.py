"""Settings in settings.toml, which people write and the program never does.

An entry that is wrong is named with its line and left out, and the others count. Only whom to ask, and with whose keys,
is never left out in silence: a profile in which that is wrong is not used at all.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from cnm_tui.core.errors import InvalidQuery, StoreFailed
from cnm_tui.core.settings import CLIPBOARDS, Profile, Settings
from cnm_tui.core.text import clean
from cnm_tui.store.files import beginning_of

LARGEST_BYTES: Final = 1_000_000
_LONGEST_SHOWN: Final = 60
_LONGEST_TEXT: Final = 1_000
_MOST_ENTRIES: Final = 200
_COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}")


class Loaded(NamedTuple):
    """What the file says."""

    settings: Settings = Settings()
    broken: tuple[str, ...] = ()
    """A sentence for each entry that was left out, with file and line."""


class Wrong(ValueError):
    """What is wrong with a value, and what may stand there."""


class SettingsFile:
    """It need not exist."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Loaded:
        """What it says, without what makes no sense.

        Raises:
            StoreFailed: It cannot be read, or is no TOML.
        """
        content = beginning_of(self._path, LARGEST_BYTES + 1)
        if content is None:
            return Loaded()
        if len(content) > LARGEST_BYTES:
            raise self._unreadable(f"it has more than {LARGEST_BYTES:,} bytes.")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise self._unreadable(f"line {line}: it is not UTF-8.") from error
        # Imported here: most people have no such file, and the first frame would wait for it.
        from cnm_tui.store.toml_pieces import NotToml, loaded

        try:
            said = loaded(text)
        except NotToml as problem:
            raise self._unreadable(str(problem)) from problem
        reading = _Reading(text, clean(str(self._path), 300))
        settings = reading.settings(said)
        return Loaded(settings, tuple(reading.broken))

    def _unreadable(self, why: str) -> StoreFailed:
        return StoreFailed(f"{clean(str(self._path), 300)}: {why}", hint="Mend it, or move it away.")


class _Reading:
    """One pass over the file, which notes what is wrong."""

    def __init__(self, text: str, called: str) -> None:
        self._lines = text.splitlines()
        self._called = called
        self.broken: list[str] = []

    def settings(self, said: Mapping[str, Any]) -> Settings:
        values: dict[str, Any] = {}
        for key, value in said.items():
            if key not in _TABLES:
                self._read((key,), value, _SETTINGS, values)
            elif not isinstance(value, dict):
                self._note((key,), f"it is a table: write [{key}].")
            elif key == "profiles":
                values[key] = dict(self._profiles(value))
            else:
                values[key] = dict(self._entries(key, value, _TABLES[key]))
        return Settings(**values)

    def _profiles(self, table: Mapping[str, Any]) -> Iterator[tuple[str, Profile]]:
        for name, said in list(table.items())[:_MOST_ENTRIES]:
            place = ("profiles", name)
            if not isinstance(said, dict):
                self._note(place, f"it is a table: write [profiles.{_shown(name)}].")
                continue
            values: dict[str, Any] = {}
            vital = [not self._read((*place, key), value, _PROFILE, values) for key, value in said.items()]
            wrong = [key for key, is_wrong in zip(said, vital, strict=True) if is_wrong and key in _VITAL]
            if "site" in said and "api_url" in said:
                self._note((*place, "api_url"), "site and api_url each say whom to ask; write one of them.")
                wrong.append("api_url")
            if wrong:
                values["problem"] = (
                    f"{self._called}, line {self._line_of((*place, wrong[0]))}: "
                    f"{wrong[0]} of the profile {_shown(name)} is wrong, so nobody is asked by it."
                )
            yield name, Profile(**values)

    def _entries(self, table: str, said: Mapping[str, Any], read: Callable[[Any], Any]) -> Iterator[tuple[str, Any]]:
        for key, value in list(said.items())[:_MOST_ENTRIES]:
            values: dict[str, Any] = {}
            if self._read((table, key), value, {key: read}, values):
                yield clean(key, _LONGEST_TEXT), values[key]

    def _read(
        self, place: tuple[str, ...], value: Any, readers: Mapping[str, Callable[[Any], Any]], into: dict[str, Any]
    ) -> bool:
        """Read one entry; whether it could be."""
        key = place[-1]
        if key not in readers:
            self._note(
                place,
                f"there is no such setting; there are {', '.join(readers if place[:-1] else (*readers, *_TABLES))}.",
            )
            return False
        try:
            into[key] = readers[key](value)
        except Wrong as wrong:
            self._note(place, str(wrong))
            return False
        except InvalidQuery as wrong:
            self._note(place, wrong.sentence)
            return False
        return True

    def _note(self, place: tuple[str, ...], what: str) -> None:
        self.broken.append(f"{self._called}, line {self._line_of(place)}: {'.'.join(map(_shown, place))}: {what}")

    def _line_of(self, place: tuple[str, ...]) -> int:
        """The line on which an entry stands, or where its table begins."""
        *table, key = place
        start = self._line_with(_header_of(tuple(table)), 0) if table else 0
        if start is None:
            return 1
        header = self._line_with(_header_of(place), 0)
        at = self._line_with(re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*="""), start)
        return (at if at is not None else header if header is not None else start) + 1

    def _line_with(self, pattern: re.Pattern[str], start: int) -> int | None:
        return next((at for at, line in enumerate(self._lines[start:], start) if pattern.match(line)), None)


def _header_of(table: tuple[str, ...]) -> re.Pattern[str]:
    names = r"\s*\.\s*".join(rf"""["']?{re.escape(name)}["']?""" for name in table)
    return re.compile(rf"\s*\[\s*{names}\s*\]")


def _shown(text: str) -> str:
    return clean(text, _LONGEST_SHOWN)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong('write a text, in "quotes".')
    return clean(value, _LONGEST_TEXT)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("write true or false.")
    return value


def _clipboard(value: Any) -> str:
    if value not in CLIPBOARDS:
        raise Wrong(f"write one of {', '.join(CLIPBOARDS)}.")
    return str(value)


def _colour(value: Any) -> str:
    if not isinstance(value, str) or not _COLOUR.fullmatch(value):
        raise Wrong('write a colour as "#rrggbb".')
    return value.lower()


def _site(value: Any) -> str:
    from cnm_tui.core.credentials import checked_site

    return checked_site(_text(value))


def _api_url(value: Any) -> str:
    from cnm_tui.core.credentials import checked_api_url

    return checked_api_url(_text(value))


def _command(value: Any) -> tuple[str, ...]:
    """A program and its arguments, as a shell would take them apart, or taken apart already."""
    if isinstance(value, str):
        import shlex

        try:
            value = shlex.split(value)
        except ValueError as error:
            raise Wrong(f"it cannot be taken apart: {error}.") from error
    words = _texts(value)
    if not words or not words[0]:
        raise Wrong('write a program and its arguments, for example "pass show datadog/api".')
    return words


def _fields(value: Any) -> tuple[str, ...]:
    words = tuple(clean(word, _LONGEST_TEXT) for word in _texts([value] if isinstance(value, str) else value))
    if not words:
        raise Wrong('write a field or a list of them, for example ["kube_deployment", "pod_name"].')
    return words


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise Wrong('write a text, or a list of texts: ["one", "two"].')
    if len(value) > _MOST_ENTRIES or any(len(word) > _LONGEST_TEXT or "\0" in word for word in value):
        raise Wrong("it is too long.")
    return tuple(value)


_SETTINGS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "profile": _text,
    "clipboard": _clipboard,
    "theme": _text,
    "ascii": _truth,
}
_TABLES: Final[Mapping[str, Callable[[Any], Any]]] = {"profiles": _text, "ladders": _fields, "keys": _text}
"""What the entries of each hold, but for profiles, which are tables themselves."""
_PROFILE: Final[Mapping[str, Callable[[Any], Any]]] = {
    "site": _site,
    "api_url": _api_url,
    "api_key_command": _command,
    "app_key_command": _command,
    "access_token_command": _command,
    "view": _text,
    "accent": _colour,
}
_VITAL: Final = ("site", "api_url", "api_key_command", "app_key_command", "access_token_command")
"""Without these the same keys would go to another place, or other keys to the same."""
