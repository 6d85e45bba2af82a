"""Textual's driver of the terminal, mended: it gives the terminal back once, and retakes it only if it gave it back.

It leans on private parts of Textual; each has a test that fails when Textual changes it.
"""

import codecs
import os
import signal
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import textual.drivers.linux_driver as linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message

from cnm_tui.store.lent_terminal import end_asking
from cnm_tui.tui.terminal import terminal_line
from cnm_tui.tui.terminal.pasting import PastingParser
from cnm_tui.tui.terminal.sgr_diff import thrifty

MOUSE_IN_PIXELS_OFF: Final = "\x1b[?1016l"
_STOPPED_SECONDS: Final = 0.01
"""A shorter pause means that the signal did not stop the program."""
_MOST_IN_VAIN: Final = 100
_CHARACTERS: Final = 6
"""Index of the special characters in the settings of a line."""


def _lenient_decoder(encoding: str) -> type[codecs.IncrementalDecoder]:
    class Lenient(codecs.getincrementaldecoder(encoding)):  # type: ignore[misc]  # a class made at run time
        def __init__(self, errors: str = "replace") -> None:
            super().__init__("replace" if errors == "strict" else errors)

    return Lenient


# One byte that is not UTF-8, typed or pasted, would otherwise end the thread that reads the keyboard.
linux_driver.getincrementaldecoder = _lenient_decoder  # type: ignore[attr-defined,assignment]
# And what follows an ESC in a paste would be keys.
linux_driver.XTermParser = PastingParser  # type: ignore[attr-defined]


class ScreenDriver(LinuxDriver):
    """Draws on the terminal, reads its keyboard, and sends fewer bytes.

    Signals that stop, continue and resize the program are handled in the event loop: Textual's own handlers may
    interrupt themselves, or whoever holds the lock of the queue that they write to. Of two resizes at once the first
    would be told of last.
    """

    def __init__(self, *arguments: Any, **others: Any) -> None:
        super().__init__(*arguments, **others)
        self.is_open = False
        """True while the terminal is drawn on and its keyboard read."""
        self._is_suspended = False
        self._stays_closed = False
        self._attributes_when_open: list[Any] = []
        self._attributes_when_lent: list[Any] = []
        # Else the app asks rich before the first event tells it.
        self._size = self._size or terminal_line.size()

    def write(self, data: str) -> None:
        """Send this, unless the terminal belongs to somebody else for now."""
        if self.is_open and self._writer_thread is not None:
            super().write(thrifty(data))

    def start_application_mode(self) -> None:
        """Take the terminal, once this program is in its foreground."""
        if self.is_open:
            return
        self._wait_for_foreground()
        # In this order: a signal that comes in between may still have it stay closed.
        self.is_open = True
        if self._stays_closed:
            self.is_open = False
            return
        super().start_application_mode()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGWINCH, self._sigwinch_application)
        self._attributes_when_open = _attributes(self.fileno)

    def stay_closed(self) -> None:
        """Do not take the terminal again: the program ends."""
        self._stays_closed = True

    def stop_application_mode(self) -> None:
        """Give the terminal back, if it is not given back yet."""
        if not self.is_open:
            return
        # First of all: what the terminal answers to the start may have the keyboard's thread turn more on.
        self.disable_input()
        if self._mouse_pixels:
            self.write(MOUSE_IN_PIXELS_OFF)
        super().stop_application_mode()
        self.is_open = False

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Leave the terminal to another program for as long as this is open; ctrl+z does nothing there."""
        self.suspend_application_mode()
        self._attributes_when_lent = _attributes(self.fileno)
        if unsuspended := _attributes(self.fileno):
            unsuspended[_CHARACTERS][termios.VSUSP] = b"\0"
            termios.tcsetattr(self.fileno, termios.TCSADRAIN, unsuspended)
        try:
            yield
        finally:
            self.take_line_back()
            self._must_signal_resume = True
            self.resume_application_mode()

    @property
    def is_lent(self) -> bool:
        """True while another program has the terminal."""
        return bool(self._attributes_when_lent)

    def take_line_back(self) -> None:
        """Have the line as it was before it was lent, whatever the other program did to it."""
        attributes, self._attributes_when_lent = self._attributes_when_lent, []
        if attributes:
            # Imported by whoever ran the program that the terminal was lent to.
            end_asking()
            # Whoever is in the background is stopped when it does this, unless it has that put off.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
            with suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, attributes)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTTOU})

    def process_message(self, message: Message) -> None:
        """Send it to the app; a size that a terminal reports is bounded as that of the line is."""
        if isinstance(message, Resize):
            size = Size(*terminal_line.drawn_of(*message.size))
            message = Resize(size, size, size, message.pixel_size)
        super().process_message(message)

    def _get_terminal_size(self) -> tuple[int, int]:
        return terminal_line.size()

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:
            # Where the terminal went, the program is ended by its EndWatch.
            if not (isinstance(error, OSError) and terminal_line.is_gone()):
                self._app.call_later(self._app._handle_exception, error)

    def _wait_for_foreground(self) -> None:
        """Stop as long as this program is in the background, as `bg` and `timeout` put it there.

        The system would do that where it sets up the line, but go on with the same call when it is continued, before
        any handler sees that a signal is to end it.
        """
        vain = 0
        while self._is_in_background() and not self._stays_closed:
            asked = time.monotonic()
            os.kill(os.getpid(), signal.SIGTTOU)
            vain = vain + 1 if time.monotonic() - asked < _STOPPED_SECONDS else 0
            if vain > _MOST_IN_VAIN:
                # Nobody could continue it: its shell is gone, and with it this terminal.
                os._exit(128 + signal.SIGHUP)

    def _is_in_background(self) -> bool:
        try:
            return os.tcgetpgrp(self.fileno) != os.getpgrp() and signal.getsignal(signal.SIGTTOU) != signal.SIG_IGN
        except OSError:
            # It is the terminal of another session, or of none.
            return False

    # Stopping and continuing

    def _sigtstp_application(self, *_: object) -> None:
        self._in_loop(self._suspend)

    def _sigcont_application(self, *_: object) -> None:
        self._in_loop(self._go_on)

    def _sigwinch_application(self, *_: object) -> None:
        self._in_loop(self._tell_size)

    def _tell_size(self) -> None:
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(Resize(size, size))

    def _in_loop(self, act: Callable[[], None]) -> None:
        # At its end the loop is closed, and the terminal given back.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(act)

    def _suspend(self) -> None:
        if self.is_open:
            self._is_suspended = True
            self.suspend_application_mode()
        os.kill(os.getpid(), signal.SIGSTOP)

    def _go_on(self) -> None:
        """Take the terminal again if it was given back; else repaint it, as a shell has written on it meanwhile."""
        if self._is_suspended:
            self._is_suspended = False
            self._must_signal_resume = True
            self.resume_application_mode()
        elif self.is_open:
            self._wait_for_foreground()
            if self._attributes_when_open:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self._attributes_when_open)
            self._app.post_message(self.SignalResume())


def _attributes(descriptor: int) -> list[Any]:
    """Return the settings of the terminal's line; none where it is gone."""
    try:
        return termios.tcgetattr(descriptor)
    except termios.error:
        return []
