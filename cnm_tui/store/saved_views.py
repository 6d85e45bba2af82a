"""Read and change the saved views, which are named queries, in the file views.toml.

People also read and edit this file and keep it in git. So a change rewrites only the lines of one view, and
everything else in the file stays unchanged.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from cnm_tui.core.errors import InvalidQuery, StoreFailed
from cnm_tui.core.redaction import without_lookalikes
from cnm_tui.core.text import clean
from cnm_tui.core.views.saved_view import (
    KEYS,
    MalformedEntry,
    NameTaken,
    RemovedView,
    SavedView,
    StoredViews,
    checked_name,
    entry_of,
    same_name,
    view_of,
)
from cnm_tui.store.file_lock import lock_beside
from cnm_tui.store.files import beginning_of, path_text, private_directory, write_whole
from cnm_tui.store.toml_statements import NotToml, Piece, pieces, text_of

LARGEST_BYTES: Final = 1_000_000
_ARRAY: Final = "view"
_MOST_TRIES: Final = 5
_CRLF: Final = "\r\n"
_NEW_ENTRY: Final = f"[[{_ARRAY}]]\n"
_FIRST_LINES: Final = """\
# Saved views of cnm-tui. Edit them as you like: comments and keys that it does not know are kept.
"""

Outcome = TypeVar("Outcome")


class ViewsFile:
    """The file of saved views. The file may be missing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> StoredViews:
        """Return all saved views in the file, and a sentence for each invalid entry."""
        return self._kept(self._pieces(self._read()))

    def save(self, view: SavedView, *, replacing: bool) -> StoredViews:
        """Store a view. If a view with the same name exists, replace it. Otherwise add the view at the
        end of the file.
        """

        def saved(found: list[Piece]) -> tuple[list[str], None]:
            texts = [piece.text for piece in found]
            at = _position(found, view.name)
            if at is None:
                return [*_ending_in_blank_line(texts), _edited(_NEW_ENTRY, entry_of(view))], None
            if not replacing:
                raise _taken(view.name)
            texts[at] = _edited(found[at].body, entry_of(view)) + found[at].tail
            return texts, None

        return self._change(saved)[0]

    def rename(self, name: str, new_name: str) -> StoredViews:
        """Rename a view. The view keeps its position in the file."""
        new_name = checked_name(new_name)

        def renamed(found: list[Piece]) -> tuple[list[str], None]:
            at, taken = _position_of(found, name), _position(found, new_name)
            if taken is not None and taken != at:
                raise _taken(new_name)
            texts = [piece.text for piece in found]
            texts[at] = _edited(found[at].body, {"name": new_name}, ["name"]) + found[at].tail
            return texts, None

        return self._change(renamed)[0]

    def delete(self, name: str) -> tuple[StoredViews, RemovedView]:
        """Remove a view from the file. Comments after the view are kept."""

        def deleted(found: list[Piece]) -> tuple[list[str], RemovedView]:
            at = _position_of(found, name)
            before = next((named for piece in found[at + 1 :] if (named := _name(piece)) is not None), None)
            texts, tail = [piece.text for piece in found], found[at].tail
            texts[at] = tail.lstrip("\n")
            removed = RemovedView(
                _name(found[at]) or name,
                found[at].body,
                before,
                text_before="".join(texts[:at]),
                text_behind="".join(texts[at:]),
                gap=tail[: len(tail) - len(texts[at])],
                namesakes=_count(found, name) - 1,
            )
            return texts, removed

        return self._change(deleted)

    def put_back(self, removed: RemovedView) -> StoredViews:
        """Undo the deletion of a view.

        If the text before or after its old position is unchanged, the view returns to this position.
        """

        def restored(found: list[Piece]) -> tuple[list[str], None]:
            if _count(found, removed.name) > removed.namesakes:
                raise _taken(removed.name)
            texts = [piece.text for piece in found]
            text = "".join(texts)
            if text.startswith(removed.text_before) and removed.text_before:
                return [removed.text_before, removed.written, removed.gap, text[len(removed.text_before) :]], None
            if text.endswith(removed.text_behind) and removed.text_behind:
                start = len(text) - len(removed.text_behind)
                return [text[:start], removed.written, removed.gap, removed.text_behind], None
            at = None if removed.before is None else _position(found, removed.before)
            if at is None:
                return [*_ending_in_blank_line(texts), removed.written], None
            return [*texts[:at], removed.written.rstrip("\n"), "\n\n", *texts[at:]], None

        return self._change(restored)[0]

    def _change(self, change: Callable[[list[Piece]], tuple[list[str], Outcome]]) -> tuple[StoredViews, Outcome]:
        """Change the content of the file by the function `change`, while the folder of the file is locked.

        If another program, such as an editor, writes the file at the same time, try again.
        """
        private_directory(self._path.parent)
        with lock_beside(self._path):
            for _ in range(_MOST_TRIES):
                before = self._read()
                # Edit with "\n" only; write the line endings that the file had.
                has_crlf = _CRLF in before and before.count(_CRLF) == before.count("\n")
                texts, outcome = change(self._pieces(before.replace(_CRLF, "\n") if has_crlf else before))
                after = "".join(texts).replace("\n", _CRLF) if has_crlf else "".join(texts)
                kept = self._kept(self._pieces(after))
                if self._read() == before:
                    write_whole(self._path, after.encode())
                    return kept, outcome
        raise StoreFailed(
            f"{self._shown} is being written by another program all the time.", hint="Try again in a moment."
        )

    def _read(self) -> str:
        """Return the text of the file. Return an empty text if there is no file.

        Raises:
            StoreFailed: The file cannot be read, is not text, or is far too large.
        """
        content = beginning_of(self._path, LARGEST_BYTES + 1) or b""
        try:
            return text_of(content, LARGEST_BYTES)
        except NotToml as problem:
            raise self._unreadable(str(problem)) from problem

    def _pieces(self, text: str) -> list[Piece]:
        try:
            return pieces(text, _ARRAY)
        except NotToml as problem:
            raise self._unreadable(str(problem)) from problem

    def _unreadable(self, why: str) -> StoreFailed:
        return StoreFailed(f"{self._shown} cannot be read, {why}", hint="It is left as it is: correct it there.")

    @property
    def _shown(self) -> str:
        return path_text(self._path)

    def _kept(self, found: list[Piece]) -> StoredViews:
        views: list[SavedView] = []
        broken: list[str] = []
        for piece in found:
            if piece.entry is None:
                continue
            try:
                view = view_of(piece.entry)
            except MalformedEntry as problem:
                broken.append(self._sentence(piece.line_of(_ARRAY, problem.key), problem.sentence))
                continue
            if any(same_name(view.name, other.name) for other in views):
                broken.append(
                    self._sentence(piece.line_of(_ARRAY, "name"), f"there is a view called {view.name} already.")
                )
            else:
                views.append(view)
        return StoredViews(tuple(views), tuple(broken))

    def _sentence(self, line: int, what: str) -> str:
        return f"{clean(self._path.name, 100)}, line {line}: {clean(without_lookalikes(what))}"


def _name(piece: Piece) -> str | None:
    """Return the name of the view in an entry of the file, even if the entry is invalid. Return None without a name."""
    name = None if piece.entry is None else piece.entry.get("name")
    return name if isinstance(name, str) else None


def _position(found: list[Piece], name: str) -> int | None:
    """Return the index of the view with this name in the list `found`. Return None if there is no such view."""
    named = (at for at, piece in enumerate(found) if same_name(_name(piece) or "", name))
    return next(named, None)


def _count(found: list[Piece], name: str) -> int:
    """Return how many entries of the file have this name."""
    return sum(same_name(_name(piece) or "", name) for piece in found)


def _position_of(found: list[Piece], name: str) -> int:
    at = _position(found, name)
    if at is None:
        raise InvalidQuery(
            f"The view {clean(name, 60)} is not in the file any more: another program changed it.",
            hint="Open the views again to see what is there.",
        )
    return at


def _taken(name: str) -> NameTaken:
    return NameTaken(f"There is a view called {clean(name, 60)} already.", hint="Give it another name.")


def _ending_in_blank_line(texts: list[str]) -> list[str]:
    """Return the texts of the file, with a blank line added at the end if necessary, so that a new entry can follow."""
    written = "".join(texts)
    if not written:
        return [_FIRST_LINES, "\n"]
    missing = "" if written.endswith("\n\n") else "\n" if written.endswith("\n") else "\n\n"
    return [*texts, missing]


def _edited(body: str, said: Mapping[str, object], keys: Iterable[str] = KEYS) -> str:
    """Return the text of an entry in which the values of these TOML keys are replaced by the values in `said`.

    A key without a value in `said` is removed. Comments and other TOML keys stay unchanged.
    """
    # Imported here: most runs only read.
    import tomlkit

    document = tomlkit.parse(body)
    (entry,) = document[_ARRAY]
    for key in keys:
        value = said.get(key)
        if value is None:
            entry.pop(key, None)
        elif entry.get(key) != value:
            # Keep column widths on one line.
            entry[key] = value
            if isinstance(value, dict):
                entry[key] = tomlkit.inline_table()
                entry[key].update(value)
    return tomlkit.dumps(document)
