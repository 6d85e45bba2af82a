"""Suggest completions for the word at the cursor of a search that the user types. The suggestions are field names,
values of loaded rows, and values of past searches."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from heapq import nlargest
from itertools import accumulate, chain, islice
from typing import Final

from cnm_tui.core.connections import UNRESOLVED, GroupValues, group_text
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.metrics.metric import Number
from cnm_tui.core.search.reader import read
from cnm_tui.core.search.tree import AllOf, AnyOf, Expression, Not, Pattern, Term, Wildcard, quoted, term
from cnm_tui.core.search.words import Scan, TokenKind, Word, WordKind
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean, unseen
from cnm_tui.core.units import bytes_text, plural

MOST_COMPLETIONS: Final = 5
_FEWEST_FOR_A_GUESS: Final = 2
"""Minimum typed characters for suggestions that do not begin with them."""
_LONGEST_READ: Final = 1_000
"""Characters before the cursor that are parsed; of a longer text only the last word is."""
_LONGEST_GUESSED: Final = 40_000
"""Maximum characters of values that are searched for scattered letters; values with most bytes come first."""
MOST_EARLIER: Final = 2_000
"""Maximum remembered values of one field that are in no loaded row."""
_CUSTOM_AT_HAND: Final = "a tag of the rows at hand"
_CUSTOM_BEFORE: Final = "a tag of earlier rows or searches"

_OPERATORS: Final = ("AND", "OR", "NOT")
_REST_OF_FIELD: Final = re.compile(r'(?:\\.|[^\s()":\\])*:?', re.DOTALL)
_REST_OF_VALUE: Final = re.compile(r'(?:\\.|[^\s()"*?\\])*', re.DOTALL)
_CLOSED_QUOTE: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(.?)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Completion:
    """A suggestion that completes the word at the cursor of a search text."""

    text_after: str
    """The whole text with this suggestion."""
    cursor_after: int
    shown: str
    """The field or the value, clean, without quotes."""
    remark: str
    """Its meaning, or the rows and bytes of a value."""
    whole: bool
    """True if the term is complete; after a field its value is still missing."""


class Seen:
    """The known values of one field. First come the values of loaded rows, sorted by bytes, largest first. Then come
    values of rows that were loaded earlier, and then values of past searches."""

    def __init__(
        self,
        rows: Mapping[str, int],
        total_bytes: Mapping[str, Number],
        earlier: Mapping[str, tuple[int, Number]] | None = None,
        searched: Sequence[str] = (),
        volume_text: Callable[[Number], str] = bytes_text,
    ) -> None:
        """Store the known values of a field.

        Args:
            rows: The number of loaded rows for each value.
            total_bytes: The number of bytes for each value.
            earlier: The last known number of rows and of bytes, as a pair, for each value that is no longer loaded.
            searched: The values in past searches.
            volume_text: A function that formats a number of bytes for a sentence.
        """
        self._volume_text = volume_text
        self.rows = rows
        self.total_bytes = total_bytes
        self.earlier = earlier or {}
        self.searched = searched

    @cached_property
    def values(self) -> Sequence[str]:
        """Return the values in order. They are sorted on first use, because most users do not edit a search."""
        recent_answers = sorted(self.rows, key=self.total_bytes.__getitem__, reverse=True)
        known = {**dict.fromkeys(recent_answers), **dict.fromkeys(self.earlier), **dict.fromkeys(self.searched)}
        return list(known)

    def remark(self, value: str) -> str:
        """Return a text that states how many rows and bytes have this value of the field."""
        if value in self.rows:
            return self._weight(self.rows[value], self.total_bytes[value])
        return f"earlier {self._weight(*self.earlier[value])}" if value in self.earlier else "searched for before"

    def _weight(self, rows: int, volume: Number) -> str:
        return f"{plural(rows, 'row')}, {self._volume_text(volume)}"

    def gone_by(self) -> Mapping[str, tuple[int, Number]]:
        """Return a dictionary from each known value to its last known number of rows and number of bytes, as a pair.
        The values that were seen most recently come first. The number of values is limited."""
        heaviest = nlargest(MOST_EARLIER, self.rows, key=self.total_bytes.__getitem__)
        recent_answers = {value: (self.rows[value], self.total_bytes[value]) for value in heaviest}
        return dict(islice((recent_answers | dict(self.earlier) | recent_answers).items(), MOST_EARLIER))

    @cached_property
    def _folded(self) -> str:
        """Return all values as one text with a line for each value. Searching in this text is much faster than
        searching in each value."""
        return "\n".join(["", *self.values, ""]).casefold()

    @cached_property
    def _starts(self) -> Sequence[int]:
        """Return for each value the position in the text `_folded` of the line break before this value."""
        lines = self._folded[1:-1].split("\n")
        return list(accumulate((len(line) + 1 for line in lines), initial=0))

    def matching(self, typed: str) -> Iterator[str]:
        """Yield the values that match the typed text. First come values that begin with the text, then values that
        contain it. Last come values that contain its letters in the same order."""
        if not typed:
            yield from self.values
            return
        folded = typed.casefold().replace("\n", " ")
        found: set[str] = set()
        exactly = typed in self.rows or typed in self.earlier or typed in self.searched
        for position in self._positions(folded, guess=not exactly and len(folded) >= _FEWEST_FOR_A_GUESS):
            value = self.values[position]
            if value not in found:
                found.add(value)
                yield value

    def _positions(self, folded: str, *, guess: bool) -> Iterator[int]:
        if not self.values:
            return
        yield from self._lines_with(f"\n{folded}")
        if guess:
            yield from self._lines_with(folded)
            # Possessive: a skipped character is never tried again.
            letters = "".join(f"[^\n{re.escape(letter)}]*{re.escape(letter)}" for letter in folded)
            for match in re.finditer(f"\n{letters}", self._folded[:_LONGEST_GUESSED]):
                yield bisect_right(self._starts, match.start()) - 1

    def _lines_with(self, wanted: str) -> Iterator[int]:
        at = self._folded.find(wanted)
        while at >= 0:
            position = bisect_right(self._starts, at) - 1
            yield position
            at = self._folded.find(wanted, self._starts[position + 1])


@dataclass(frozen=True, eq=False)
class Known:
    """The known values of all fields of an API endpoint. The documented fields are known even without values."""

    seen: Mapping[str, Seen]
    """Values by field; fields of loaded rows come first."""
    endpoint: Endpoint

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """Return a dictionary from each field name to a description of the field. Fields with known
        values come first."""
        custom = {name: _CUSTOM_AT_HAND if seen.rows else _CUSTOM_BEFORE for name, seen in self.seen.items()}
        return custom | {name: field.meaning for name, field in self.endpoint.fields.items()}


@lru_cache
def nothing_seen(endpoint: Endpoint) -> Known:
    """Return an object with the documented fields of an API endpoint. It contains no values of the fields."""
    return Known({}, endpoint)


def known(snapshot: Snapshot, before: Known | None = None, searches: Iterable[str] = ()) -> Known:
    """Return the known field values, updated with the rows of a snapshot and with past searches.

    Args:
        snapshot: The snapshot with the newest rows.
        before: The values that were known before. They are dropped if they belong to another API endpoint,
            because its fields differ.
        searches: The past searches, newest first.
    """
    if before is None or before.endpoint is not snapshot.endpoint:
        before = nothing_seen(snapshot.endpoint)
    group_bys = snapshot.query.group_bys
    columns = snapshot.connections.exact_groups or [()] * len(group_bys)
    weights = snapshot.volumes
    recent_answers = {field: _seen(column, weights) for field, column in zip(group_bys, columns, strict=False)}
    searched = _searched(searches)
    seen: dict[str, Seen] = {}
    volume_text = snapshot.endpoint.volume_text
    for field in dict.fromkeys((*group_bys, *before.seen, *searched)):
        now = recent_answers.get(field, _NEVER_SEEN)
        earlier = before.seen[field].gone_by() if field in before.seen else None
        seen[field] = Seen(now.rows, now.total_bytes, earlier, searched.get(field, ()), volume_text)
    return Known(seen, snapshot.endpoint)


def _searched(searches: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Return the values that occur in past searches. The dictionary keys are the field names."""
    found: dict[str, dict[str, None]] = {}
    for search in searches:
        for field, value in _terms(read(search).expression):
            found.setdefault(field, {})[value] = None
    return {field: tuple(values) for field, values in found.items()}


def _terms(expression: Expression | None) -> Iterator[tuple[str, str]]:
    """Yield a pair of field and value for each term of a search expression. Values with wildcards are skipped."""
    match expression:
        # A doubled colon is a typing error, not a value.
        case Term(field, Pattern((str(value),))) if field and _can_be_asked(value) and value.strip(":"):
            yield field, value
        case Not(inner):
            yield from _terms(inner)
        case AllOf(several) | AnyOf(several):
            for each in several:
                yield from _terms(each)


def _seen(column: Sequence[GroupValues], weights: Sequence[Number | None]) -> Seen:
    rows = Counter(chain.from_iterable(column))
    total_bytes: dict[str, Number] = dict.fromkeys(rows, 0)
    for values, weight in zip(column, weights, strict=False):
        if weight:
            for value in values:
                total_bytes[value] += weight
    for value in [value for value in rows if not _can_be_asked(value)]:
        del rows[value]
    return Seen(rows, total_bytes)


_NEVER_SEEN: Final = Seen({}, {})


def _can_be_asked(value: str) -> bool:
    """True if the value can be written in a search. Such a value has no invisible characters, and it is not the text
    `N/A` for a missing name."""
    return not unseen(value) and (len(value) > len(UNRESOLVED) or group_text((value,)) != UNRESOLVED)


def completions(text: str, cursor: int, known: Known) -> Sequence[Completion]:
    """Return the suggestions for the word at the cursor of a search, best first. Return an empty sequence if the cursor
    is not at a word, or if no suggestion matches.

    Args:
        text: The text of the search.
        cursor: The position of the cursor in the text, from 0.
        known: The known fields and values.
    """
    place = _place(text, max(0, min(cursor, len(text))))
    if place is None:
        return ()
    found = _fields(place, known) if place.field is None else _values(place, place.field, known)
    completed = (_completed(text, place, *one) for one in islice(found, MOST_COMPLETIONS + 1))
    return [one for one in completed if one.text_after != text][:MOST_COMPLETIONS]


@dataclass(frozen=True, slots=True)
class _Place:
    """The word at the cursor that the user is typing, and the range of the search text that a suggestion replaces."""

    field: str | None
    """The field of the value being typed; None while typing a field."""
    typed: str
    start: int
    end: int


def _completed(text: str, place: _Place, written: str, shown: str, remark: str) -> Completion:
    after = f"{text[: place.start]}{written}{text[place.end :]}"
    return Completion(after, place.start + len(written), clean(shown), remark, place.field is not None)


def _values(place: _Place, field: str, known: Known) -> Iterator[tuple[str, str, str]]:
    if (seen := known.seen.get(field)) is None:
        return
    for value in seen.matching(place.typed):
        yield quoted(value), value, seen.remark(value)


def _fields(place: _Place, known: Known) -> Iterator[tuple[str, str, str]]:
    typed = place.typed.casefold()
    ranked = [(rank, field) for field in known.fields if (rank := _rank(field.casefold(), typed)) is not None]
    ranked.sort(key=lambda one: one[0])
    for _, field in ranked:
        # The value's quoted form in the search language.
        yield term(field, "x").removesuffix("x"), field, known.fields[field]


def _rank(field: str, typed: str) -> int | None:
    """Return how well a field name matches the typed text, from 0 for the best match to 3. Return None for no match.
    The result is 0 if the name begins with the text. It is 1 if the name begins with the text after `client_` or
    `server_`. It is 2 if the text occurs anywhere in the name. It is 3 if the name only contains the letters of the
    text in the same order."""
    if field.startswith(typed):
        return 0
    if len(typed) < _FEWEST_FOR_A_GUESS:
        return None
    if field.startswith((f"client_{typed}", f"server_{typed}")):
        return 1
    if typed in field:
        return 2
    letters = iter(field)
    return 3 if all(letter in letters for letter in typed) else None


def _place(text: str, cursor: int) -> _Place | None:
    """Return the word directly before the cursor. Return None if nothing can be completed there."""
    first = _first_read(text, cursor)
    scan = Scan(text[first:cursor])
    if not scan.words or scan.words[-1].end != cursor - first:
        return None
    word = scan.words[-1]
    group = _field_of_group(scan.words)
    if word.kind is WordKind.OPEN and group is not None:
        return _value_place(text, cursor, group, "", cursor)
    if word.kind is not WordKind.TERM:
        return None
    typed = _typed(word)
    if typed is None:
        return None
    tokens = [token for token in scan.tokens if token.start >= word.start]
    colon = next((token for token in tokens[:2] if token.kind is TokenKind.COLON), None)
    if colon is not None:
        field = _ESCAPE.sub(r"\1", scan.text[word.start : colon.start])
        return _value_place(text, cursor, field, typed, first + colon.end)
    if group is not None:
        return _value_place(text, cursor, group, typed, first + word.start)
    return _field_place(text, cursor, typed, first + word.start)


def _first_read(text: str, cursor: int) -> int:
    """Return the position in the search text at which parsing starts. It is 0 for a short text. In a long text it is
    the start of the last word, to save time. Parentheses before this word are then ignored."""
    if cursor <= _LONGEST_READ:
        return 0
    quotes = text[:cursor].replace("\\\\", "").replace('\\"', "").count('"')
    end = text.rfind('"', 0, cursor) if quotes % 2 else cursor
    return max(text.rfind(sign, 0, end) for sign in " (") + 1


def _field_of_group(words: Iterable[Word]) -> str | None:
    """Return the field of the parentheses around the last word, for example `client_service` in `client_service:(a OR`.
    Return None if the last word is not inside such parentheses."""
    fields: list[str | None] = [None]
    for word in words:
        if word.kind is WordKind.OPEN:
            fields.append(fields[-1] if word.field is None else word.field)
        elif word.kind is WordKind.CLOSE and len(fields) > 1:
            fields.pop()
    return fields[-1]


def _typed(word: Word) -> str | None:
    """Return the text of a word that the user is typing, without backslash escapes. Return None if the word contains a
    wildcard or is a special term such as `CIDR`."""
    if word.expression is None:
        return ""
    if not isinstance(word.expression, Term):
        return None
    parts = word.expression.pattern.parts
    return None if any(isinstance(part, Wildcard) for part in parts) else "".join(map(str, parts))


def _value_place(text: str, cursor: int, field: str, typed: str, start: int) -> _Place | None:
    if not field:
        return None
    end = cursor
    if text.startswith('"', start) and start < cursor:
        if _CLOSED_QUOTE.fullmatch(text, start, cursor):
            return None
        if text.startswith('"', cursor):
            end = cursor + 1
        elif text.count('"', cursor) % 2:
            # The quotation mark is closed after the cursor: the value continues there.
            return None
    elif rest := _REST_OF_VALUE.match(text, cursor):
        end = rest.end()
    return _Place(field, typed, start, end) if _ends(text, end) else None


def _field_place(text: str, cursor: int, typed: str, start: int) -> _Place | None:
    written = text[start:cursor]
    if not typed or written.startswith('"') or any(operator.startswith(written) for operator in _OPERATORS):
        return None
    rest = _REST_OF_FIELD.match(text, cursor)
    end = rest.end() if rest is not None else cursor
    return _Place(None, typed, start, end) if text[cursor:end].endswith(":") or _ends(text, end) else None


def _ends(text: str, at: int) -> bool:
    """True if a word may end at the position `at` of the text. This is the case if a blank, a closing parenthesis or
    the end of the text follows."""
    return at >= len(text) or text[at] == ")" or text[at].isspace()
