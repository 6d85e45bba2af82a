"""The app as Textual wants it, a subclass of its own, made of parts that each do one thing for the terminal."""

import gc
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
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
    """An app that can be read on every terminal, gives it back however it ends, and never shows secrets."""

    crash_directory: Callable[[], Path] | None = None
    """Where the details of a crash go, without values of variables; None: nowhere."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        # We have none; their panes and their part of the style sheet would be made before the first frame.
        self._disable_tooltips = self._disable_notifications = True
        self.type_ahead = TypeAhead(self, super().on_event)
        self.termination = Termination(self)
        self._frames = Frames(self)
        self.appearance = Appearance(self, look)
        self.appearance.begin()

    def get_driver_class(self) -> type[Driver]:
        """Return ours; TEXTUAL_DRIVER could name one that keeps what is typed."""
        return ScreenDriver

    async def on_load(self) -> None:
        """See that the screen is painted after `fg`: Textual stays blank until something is painted anew."""
        self.app_resume_signal.subscribe(self, lambda _app: self.refresh(layout=True))

    def on_mount(self) -> None:
        """Have keys wait for the screen."""
        self.type_ahead.begin()

    def on_ready(self) -> None:
        """The first frame is painted: look after memory from now on, but not for garbage among what will stay."""
        forget_closed_screens()
        gc.freeze()
        gc.set_threshold(50_000, 10, 2)
        gc.enable()

    def on_resize(self, event: events.Resize) -> None:
        """Paint all anew where the window has its size again: what a smaller one did not hold may be lost."""
        if event.size == self._size:
            self.screen.refresh()

    def say(self, sentence: str) -> None:
        """Tell the user; who has a place for it on the screen shows it there."""
        self.bell()

    # Keys

    async def on_event(self, event: events.Event) -> None:
        """Let one key act after the other."""
        await self.type_ahead.on_event(event)

    async def on_key(self, event: events.Key) -> None:
        """A key came back from a box that had no use for it."""
        self.type_ahead.on_key(event)

    def on_paste_cut(self, message: PasteCut) -> None:
        """Say so, where anything of it was taken."""
        if isinstance(self.focused, Input):
            self.say(f"Of {message.characters:,} pasted characters the first {MOST_PASTED:,} are taken.")

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leave; keys that are typed from now on do nothing."""
        self.type_ahead.is_over = True
        super().exit(result, return_code, message)

    # Appearance

    def watch_theme(self) -> None:
        """Go with another theme."""
        self.appearance.on_theme()

    def get_css_variables(self) -> dict[str, str]:
        """Return those of our theme; Textual asks for its own theme's first, and takes a millisecond for them."""
        return super().get_css_variables() if hasattr(self, "appearance") else {}

    def get_key_display(self, binding: Binding) -> str:
        """Return the key as every other text here calls it."""
        return self.appearance.key(super().get_key_display(binding))

    # What is sent to the terminal

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if not self._frames.holds(screen, renderable):
            super()._display(screen, renderable)

    def _end_batch(self) -> None:
        super()._end_batch()
        self._frames.let_go()

    def write_to_terminal(self, sequence: str) -> None:
        """Send a control sequence of our own making past the screen; one that nobody can have meant is not sent."""
        if self._driver is not None and may_be_sent(sequence):
            self._driver.write(sequence)
            self._driver.flush()

    def copy_to_clipboard(self, text: str) -> None:
        """Keep it for pasting here; Textual sends it to the terminal as it is, at any length, past tmux and screen."""
        self._clipboard = text

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

    # Leaving the terminal to others

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

    def action_suspend_process(self) -> None:
        """Suspend, but only under a shell that could bring the program back."""
        if _has_job_control():
            super().action_suspend_process()
        else:
            self.say("Not suspended: there is no shell here that could resume it.")

    # Errors

    def _fatal_error(self) -> None:
        """Print one line instead of Textual's traceback, which shows the values of local variables."""
        self._exit_renderables.append(Text(crash_sentence(self._exception, self.crash_directory)))
        self._close_messages_no_wait()

    def _handle_exception(self, error: Exception) -> None:
        # While it is taken down, who looks for a pane may find none, and nobody looks at the screen any more.
        if not self.type_ahead.is_over or self.is_headless:
            super()._handle_exception(error)


def is_too_small(size: Size) -> bool:
    """Whether a window of this size shows one sentence instead of the screen."""
    return size.width < SMALLEST.width or size.height < SMALLEST.height


class PaintedOnceScreen(Screen[None]):
    """A screen whose first frame is sent once; Textual lays it out, paints it, and then paints it all again."""

    # Nothing of its own shows, and its lines are looked at again with each change anywhere.
    BLANK: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._listeners: dict[type[Message], Callable[[Any], object]] = {}

    def render_lines(self, crop: Region) -> list[Strip]:
        """Blank ones, all alike."""
        return filtered_blank(self, super().render_lines(crop))

    def listen(self, happened: type[Happened], listener: Callable[[Happened], object]) -> None:
        """Call the listener with each message of this type that a pane sends."""
        self._listeners[happened] = listener

    def run_as_screen(self, work: Callable[[], Coroutine[Any, Any, None]]) -> Worker[None]:
        """Run work in which the screen acts, as in its handlers.

        In a worker Textual has the app act, and what changes in several panes at once is painted in several frames.
        """

        async def run() -> None:
            with self._context():
                await work()

        return self.run_worker(run)

    async def _on_message(self, message: Message) -> None:
        # Textual looks for handlers among the methods of classes alone.
        if (listener := self._listeners.get(type(message))) is not None:
            listener(message)
        await super()._on_message(message)

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
    with app.termination.heeding_signals():
        app.run(mouse=mouse)
    return app.return_code or 0
