"""Regular expressions that people type, as far as they are sure to end."""

import math
import re
import string
import warnings
from collections.abc import Set
from typing import Final, NamedTuple

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.text import clean

_LONGEST_SHOWN: Final = 60
"""Characters of a pattern that are repeated in a sentence."""


def safe_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern ready to search with, whatever the case of letters.

    Raises:
        InvalidQuery: It is none, or could take for ever.
    """
    shown = clean(f"/{pattern}/", _LONGEST_SHOWN)
    if not pattern:
        raise InvalidQuery("Nothing stands between the slashes of //.", hint="Write /web-[0-9]+/.")
    with warnings.catch_warnings():
        # Python foresees that `[[` will once mean something else, and would say so across the screen.
        warnings.simplefilter("ignore")
        try:
            regex = re.compile(pattern, re.IGNORECASE)
        except (re.error, OverflowError, RecursionError) as error:
            hint = "Put a backslash before a sign that is meant as it is."
            raise InvalidQuery(f"{shown} is no regular expression: {error}.", hint=hint) from error
        _check_work(pattern, shown)
    return regex


# Python's expressions try one way after the other, and /(a+)+b/ has twice as many with each letter. So what nests
# repeats is refused, and the ways of the rest are counted for a text of 100 characters where a letter stands at most
# 20 times. How often all that begins anew is not counted: once for each character.
_ANYWHERE: Final = 100
_AT_A_LETTER: Final = 20
_TOO_MANY_WAYS: Final = 1_000
_PIECE: Final = re.compile(
    r"""( \( (?: \?(?:[:=!]|<[=!]) )? (?!\?) | [|)]
    | \\(?:x..|u.{4}|U.{8}|N\{[^}]*\}|0[0-7]{0,2}|[^1-9]) | \[\^?\]?(?:\\.|[^\]\\])*\] | [^\\(] )
    (?: ([*+?]) [+?]? | \{(?=[0-9,]) ([0-9]*) (,?) ([0-9]*) \} [+?]? )?""",
    re.VERBOSE,
)
_PLAIN: Final = frozenset(string.ascii_lowercase + string.digits + string.punctuation + " ")


class _Piece(NamedTuple):
    """An atom, or one of `(`, `|`, `)`; how often it may stand: behind `)` that is said of the group."""

    text: str
    least: float = 1
    most: float = 1


def _pieces(pattern: str, shown: str) -> list[_Piece]:
    """The pattern taken apart; it must be one that Python can read."""
    pieces: list[_Piece] = []
    position = 0
    while position < len(pattern):
        match = _PIECE.match(pattern, position)
        if match is None:
            raise InvalidQuery(
                f"What begins with {pattern[position : position + 3]} in {shown} is not read here.",
                hint="There are the groups ( ) (?: ) (?= ) (?! ) (?<= ) (?<! ), nothing refers back; case is ignored.",
            )
        position = match.end()
        text, sign, least, comma, most = match.groups()
        if sign is not None:
            pieces.append(_Piece(text, sign == "+", 1 if sign == "?" else math.inf))
        elif least is not None:
            pieces.append(_Piece(text, int(least or 0), float(most or math.inf) if comma else int(least)))
        else:
            pieces.append(_Piece(text[0] if text[0] == "(" else text))
    return pieces


def _check_work(pattern: str, shown: str) -> None:
    pieces, sample = _pieces(pattern, shown), _PLAIN | set(pattern.lower())
    other_ways, ways = 0.0, 1.0
    # For each open group, and for all around them: its alternatives, and whether anything in it can vary.
    groups = [(1, False)]
    for index, piece in enumerate(pieces):
        rest = pieces[index + 1 :]
        alternatives, varies = groups[-1]
        more = 1.0
        if piece.text == "(":
            groups.append((1, False))
        elif piece.text == "|" and len(groups) == 1:
            other_ways, ways = other_ways + ways, 1.0
        elif piece.text == "|":
            groups[-1] = (alternatives + 1, True)
        elif piece.text == ")":
            if varies and piece.most > 1:
                raise InvalidQuery(
                    f"{shown} repeats a group in which something repeats or varies, and might take for ever.",
                    hint="Repeat single characters or sets of them: [ab]+ instead of (a|b)+ or (a+)+.",
                )
            groups.pop()
            # What a group holds may be empty, so that no text bounds how often it is gone through.
            more = alternatives * (max(piece.least, min(piece.most, _ANYWHERE)) + (piece.least == 0))
            groups[-1] = (groups[-1][0], groups[-1][1] or varies or more > 1)
        elif rest and (len(rest) > 1 or rest[0].text != "$"):
            more = _ends(piece, rest[0], sample)
            groups[-1] = (alternatives, varies or more > 1)
        ways *= more
    if other_ways + ways >= _TOO_MANY_WAYS:
        hint = "Write its parts one after the other: /web.*eu/ /store/."
        raise InvalidQuery(f"{shown} can be matched in too many ways and might take for ever.", hint=hint)


def _ends(atom: _Piece, following: _Piece, sample: Set[str]) -> float:
    """Where it may end: in one place if what follows can be no part of it, as the dash in `[0-9]+-`."""
    ends = min(atom.most - atom.least + 1, _ANYWHERE)
    if ends == 1 or following.text in ("(", "|", ")") or not following.least:
        return ends
    within, after = _characters(atom.text, sample), _characters(following.text, sample)
    if within and after and not within & after:
        return 1
    return min(ends, _AT_A_LETTER) if len(after) == 1 < len(within) else ends


def _characters(atom: str, sample: Set[str]) -> set[str]:
    return set(filter(re.compile(atom, re.IGNORECASE).fullmatch, sample))
