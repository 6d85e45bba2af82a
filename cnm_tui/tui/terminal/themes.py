"""The themes: dark, light, and with the terminal's own palette.

Each defines every variable used for painting. Greys are from the 256-colour ramp, so that they stay grey without true
colour. Backgrounds that carry meaning become bold, underline and so on in themes with the terminal's colours, or none:
by the variables that end in `text-style`, and by reverse video at the cursor.
"""

from collections.abc import Mapping
from typing import Final

from textual.theme import Theme

from cnm_tui.core.settings import ANSI, DARK, LIGHT

_TOLD_BY_COLOUR: Final = {
    "block-cursor-text-style": "none",
    "block-cursor-blurred-text-style": "none",
    "input-cursor-text-style": "none",
    "unjudged-text-style": "none",
}

_DARK: Final = Theme(
    name=DARK,
    dark=True,
    primary="#5fafd7",
    secondary="#5fafd7",
    accent="#5fafd7",
    foreground="#d0d0d0",
    background="#121212",
    surface="#1c1c1c",
    panel="#303030",
    warning="#d7af5f",
    error="#ff8787",
    success="#87af87",
    variables={
        **_TOLD_BY_COLOUR,
        "text-muted": "#a8a8a8",
        "text-disabled": "#8a8a8a",
        "text-client": "#afd7d7",
        "text-server": "#d7d7af",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-background": "#005f87",
        "bar-at-cursor": "#afd7ff",
        "block-cursor-blurred-foreground": "#d0d0d0",
        "block-cursor-blurred-background": "#303030",
        "input-selection-foreground": "#ffffff",
        "input-selection-background": "#005f87",
        "panel-lighten-2": "#6c6c6c",
    },
)

_LIGHT: Final = Theme(
    name=LIGHT,
    dark=False,
    primary="#005f87",
    secondary="#005f87",
    accent="#005f87",
    foreground="#262626",
    background="#ffffff",
    surface="#eeeeee",
    panel="#e4e4e4",
    warning="#5f5f00",
    error="#af0000",
    success="#005f00",
    variables={
        **_TOLD_BY_COLOUR,
        "text-muted": "#4e4e4e",
        "text-disabled": "#585858",
        "text-client": "#005f5f",
        "text-server": "#5f5f00",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-background": "#005f87",
        "bar-at-cursor": "#afd7ff",
        "block-cursor-blurred-foreground": "#262626",
        "block-cursor-blurred-background": "#dadada",
        "input-selection-foreground": "#ffffff",
        "input-selection-background": "#005f87",
        "panel-lighten-2": "#767676",
    },
)

# Only those of the 16 colours that are readable on dark and light palettes: bright black equals the background in some,
# blue is unreadable on dark, and white on light.
_ANSI: Final = Theme(
    name=ANSI,
    ansi=True,
    primary="ansi_cyan",
    secondary="ansi_cyan",
    accent="ansi_cyan",
    foreground="ansi_default",
    background="ansi_default",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    variables={
        # Textual's own style sheets use these two, for themes of this kind.
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "surface": "ansi_default",
        "panel": "ansi_default",
        "text-muted": "ansi_default",
        "text-disabled": "ansi_default",
        "text-client": "ansi_default",
        "text-server": "ansi_default",
        # A background colour is a mark for the filter `Reversing`.
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_white",
        "bar-at-cursor": "ansi_default",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-foreground": "ansi_default",
        "block-cursor-blurred-background": "ansi_default",
        "block-cursor-blurred-text-style": "underline",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-background": "ansi_default",
        "input-cursor-text-style": "reverse",
        "input-selection-foreground": "ansi_default",
        "input-selection-background": "ansi_default",
        "unjudged-text-style": "dim",
        "panel-lighten-2": "ansi_default",
    },
)

THEMES: Final[Mapping[str, Theme]] = {theme.name: theme for theme in (_DARK, _LIGHT, _ANSI)}
"""By the names in `core.looks`."""
