"""Define shells into which users paste commands, and malicious values that try to run a command in one of the
shells.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Final

from tests.installed import needs

SHELLS: Final[Mapping[str, Sequence[str]]] = {
    "sh": ["sh"],
    "bash": ["bash", "--norc", "--noprofile"],
    "zsh": ["zsh", "-f"],
    "fish": ["fish", "--no-config"],
}
"""Shells without user configuration."""
VARIABLES: Final = {"DD_API_KEY": "one key", "DD_APP_KEY": "another"}
ACTS: Final = (
    "$(touch seen)",
    "`touch seen`",
    "(touch seen)",
    "; touch seen #",
    "| touch seen",
    "& touch seen",
    "> seen",
)
_AROUND: Final = (
    ("", ""),
    ("'", "'"),
    ("\\'", ""),
    ("\\' ", " \\'"),
    ("\\\\'", "'"),
    ('"', '"'),
    ('\\"', '\\"'),
    ("'\\''", "'\\''"),
    ("\\", "\\"),
    ("'\"'\"'", "\\"),
    ("!", "!"),
    ("!!:", "!$"),
    ("'!", "\\!'"),
    ("=", ""),
    ("~", "~"),
)
_SIGNS: Final = tuple("\\'\"`$!#&*()[]{}|;<>?~=^%@,:+-_")
_WORDS: Final = (
    "",
    " ",
    "=ls",
    "==",
    "~",
    "~root",
    "~+",
    "%self",
    "%1",
    "-",
    "--",
    "-n",
    "$HOME",
    "${HOME}",
    "$'\\n'",
    "\\n\\t\\x41\\u0041\\101\\cA\\e",
    "a\\",
    "\\\\",
    "\\\\\\",
    "''",
    "''''",
    "\\''\\''",
    "{a,b}",
    "[a-z]*",
    "**/*",
    "a=~/b",
    "A=b",
    "!!",
    "!-1",
    "!?touch?",
    "^a^b",
    "a\\!b",
    "'!'\\!\"!\"",
    "it's \"quoted\" \\ and \\' so on",
    'server_service:(payments OR cards) NOT "it\'s\\\\"',
    "東京\\京都'",
    "é!ü\\",
    "\u3000",
    "\u00a0",
)
HOSTILE: Final = tuple(
    dict.fromkeys(
        (
            *(before + act + after for (before, after), act in product(_AROUND, ACTS)),
            *_SIGNS,
            *(f"{sign}a" for sign in _SIGNS),
            *_WORDS,
        )
    )
)
"""Malicious values of one visible line."""
UNSEEN: Final = (
    "\n",
    "a\nb",
    "a\n",
    "\ntouch seen\n",
    "'\ntouch seen\n'",
    "\\\n",
    "\t",
    "a\r",
    "\x1b[2J",
    "\x01",
    "a\x7f",
)
"""Values that a copied command never holds, but a script may."""


def found(shell: str) -> Sequence[str]:
    """Return the path of the shell and its options. Skip the test if the shell is not installed."""
    program, *options = SHELLS[shell]
    needs(program)
    return [shutil.which(program) or program, *options]


class Commands:
    """A folder with fake programs that only record their arguments."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self._told = folder / "told"
        self.bin.mkdir(parents=True)
        for name in names:
            # The number of arguments first, so that none is taken for two.
            (self.bin / name).write_text(f"#!/bin/sh\nprintf '%s\\0' $# \"$@\" >> '{self._told}'\n", encoding="utf-8")
            (self.bin / name).chmod(0o755)
        for name in ("empty", "home"):
            (folder / name).mkdir()

    @property
    def environ(self) -> dict[str, str]:
        """Return the environment variables for a shell, in which PATH leads to the fake programs."""
        return {
            "PATH": f"{self.bin}{os.pathsep}{os.defpath}",
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            **VARIABLES,
        }

    def told(self) -> list[list[str]]:
        """Return the arguments of each call of a fake program."""
        if not self._told.exists():
            return []
        calls: list[list[str]] = []
        parts = iter(self._told.read_bytes().decode().split("\0")[:-1])
        for count in parts:
            calls.append([next(parts) for _ in range(int(count))])
        return calls

    def acted(self) -> list[str]:
        """Return the names of the files that a malicious value has created in the shell's current folder."""
        return sorted(os.listdir(self.folder / "empty"))
