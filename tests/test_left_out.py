"""A module that a library does without is not imported with it, and is there for everybody else."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest

from cnm_tui.left_out import Hollow, left_out, put_off


@pytest.fixture(autouse=True)
def a_library_and_what_it_takes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "taken_along.py").write_text("size = 'large'")
    (tmp_path / "library.py").write_text("from taken_along import size")
    yield
    for name in ("taken_along", "small", "library"):
        sys.modules.pop(name, None)


def test_a_library_that_can_do_without_is_imported_without(tmp_path: Path) -> None:
    (tmp_path / "library.py").write_text("try:\n    import taken_along\nexcept ImportError:\n    size = 'none'")

    with left_out("taken_along"):
        import_module("library")

    assert import_module("library").size == "none"
    assert "taken_along" not in sys.modules
    assert import_module("taken_along").size == "large"


def test_another_module_stands_in_its_place_for_as_long(tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text("size = 'small'")

    with left_out("taken_along", instead=import_module("small")):
        import_module("library")

    assert import_module("library").size == "small"
    assert import_module("taken_along").size == "large"


def test_a_library_that_cannot_do_without_is_imported_with_it() -> None:
    with left_out("taken_along"):
        import_module("library")

    assert import_module("library").size == "large"


def test_what_is_there_already_is_not_taken_away() -> None:
    there = import_module("taken_along")

    with left_out("taken_along"):
        import_module("library")

    assert import_module("library").size == "large"
    assert sys.modules["taken_along"] is there


def test_what_is_only_offered_can_be_hollow(tmp_path: Path) -> None:
    (tmp_path / "library.py").write_text("from taken_along import Slow, size\noffered = Slow, size")

    with left_out("taken_along", instead=Hollow("taken_along")):
        import_module("library")

    assert [one.__name__ for one in import_module("library").offered] == ["Slow", "size"]
    assert import_module("taken_along").size == "large"


def test_what_is_put_off_is_imported_when_it_is_used(tmp_path: Path) -> None:
    (tmp_path / "library.py").write_text("import taken_along\ndef size():\n    return taken_along.size")

    with put_off("taken_along"):
        library = import_module("library")

    assert "taken_along" not in sys.modules
    assert library.size() == "large"
    assert "taken_along" in sys.modules


def test_what_is_put_off_is_imported_at_once_for_who_cannot_wait() -> None:
    with put_off("taken_along"):
        library = import_module("library")

    assert library.size == "large"
    assert sys.modules["taken_along"].__file__


def test_what_goes_wrong_while_something_is_put_off_is_told(tmp_path: Path) -> None:
    (tmp_path / "library.py").write_text("import taken_along, nowhere_to_be_found")

    with pytest.raises(ModuleNotFoundError, match="nowhere_to_be_found"), put_off("taken_along"):
        import_module("library")

    assert "taken_along" not in sys.modules


def test_two_threads_that_look_at_once_find_the_same_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[object] = []

    class Meanwhile(dict[str, ModuleType]):
        """Where modules are kept; between a look and what follows from it, another thread has its turn."""

        def get(self, name: str, otherwise: object = None) -> Any:
            looked_at = super().get(name, otherwise)
            if name == "taken_along" and not turns:
                turns.append(Thread(target=lambda: found.append(library.size()), daemon=True))
                turns[0].start()
                turns[0].join(timeout=0.05)
            return looked_at

    turns: list[Thread] = []
    (tmp_path / "library.py").write_text("import taken_along\ndef size():\n    return taken_along.made")
    (tmp_path / "taken_along.py").write_text("made = object()")
    with put_off("taken_along"):
        library = import_module("library")
        monkeypatch.setattr(sys, "modules", Meanwhile(sys.modules))
        found.append(library.size())
        turns[0].join()
        monkeypatch.undo()

    assert len(set(map(id, found))) == 1
