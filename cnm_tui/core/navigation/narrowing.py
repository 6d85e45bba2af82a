"""A question narrowed by what stands in a row: to the connections that are like it in one field, or to all others."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import narrowed_by, with_term
from cnm_tui.core.search.writer import any_value, quoted, visible_term
from cnm_tui.core.snapshot import UNRESOLVED, GroupValues, group_text
from cnm_tui.core.text import all_seen


def narrowed(query: Query, field: str, values: GroupValues, *, excluded: bool) -> Query:
    """The query for connections that have all of these values of a field, or for those that do not; tags become terms.

    Args:
        values: As the endpoint sent them; those of an unresolved end stand for having no value.

    Raises:
        InvalidQuery: The search becomes too long.
    """
    search = searching(query)
    for added in terms_of(field, values, excluded=excluded):
        search = narrowed_by(search, added)
    return replace(query, search=search, tags=())


def searching(query: Query) -> str:
    """The search of a query, to which its tags are added as terms: beside a search they would be dropped."""
    search = query.search
    for tag in query.tags:
        name, colon, value = tag.partition(":")
        search = with_term(search, name, value) if colon and name and value else narrowed_by(search, quoted(tag))
    return search


def terms_of(field: str, values: GroupValues, *, excluded: bool = False) -> Sequence[str]:
    """What must hold all together."""
    named = [value for value in dict.fromkeys(values) if group_text((value,)) != UNRESOLVED]
    if not named:
        return _unresolved_terms(field, values, excluded=excluded)
    terms = [visible_term(field, value) for value in named]
    if not excluded:
        return terms
    return [f"NOT {terms[0]}"] if len(terms) == 1 else [f"NOT ({' AND '.join(terms)})"]


def _unresolved_terms(field: str, values: GroupValues, *, excluded: bool) -> Sequence[str]:
    """Whether a word like `N/A` is only said where there is no value, or is one, is not documented: both are meant."""
    words = [visible_term(field, value) for value in dict.fromkeys(values) if value]
    if excluded:
        return [any_value(field), *(f"NOT {word}" for word in words)]
    return [" OR ".join([f"NOT {any_value(field)}", *words])]


def remark_of(field: str, values: GroupValues) -> str:
    """Return what must be said of a question about these values; empty where there is nothing."""
    if group_text(values) == UNRESOLVED:
        return unresolved_sentence(field)
    return "" if all(map(all_seen, values)) else UNSEEN_SENTENCE


UNSEEN_SENTENCE: Final = "? stands for a character that cannot be seen, and finds any other."


def unresolved_sentence(field: str) -> str:
    """What must be said of a question about unresolved ends."""
    return f"N/A is asked by {any_value(field)}, if the service reads that as any value."
