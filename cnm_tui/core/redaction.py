"""Hide API keys and passwords in text from other programs.

A program may repeat a secret in many forms. The code therefore recognises secrets with escapes of URLs, JSON,
HTML or program code, secrets as lists of byte numbers, and secrets in base64. Separators between the
characters of a secret are ignored.

The code decodes one level of encoding only. No program encodes a header twice by accident, and a person who
does so on purpose has the keys already.
"""

import binascii
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, Protocol

FRAGMENT: Final = 8
"""Minimum length of a part of a secret that is hidden, in characters."""
HIDDEN: Final = "***"
_FRAGMENT_APART: Final = 12
"""Minimum length of a hidden part with separators, as `0123-4567-89ab`: shorter parts may be ordinary words."""
_SHORTEST: Final = 3
"""A shorter password is not hidden; a password shorter than FRAGMENT is hidden only as a separate word."""
_MOST_CHARACTERS: Final = 64 * 1024
"""Longer texts are searched for long parts only: each character takes half a microsecond."""

# Compiled on use: most runs have no outside text to search.
_BETWEEN: Final = r"[\s\x00-\x1f\x7f-\xa0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff*?\"'`\\]"
"""Characters that may separate the characters of a key: blanks, line breaks, invisible characters, wildcards, quotes.
"""
_DIGIT: Final = f"[0-9a-f]{_BETWEEN}*"
_LOOKS_LIKE_KEY: Final = (
    rf"(?<![0-9a-f])(?:(?:{_DIGIT}){{31}}|(?:{_DIGIT}){{39}})[0-9a-f](?![0-9a-f])|dd[ps]at_[0-9a-z_-]*"
)
"""Matches an API key, an application key, or an access token."""
_WRITTEN: Final = (
    r"%(?:25)*([0-9a-f]{2})"
    r"|\\+u([0-9a-f]{4})|\\+x([0-9a-f]{2})"
    r"|&(?:amp;)*\#x0*([0-9a-f]{1,6});?"
    r"|&(?:amp;)*\#0*([0-9]{1,7});?"
    r"|(\\+[nrtbfv]|" + _BETWEEN + r"+)"
    r"|(.)"
)
"""Matches one character as escaped by URLs, JSON, programs or HTML; a separator; or a plain character."""
_ALIKE: Final = str.maketrans("-_", "+/")
"""Both alphabets of base64 are read as one."""


class HiddenText(Protocol):
    """The interface of a text that stays hidden unless `reveal` is called. The class `Secret` is an example."""

    def reveal(self) -> str:
        """Return the hidden text."""


class Redaction:
    """An object that finds secrets in texts and replaces them with `***`. It never displays the secrets."""

    def __init__(
        self, secrets: Iterable[HiddenText] = (), whole: Iterable[HiddenText] = (), *, fragment: int = FRAGMENT
    ) -> None:
        """Create a redaction for these secrets.

        Args:
            secrets: Texts that are hidden even if only a part of the secret occurs.
            whole: Texts that are hidden only if the whole text occurs, for example user names.
            fragment: The length of the shortest part of a secret that is hidden, in characters.
        """
        self._secrets = tuple(secrets)
        self._whole = tuple(whole)
        self._length = fragment

    def __repr__(self) -> str:
        return "Redaction(***)"

    def hide(self, text: str) -> str:
        """Return the text with `***` in place of each part of a secret."""
        return _hidden(text, self._found(text))

    def hide_whole(self, sent: bytes) -> bytes:
        """Return the bytes with `***` in place of each complete secret. This is fast enough for thousands of rows."""
        for secret in self._secrets:
            whole = secret.reveal().encode("utf-8", "replace")
            if len(whole) >= FRAGMENT:
                sent = sent.replace(whole, HIDDEN.encode())
        return sent

    def finds(self, text: str) -> bool:
        """Return True if the text contains a part of a secret.

        In a text of more than 64 KiB, only parts of at least 15 characters are certain to be found.
        """
        if len(text) <= _MOST_CHARACTERS:
            return bool(self._found(text))
        needles, squeezed = tuple(self._needles), ""
        # In pieces: each search blocks the interpreter, and so the screen.
        for start in range(0, len(text), _MOST_CHARACTERS):
            piece = re.sub(f"{_BETWEEN}+", "", text[start : start + _MOST_CHARACTERS]).lower().translate(_ALIKE)
            squeezed = squeezed[1 - FRAGMENT :] + piece
            if any(needle in squeezed for needle in needles):
                return True
        return False

    def _found(self, text: str) -> list[tuple[int, int]]:
        """Return the start and end position of each part of a secret in the text. Each item of the list is a pair."""
        fragments, wholes = self._fragments, self._wholes
        if not fragments and not wholes:
            return []
        characters, begins, ends = _as_read(text)
        plain, length = "".join(characters), self._length
        found = [(at, at + length) for at in range(len(plain) - length + 1) if plain[at : at + length] in fragments]
        for whole in wholes:
            places = [match.span() for match in re.finditer(re.escape(whole), plain)]
            # Short secrets also occur inside words: "ann" in "channel".
            found += [place for place in places if len(whole) >= FRAGMENT or _stands_alone(place, plain, begins, ends)]
        found += self._found_apart(plain)
        return [(begins[begin], ends[end - 1]) for begin, end in found]

    def _found_apart(self, plain: str) -> list[tuple[int, int]]:
        """Return the start and end position of each part of a secret that is written with separators between
        characters.
        """
        places = [at for at, character in enumerate(plain) if character.isalnum()]
        letters = "".join(map(plain.__getitem__, places))
        length = max(_FRAGMENT_APART, self._length)
        return [
            (places[at], places[at + length - 1] + 1)
            for at in range(len(letters) - length + 1)
            if letters[at : at + length] in self._fragments_apart
        ]

    @cached_property
    def _fragments(self) -> frozenset[str]:
        """Return all substrings of the secrets whose length is the minimum length, in each form of the secrets."""
        return frozenset(
            form[at : at + self._length]
            for secret in self._secrets
            for form in _forms(secret.reveal())
            for at in range(len(form) - self._length + 1)
        )

    @cached_property
    def _fragments_apart(self) -> frozenset[str]:
        """Return all substrings of the secrets whose length is the minimum length. Only letters and digits are
        included.
        """
        length = max(_FRAGMENT_APART, self._length)
        return frozenset(
            letters[at : at + length]
            for secret in self._secrets
            for form in _forms(secret.reveal())
            for letters in ["".join(filter(str.isalnum, form))]
            for at in range(len(letters) - length + 1)
        )

    @cached_property
    def _wholes(self) -> tuple[str, ...]:
        plain = [_plain(secret.reveal()) for secret in self._whole]
        short = [text for secret in self._secrets if len(text := _plain(secret.reveal())) < FRAGMENT]
        return tuple(text for text in (*plain, *short) if len(text) >= _SHORTEST)

    @property
    def _needles(self) -> Iterator[str]:
        """Yield short texts for a fast first search. Each longer part of a secret contains at least one of these
        texts.
        """
        for secret in self._secrets:
            plain = _plain(secret.reveal())
            yield from (plain[at : at + FRAGMENT] for at in range(0, len(plain) - FRAGMENT + 1, FRAGMENT))


NOTHING_SECRET: Final = Redaction()


def may_hold_key(text: str) -> bool:
    """Return True if the text seems to contain an API key or a token. Such a text must not be stored."""
    return re.search(_LOOKS_LIKE_KEY, text, re.IGNORECASE) is not None


def without_lookalikes(text: str) -> str:
    """Return the text with `***` in place of everything that looks like an API key or a token."""
    return re.sub(_LOOKS_LIKE_KEY, HIDDEN, text, flags=re.IGNORECASE)


def _forms(secret: str) -> Iterator[str]:
    """Yield the secret in every form that is searched for: plain text, bytes as numbers, and base64 at each offset."""
    plain = _plain(secret)
    if len(plain) < FRAGMENT:
        return
    yield plain
    sent = secret.encode("utf-8", "replace")
    # The form in which programs print bytes.
    yield from ("".join(format(byte, form) for byte in sent) for form in ("02x", "d", "03o"))
    for before in range(3):
        raw = bytes(before) + sent
        # Only base64 characters that depend on the secret alone.
        first, last = -(-8 * before // 6), 8 * len(raw) // 6
        yield _plain(binascii.b2a_base64(raw, newline=False).decode("ascii")[first:last])


def _plain(secret: str) -> str:
    return "".join(_as_read(secret, escaped=False)[0])


def _as_read(text: str, *, escaped: bool = True) -> tuple[list[str], list[int], list[int]]:
    """Decode the escapes in a text. Return three lists of equal length, with one item for each decoded character.

    The lists contain the character in lower case, its start position in the text, and its end position.
    """
    characters: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    pattern = _WRITTEN if escaped else f"()()()()()({_BETWEEN}+)|(.)"
    for match in re.finditer(pattern, text, re.IGNORECASE | re.DOTALL):
        url, four, two, hexadecimal, decimal, between, one = match.groups()
        if between is not None:
            continue
        if one is None:
            number = int(decimal) if decimal else int(url or four or two or hexadecimal, 16)
            one = chr(number) if number <= 0x10FFFF else " "
            if re.match(_BETWEEN, one):
                continue
        if not one.isascii():
            # A wide or accented letter counts as the plain letter.
            one = unicodedata.normalize("NFKD", one)
        # Some characters have several lower-case characters.
        characters.append(one.lower()[:1].translate(_ALIKE))
        begins.append(match.start())
        ends.append(match.end())
    return characters, begins, ends


def _stands_alone(place: tuple[int, int], plain: str, begins: list[int], ends: list[int]) -> bool:
    """Return True if no letter or digit is directly before or directly after this piece of the text."""
    begin, end = place
    before = begin > 0 and ends[begin - 1] == begins[begin] and plain[begin - 1].isalnum()
    behind = end < len(plain) and ends[end - 1] == begins[end] and plain[end].isalnum()
    return not (before or behind)


def _hidden(text: str, places: list[tuple[int, int]]) -> str:
    kept: list[str] = []
    seen = 0
    for begin, end in sorted(places):
        if begin >= seen and not (kept and begin == seen):
            kept += [text[seen:begin], HIDDEN]
        seen = max(seen, end)
    return "".join([*kept, text[seen:]])
