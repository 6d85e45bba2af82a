"""Test the search for the statements of a TOML file. Each is found with its line number, whatever its values
contain.
"""

import tomllib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from cnm_tui.store.toml_statements import NotToml, line_of, pieces

HEADERS = st.sampled_from(
    ["[[view]]", "[view.widths]", "[[view.sub]] # c", "[other]", " [ x . y ]", "[[more]]", "[a.'b c']"]
)
KEYS = st.sampled_from(["name", "  limit", '"q r"', "a.b", "widths.x", "'p'.\"view\"", "[", "# [[view]]"])
VALUES = st.sampled_from(
    [
        *("1", "nan", "[]", '""""""', "'['", '"\\"" # "', "{ a = 1, b = {c = []} }"),
        *('"""\n[[view]]\n# no\n"""', "'''\na = ']'\n'''", '[\n [1],\n "a]", # ]\n]', "{ q = [\n1,\n2] }"),
    ]
)
LINES = st.one_of(HEADERS, st.tuples(KEYS, VALUES).map(" = ".join), st.sampled_from(["", "  # note [a]"]))
TEXTS = st.tuples(st.lists(LINES, max_size=9).map("\n".join), st.sampled_from(["", "\n"])).map("".join)


def toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assume(False)
        raise


def paths(said: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in said.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from paths(value, (*above, key))


def says(text: str, path: tuple[str, ...]) -> bool:
    return path in set(paths(tomllib.loads(text)))


@given(TEXTS)
def test_a_value_is_on_the_first_line_before_which_it_is_not_said(text: str) -> None:
    lines = text.splitlines(keepends=True)

    for path in paths(toml(text)):
        before = line_of(text, *path) - 1

        assert not says("".join(lines[:before]), path)
        assert next(says(upto, path) for upto in readable(lines, before + 1))


def readable(lines: list[str], count: int) -> Iterator[str]:
    """Yield beginnings of a file: first its first `count` lines, and then one more line each time.

    Beginnings that are not valid TOML are left out.
    """
    for end in range(count, len(lines) + 1):
        with suppress(tomllib.TOMLDecodeError):
            tomllib.loads("".join(lines[:end]))
            yield "".join(lines[:end])


@given(TEXTS)
def test_the_pieces_of_a_file_are_the_file_and_each_entry_is_one(text: str) -> None:
    said = toml(text)

    try:
        found = pieces(text, "view")
    except NotToml:
        assume(False)

    assert "".join(piece.text for piece in found) == text
    entries = [piece for piece in found if piece.entry is not None]
    assert repr([tomllib.loads(piece.body)["view"] for piece in entries]) == repr(
        [[one] for one in said.get("view", [])]
    )
    assert [text.splitlines()[piece.line - 1] for piece in entries] == ["[[view]]"] * len(entries)
