"""Read settings.toml, which people write and the program never changes.

Invalid entries are reported with their line number, and the other entries are used. If the file is not TOML
at all, commands that depend on the settings refuse to run, and all others ignore the file.
"""

import shlex
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cnm_tui import core
from cnm_tui.core.endpoints.known import KNOWN
from cnm_tui.core.errors import InvalidQuery, StoreFailed
from cnm_tui.core.redaction import without_lookalikes
from cnm_tui.core.service import checked_api_url, checked_site
from cnm_tui.core.settings import (
    CLIPBOARDS,
    NOTHING_SET,
    NOTIFICATIONS,
    THEMES,
    Profile,
    Settings,
    checked_accent,
)
from cnm_tui.core.text import clean
from cnm_tui.store.files import beginning_of, path_text
from cnm_tui.store.key_names import checked_profile

# Imported only if there is a file, or such an entry: most users have none, and the first frame waits for this.
if TYPE_CHECKING:
    from cnm_tui.core.named_check import NamedCheck
    from cnm_tui.core.row_commands import RowCommand
    from cnm_tui.store.toml_statements import NotToml

_LARGEST_BYTES: Final = 1_000_000
_MOST_ENTRIES: Final = 500
_LONGEST_TEXT: Final = 1_000
_SAYS_WHOM_TO_ASK: Final = ("site", "api_url", "api_key_command", "app_key_command", "access_token_command")

Value = TypeVar("Value")
Reading = Callable[[object], Any]


def load(path: Path) -> Settings:
    """Return the settings in the file. If the file does not exist, return the default settings."""
    try:
        content = beginning_of(path, _LARGEST_BYTES + 1)
    except StoreFailed as problem:
        return Settings(unreadable=problem.sentence)
    if content is None:
        return NOTHING_SET
    from cnm_tui.store.toml_statements import NotToml, document, line_of, text_of

    try:
        text = text_of(content, _LARGEST_BYTES)
        return _Entries(path.name, text, line_of).settings(document(text))
    except NotToml as problem:
        return _unreadable(path, problem)


def _unreadable(path: Path, problem: "NotToml") -> Settings:
    return Settings(unreadable=f"{path_text(path)} cannot be read, {problem} Correct it there.")


class _Entries:
    """A reader for the entries of one settings file. It also collects the problems of invalid entries."""

    def __init__(self, name: str, text: str, line_of: Callable[..., int]) -> None:
        """Prepare to read the entries of `text`. `line_of` is a function that finds the line number of an entry."""
        self._name = name
        self._text = text
        self._line_of = line_of
        self._problems: list[str] = []

    def settings(self, said: Mapping[str, Any]) -> Settings:
        tables: Mapping[str, Callable[[str, object], Any]] = {
            "profiles": self._profile,
            "ladders": lambda field, value: self._read(_fields, value, ("ladders", field)),
            "keys": lambda action, value: self._read(_keys, value, ("keys", action)),
            "commands": self._row_command,
            "checks": self._check,
            "links": self._link,
        }
        found: dict[str, Any] = {}
        for key, value in said.items():
            if key in tables:
                found[key] = self._table(key, self._with_preset(value) if key == "keys" else value, tables[key])
            elif (read := self._read_known(_SETTINGS, value, (key,))) is not None:
                found[key] = read
        return Settings(**found, problems=tuple(self._problems))

    def _table(self, key: str, value: object, reading: Callable[[str, object], Any]) -> Mapping[str, Any]:
        """Return the valid entries of a TOML table. Each entry is read by the function `reading`.

        Invalid entries are reported and left out.
        """
        if not isinstance(value, dict):
            self._report((key,), f"it has to be a table: [{key}].")
            return MappingProxyType({})
        if len(value) > _MOST_ENTRIES:
            self._report((key,), f"of its {len(value):,} entries the first {_MOST_ENTRIES} count.")
        entries = {name: reading(name, entry) for name, entry in list(value.items())[:_MOST_ENTRIES]}
        return MappingProxyType({clean(name, 200): entry for name, entry in entries.items() if entry is not None})

    def _profile(self, name: str, value: object) -> Profile | None:
        path = "profiles", name
        if self._read(_checked(checked_profile), name, path) is None:
            return None
        if not isinstance(value, dict):
            self._report(path, f"it has to be a table: [profiles.{name}].")
            return None
        found: dict[str, Any] = {}
        for key, entry in value.items():
            reported = len(self._problems)
            if (read := self._read_known(_PROFILE, entry, (*path, key))) is not None:
                found[key] = read
            if key in _SAYS_WHOM_TO_ASK and len(self._problems) > reported:
                # Ignoring this entry would ask another service, or use other keys.
                found["problem"] = self._problems[-1]
        if found.get("site") and found.get("api_url"):
            found["problem"] = self._report((*path, "api_url"), "site and api_url each say whom to ask: keep one.")
        return Profile(**found)

    def _with_preset(self, value: object) -> object:
        """Return the content of the table `[keys]`, which assigns keyboard keys to commands.

        If the table names a preset, the keyboard keys of the preset are added.
        """
        if not isinstance(value, dict) or "preset" not in value:
            return value
        own = {action: keys for action, keys in value.items() if action != "preset"}
        preset = self._read(_one_of(core.KEY_PRESETS), value["preset"], ("keys", "preset"))
        return own if preset is None else {**core.KEY_PRESETS[preset], **own}

    def _link(self, name: str, value: object) -> str | None:
        """Return the template of a web link for a row. Return None if it is invalid."""
        return self._read(_checked(partial(core.checked_template, name)), value, ("links", name))

    def _row_command(self, name: str, value: object) -> "RowCommand | None":
        """Read one entry of the table `[commands]`, which defines a command that the user can run for a row.

        Return None if a setting of the entry is invalid, because the command would then do something else than the
        user wrote.
        """
        path = "commands", name
        if self._read(_checked(core.checked_name), name, path) is None:
            return None
        if not isinstance(value, dict):
            self._report(path, f"it has to be a table: [commands.{name}].")
            return None
        found = {key: self._read_known(_ROW_COMMAND, entry, (*path, key)) for key, entry in value.items()}
        if "run" not in value:
            self._report(path, 'it has to say what to run: run = ["ping", "{server_ip}"].')
        if "run" not in value or None in found.values():
            return None
        return self._read(core.checked_command, core.RowCommand(**found), (*path, "run"))

    def _check(self, name: str, value: object) -> "NamedCheck | None":
        """Read one entry of the table `[checks]`, and return the check that the entry defines.

        Return None if a setting of the entry is invalid, because the check could then pass when it should fail.
        """
        path = "checks", name
        if self._read(_checked(core.checked_name), name, path) is None:
            return None
        if not isinstance(value, dict):
            self._report(path, f"it has to be a table: [checks.{name}].")
            return None
        found = {key: self._read_known(_CHECK, entry, (*path, key)) for key, entry in value.items()}
        if "fail_if" not in value:
            self._report(path, 'it has to say when it fails: fail_if = "critical".')
        if "fail_if" not in value or None in found.values():
            return None
        return core.NamedCheck(**{_CHECK_FIELDS.get(key, key): read for key, read in found.items()})

    def _read_known(self, known: Mapping[str, Reading], value: object, path: tuple[str, ...]) -> Any:
        """Return the value of a setting. Return None, and report a problem, if the setting is unknown or invalid."""
        if path[-1] in known:
            return self._read(known[path[-1]], value, path)
        names = (*known, *(_TABLES if known is _SETTINGS else ()))
        self._report(path, f"nothing is called so; there are {', '.join(names)}.")
        return None

    def _read(self, reading: Callable[[Any], Value], value: object, path: tuple[str, ...]) -> Value | None:
        try:
            return reading(value)
        except InvalidQuery as problem:
            self._report(path, problem.sentence)
            return None

    def _report(self, path: tuple[str, ...], what: str) -> str:
        """Record a problem with the entry at this path of TOML keys, and return the problem as a sentence.

        At most 500 problems are recorded.
        """
        called = clean(without_lookalikes(".".join(path)), 100)
        said = clean(without_lookalikes(what), 500)
        sentence = f"{clean(self._name, 100)}, line {self._line_of(self._text, *path)}: {called}: {said}"
        if len(self._problems) < _MOST_ENTRIES:
            self._problems.append(sentence)
        return sentence


def _a_text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidQuery("it has to be a text in quotes.")
    if len(value) > _LONGEST_TEXT or not value.isprintable():
        raise InvalidQuery(f"it has to be one line of at most {_LONGEST_TEXT:,} characters that can be seen.")
    return value.strip()


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or len(value) > _MOST_ENTRIES:
        raise InvalidQuery('it has to be a text or a list of texts: ["…", "…"].')
    return tuple(map(_a_text, value))


def _command(value: object) -> tuple[str, ...]:
    """Return the program and the arguments of a command as a tuple.

    A single text is split into words in the same way as a shell splits it, but no shell is run.
    """
    try:
        words = tuple(shlex.split(_a_text(value))) if isinstance(value, str) else _texts(value)
    except ValueError as error:
        raise InvalidQuery(f"a quote in it is not closed ({clean(str(error), 80)}).") from error
    if not words or not words[0]:
        raise InvalidQuery('it has to name a program: "pass show datadog/api".')
    return words


def _fields(value: object) -> tuple[str, ...]:
    return (_a_text(value),) if isinstance(value, str) else _texts(value)


def _keys(value: object) -> str:
    return ",".join(_fields(value))


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidQuery("it has to be true or false.")
    return value


def _a_number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidQuery("it has to be a whole number from 1 on.")
    return value


def _one_of(allowed: Collection[str]) -> Reading:
    """Return a function that reads a setting and accepts only one of the texts in `allowed`."""

    def reading(value: object) -> str:
        if value not in allowed:
            raise InvalidQuery(f"it has to be one of {', '.join(allowed)}.")
        return str(value)

    return reading


def _checked(check: Callable[[str], str]) -> Reading:
    """Return a function that reads a setting and accepts only a text that passes the function `check`."""
    return lambda value: check(_a_text(value))


_SETTINGS: Final[Mapping[str, Reading]] = {
    "profile": _checked(checked_profile),
    "clipboard": _one_of(CLIPBOARDS),
    "notify": _one_of(NOTIFICATIONS),
    "history": _a_text,
    "theme": _one_of(THEMES),
    "ascii": _yes_or_no,
    "geoip": _a_text,
}
_TABLES: Final = ("profiles", "ladders", "keys", "commands", "checks", "links")
_ROW_COMMAND: Final[Mapping[str, Reading]] = {
    "run": _command,
    "key": _a_text,
    "confirm": _yes_or_no,
    "output": _one_of(("pane", "terminal")),
    "needs": _fields,
}
_CHECK_FIELDS: Final = {"for": "times"}
_CHECK: Final[Mapping[str, Reading]] = {
    "fail_if": _fields,
    "warn_if": _fields,
    "endpoint": _one_of(tuple(KNOWN)),
    "query": _a_text,
    "tags": _a_text,
    "group_by": _a_text,
    "last": _a_text,
    "filter": _a_text,
    "limit": _a_number,
    "for": _a_number,
    "every": _a_text,
}
_PROFILE: Final[Mapping[str, Reading]] = {
    "site": _checked(checked_site),
    "api_url": _checked(checked_api_url),
    "api_key_command": _command,
    "app_key_command": _command,
    "access_token_command": _command,
    "view": _a_text,
    "accent": _checked(checked_accent),
}
