"""Parse the search language of Datadog into a syntax tree.

For an incomplete text, the parser returns a partial syntax tree and a list of problems.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cnm_tui.core.search.tree import AllOf, AnyOf, Expression, Not, Term, field_text, printed, term
from cnm_tui.core.search.words import Problem, Scan, Token, TokenKind, Word, WordKind, unescaped

_DEEPEST: Final = 40
"""Maximum depth of parentheses: far more than people write, far fewer than Python's stack allows."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of parsing a search: its tokens, its syntax tree and its problems."""

    text: str
    tokens: tuple[Token, ...]
    """In order, without overlaps; only white space is between them."""
    expression: Expression | None
    """None if the text is empty, or nothing could be parsed."""
    problems: tuple[Problem, ...]
    """In order of position; all are warnings, as the service decides."""


def read(text: str) -> Reading:
    """Parse a search and return its syntax tree. The function never raises an error.

    Unreadable text is left out of the tree and listed among the problems.
    """
    scan = Scan(text)
    reader = _Reader(scan.words)
    expression = reader.whole()
    tokens = (replace(token, kind=TokenKind.ERROR) if token.start in reader.stray else token for token in scan.tokens)
    problems = sorted((*scan.problems, *reader.problems), key=lambda problem: (problem.start, problem.end))
    return Reading(text, tuple(tokens), expression, tuple(problems))


class _Reader:
    """A recursive parser for searches. NOT has a higher precedence than AND, and AND a higher one than OR.

    Two terms without an operator between them are joined by AND.
    """

    def __init__(self, words: list[Word]) -> None:
        self.problems: list[Problem] = []
        self.stray: set[int] = set()
        """Positions of closing parentheses without an opening one."""
        self._words = words
        self._next = 0
        self._depth = 0

    def whole(self) -> Expression | None:
        return self._any_of(None)

    def _peek(self) -> Word | None:
        return self._words[self._next] if self._next < len(self._words) else None

    def _odd(self, word: Word, sentence: str, *, doubt: bool = False) -> None:
        self.problems.append(Problem(word.start, word.end, sentence, doubt))

    def _any_of(self, field: str | None) -> Expression | None:
        found: list[Expression] = []
        operator: Word | None = None
        while True:
            expression, anything = self._all_of(field)
            if expression is not None:
                found.append(expression)
            word = self._peek()
            follows = word is not None and word.kind is WordKind.OR
            if not anything and operator is not None:
                self._odd(operator, "Expected a term after OR.")
            elif not anything and word is not None and follows:
                self._odd(word, "Expected a term before OR.")
            if not follows:
                return joined(AnyOf, found)
            operator = word
            self._next += 1

    def _all_of(self, field: str | None) -> tuple[Expression | None, bool]:
        """Parse the terms up to the next OR, a closing parenthesis or the end, and join the terms by AND.

        Returns:
            A pair. The first item is the expression, or None if nothing is readable. The second item is True if there
            was any word, readable or not.
        """
        found: list[Expression] = []
        anything = False
        operator: Word | None = None
        while (word := self._peek()) is not None and word.kind is not WordKind.OR:
            if word.kind is WordKind.CLOSE:
                if self._depth:
                    break
                self._odd(word, "This parenthesis was never opened.")
                self.stray.add(word.start)
                self._next += 1
            elif word.kind is WordKind.AND:
                if operator is not None:
                    self._odd(operator, "Expected a term after AND.")
                elif not anything:
                    self._odd(word, "Expected a term before AND.")
                operator, anything = word, True
                self._next += 1
            else:
                self._hint_at_capitals(word, after_term=anything and operator is None)
                expression = self._negated(field)
                if expression is not None:
                    found.append(expression)
                operator, anything = None, True
        if operator is not None:
            self._odd(operator, "Expected a term after AND.")
        return joined(AllOf, found), anything

    def _hint_at_capitals(self, word: Word, *, after_term: bool) -> None:
        """Warn if an operator is written in lower case. `a and b` searches for the word "and", which the user
        rarely wants.
        """
        following = self._words[self._next + 1] if self._next + 1 < len(self._words) else None
        before_term = following is not None and following.kind in (WordKind.TERM, WordKind.OPEN, WordKind.NOT)
        if word.meant and before_term and (after_term or word.meant == "NOT"):
            self._odd(word, f"Operators are written in capitals: {word.meant}.", doubt=True)

    def _negated(self, field: str | None) -> Expression | None:
        negated = False
        last: Word | None = None
        while (word := self._peek()) is not None and word.kind is WordKind.NOT:
            negated, last = not negated, word
            self._next += 1
        if last is not None and (word is None or word.kind not in (WordKind.TERM, WordKind.OPEN)):
            self._odd(last, f"Expected a term after {'-' if last.end - last.start == 1 else 'NOT'}.")
            return None
        if last is not None and last.end - last.start == 1 and word is not None and word.start > last.end:
            self._odd(last, "Write - directly before what it excludes.", doubt=True)
        expression = self._operand(field)
        if expression is None or not negated:
            return expression
        return expression.inner if isinstance(expression, Not) else Not(expression)

    def _operand(self, field: str | None) -> Expression | None:
        word = self._words[self._next]
        self._next += 1
        if word.kind is WordKind.TERM:
            if field is not None and isinstance(word.expression, Term) and word.expression.field is None:
                return replace(word.expression, field=field)
            return word.expression
        if self._depth == _DEEPEST:
            sentence = f"Parentheses are read {_DEEPEST} deep; what stands in this one is left out."
            self._odd(word, sentence, doubt=True)
            self._skip_group()
            return None
        return self._group(word, field if word.field is None else word.field)

    def _group(self, opened: Word, field: str | None) -> Expression | None:
        first = self._next
        self._depth += 1
        expression = self._any_of(field)
        self._depth -= 1
        empty = self._next == first
        if self._peek() is None:
            self._odd(opened, "This parenthesis is never closed.")
            return expression
        if empty:
            self._odd(opened, "Expected a term within these parentheses.")
        self._next += 1
        return expression

    def _skip_group(self) -> None:
        depth = 1
        while depth and (word := self._peek()) is not None:
            depth += {WordKind.OPEN: 1, WordKind.CLOSE: -1}.get(word.kind, 0)
            self._next += 1


def joined(kind: type[AllOf] | type[AnyOf], found: Iterable[Expression]) -> Expression | None:
    """Return one expression that joins these expressions by AND or by OR. Return None if there is no expression.

    An inner expression with the same operator is dissolved into its terms.
    """
    flat = [each for one in found for each in (one.inner if isinstance(one, kind) else (one,))]
    return kind(tuple(flat)) if len(flat) > 1 else flat[0] if flat else None


def parts_of(search: str) -> Sequence[Expression]:
    """Return the parts of a search that are joined by AND. Return an empty tuple for an empty or unreadable search."""
    expression = read(search).expression
    return () if expression is None else _parts(expression)


def _parts(expression: Expression) -> Sequence[Expression]:
    return expression.inner if isinstance(expression, AllOf) else (expression,)


def with_term(search: str, field: str, value: str) -> str:
    """Return the search with the term `field:value` added by AND.

    If the search contains this term already, it is returned unchanged.
    """
    return narrowed_by(search, term(field, value))


def narrowed_by(search: str, added: str) -> str:
    """Return the search combined by AND with a second search, which is complete in itself.

    If the first search contains all terms of the second search already, it is returned unchanged.
    """
    reading = read(search)
    addition = read(added).expression
    if reading.expression is None or addition is None:
        return added
    standing = _parts(reading.expression)
    if all(part in standing for part in _parts(addition)):
        return search
    both = joined(AllOf, [reading.expression, addition])
    text = f"({search})" if isinstance(reading.expression, AnyOf) else search.strip()
    narrowed = f"{text} AND {f'({added})' if isinstance(addition, AnyOf) else added}"
    # Half-typed text could swallow the addition, so only the readable part is kept.
    whole = all(problem.doubt for problem in reading.problems) and read(narrowed).expression == both
    return narrowed if whole or both is None else printed(both)


def with_fields(search: str, other: Callable[[str], str]) -> str:
    """Return the search with each field name replaced by another name. The values keep their spelling.

    Args:
        search: The search.
        other: A function that returns the new name of a field.
    """
    text = search
    for token in reversed(read(search).tokens):
        if token.kind is TokenKind.FIELD:
            text = text[: token.start] + _with_field(search[token.start : token.end], other) + text[token.end :]
    return text


def _with_field(written: str, other: Callable[[str], str]) -> str:
    named = unescaped(written)
    field = other(named)
    return written if field == named else field_text(field)
