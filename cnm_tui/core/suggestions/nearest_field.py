"""Suggest a documented field for each undocumented field in a query.

A custom tag is a valid field although it is not documented. Therefore the suggestion is made only if the
query returned no rows.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Final

from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import read
from cnm_tui.core.search.tree import Expression, InNetworks, Not, Term
from cnm_tui.core.text import clean

_CLOSE: Final = 0.75
"""Similarity from 0 to 1; two letters of ten may differ."""
_MOST_LOOKED_AT: Final = 20
"""Maximum number of fields: each takes half a millisecond, a search may name a thousand, and the screen waits."""
_MOST_NAMED: Final = 3


def nearest_fields(query: Query) -> Mapping[str, str]:
    """Return a dictionary from each undocumented field of the query to the most similar documented field.

    Only a limited number of fields is examined.
    """
    # Imported here: most answers have rows.
    asked = dict.fromkeys([*query.group_bys, *_searched(query)])
    unknown = islice((field for field in asked if field not in query.endpoint.fields), _MOST_LOOKED_AT)
    close = ((field, get_close_matches(field, query.endpoint.fields, n=1, cutoff=_CLOSE)) for field in unknown)
    return dict(islice(((field, found[0]) for field, found in close if found), _MOST_NAMED))


def nearest_field_sentences(query: Query) -> Iterator[str]:
    """Yield one question for each undocumented field of the query.

    The question asks the user if the most similar documented field was meant.
    """
    for field, known in nearest_fields(query).items():
        yield f"{clean(field, 60)} is no documented field. Is {known} meant?"


def _searched(query: Query) -> Iterator[str]:
    yield from (tag.partition(":")[0] for tag in query.tags)
    expression = read(query.search).expression
    if expression is not None:
        yield from _fields(expression)


def _fields(expression: Expression) -> Iterator[str]:
    match expression:
        case Term(field=field):
            if field is not None:
                yield field
        case InNetworks(field=field):
            yield field
        case Not(inner=inner):
            yield from _fields(inner)
        case _:
            for part in expression.inner:
                yield from _fields(part)
