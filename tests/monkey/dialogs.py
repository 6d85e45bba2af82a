"""Every key, pressed over and over behind the one that opens a dialog, in one write and with resizes in between."""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import product
from typing import Final, NamedTuple

from tests.monkey.playing import Cage, Left
from tests.monkey.steps import ALL_KEYS, Resize, Step

OPENED_BY: Final[Mapping[str, str]] = {
    "group-bys": "b",
    "time range": "t",
    "presets of time": "t\x1b[B",
    "limit": "n",
    "views": "v",
    "name of a view": "v\x13",
    "columns": "c",
    "file": "w",
    "copy": "Y",
    "copy by hand": "y",
    "compare": "m",
    "division": "f",
    "profiles": "P",
    "sign in": "K",
    "help": "?",
    "palette": "\x10",
    "palette, searching": "\x10gro",
    "searches": "\x12",
    "drill down": "\r",
}
"""The keys that open each dialog from the rows. The link's is left to the tests: the demo has no web page."""
_BY_HAND: Final = "copy by hand"
"""This one needs a terminal without a clipboard."""
_ESCAPES: Final = "\x1b[27u" * 3
_TIMES: Final = (1, 2, 3)
_USUAL: Final = Resize(80, 24)
_OTHER_SIZES: Final = (Resize(50, 10), Resize(100, 30), Resize(81, 24))
"""The first is too small for anything."""


class Tried(NamedTuple):
    """What came of the trials of one dialog."""

    trials: int
    starts: int


def try_dialog(dialog: str, keys: Sequence[str] = ALL_KEYS) -> Tried:
    """Try every key in a dialog; begin anew whenever a key has ended the program, or the dialog opens no more.

    Raises:
        Wrong: Something happened that must not.
    """
    arguments = ("--demo", "--clipboard", "off") if dialog == _BY_HAND else ("--demo",)
    coming = deque(product(keys, _TIMES, (False, True)))
    trials, starts = len(coming), 0
    while coming:
        starts += 1
        with Cage(arguments=arguments) as cage, suppress(Left):
            _try_some(cage, OPENED_BY[dialog], coming)
            if not coming:
                cage.leave()
    return Tried(trials, starts)


def _try_some(cage: Cage, opened_by: str, coming: deque[tuple[str, int, bool]]) -> None:
    """Try what is coming, until the dialog opens no more.

    Raises:
        Wrong: Something happened that must not.
        Left: A key has ended the program.
    """
    key_before = None
    while coming:
        key, times, resized = coming[0]
        if key != key_before:
            _do(cage, opened_by)
            if not cage.covered():
                # The keys before have led to rows without it, or, at the start, nothing opens it.
                if key_before is None:
                    raise cage.wrong(f"no dialog is opened by {opened_by!r}:\n{cage.terminal.text()}")
                return
            _return(cage)
        key_before, _ = key, coming.popleft()
        _do(cage, *trial(opened_by, key, times, resized=resized))
        _return(cage)


def trial(opened_by: str, key: str, times: int, *, resized: bool) -> Sequence[Step]:
    """Return what to do without a pause: open a dialog, and press a key so often."""
    if not resized:
        return (opened_by + key * times,)
    pressed = [step for size in _OTHER_SIZES[:times] for step in (size, key)]
    return (opened_by, *pressed, _USUAL)


def _do(cage: Cage, *together: Step) -> None:
    if not cage.do(*together):
        raise Left


def _return(cage: Cage) -> None:
    """Leave the dialog, and boxes that a key behind it has opened."""
    _do(cage, _ESCAPES)
    cage.back_to_rows()
    cage.terminal.forget_output()
