"""Define all commands of the main screen in one table.

Key bindings, help, command palette, hints in the status bar, the README's list of keys and the check of
`[keys]` in settings.toml are generated from this table. The keys of dialogs, and of panes other than the
grid, are defined in their classes.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from textual.binding import Binding, BindingType
from textual.keys import format_key

_SIGNS: Final = "↑↓←→⌫⏎"
"""Keyboard keys whose names are written as words in sentences."""

Group = Literal["Ask", "Window", "Navigate", "Compare", "Investigate", "Take away", "Program"]
HeardBy = Literal["screen", "rows", "app", "textual"]


class Command(NamedTuple):
    """A command of the main screen, with its keyboard keys, its title and the method that runs it."""

    id: str
    """Its id in `[keys]` of settings.toml; empty if Textual binds it, as its keys cannot be changed."""
    keys: str
    """Default keys, by Textual's names, separated by commas; the app's key map has the keys in force."""
    title: str
    group: Group
    """Its heading in the help."""
    runs: str
    """Feature and method that run it: `drill.down` is in `features/drill.py`; or an action of Textual.

    Commands with the same value are shown together.
    """
    heard_by: HeardBy = "screen"
    """The scope of its keys: any pane, the grid, or the whole app."""
    in_dialogs: bool = False
    """True if its keys also work while a dialog is open."""


COMMANDS: Final = (
    Command("edit_search", "e", "Edit the search", "Ask", "query.edit_search"),
    Command("pick_search", "ctrl+r", "Earlier searches …", "Ask", "searches.pick"),
    Command("narrow.to", "plus", "Search for this value", "Ask", "drill.narrow('to')"),
    Command("narrow.away", "minus", "Exclude this value", "Ask", "drill.narrow('away')"),
    Command("pick_group_bys", "b", "Group by …", "Ask", "query.pick_group_bys"),
    Command("pick_limit", "n", "Row limit …", "Ask", "query.pick_limit"),
    Command("pick_view", "v", "Views …", "Ask", "views.pick"),
    Command("resume", "R", "Resume last question", "Ask", "views.resume"),
    Command("ask_now", "r", "Refresh now", "Ask", "query.ask_now"),
    Command("toggle_live", "p", "Pause or resume live", "Ask", "query.toggle_live"),
    Command("pick_time_range", "t", "Time range …", "Window", "query.pick_time_range"),
    Command("window.earlier", "comma", "Earlier window", "Window", "query.move_window('earlier')"),
    Command("window.later", "full_stop", "Later window", "Window", "query.move_window('later')"),
    Command("window.zoom_out", "less_than_sign", "Zoom out", "Window", "query.move_window('zoomed_out')"),
    Command("window.zoom_in", "greater_than_sign", "Zoom in", "Window", "query.move_window('zoomed_in')"),
    Command("window.now", "0", "Back to now", "Window", "query.move_window('back_to_now')"),
    Command("replay.back", "left_curly_bracket", "Earlier in a replay", "Window", "replay.step(-1)"),
    Command("replay.on", "right_curly_bracket", "Later in a replay", "Window", "replay.step(1)"),
    Command("replay.jump", "J", "Recorded answers …", "Window", "replay.jump"),
    Command("replay.play", "A", "Play the replay", "Window", "replay.play"),
    Command("drill_down", "enter", "Drill down", "Navigate", "drill.down"),
    Command("go_back", "backspace,left_square_bracket", "Back (cached)", "Navigate", "navigation.go_back"),
    Command("go_forth", "right_square_bracket", "Forward (cached)", "Navigate", "navigation.go_forward"),
    Command("dns", "D", "DNS of client, and back", "Navigate", "dns.switch"),
    Command("swap_ends", "i", "Swap client and server", "Navigate", "reverse.swap_ends"),
    Command("grid.down", "down,j", "Next row", "Navigate", "move(1)", "rows"),
    Command("grid.up", "up,k", "Previous row", "Navigate", "move(-1)", "rows"),
    Command("grid.page_down", "pagedown", "Next page", "Navigate", "page(1)", "rows"),
    Command("grid.page_up", "pageup", "Previous page", "Navigate", "page(-1)", "rows"),
    Command("grid.first", "home,g", "First row", "Navigate", "first_row", "rows"),
    Command("grid.last", "end", "Last row", "Navigate", "last_row", "rows"),
    Command("grid.right", "right,l", "Next column", "Navigate", "move_column(1)", "rows"),
    Command("grid.left", "left,h", "Previous column", "Navigate", "move_column(-1)", "rows"),
    Command("app.next_pane", "tab", "Next pane", "Navigate", "app.focus_next", "app"),
    Command("app.pane_before", "shift+tab", "Previous pane", "Navigate", "app.focus_previous", "app"),
    Command("compare", "m", "Compare with …", "Compare", "compare.choose"),
    Command("flip_changes", "M", "Changes in % or units", "Compare", "compare.flip_changes"),
    Command("difference.next", "right_parenthesis", "Next difference", "Compare", "compare.go_to_difference(1)"),
    Command("difference.before", "left_parenthesis", "Difference before", "Compare", "compare.go_to_difference(-1)"),
    Command("timeline", "L", "Timeline …", "Compare", "timeline.choose"),
    Command("toggle_timeline", "ctrl+l", "Timeline goes on", "Compare", "timeline.toggle_live"),
    Command("show_other_way", "I", "Both directions", "Compare", "reverse.show_other_way"),
    Command("edit_filter", "slash", "Filter the rows", "Investigate", "filtering.edit"),
    Command("sort", "s", "Sort by this column", "Investigate", "sorting.sort"),
    Command("flip_sort", "S", "Reverse the sort", "Investigate", "sorting.flip"),
    Command("sort_only", "equals_sign", "Sort by this one only", "Investigate", "sorting.sort_only"),
    Command("sort_began", "B", "Began last first", "Investigate", "graph.sort_by_beginning"),
    Command("rank", "percent_sign", "Weak evidence last", "Investigate", "sorting.rank"),
    Command("divide", "f", "Break down this column", "Investigate", "breakdown.open"),
    Command("name_end", "N", "Identify an N/A end", "Investigate", "drill.name_end"),
    Command("toggle_mark", "space", "Mark the row", "Investigate", "marks.toggle"),
    Command("mark_shown", "asterisk", "Mark all rows shown", "Investigate", "marks.toggle_shown"),
    Command("unmark_all", "u", "Unmark all", "Investigate", "marks.unmark_all"),
    Command("follow_row", "F", "Follow the row", "Investigate", "marks.follow"),
    Command("watch", "W", "Watch the row", "Investigate", "watch.toggle"),
    Command("toggle_scale", "U", "Trends on one scale", "Investigate", "graph.toggle_scale"),
    Command("why", "a", "Why: the finding", "Investigate", "diagnosis.why"),
    Command("toggle_detail", "d", "Detail pane", "Investigate", "toggle_detail"),
    Command("toggle_alone", "z", "Grid only", "Investigate", "toggle_alone"),
    Command("toggle_charts", "C", "Charts of all figures", "Investigate", "charts.toggle"),
    Command("pick_columns", "c", "Columns …", "Investigate", "columns.pick"),
    Command("hide_agreed", "Z", "Hide equal columns", "Investigate", "columns.hide_agreed"),
    Command("grid.widen", "ctrl+right", "Widen this column", "Investigate", "widen(4)", "rows"),
    Command("grid.narrow", "ctrl+left", "Narrow this column", "Investigate", "widen(-4)", "rows"),
    Command("insights", "H", "Network health", "Investigate", "insights.open"),
    Command("explain", "x", "Which tag explains it", "Investigate", "explain.open"),
    Command("look_up_names", "O", "Names by reverse DNS", "Investigate", "hints.look_up_names"),
    Command("neighbours", "G", "Neighbours", "Investigate", "neighbours.show"),
    Command("run_on_row", "exclamation_mark", "Run for this row …", "Investigate", "programs.choose"),
    Command("copy_ids", "y", "Copy ids", "Take away", "copying.ids"),
    Command("copy_as", "Y", "Copy as …", "Take away", "copying.choose"),
    Command("", "ctrl+c", "Copy selected text", "Take away", "screen.copy_text", "textual"),
    Command("copy_link", "o", "Links to Datadog …", "Take away", "links.choose"),
    Command("write", "w", "Write to a file …", "Take away", "export.write"),
    Command("record", "E", "Record answers, or stop", "Take away", "recording.toggle"),
    Command("help", "question_mark,f1", "Help", "Program", "help"),
    Command("app.palette", "ctrl+p", "Command palette", "Program", "app.command_palette", "app", in_dialogs=True),
    Command("close", "escape", "Close, cancel, clear", "Program", "close"),
    Command("pick_profile", "P", "Profile …", "Program", "profiles.pick"),
    Command("sign_in", "K", "Sign in …", "Program", "profiles.sign_in"),
    Command("redact", "X", "Redact names, or not", "Program", "redaction.toggle"),
    Command("pick_theme", "ctrl+t", "Theme …", "Program", "themes.pick"),
    Command("app.mouse", "T", "Mouse on or off", "Program", "app.toggle_mouse", "app"),
    Command("app.suspend", "ctrl+z", "Suspend", "Program", "app.suspend_process", "app"),
    Command("quit", "q", "Quit", "Program", "app.quit"),
    Command("app.quit", "ctrl+q", "Quit", "Program", "app.quit", "app", in_dialogs=True),
)

ENDPOINT_BESIDE: Final = "dns"
"""The command that asks the other endpoint."""

HINTS: Final[Mapping[str, str]] = {
    "help": "help",
    "pick_group_bys": "by",
    "pick_time_range": "time",
    "edit_search": "search",
    "drill_down": "drill",
    "sort": "sort",
    "toggle_detail": "detail",
    "quit": "quit",
}
"""Hints of the status bar: command id and a word for its effect, most important first."""


def command(id: str) -> Command:
    """Return the command of the main screen that has this command id."""
    return _BY_ID[id]


def usual_key(id: str) -> str:
    """Return the first default keyboard key of a command, in the spelling that messages use."""
    *modifiers, key = command(id).keys.partition(",")[0].split("+")
    shown = format_key(key)
    return "+".join([*modifiers, key if shown in _SIGNS else shown])


def told_key(key: str) -> str:
    """Return a keyboard key in the spelling that messages use.

    A capital `I` becomes `shift+i` and a small `l` becomes `small L`, because they look alike in many fonts.
    """
    return {"I": "shift+i", "l": "small L"}.get(key, key)


def bindings(heard_by: HeardBy) -> list[BindingType]:
    """Return the Textual key bindings of the main screen, the grid or the app. `heard_by` says which of them."""
    heard: Iterable[Command] = (one for one in COMMANDS if one.heard_by == heard_by)
    return [Binding(one.keys, _action(one), one.title, id=one.id, show=False, priority=one.in_dialogs) for one in heard]


def _action(one: Command) -> str:
    """Return the name of the Textual action that runs a command."""
    return f"run('{one.id}')" if one.heard_by == "screen" else one.runs


_BY_ID: Final = {one.id: one for one in COMMANDS}

_SYNONYMS_BY_ID: Final[Mapping[str, str]] = {
    "edit_search": "query find tag server_env",
    "pick_search": "history recent",
    "narrow.to": "include only plus",
    "narrow.away": "without not minus",
    "pick_group_bys": "aggregate dimension fields tags service pod host",
    "pick_limit": "more rows top 7500 all",
    "pick_view": "bookmark saved preset favourite",
    "ask_now": "reload fetch again",
    "toggle_live": "stop freeze auto refresh",
    "pick_time_range": "yesterday today last hour window date period when",
    "window.earlier": "yesterday previous past back in time",
    "window.later": "next forward in time",
    "go_back": "undo previous history",
    "drill_down": "zoom into details open",
    "swap_ends": "reverse flip direction",
    "compare": "baseline diff yesterday before deploy change delta",
    "timeline": "history graph sparkline trend over time chart",
    "edit_filter": "search within grep narrow",
    "sort": "order rank by",
    "divide": "statistics histogram distribution median p95 top values facets",
    "name_end": "unknown unresolved who is",
    "toggle_mark": "select tag",
    "mark_shown": "select all",
    "unmark_all": "deselect clear",
    "watch": "pin favourite",
    "toggle_detail": "info describe inspect why",
    "pick_columns": "fields show hide",
    "hide_agreed": "same constant columns",
    "explain": "cause root why reason",
    "neighbours": "graph topology map dependencies callers upstream downstream",
    "look_up_names": "dns hostname ptr whois",
    "run_on_row": "plugin shell command dig ping mtr ssh kubectl",
    "copy_ids": "clipboard yank",
    "copy_as": "clipboard export curl python csv json monitor terraform alert",
    "copy_link": "browser web url open logs traces",
    "write": "export save download csv json markdown graph dot file",
    "help": "keys legend manual tour",
    "pick_profile": "account organisation switch site",
    "sign_in": "login keys credentials token",
    "pick_theme": "colours dark light contrast appearance",
    "quit": "exit close leave",
}
SYNONYMS: Final[Mapping[str, str]] = {_BY_ID[id].title: words for id, words in _SYNONYMS_BY_ID.items()}
"""Other words for commands, by title, by which the palette finds them too."""
