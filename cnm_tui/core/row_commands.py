"""Define programs that users can run for a row. The program's arguments can contain values of the row.

No shell is used. Tag values come from outside and may be hostile. Each value becomes an argument or a piece
of an argument. It contains no control characters and can never become an option. If a program may pass its
arguments to a shell, a value with characters that a shell interprets is refused.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Final, NamedTuple

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.shell import joined
from cnm_tui.core.text import clean, unseen

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
LONGEST_ARGUMENT: Final = 1_000
"""Maximum characters of a value. A tag value has at most 200; a longer one is cut by the service, or made up."""

_PLACEHOLDER: Final = re.compile(r"\{\{(?P<literal>[\w.-]+)\}\}|\{(?P<field>[A-Za-z][\w.-]*)\}", re.ASCII)
"""`{server_ip}` is filled; `{{server_ip}}` is written as `{server_ip}`; other braces stay."""
_OPTION_BY_VALUE: Final = re.compile(r"-+\{[A-Za-z]", re.ASCII)
_ENDS_OPTIONS: Final = "--"
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.:/][A-Za-z0-9_.:/@,+-]*", re.ASCII)
"""Values that are one word without meaning in any shell."""
_READS_PROGRAMS: Final = re.compile(
    r"(?:(?:ba|da|z|k|fi|a|c|tc|mk|pw|nu|el|xon)?sh|busybox|powershell|osascript|eval|exec|source|ssh|mosh|su|sudo|doas|"
    r"watch|xargs|parallel|tmux|screen|script|env|nix-shell|docker|podman|kubectl-exec|"
    r"(?:python|perl|ruby|node|lua|php|deno|bun)[0-9.]*|[gmn]?awk|g?sed|vim?|nvim|emacs|psql|mysql|sqlite3)(?:\.exe)?"
)
"""Programs that may read an argument as a program or hand it to a shell, as `ssh` and `watch` do."""


class RowCommand(NamedTuple):
    """An external program that the user can run for a row. Its arguments may contain placeholders for values of
    the row.
    """

    run: tuple[str, ...]
    """The program and its arguments; `{server_ip}` in an argument is replaced by the row's value."""
    key: str = ""
    """Keyboard key that chooses it; empty for none."""
    confirm: bool = False
    """True to ask once more before it runs."""
    output: str = "pane"
    """`pane`: its output is shown here; `terminal`: it gets the terminal."""
    needs: tuple[str, ...] = ()
    """Fields that a row must have, besides those of the placeholders."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return all fields that must have a value in a row. The program can run only for such a row."""
        used = (found["field"] for word in self.run for found in _PLACEHOLDER.finditer(word) if found["field"])
        return tuple(dict.fromkeys([*self.needs, *used]))


class Offer(NamedTuple):
    """A program that a menu offers for one row, with its filled arguments or the reason why it cannot run for the
    row.
    """

    name: str
    command: RowCommand
    words: tuple[str, ...] = ()
    """The program and its arguments to run; empty if it cannot run for this row."""
    why_not: str = ""
    """Why it cannot run for this row, as a sentence; empty if it can."""

    @property
    def line(self) -> str:
        """Return the complete command line as text. The user sees this text before the program runs."""
        return joined(self.words)


def checked_name(name: str) -> str:
    """Return the name of a command unchanged if it is valid.

    Raises:
        InvalidQuery: The name is too long, or contains a character that is not allowed.
    """
    if _NAME.fullmatch(name) is None:
        raise InvalidQuery("a name has letters, digits, - and _, at most 40.")
    return name


def checked_command(command: RowCommand) -> RowCommand:
    """Return a command unchanged if values of a row cannot choose its program or its options.

    Raises:
        InvalidQuery: A value of a row could choose the program or an option.
    """
    program, *arguments = command.run
    if _PLACEHOLDER.search(program):
        raise InvalidQuery("the program itself cannot come from a row: write its name.")
    for word in arguments:
        if _OPTION_BY_VALUE.match(word):
            raise InvalidQuery(f"{clean(word, 60)!r} lets a value of a row name an option: write the option out.")
    return command


def built_in() -> Mapping[str, RowCommand]:
    """Return the built-in commands by name. Commands about the server come first. All commands only read
    information.
    """
    return {f"{name}-{side}": command for side in ("server", "client") for name, command in _for_end(side)}


def _for_end(side: str) -> Iterator[tuple[str, RowCommand]]:
    if side == "server":
        # dig would read +x and @x as instructions; after -q it reads a name only.
        yield "dig", RowCommand(("dig", "-q", "{server_domain}"))
    yield "name-of-ip", RowCommand(("dig", "-x", f"{{{side}_ip}}"))
    yield "mtr", RowCommand(("mtr", "-rwc", "5", _ENDS_OPTIONS, f"{{{side}_ip}}"))
    yield "ping", RowCommand(("ping", "-c", "5", _ENDS_OPTIONS, f"{{{side}_ip}}"))
    yield "ssh", RowCommand(("ssh", _ENDS_OPTIONS, f"{{{side}_host}}"), confirm=True, output="terminal")
    # Without a namespace in the row all are searched; this only reads.
    pod = ("kubectl", "get", "pods", "-A", "-o", "wide", f"--field-selector=metadata.name={{{side}_pod_name}}")
    yield "kubectl", RowCommand(pod)


def offers(
    own: Mapping[str, RowCommand], values: Mapping[str, Sequence[str]], is_installed: Callable[[str], bool]
) -> list[Offer]:
    """Return the user's own commands and the built-in commands for a row. Commands that can run for this row come
    first.

    A command of the user replaces a built-in command with the same name. A built-in command is left out if its
    program is not installed.

    Args:
        own: The commands of settings.toml, by name.
        values: The row's values by field, without unresolved values.
        is_installed: A function that returns True if a program can be run on this machine.
    """
    usual = {name: one for name, one in built_in().items() if name not in own and is_installed(one.run[0])}
    found = [_offer(name, one, values, is_installed) for name, one in {**own, **usual}.items()]
    return sorted(found, key=lambda one: bool(one.why_not))


def _offer(
    name: str, command: RowCommand, values: Mapping[str, Sequence[str]], is_installed: Callable[[str], bool]
) -> Offer:
    if not is_installed(command.run[0]):
        return Offer(name, command, why_not=f"There is no program {clean(command.run[0], 60)} here.")
    try:
        return Offer(name, command, filled(command, values))
    except InvalidQuery as refusal:
        return Offer(name, command, why_not=refusal.sentence)


def filled(command: RowCommand, values: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the program and its arguments, with values of a row in place of the placeholders.

    Raises:
        InvalidQuery: The row has no value or several values for a field, or a value that is not safe for this
            program.
    """
    missing = [field for field in command.fields if not values.get(field)]
    if missing:
        raise InvalidQuery(f"This row has no {' and no '.join(clean(one, 60) for one in missing)}.")
    hands_on = any(map(_may_read_programs, command.run))
    words: list[str] = []
    for word in command.run:
        written = _PLACEHOLDER.sub(
            lambda found: f"{{{found['literal']}}}" if found["literal"] else _value(found["field"], values, hands_on),
            word,
        )
        if written.startswith("-") and not word.startswith("-") and _ENDS_OPTIONS not in words:
            raise InvalidQuery(f"{_shown(written)} begins with '-', which the program would read as an option.")
        words.append(written)
    return tuple(words)


def _may_read_programs(word: str) -> bool:
    """True if a word of a command names a program that may run one of its arguments as code, for example `sh`."""
    return any(_READS_PROGRAMS.fullmatch(PurePath(part).name.casefold()) for part in word.split())


def _value(field: str, values: Mapping[str, Sequence[str]], hands_on: bool) -> str:
    """Return the value of a row's field as text that can be put into an argument.

    Raises:
        InvalidQuery: The row has several values for the field, or the value is not safe for this program.
    """
    several = values[field]
    if len(several) > 1:
        raise InvalidQuery(f"This row has {len(several)} values of {clean(field, 60)}; the command takes one.")
    value = clean(several[0], LONGEST_ARGUMENT + 1)
    if len(value) > LONGEST_ARGUMENT:
        raise InvalidQuery(f"The value of {clean(field, 60)} is longer than {LONGEST_ARGUMENT:,} characters.")
    # Nothing invisible may remain: what is shown is what runs.
    if unseen(value) or not value.strip():
        raise InvalidQuery(f"The value of {clean(field, 60)} holds characters that cannot be shown.")
    if hands_on and not _PLAIN.fullmatch(value):
        raise InvalidQuery(f"{_shown(value)} holds characters that a shell may read, and this command may run one.")
    return value


def _shown(value: str) -> str:
    return repr(clean(value, 40))
