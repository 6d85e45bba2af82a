"""Test each dialog by pressing every key several times. The keys are sent in one packet with the keys that open
it.

Some test cases also resize the terminal. The test runs without a terminal, because a terminal would take
several times as long. Only the test with random keys uses a terminal.
"""

import asyncio
import os
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

from textual import events
from textual.geometry import Size
from textual.message import Message

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.tui.terminal.pasting import PastingParser
from tests.monkey.steps import ALL_KEYS
from tests.tui import test_answering_once
from tests.tui.conftest import User

OPENED_BY: Final[Mapping[str, Sequence[str]]] = {
    **test_answering_once.OPENED_BY,
    "palette, searching": ("ctrl+p", "g", "r", "o"),
}
"""The keys that open each dialog from the rows, by the dialog's name."""
_BY_HAND: Final = "copy by hand"
"""This dialog needs a terminal without a clipboard."""
_TIMES: Final = (1, 2, 3)
_USUAL: Final = test_answering_once.SIZE
_OTHER_SIZES: Final = (*test_answering_once.OTHER_SIZES, (81, 24))
_MOST_ESCAPES: Final = 12
_LONGEST_BUSY_SECONDS: Final = 2.0
"""Maximum seconds of processor time for one trial."""
_LOOK_SECONDS: Final = 0.001


class Trial(NamedTuple):
    """One test case: the bytes of a keyboard key, how often it is pressed, and if the terminal is resized in
    between.
    """

    key: str
    times: int
    resized: bool
    """True if the window changes its size before each press."""


class Harm(Exception):
    """Raised when a test case crashed cnm-tui, left a dialog that cannot be closed, or took too long."""


def try_dialog(dialog: str, keys: Sequence[str] = ALL_KEYS) -> int:
    """Press every key in a dialog, and return the number of test cases.

    Raises:
        Harm: A test case crashed cnm-tui, left a dialog that cannot be closed, or took too long.
    """
    trials = deque(Trial(*trial) for trial in product(keys, _TIMES, (False, True)))
    tried, before = len(trials), Path.cwd()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        # Files are written into the current folder, searches still when the program has ended.
        os.chdir(home)
        try:
            asyncio.run(_try_all(dialog, trials, Path(home)))
        finally:
            os.chdir(before)
    return tried


async def _try_all(dialog: str, trials: deque[Trial], home: Path) -> None:
    usual = Exploration(Query(), refresh_seconds=None)
    clipboard = "off" if dialog == _BY_HAND else "osc52"
    async with test_answering_once.with_all_dialogs(home, clipboard=clipboard) as user:
        user.app.exit = lambda *_, **__: None  # type: ignore[method-assign]  # a key that leaves is tried as any other
        rested = None
        while trials:
            trial, began = trials.popleft(), time.process_time()
            if user.main.exploration is not rested:
                user.main.session.update(lambda _exploration: usual)
                user.main.set_focus(user.grid)
                user.main.session.ask(usual.query)
                await user.until(lambda: not user.main.exploration.fetching)
                rested = user.main.exploration
            for message in _messages(OPENED_BY[dialog], trial):
                user.app.post_message(message)
            await _quiet(user)
            await _leave(user, trial)
            if (error := user.app._exception) is not None:
                raise Harm(f"{trial} ended it: {error!r}") from error
            if (spent := time.process_time() - began) > _LONGEST_BUSY_SECONDS:
                raise Harm(f"{trial} took {spent:.1f} s")


def _messages(opened_by: Sequence[str], trial: Trial) -> Iterator[Message]:
    """Yield the Textual messages of one test case, in the form that results when a terminal sends all input at
    once.
    """
    for name in opened_by:
        yield events.Key(name, name if len(name) == 1 else None)
    for _, size in zip(range(trial.times), _OTHER_SIZES, strict=False):
        if trial.resized:
            yield events.Resize(Size(*size), Size(*size))
        yield from PastingParser().feed(trial.key)
    if trial.resized:
        yield events.Resize(Size(*_USUAL), Size(*_USUAL))


async def _leave(user: User, trial: Trial) -> None:
    for _ in range(_MOST_ESCAPES):
        if user.app.screen is user.main and not user.app.type_ahead.waits:
            return
        user.app.post_message(events.Key("escape", None))
        await _quiet(user)
    raise Harm(f"esc does not lead back to the rows after {trial}:\n{user.screen()}")


async def _quiet(user: User) -> None:
    """Wait until no widget has an unprocessed message, and no key press is waiting."""
    app, calm = user.app, 0
    while calm < 3 and app._exception is None:
        widgets = (widget for screen in app.screen_stack for widget in screen.walk_children(with_self=True))
        waits = (
            app.type_ahead.waits
            or app.type_ahead._unsettled
            or any(not one._message_queue.empty() for one in (app, *widgets))
        )
        calm = 0 if waits else calm + 1
        await asyncio.sleep(_LOOK_SECONDS if waits else 0)
