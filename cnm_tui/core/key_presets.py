"""Sets of keys for people who are used to another program; `[keys] preset` of settings.toml names one.

Only keys that differ from the usual ones are listed. Entries of `[keys]` replace those of the preset.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_PAGES: Final = {
    "grid.page_down": "pagedown,ctrl+f",
    "grid.page_up": "pageup,ctrl+b",
    "grid.last": "end,G",
    "neighbours": "ctrl+n",
    "app.palette": "ctrl+p,colon",
}

KEY_PRESETS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "vim": {**_PAGES, "go_back": "ctrl+o,backspace,left_square_bracket"},
        "k9s": {
            **_PAGES,
            "copy_ids": "c,y",
            "pick_columns": "ctrl+w",
            "ask_now": "ctrl+r,r",
            "pick_search": "ctrl+o",
            "write": "ctrl+s,w",
        },
    }
)
"""Keys by preset and command id, separated by commas."""
