"""Everything that leans on private parts of Textual: giving the terminal back, and letting nothing harmful through.

Each such place has a test that fails when Textual changes it.
"""

import asyncio
import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar, Final

from rich.console import RenderableType
from rich.text import Text
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.driver import Driver
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import WorkerFailed

from cnm_tui.core.settings import NOT_DRAWN_ON, SMALLEST_COLUMNS, SMALLEST_LINES
from cnm_tui.core.text import clean
from cnm_tui.daemon import within
from cnm_tui.ending import ENDING
from cnm_tui.tui.terminal import terminal_line
from cnm_tui.tui.terminal.control_filter import ControlFilter, may_be_sent
from cnm_tui.tui.terminal.driver import MOUSE_IN_PIXELS_OFF, ScreenDriver
from cnm_tui.tui.terminal.end_watch import EndWatch
from cnm_tui.tui.terminal.painted import filtered_blank
from cnm_tui.tui.terminal.painting import painted_by
from cnm_tui.tui.terminal.pasting import MOST_PASTED, PasteCut
from cnm_tui.tui.terminal.type_ahead import TypeAheadApp

SMALLEST: Final = Size(SMALLEST_COLUMNS, SMALLEST_LINES)
_HANGUP_PATIENCE_SECONDS: Final = 1.2
"""How long an end by a hang-up may take where the terminal may still be there."""
_PATIENCE_SECONDS: Final = 5.0
"""How long an end by a signal may take; on a busy machine it takes a fraction of that."""
_LAST_WORDS_SECONDS: Final = 2.5
"""How long an end waits until the last question is kept; to print a warning may stall with the terminal."""
_SWITCH_SECONDS: Final = 0.001
_MOUSE_IN_PIXELS: Final = "\x1b[?1016h"
_MOUSE: Final = "\x1b[?1000h\x1b[?1003h\x1b[?1015h\x1b[?1006h"
_MOUSE_OFF: Final = "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"


class TerminalApp(TypeAheadApp):
    """An app that gives the terminal back whatever ends it, and shows no secrets when it breaks."""

    crash_directory: Callable[[], Path] | None = None
    """Where the details of a crash go, without values of variables; None: nowhere."""
    before_the_end: Callable[[], None] | None = None
    """What is to be done before the program ends, be the terminal gone or not."""

    def __init__(self) -> None:
        super().__init__()
        self._filters.append(ControlFilter())
        # We have none; their panes and their part of the style sheet would be made before the first frame.
        self._disable_tooltips = self._disable_notifications = True
        self._end_watch: EndWatch | None = None
        self._last_words = threading.Lock()
        self._is_frame_left = False
        """True if something is to be sent as soon as frames are held no longer."""

    def get_driver_class(self) -> type[Driver]:
        """Return ours; TEXTUAL_DRIVER could name one that keeps what is typed."""
        return ScreenDriver

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send a frame, unless frames are held, or the terminal takes nothing for now: it would show each of them."""
        if not isinstance(renderable, ChopsUpdate | LayoutUpdate):
            super()._display(screen, renderable)
        elif self._batch_count:
            screen._compositor._dirty_regions.update(painted_by(renderable))
            self._is_frame_left = True
        elif terminal_line.is_full():
            screen._compositor._dirty_regions.update(painted_by(renderable))
            asyncio.get_running_loop().add_writer(terminal_line.DRAWN_ON, self._display_later)
        else:
            super()._display(screen, renderable)

    def _end_batch(self) -> None:
        super()._end_batch()
        if self._is_frame_left and not self._batch_count:
            self._is_frame_left = False
            self.call_later(self._send_what_is_left)

    def _display_later(self) -> None:
        """It takes something again: send what has changed, as it is by now."""
        asyncio.get_running_loop().remove_writer(terminal_line.DRAWN_ON)
        self.call_later(self._send_what_is_left)

    def _send_what_is_left(self) -> None:
        if self.screen_stack:
            self.screen._compositor_refresh()

    def _fatal_error(self) -> None:
        """One line instead of Textual's traceback, which shows the values of local variables."""
        error = self._exception
        if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
            # It says only that one failed; what failed in it has the place.
            error = error.error
        where = ""
        if error is not None and (frames := traceback.extract_tb(error.__traceback__)):
            where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}"
        kind = type(error).__name__ if error is not None else "unknown"
        details = self._write_crash_file(error) if error is not None else None
        sentence = f"cnm-tui stopped by an internal error: {kind}{where}."
        if details is not None:
            sentence += f" Details, without any values: {details}"
        self._exit_renderables.append(Text(clean(sentence)))
        self._close_messages_no_wait()

    def _write_crash_file(self, error: Exception) -> Path | None:
        if self.crash_directory is None:
            return None
        # Imported here, as little else is sure to work by now.
        from cnm_tui.core.errors import StoreFailed
        from cnm_tui.store.private_file import PrivateFile

        # Names and line numbers only: a message could quote what it should not.
        frames = "".join(traceback.format_tb(error.__traceback__))
        try:
            path = self.crash_directory() / time.strftime("crash-%Y%m%d-%H%M%S.txt")
            PrivateFile(path).write(f"{type(error).__name__}\n{frames}".encode())
        except StoreFailed:
            return None
        return path

    async def on_load(self) -> None:
        """See that the screen is painted after `fg`: Textual stays blank until something is painted anew."""
        self.app_resume_signal.subscribe(self, lambda _app: self.refresh(layout=True))

    def on_ready(self) -> None:
        """The first frame is painted: look after memory from now on, but not for garbage among what will stay."""
        # Imported here: by now there is time.
        from cnm_tui.tui.terminal.memory import forget_closed_screens

        forget_closed_screens()
        gc.freeze()
        gc.set_threshold(50_000, 10, 2)
        gc.enable()

    def on_resize(self, event: events.Resize) -> None:
        """Paint all anew where the window has its size again: what a smaller one did not hold may be lost."""
        if event.size == self._size:
            self.screen.refresh()

    def _handle_exception(self, error: Exception) -> None:
        # While it is taken down, who looks for a pane may find none, and nobody looks at the screen any more.
        if not self._leaves or self.is_headless:
            super()._handle_exception(error)

    def on_signal(self, ending: int, _frame: FrameType | None) -> None:
        """End by this signal, whatever the event loop does: a terminal that takes nothing any more holds it up."""
        driver = self._driver
        if driver is None:
            # Nothing is begun; in the background the system would stop it where it takes the terminal.
            os._exit(128 + ending)
        if ending == signal.SIGINT and isinstance(driver, ScreenDriver) and driver.is_lent:
            # It is meant for the program that has the terminal.
            return
        if isinstance(driver, ScreenDriver) and driver.is_open and self._loop is not None:
            patience = _HANGUP_PATIENCE_SECONDS if ending == signal.SIGHUP else _PATIENCE_SECONDS
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._end_by_signal, ending)
        else:
            # The terminal is not taken yet, or is given back.
            patience = 0.0
            if isinstance(driver, ScreenDriver):
                driver.stay_closed()
        if self._end_watch is not None:
            self._end_watch.end_within(patience, ending)

    def _end_by_signal(self, ending: int) -> None:
        """Give the terminal back and end, without closing one pane after the other: they may not even be there."""
        driver = self._driver
        try:
            # It is gone when a SIGHUP comes from the system; where somebody sent one, it is to be given back.
            if driver is not None and not (ending == signal.SIGHUP and terminal_line.is_gone()):
                driver.stop_application_mode()
                driver.close()
        finally:
            self._end(ending)

    @contextmanager
    def lent_terminal(self, sentence: str) -> Iterator[bool]:
        """Leave the terminal to another program, with this sentence on it; yield False if that cannot be."""
        driver = self._driver
        if not isinstance(driver, ScreenDriver) or not driver.is_open:
            yield False
            return
        with driver.lent():
            os.write(terminal_line.DRAWN_ON, f"{clean(sentence)}\n".encode())
            yield True

    def _end(self, ending: int) -> None:
        """End, with or without the terminal given back; not before all is kept that is to be kept."""
        if isinstance(self._driver, ScreenDriver):
            self._driver.take_line_back()
        # Textual has taken its place, for a screen that is there no more.
        sys.stderr = sys.__stderr__
        try:
            within(_LAST_WORDS_SECONDS, self.do_before_the_end)
        finally:
            os._exit(128 + ending)

    def do_before_the_end(self) -> None:
        """Keep what is to be kept, once, whatever ends the program; who comes second waits until that is done."""
        with self._last_words:
            before, self.before_the_end = self.before_the_end, None
            if before is not None:
                before()

    @contextmanager
    def heeding_signals(self) -> Iterator[None]:
        """Have signals, and a terminal that goes, end the program for as long as this is open."""
        before = {number: signal.getsignal(number) for number in ENDING}
        self._end_watch = EndWatch(self._end)
        try:
            for number in ENDING:
                signal.signal(number, self.on_signal)
            yield
        finally:
            self.do_before_the_end()
            for number, handler in before.items():
                signal.signal(number, handler)

    def action_suspend_process(self) -> None:
        """Suspend, but only under a shell that could bring the program back."""
        if _has_job_control():
            super().action_suspend_process()
        else:
            self.say("Not suspended: there is no shell here that could resume it.")

    def action_toggle_mouse(self) -> None:
        """Hand the mouse to the terminal, which selects text with it, or take it back."""
        if self._driver is None:
            return
        self._have_mouse(not self._driver._mouse)
        if self._driver._mouse:
            self.say("The mouse is back here.")
        else:
            # Imported here: the first frame has no key to name.
            from cnm_tui.tui.terminal.keys import key_of

            self.say(f"The mouse is the terminal's: select text with it; {key_of(self, 'app.mouse')} takes it back.")

    def on_paste_cut(self, message: PasteCut) -> None:
        """Say so, where anything of it was taken."""
        if isinstance(self.focused, Input):
            self.say(f"Of {message.characters:,} pasted characters the first {MOST_PASTED:,} are taken.")

    def lend_mouse(self) -> Callable[[], None]:
        """Hand the mouse to the terminal for a while; what is returned takes it back, if it was here at all."""
        if self._driver is None or not self._driver._mouse:
            return lambda: None
        self._have_mouse(False)
        return lambda: self._have_mouse(True)

    def _have_mouse(self, here: bool) -> None:
        if (driver := self._driver) is None:
            return
        # The driver looks at this whenever it opens or closes the terminal.
        driver._mouse = here
        if here:
            in_pixels = getattr(driver, "_mouse_pixels", False)
            self.write_to_terminal(_MOUSE + (_MOUSE_IN_PIXELS if in_pixels else ""))
        else:
            self.write_to_terminal(MOUSE_IN_PIXELS_OFF + _MOUSE_OFF)

    def copy_to_clipboard(self, text: str) -> None:
        """Keep it for pasting here; Textual sends it to the terminal as it is, at any length, past tmux and screen."""
        self._clipboard = text

    def say(self, sentence: str) -> None:
        """Tell the user; who has a place for it on the screen shows it there."""
        self.bell()

    def write_to_terminal(self, sequence: str) -> None:
        """Send a control sequence of our own making past the screen; one that nobody can have meant is not sent."""
        if self._driver is not None and may_be_sent(sequence):
            self._driver.write(sequence)
            self._driver.flush()


def is_too_small(size: Size) -> bool:
    """Whether a window of this size shows one sentence instead of the screen."""
    return size.width < SMALLEST.width or size.height < SMALLEST.height


class PaintedOnceScreen(Screen[None]):
    """A screen whose first frame is sent once; Textual lays it out, paints it, and then paints it all again."""

    # Nothing of its own shows, and its lines are looked at again with each change anywhere.
    BLANK: ClassVar[bool] = True

    def render_lines(self, crop: Region) -> list[Strip]:
        """Blank ones, all alike."""
        return filtered_blank(self, super().render_lines(crop))

    def _screen_resized(self, size: Size) -> None:
        # What is in sight stays so: in a window too small something else covers it until there is room again.
        if not (is_too_small(size) and self._size):
            super()._screen_resized(size)

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        event.prevent_default()
        painted_by_layout = self.is_attached and self._size != self.app.size
        # The style sheet was applied to each widget a moment ago, when it was mounted.
        event.refresh_styles = event.refresh_styles and not painted_by_layout
        super()._on_screen_resume(event)
        if painted_by_layout:
            # What was marked dirty while it was mounted is on the screen now; messages that say so find nothing left.
            self._repaint_required = False
            for widget in self.walk_children(Widget):
                widget._exchange_repaint_regions()


def _has_job_control() -> bool:
    """Whether the parent is a shell of this session with other process groups; `ssh -t HOST cnm-tui` has none."""
    try:
        parent = os.getppid()
        return os.getsid(parent) == os.getsid(0) and os.getpgid(parent) != os.getpgrp()
    except OSError:
        return False


def refusal(environ: dict[str, str]) -> str:
    """Why no screen can be opened here; empty if it can."""
    for stream, called in ((sys.__stdin__, "stdin"), (sys.__stderr__, "stderr")):
        if stream is None or not stream.isatty():
            return (
                f"the screen needs a terminal, and {called} is none. "
                "Over SSH use `ssh -t HOST cnm-tui`; without a screen use `cnm-tui query`."
            )
    if environ.get("TERM", "") in NOT_DRAWN_ON:
        return (
            f"the terminal cannot be drawn on (TERM={environ.get('TERM', '')!r}). "
            "Set TERM, for example to xterm-256color; without a screen use `cnm-tui query`."
        )
    return ""


def run(app: TerminalApp, *, mouse: bool = True) -> int:
    """Run the app to its end; the exit code."""
    stream = sys.__stderr__
    if stream is not None and (stream.encoding or "").lower().replace("-", "") != "utf8":
        stream.reconfigure(encoding="utf-8", errors="replace")
    # The event loop is to get the interpreter back from a thread that decodes before a key press is late.
    sys.setswitchinterval(_SWITCH_SECONDS)
    with app.heeding_signals():
        app.run(mouse=mouse)
    return app.return_code or 0
