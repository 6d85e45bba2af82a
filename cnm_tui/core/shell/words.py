"""Words quoted in the one way that sh, bash, zsh and fish read alike."""

import re
from collections.abc import Iterable
from typing import Final

_BARE: Final = re.compile(r"(?![=%])[A-Za-z0-9_./:,@%+=-]+", re.ASCII)
"""Nothing in it means anything to a shell; zsh expands a word that begins with `=`, fish one that begins with `%`."""
_PIECE: Final = re.compile(r"""[^'\\]+|['\\]""")
_SPECIAL: Final = {"'": '''"'"''', "\\": '"\\\\"'}
"""In fish a backslash also escapes within single quotes, so both stand in double quotes, where all agree."""


def quoted(value: str) -> str:
    """Return the value as one word for a shell; bare where nothing in it needs quotes."""
    if _BARE.fullmatch(value):
        return value
    return quoted_always(value)


def quoted_always(value: str) -> str:
    """Return the value in quotes, also where a shell would read it without."""
    return "".join(_SPECIAL.get(piece) or f"'{piece}'" for piece in _PIECE.findall(value)) or "''"


def joined(words: Iterable[str]) -> str:
    """Return the words as one command."""
    return " ".join(map(quoted, words))
