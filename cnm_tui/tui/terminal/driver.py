"""Extend Textual's terminal driver (the class that reads and writes the terminal) with fixes.

For example, the driver restores the terminal only once, and takes control again only after that. The fixes
use private parts of Textual. For each of these parts, a test fails when Textual changes it.
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
from cnm_tui.tui.terminal.sgr_diff import with_shorter_moves, without_repeated_styles

MOUSE_IN_PIXELS_OFF: Final = "\x1b[?1016l"
_STOPPED_SECONDS: Final = 0.01
"""After a shorter pause the signal did not stop the program."""
_MOST_IN_VAIN: Final = 100
_CHARACTERS: Final = 6
"""Index of the special characters in termios attributes."""


def _lenient_decoder(encoding: str) -> type[codecs.IncrementalDecoder]:
    class Lenient(codecs.getincrementaldecoder(encoding)):  # type: ignore[misc]  # a class made at run time
        def __init__(self, errors: str = "replace") -> None:
            super().__init__("replace" if errors == "strict" else errors)

    return Lenient


# Invalid UTF-8 from the keyboard would otherwise end Textual's input thread.
linux_driver.getincrementaldecoder = _lenient_decoder  # type: ignore[attr-defined,assignment]
# Otherwise text after an ESC in a paste would become key presses.
linux_driver.XTermParser = PastingParser  # type: ignore[attr-defined]


class ScreenDriver(LinuxDriver):
    """Draws on the terminal with fewer bytes than Textual's driver, and reads the keyboard.

    The signals that stop, continue or resize the program are handled in the event loop. Textual's own
    handlers may interrupt each other, or interrupt code that has locked the message queue. If two resizes
    occur at once, they may report the first size last.
    """

    def __init__(self, *arguments: Any, **others: Any) -> None:
        super().__init__(*arguments, **others)
        self.is_open = False
        """True while the terminal is in use: drawn on, and its keyboard read."""
        self._is_suspended = False
        self._stays_closed = False
        self._attributes_when_open: list[Any] = []
        self._attributes_when_lent: list[Any] = []
        # Otherwise the app asks Rich for the size before the first event.
        self._size = self._size or terminal_line.size()

    def write(self, data: str) -> None:
        """Write data to the terminal. Do nothing if the terminal is lent to another program."""
        if self.is_open and self._writer_thread is not None:
            super().write(without_repeated_styles(with_shorter_moves(data, self._app.size.width)))

    def start_application_mode(self) -> None:
        """Take control of the terminal when this program is in the foreground."""
        if self.is_open:
            return
        self._wait_for_foreground()
        # In this order: a signal in between can still keep the terminal closed.
        self.is_open = True
        if self._stays_closed:
            self.is_open = False
            return
        super().start_application_mode()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGWINCH, self._sigwinch_application)
        self._attributes_when_open = _attributes(self.fileno)

    def stay_closed(self) -> None:
        """Prevent this driver from taking control of the terminal again. This is called when the program is ending."""
        self._stays_closed = True

    def stop_application_mode(self) -> None:
        """Restore the terminal to its state before the program. Do nothing if this has been done already."""
        if not self.is_open:
            return
        # First of all: on the terminal's late replies the input thread may switch on more modes.
        self.disable_input()
        if self._mouse_pixels:
            self.write(MOUSE_IN_PIXELS_OFF)
        super().stop_application_mode()
        self.is_open = False

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let another program use the terminal during the `with` block. The key ctrl+z has no effect in this time."""
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
        """True if another program is using the terminal."""
        return bool(self._attributes_when_lent)

    def take_line_back(self) -> None:
        """Restore the terminal settings that were saved before another program used the terminal."""
        attributes, self._attributes_when_lent = self._attributes_when_lent, []
        if attributes:
            # Imported already by the code that ran the other program.
            end_asking()
            # tcsetattr stops a background process unless SIGTTOU is blocked.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
            with suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, attributes)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTTOU})

    def process_message(self, message: Message) -> None:
        """Pass a message to the app. If the message reports a terminal size, limit the size first."""
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
            # If the terminal is gone, EndWatch ends the program.
            if not (isinstance(error, OSError) and terminal_line.is_gone()):
                self._app.call_later(self._app._handle_exception, error)

    def _wait_for_foreground(self) -> None:
        """Stop this process while the program is in the background, for example after `bg` or under `timeout`.

        The operating system would also stop the process when the terminal is set up. But after it continues, the
        system would repeat the same call before a handler can see a signal that ends the program.
        """
        vain = 0
        while self._is_in_background() and not self._stays_closed:
            asked = time.monotonic()
            os.kill(os.getpid(), signal.SIGTTOU)
            vain = vain + 1 if time.monotonic() - asked < _STOPPED_SECONDS else 0
            if vain > _MOST_IN_VAIN:
                # Nobody could continue it: its shell, and so the terminal, is gone.
                os._exit(128 + signal.SIGHUP)

    def _is_in_background(self) -> bool:
        try:
            return os.tcgetpgrp(self.fileno) != os.getpgrp() and signal.getsignal(signal.SIGTTOU) != signal.SIG_IGN
        except OSError:
            # The terminal belongs to another session, or to none.
            return False

    # Stop and continue

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
        # At exit the loop is closed, and the terminal restored.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(act)

    def _suspend(self) -> None:
        if self.is_open:
            self._is_suspended = True
            self.suspend_application_mode()
        os.kill(os.getpid(), signal.SIGSTOP)

    def _go_on(self) -> None:
        """Take control of the terminal again after the program was suspended.

        If the program still has control, only repaint the screen, because a shell has written on it.
        """
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
    """Return the settings of the terminal as `termios` describes them.

    Return an empty list if the terminal no longer exists.
    """
    try:
        return termios.tcgetattr(descriptor)
    except termios.error:
        return []
