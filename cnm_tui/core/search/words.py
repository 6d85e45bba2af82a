"""Split a search into words, with the position, kind and problems of each word."""

import ipaddress
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from cnm_tui.core.search.tree import ANY_CHARACTER, ANY_TEXT, Expression, InNetworks, Pattern, Term, Wildcard
from cnm_tui.core.text import clean


class TokenKind(Enum):
    """The kind of a token, which is a piece of the search text. The kind decides the colour of the token."""

    FIELD = "field"
    COLON = "colon"
    VALUE = "value"
    QUOTED = "quoted"
    WILDCARD = "wildcard"
    OPERATOR = "operator"
    PARENTHESIS = "parenthesis"
    COMMA = "comma"
    FUNCTION = "function"
    """The word CIDR."""
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the search text, from position `start` up to but not including position `end`."""

    kind: TokenKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in a search text, with its position and a sentence that describes what was expected.

    A problem is only a warning, because Datadog decides if a search is valid.
    """

    start: int
    end: int
    sentence: str
    doubt: bool = False
    """True if the text can be parsed, and only its meaning to the service is in doubt."""


class WordKind(Enum):
    """The grammatical role of a word in a search."""

    TERM = "term"
    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the search: an operator, a parenthesis or a whole term. It has a grammatical role and a position."""

    kind: WordKind
    start: int
    end: int
    expression: Expression | None = None
    """The expression of a term; None if unreadable."""
    field: str | None = None
    """For an opening parenthesis, the field of the values inside."""
    meant: str = ""
    """The operator that a bare word looks like."""


_OPERATORS: Final = {"AND": WordKind.AND, "OR": WordKind.OR, "NOT": WordKind.NOT}
_LOOKS_LIKE: Final = {"and": "AND", "or": "OR", "not": "NOT", "&&": "AND", "||": "OR", "!": "NOT"}
_SPACE: Final = re.compile(r"\s+")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)("?)', re.DOTALL)
_PIECE: Final = re.compile(r"(?P<wildcard>[*?])|(?P<end>[\s()\"])|\\(?P<escaped>.?)|(?P<plain>.)", re.DOTALL)
_BRACKETS: Final = re.compile(r"[\[{][^\[\]{}()\"]*[\]}]")
_FIELD_NAME: Final = re.compile(r"[\w\-./@]+")
_ARGUMENT: Final = re.compile(r"[^\s,()]+")
_NEEDS_ESCAPE: Final = frozenset("+=&|><!{}[]^~#:")
_NETWORK_FIELDS: Final = ("network.client.ip", "network.server.ip")
_LONGEST_QUOTE: Final = 40


class Scan:
    """One pass over a search text. It collects words for the parser, tokens for colours, and problems."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: list[Word] = []
        self.tokens: list[Token] = []
        self.problems: list[Problem] = []
        self._at = 0
        while self._at < len(text):
            if space := _SPACE.match(text, self._at):
                self._at = space.end()
            else:
                self._next_word()

    def _next_word(self) -> None:
        start, sign = self._at, self.text[self._at]
        if sign in "()":
            self._take(TokenKind.PARENTHESIS, start + 1)
            self._add(WordKind.OPEN if sign == "(" else WordKind.CLOSE, start)
        elif sign == "-":
            self._take(TokenKind.OPERATOR, start + 1)
            self._add(WordKind.NOT, start)
        elif sign == '"':
            self._apart(start)
            self._add(WordKind.TERM, start, Term(None, self._quoted()))
        elif self.text.startswith("CIDR(", start):
            self._apart(start)
            self._cidr()
        else:
            self._apart(start)
            self._bare()

    def _add(self, kind: WordKind, start: int, expression: Expression | None = None, field: str | None = None) -> None:
        self.words.append(Word(kind, start, self._at, expression, field))

    def _take(self, kind: TokenKind, end: int) -> None:
        """Add the text from the current position up to `end` as a token, and make `end` the current position."""
        if end > self._at:
            self.tokens.append(Token(kind, self._at, end))
        self._at = end

    def _odd(self, start: int, end: int, sentence: str, *, doubt: bool = False) -> None:
        self.problems.append(Problem(start, end, sentence, doubt))

    def _apart(self, start: int) -> None:
        """Warn if a term starts directly after another term, without a space between the two. This may be a
        mistake.
        """
        if self.words and self.words[-1].kind is WordKind.TERM and self.words[-1].end == start:
            self._odd(start, start + 1, "Expected a space or an operator here.", doubt=True)

    def _quoted(self) -> Pattern:
        match = _QUOTED.match(self.text, self._at)
        assert match is not None
        start, end = match.span()
        if not match[2]:
            self._odd(start, len(self.text), "This quotation mark is never closed.")
            end = len(self.text)
        self._take(TokenKind.QUOTED, end)
        literal = unescaped(match[1])
        return Pattern((literal,) if literal else ())

    def _bare(self) -> None:
        start = self._at
        colon = self._end_of_field(start)
        if colon is None:
            self._bare_value(start)
            return
        field = unescaped(self.text[start:colon])
        self._take(TokenKind.FIELD, colon)
        self._take(TokenKind.COLON, colon + 1)
        if not field:
            self._odd(colon, colon + 1, "Expected a field before the colon.")
        elif not _FIELD_NAME.fullmatch(field):
            self._odd(start, colon, f"{_shown(field)} is no usual name of a field.", doubt=True)
        self._value_of(field or None, start)

    def _end_of_field(self, start: int) -> int | None:
        """Return the position of the colon after a field name. Return None if the word has no colon."""
        at = start
        while at < len(self.text):
            sign = self.text[at]
            if sign == ":":
                return at
            if sign in '()"' or sign.isspace():
                return None
            at += 2 if sign == "\\" else 1
        return None

    def _bare_value(self, start: int) -> None:
        pattern = self._pattern()
        written = self.text[start : self._at]
        if written in _OPERATORS:
            del self.tokens[-1]
            self.tokens.append(Token(TokenKind.OPERATOR, start, self._at))
            self._add(_OPERATORS[written], start)
        else:
            meant = _LOOKS_LIKE.get(written.lower(), "")
            if not meant:
                self._doubt_signs(start)
            self.words.append(Word(WordKind.TERM, start, self._at, Term(None, pattern), meant=meant))

    def _value_of(self, field: str | None, start: int) -> None:
        at = self._at
        sign = self.text[at : at + 1]
        if sign == "(":
            self._take(TokenKind.PARENTHESIS, at + 1)
            self._add(WordKind.OPEN, start, field=field)
        elif not sign or sign == ")" or sign.isspace():
            named = "" if field is None else f" after {_shown(field)}:"
            self._odd(start, at, f"Expected a value{named or ' after the colon'}.")
            self._add(WordKind.TERM, start)
        elif sign == '"':
            self._add(WordKind.TERM, start, Term(field, self._quoted()))
        elif (between := _BRACKETS.match(self.text, at)) and " TO " in between[0]:
            self._odd(at, between.end(), "Ranges are not known to work here; write single values.", doubt=True)
            self._take(TokenKind.ERROR, between.end())
            self._add(WordKind.TERM, start, Term(field, Pattern((between[0],))))
        else:
            pattern = self._pattern()
            if sign in "<>":
                self._odd(at, self._at, "Comparisons are not known to work here; write single values.", doubt=True)
            else:
                self._doubt_signs(at)
            self._add(WordKind.TERM, start, Term(field, pattern))

    def _pattern(self) -> Pattern:
        """Read an unquoted value from the current position up to the next white space, parenthesis or quotation
        mark.
        """
        parts: list[str | Wildcard] = []
        literal: list[str] = []
        at = self._at
        while (piece := _PIECE.match(self.text, at)) and not piece["end"]:
            if piece["wildcard"]:
                if literal:
                    parts.append("".join(literal))
                    literal = []
                wildcard = ANY_TEXT if piece["wildcard"] == "*" else ANY_CHARACTER
                if wildcard is ANY_CHARACTER or parts[-1:] != [ANY_TEXT]:
                    parts.append(wildcard)
                self._take(TokenKind.VALUE, at)
                self._take(TokenKind.WILDCARD, piece.end())
            elif piece[0] == "\\":
                self._odd(at, at + 1, "Expected a character after the backslash.")
            else:
                literal.append(piece["escaped"] or piece["plain"])
            at = piece.end()
        self._take(TokenKind.VALUE, at)
        if literal:
            parts.append("".join(literal))
        return Pattern(tuple(parts))

    def _doubt_signs(self, start: int) -> None:
        """Warn once if the value just read contains characters that need a backslash according to Datadog's
        documentation.
        """
        written = re.sub(r"\\.", "", self.text[start : self._at], flags=re.DOTALL)
        if sign := next((sign for sign in written if sign in _NEEDS_ESCAPE), ""):
            self._odd(
                start,
                self._at,
                f"Within a value, {sign} needs a backslash before it, or quotes around the value.",
                doubt=True,
            )

    def _cidr(self) -> None:
        start = self._at
        self._take(TokenKind.FUNCTION, start + len("CIDR"))
        opened = self._at
        self._take(TokenKind.PARENTHESIS, opened + 1)
        field, *written = self._arguments() or [""]
        networks = tuple(dict.fromkeys(filter(None, written)))
        if not field:
            self._odd(start, self._at, "Expected a field first, as in CIDR(network.client.ip, 10.0.0.0/8).")
        elif not written:
            self._odd(start, self._at, f"Expected a network after {_shown(field)}, as in 10.0.0.0/8.")
        if self.text.startswith(")", self._at):
            self._take(TokenKind.PARENTHESIS, self._at + 1)
        else:
            self._odd(opened, opened + 1, "This parenthesis is never closed.")
        self._add(WordKind.TERM, start, InNetworks(field, networks) if field and networks else None)

    def _arguments(self) -> list[str]:
        """Read the arguments of the search function `CIDR`, and return them. They are a field and one or more IP
        networks.

        An unreadable argument is returned as an empty string.
        """
        read: list[str] = []
        separated = True
        while True:
            if space := _SPACE.match(self.text, self._at):
                self._at = space.end()
            if self.text.startswith(",", self._at):
                if separated:
                    self._odd(self._at, self._at + 1, "Expected something before this comma.")
                separated = True
                self._take(TokenKind.COMMA, self._at + 1)
                continue
            argument = _ARGUMENT.match(self.text, self._at)
            if argument is None or argument[0] in _OPERATORS:
                return read
            if not separated:
                self._odd(self._at, argument.end(), f"Expected a comma before {_shown(argument[0])}.")
            separated = False
            if not read and _network(argument[0]):
                read.append("")
            read.append(self._network_argument(argument[0]) if read else self._field_argument(argument[0]))

    def _field_argument(self, written: str) -> str:
        end = self._at + len(written)
        if written not in _NETWORK_FIELDS:
            self._odd(self._at, end, f"CIDR reads {' and '.join(_NETWORK_FIELDS)}.", doubt=True)
        self._take(TokenKind.FIELD, end)
        return written

    def _network_argument(self, written: str) -> str:
        end = self._at + len(written)
        network = _network(written)
        if not network:
            right = "2001:db8::/32" if ":" in written else "10.0.0.0/8"
            self._odd(self._at, end, f"{_shown(written)} is not a network; write {right}.")
        elif "/" not in written:
            self._odd(self._at, end, f"{_shown(written)} has no prefix length; write {network}.", doubt=True)
        self._take(TokenKind.VALUE if network else TokenKind.ERROR, end)
        return network


def unescaped(written: str) -> str:
    """Return the text with each backslash escape replaced by the character that it means."""
    return re.sub(r"\\(.)", r"\1", written, flags=re.DOTALL)


def _network(written: str) -> str:
    """Return the IP network in standard form. Return an empty string if the text is not a valid network.

    The address bits that do not belong to the network prefix are set to zero.
    """
    try:
        return str(ipaddress.ip_network(written, strict=False))
    except ValueError:
        return ""


def _shown(text: str) -> str:
    return clean(text, _LONGEST_QUOTE)
