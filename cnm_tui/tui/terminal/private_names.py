"""List the private names of Textual that this package uses or replaces, with the reason for each name.

The names are grouped by the class or module that owns them. `tests/tui/test_private_names.py` fails, and
prints the name, when Textual removes a name. `python -m tests.lint` fails if an unlisted name is used, or
if another package uses any private name.
"""

from collections.abc import Mapping
from typing import Final

SEEN_IN: Final = "8.2.8"
"""The version of Textual for which the list was checked."""

PRIVATE_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "textual": {
        "_ansi_sequences": "The keys that Textual knows: it takes other sequences for keys that nobody pressed.",
        "_compositor": "The classes of its frames, to send less of one.",
        "_keyboard_protocol": "The keys of the kitty protocol that Textual knows.",
        "_styles_cache": "Its cache of colours holds closed screens.",
        "_xterm_parser": "The parser of what the terminal sends, to hand it whole sequences only.",
    },
    "textual._compositor.Compositor": {
        "_dirty_regions": "A frame that the terminal has no room for is to be sent later.",
    },
    "textual._compositor.ChopsUpdate": {
        "render_segments": "Replaced: it sends all that stands to the left of a change, too.",
    },
    "textual._styles_cache.StylesCache": {
        "get_inner_outer": "Replaced: its cache holds 1,024 widgets with all that they drew.",
    },
    "textual._xterm_parser": dict.fromkeys(
        (
            "_re_cursor_position",
            "_re_extended_key",
            "_re_in_band_window_resize",
            "_re_mouse_event",
            "_re_terminal_mode_response",
        ),
        "The sequences that Textual knows.",
    ),
    "textual._xterm_parser.XTermParser": {
        "_sequence_to_key_events": "Extended: it fails at a key code that is no character.",
    },
    "textual.app.App": {
        "_batch_count": "Whether frames are held.",
        "_check_bindings": "A key does what it is bound to before the next one is read.",
        "_clipboard": "What is pasted here; the public method sends it to the terminal as well.",
        "_close_messages_no_wait": "Ends the app after an error, as Textual's own report of it does.",
        "_disable_notifications": "No toasts, so no pane for them.",
        "_disable_tooltips": "No tooltips, so no pane for them.",
        "_display": "Extended: holds a frame back while the terminal takes nothing.",
        "_driver": "Writes past the screen, lends the terminal, gives it back.",
        "_end_batch": "Extended: sends what was held.",
        "_exception": "The error that ended the app.",
        "_exit_renderables": "What is printed once the terminal is given back.",
        "_fatal_error": "Replaced: it prints the values of local variables.",
        "_filters": "Filters for all that is drawn; a list without a public way to add to it.",
        "_handle_exception": "Extended: an error while the app is taken down is none.",
        "_keymap": "The keys that people chose.",
        "_loop": "To be called from the handler of a signal.",
        "_refresh_truecolor_filter": "After a theme that is set without reading the style sheet again.",
        "_size": "The size before a resize.",
    },
    "textual.dom.DOMNode": {
        "_bindings": "The bindings of one node.",
        "_merge_bindings": "The bindings of a class that has no instance yet.",
    },
    "textual.driver.Driver": {
        "_app": "The app to tell of a new size.",
        "_loop": "To be called from the handler of a signal.",
        "_mouse": "Whether the mouse is reported.",
    },
    "textual.drivers.linux_driver": {
        "XTermParser": "Replaced by a parser that knows where a paste ends.",
        "getincrementaldecoder": "Replaced: one byte that is not UTF-8 ends the thread that reads keys.",
    },
    "textual.drivers.linux_driver.LinuxDriver": {
        "_get_terminal_size": "Extended: the window's own size, whatever COLUMNS says.",
        "_in_band_window_resize": "Whether the terminal tells its size by itself.",
        "_mouse_pixels": "Whether the mouse is reported in pixels.",
        "_must_signal_resume": "Has the app painted anew when it takes the terminal back.",
        "_run_input_thread": "Extended: a terminal that went is no internal error.",
        "_sigcont_application": "Replaced: it may interrupt whoever holds the lock that it wants.",
        "_sigtstp_application": "Replaced: it may interrupt whoever holds the lock that it wants.",
        "_writer_thread": "Nothing can be written before it runs.",
    },
    "textual.keys": {
        "_character_to_key": "The name of the key of a character.",
    },
    "textual.screen.Screen": {
        "_compositor": "Marks what is to be painted.",
        "_compositor_refresh": "Paints what is marked.",
        "_context": "Has the screen act in a worker, so that its panes are painted in one frame.",
        "_dirty_widgets": "What a screen was told to paint and has not painted.",
        "_on_message": "Extended: who made a pane while the program runs hears of it, too.",
        "_on_screen_resume": "Extended: the first frame is sent once.",
        "_on_update": "Replaced: what is marked gets lost when something else is painted first.",
        "_screen_resized": "Extended: a window too small keeps what is in sight.",
    },
    "textual.widget.Widget": {
        "_exchange_repaint_regions": "The first frame is sent once.",
        "_repaint_required": "The first frame is sent once.",
        "_size": "Whether a screen was laid out yet.",
    },
    "textual.widgets.Input": {
        "_cell_offset_to_index": "Replaced: it counts columns by Rich's table.",
        "_cursor_offset": "Where the cursor is in the line.",
        "_cursor_visible": "Whether the cursor is drawn; in lines of ours it is drawn here.",
        "_position_to_cell": "Replaced: it counts columns by Rich's table.",
        "_suggestion": "What is suggested; its own suggester would know the text alone.",
        "_value": "Replaced: it shows what is hidden in a text.",
    },
}
