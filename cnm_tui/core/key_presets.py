"""Define sets of keyboard shortcuts for people who are used to another program.

In settings.toml, `preset` in the section `[keys]` selects one of the sets. A set lists only the shortcuts
that differ from the default ones. Other entries in the section `[keys]` replace shortcuts of the set.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_PAGES: Final = {
    "grid.page_down": "ctrl+f,pagedown",
    "grid.page_up": "ctrl+b,pageup",
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
