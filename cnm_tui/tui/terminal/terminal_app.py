"""Define a Textual app with fixes for real terminals. Each fix is in its own object."""

import gc
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from inspect import isawaitable
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

from rich.console import RenderableType
from rich.text import Text
from textual import events
from textual.app import App
from textual.binding import Binding
from textual.driver import Driver
from textual.geometry import Region, Size
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import Worker

from cnm_tui.core.settings import NOT_DRAWN_ON, SMALLEST_COLUMNS, SMALLEST_LINES, Look
from cnm_tui.core.text import clean
from cnm_tui.tui.terminal import terminal_line
from cnm_tui.tui.terminal.appearance import Appearance
from cnm_tui.tui.terminal.control_filter import may_be_sent
from cnm_tui.tui.terminal.crash_file import crash_sentence
from cnm_tui.tui.terminal.driver import MOUSE_IN_PIXELS_OFF, ScreenDriver
from cnm_tui.tui.terminal.keys import key_of
from cnm_tui.tui.terminal.memory import forget_closed_screens
from cnm_tui.tui.terminal.painted import filtered_blank
from cnm_tui.tui.terminal.painting import Frames
from cnm_tui.tui.terminal.pasting import MOST_PASTED, PasteCut
from cnm_tui.tui.terminal.termination import Termination
from cnm_tui.tui.terminal.type_ahead import TypeAhead

Happened = TypeVar("Happened", bound=Message)

SMALLEST: Final = Size(SMALLEST_COLUMNS, SMALLEST_LINES)
_SWITCH_SECONDS: Final = 0.001
_MOUSE_IN_PIXELS: Final = "\x1b[?1016h"
_MOUSE: Final = "\x1b[?1000h\x1b[?1003h\x1b[?1015h\x1b[?1006h"
_MOUSE_OFF: Final = "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"


class TerminalApp(App[None]):
    """A Textual app that works on every terminal, always restores the terminal, and never displays secrets."""

    crash_directory: Callable[[], Path] | None = None
    """Returns the directory for crash details, without values of variables; None to write none."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        # Unused by us; its panes and styles would be made before the first frame.
        self._disable_tooltips = self._disable_notifications = True
        self.type_ahead = TypeAhead(self, super().on_event)
        self.termination = Termination(self)
        self._frames = Frames(self)
        self.appearance = Appearance(self, look)
        self.appearance.begin()

    def get_driver_class(self) -> type[Driver]:
        """Return the project's own terminal driver.

        The variable TEXTUAL_DRIVER is ignored, because it could name a driver that records the user's input.
        """
        return ScreenDriver

    async def on_load(self) -> None:
        """Make the app repaint the screen after the shell command `fg`.

        Textual would leave the screen blank until something changes.
        """
        self.app_resume_signal.subscribe(self, lambda _app: self.refresh(layout=True))

    def on_mount(self) -> None:
        """Let keyboard input wait until the screen is ready for it."""
        self.type_ahead.begin()

    def on_ready(self) -> None:
        """Start to free memory after the first frame. Permanent objects are excluded from garbage collection."""
        forget_closed_screens()
        gc.freeze()
        gc.set_threshold(50_000, 10, 2)
        gc.enable()

    def on_resize(self, event: events.Resize) -> None:
        """Repaint the whole screen after a resize.

        The terminal may have lost some of the text when its window was made smaller.
        """
        if event.size == self._size:
            self.screen.refresh()

    def say(self, sentence: str) -> None:
        """Notify the user with the terminal bell.

        Subclasses with a status bar display the sentence in the status bar instead.
        """
        self.bell()

    # Keys

    async def on_event(self, event: events.Event) -> None:
        """Process events so that each key takes effect before the next key is processed."""
        await self.type_ahead.on_event(event)

    async def on_key(self, event: events.Key) -> None:
        """Record that no text input has used this key."""
        self.type_ahead.on_key(event)

    def on_paste_cut(self, message: PasteCut) -> None:
        """Tell the user that a pasted text was cut because it was too long."""
        if isinstance(self.focused, Input):
            self.say(f"Of {message.characters:,} pasted characters the first {MOST_PASTED:,} are taken.")

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """End the app. Keys that are typed from now on are ignored."""
        self.type_ahead.is_over = True
        super().exit(result, return_code, message)

    # Appearance

    def show_theme(self, name: str) -> bool:
        """Change the theme and return True. Return False if the terminal has too few colours for a theme."""
        if self.appearance.can_choose:
            self.appearance.show(name)
        return self.appearance.can_choose

    def watch_theme(self) -> None:
        """Adapt the display of the cursor to the new theme."""
        self.appearance.on_theme()

    def get_css_variables(self) -> dict[str, str]:
        """Return the variables of the current theme for the style sheet.

        Return an empty dictionary while the app is being created. Otherwise Textual would first calculate its own
        theme, which takes a millisecond.
        """
        return super().get_css_variables() if hasattr(self, "appearance") else {}

    def get_key_display(self, binding: Binding) -> str:
        """Return the name of the keyboard key as it is written in all texts of the program."""
        return self.appearance.key(super().get_key_display(binding))

    # Output to the terminal

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if not self._frames.holds(screen, renderable):
            super()._display(screen, renderable)

    def _end_batch(self) -> None:
        super()._end_batch()
        self._frames.let_go()

    def write_to_terminal(self, sequence: str) -> None:
        """Send a control sequence directly to the terminal, but only if the sequence is one that the program uses."""
        if self._driver is not None and may_be_sent(sequence):
            self._driver.write(sequence)
            self._driver.flush()

    def copy_to_clipboard(self, text: str) -> None:
        """Keep the text, so that it can be pasted within this program.

        Textual would send a text of any length to the terminal, and ignore tmux and screen.
        """
        self._clipboard = text

    def action_toggle_mouse(self) -> None:
        """Switch between mouse events for this program and text selection by the terminal."""
        if self._driver is None:
            return
        self._have_mouse(not self._driver._mouse)
        if self._driver._mouse:
            self.say("The mouse is back here.")
        else:
            self.say(f"The mouse is the terminal's: select text with it; {key_of(self, 'app.mouse')} takes it back.")

    def lend_mouse(self) -> Callable[[], None]:
        """Stop mouse events, so that the terminal can select text with the mouse.

        Return a function that starts them again. If mouse events were off before, the function does nothing.
        """
        if self._driver is None or not self._driver._mouse:
            return lambda: None
        self._have_mouse(False)
        return lambda: self._have_mouse(True)

    def _have_mouse(self, here: bool) -> None:
        if (driver := self._driver) is None:
            return
        # The driver reads this when it opens or closes the terminal.
        driver._mouse = here
        if here:
            in_pixels = getattr(driver, "_mouse_pixels", False)
            self.write_to_terminal(_MOUSE + (_MOUSE_IN_PIXELS if in_pixels else ""))
        else:
            self.write_to_terminal(MOUSE_IN_PIXELS_OFF + _MOUSE_OFF)

    # TerminalUse the terminal

    @contextmanager
    def lent_terminal(self, sentence: str) -> Iterator[bool]:
        """Let another program use the terminal during the `with` block, and display this sentence on it first.

        Yield True if the other program can use the terminal, otherwise False.
        """
        driver = self._driver
        if not isinstance(driver, ScreenDriver) or not driver.is_open:
            yield False
            return
        with driver.lent():
            os.write(terminal_line.DRAWN_ON, f"{clean(sentence)}\n".encode())
            yield True

    def action_suspend_process(self) -> None:
        """Suspend the program, but only if it was started by a shell that can resume it. Otherwise notify the user."""
        if _has_job_control():
            super().action_suspend_process()
        else:
            self.say("Not suspended: there is no shell here that could resume it.")

    # Errors

    def _fatal_error(self) -> None:
        """Print one line about the error. Textual's traceback would show the values of local variables."""
        self._exit_renderables.append(Text(crash_sentence(self._exception, self.crash_directory)))
        self._close_messages_no_wait()

    def _handle_exception(self, error: Exception) -> None:
        # During exit panes may be missing, and nobody looks at the screen.
        if not self.type_ahead.is_over or self.is_headless:
            super()._handle_exception(error)


def is_too_small(size: Size) -> bool:
    """True if the terminal is so small that one sentence is displayed instead of the screen."""
    return size.width < SMALLEST.width or size.height < SMALLEST.height


class PaintedOnceScreen(Screen[None]):
    """A screen whose first frame is painted and sent only once. Textual would do this twice."""

    # It shows nothing itself, and its lines are checked at every change.
    BLANK: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._listeners: dict[type[Message], list[Callable[[Any], object]]] = {}

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return blank lines as the background of the screen. All lines have the same content."""
        return filtered_blank(self, super().render_lines(crop))

    def listen(self, happened: type[Happened], listener: Callable[[Happened], object]) -> None:
        """Call the function `listener` with each Textual message of this type that a pane sends, and
        await its result.
        """
        self._listeners.setdefault(happened, []).append(listener)

    def run_as_screen(self, work: Callable[[], Coroutine[Any, Any, None]]) -> Worker[None]:
        """Run work in a Textual worker, with the screen as the active object in Textual's context.

        Without this, the app would be the active object. Then changes in several panes at once would be painted
        in several frames.
        """

        async def run() -> None:
            with self._context():
                await work()

        return self.run_worker(run)

    async def _on_message(self, message: Message) -> None:
        # Textual looks for message handlers among methods only.
        for listener in self._listeners.get(type(message), ()):
            if isawaitable(doing := listener(message)):
                await doing
        await super()._on_message(message)

    def _screen_resized(self, size: Size) -> None:
        # Widgets stay visible: in a window that is too small, another screen covers them.
        if not (is_too_small(size) and self._size):
            super()._screen_resized(size)

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        event.prevent_default()
        painted_by_layout = self.is_attached and self._size != self.app.size
        # Each widget got its styles a moment ago, when it was mounted.
        event.refresh_styles = event.refresh_styles and not painted_by_layout
        super()._on_screen_resume(event)
        if painted_by_layout:
            # What was marked dirty at mounting is on the screen now; later messages about it find nothing to do.
            self._repaint_required = False
            for widget in self.walk_children(Widget):
                widget._exchange_repaint_regions()


def _has_job_control() -> bool:
    """True if the parent process is a shell with job control in this session.

    For example, it is False for `ssh -t HOST cnm-tui`.
    """
    try:
        parent = os.getppid()
        return os.getsid(parent) == os.getsid(0) and os.getpgid(parent) != os.getpgrp()
    except OSError:
        return False


def refusal(environ: dict[str, str]) -> str:
    """Return the reason why the screen cannot be opened in this environment. The text is empty if it can be opened."""
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
    """Run the app until it ends, and return its exit code."""
    stream = sys.__stderr__
    if stream is not None and (stream.encoding or "").lower().replace("-", "") != "utf8":
        stream.reconfigure(encoding="utf-8", errors="replace")
    # A shorter switch interval: a key press must not wait for a thread that decodes.
    sys.setswitchinterval(_SWITCH_SECONDS)
    with app.termination.handling_signals():
        app.run(mouse=mouse)
    return app.return_code or 0
