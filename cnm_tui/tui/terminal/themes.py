"""Define the colour themes: dark, light, high contrast, Textual's own, and the terminal's own palette.

Each theme defines every variable that is used for painting. Greys are from the 256-colour ramp, so that
they stay grey without true colour. In themes with the terminal's colours or without colours, backgrounds
that have a meaning become text attributes such as bold or underline. The variables for these attributes
end in `text-style`. The cursor is displayed in reverse video.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from cnm_tui.core.settings import ANSI, DARK, HIGH_CONTRAST, LIGHT, luminance

_TOLD_BY_COLOUR: Final = {
    "block-cursor-text-style": "none",
    "block-cursor-blurred-text-style": "none",
    "input-cursor-text-style": "none",
    "unjudged-text-style": "none",
}

# Also variables in each theme: Textual computes them anew, and misses by one, so that no number of the palette fits.
# Told apart by people who see no red or no green, too: checked by simulation in a test.
_WARNING_ON_DARK: Final = "#ffd75f"
_ERROR_ON_DARK: Final = "#ff5f87"
_WARNING_ON_LIGHT: Final = "#705000"
_ERROR_ON_LIGHT: Final = "#af005f"
_BLUISH_TEXT: Final = frozenset({"catppuccin-latte", "solarized-light", "rose-pine-dawn", "atom-one-light"})
"""Light themes with bluish text, to which the usual red is too similar for people who see no red."""
_LEAST_CONTRAST: Final = 4.5
"""Contrast of text. Source: WCAG 2.2, 1.4.3."""
_MUCH_CONTRAST: Final = 11.0
"""Contrast of most text, so that coloured text stands out from it."""
_MOST_CONTRAST_OF_PANES: Final = 1.25
_STEPS: Final = 20
_TINT: Final = 0.1
"""Share of the severity's colour in the background of an ill row."""

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
    warning=_WARNING_ON_DARK,
    error=_ERROR_ON_DARK,
    success="#87af87",
    variables={
        **_TOLD_BY_COLOUR,
        "warning": _WARNING_ON_DARK,
        "error": _ERROR_ON_DARK,
        "text-muted": "#a8a8a8",
        "text-disabled": "#9e9e9e",
        "primary-muted": "#1f3b4a",
        "critical-row": "#2a1920",
        "warning-row": "#262214",
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
    warning=_WARNING_ON_LIGHT,
    error=_ERROR_ON_LIGHT,
    success="#005f00",
    variables={
        **_TOLD_BY_COLOUR,
        "warning": _WARNING_ON_LIGHT,
        "error": _ERROR_ON_LIGHT,
        "text-muted": "#4e4e4e",
        "text-disabled": "#585858",
        "primary-muted": "#bcdcea",
        "critical-row": "#ffeef4",
        "warning-row": "#fff8e1",
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

_HIGH_CONTRAST: Final = Theme(
    name=HIGH_CONTRAST,
    dark=True,
    primary="#87d7ff",
    secondary="#87d7ff",
    accent="#87d7ff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#262626",
    warning="#ffff5f",
    error="#ff9fbf",
    success="#87ff87",
    variables={
        **_TOLD_BY_COLOUR,
        "warning": "#ffff5f",
        "error": "#ff9fbf",
        "text-muted": "#eeeeee",
        "text-disabled": "#dadada",
        "primary-muted": "#123a4d",
        "critical-row": "#33101c",
        "warning-row": "#2b2600",
        "text-client": "#afffff",
        "text-server": "#ffffaf",
        "bar-at-cursor": "#005f87",
        "block-cursor-foreground": "#000000",
        "block-cursor-background": "#ffffff",
        "block-cursor-blurred-foreground": "#ffffff",
        "block-cursor-blurred-background": "#444444",
        "input-selection-foreground": "#000000",
        "input-selection-background": "#ffffff",
        "panel-lighten-2": "#bcbcbc",
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
        "warning": "ansi_yellow",
        "error": "ansi_red",
        # Textual's own style sheets use these two, for themes of this kind.
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "surface": "ansi_default",
        "panel": "ansi_default",
        "text-muted": "ansi_default",
        "text-disabled": "ansi_default",
        "critical-row": "ansi_default",
        "warning-row": "ansi_default",
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
        "primary-muted": "ansi_default",
        "panel-lighten-2": "ansi_default",
    },
)

OURS: Final[Mapping[str, Theme]] = {theme.name: theme for theme in (_DARK, _LIGHT, _HIGH_CONTRAST, _ANSI)}
"""Our own themes by name."""


def theme_called(name: str) -> Theme:
    """Return the theme with this name, which is one of `core.settings.THEMES`."""
    return OURS.get(name) or _completed(BUILTIN_THEMES[name])


def _completed(theme: Theme) -> Theme:
    """Return a theme of Textual with all variables that this program uses. The colours are chosen to be readable."""
    colours = theme.to_color_system().generate()
    background, foreground = (Color.parse(colours[name]) for name in ("background", "foreground"))
    surface, panel = (_near(Color.parse(colours[name]), background) for name in ("surface", "panel"))
    tints = [background.blend(Color.parse(one), _TINT) for one in _warning_and_error(theme)]
    bright, dim = (Color.parse(one) for one in (("#ffffff", "#000000") if theme.dark else ("#000000", "#ffffff")))

    def text(wanted: Color) -> str:
        return _readable(wanted, (background, surface, panel, *tints), bright).hex6

    strong = text(_readable(foreground, (background,), bright, _MUCH_CONTRAST))
    # Darker than the theme's own colour, or lighter, until text can be read on it.
    cursor = _readable(panel.blend(Color.parse(theme.primary), 0.5), (Color.parse(strong),), dim)
    muted = Color.parse(strong).blend(background, 0.3)
    warning, error, primary = (text(Color.parse(one)) for one in (*_warning_and_error(theme), theme.primary))
    return Theme(
        name=theme.name,
        dark=theme.dark,
        primary=primary,
        secondary=text(Color.parse(theme.secondary or theme.primary)),
        accent=text(Color.parse(theme.accent or theme.primary)),
        foreground=strong,
        background=background.hex6,
        surface=surface.hex6,
        panel=panel.hex6,
        warning=warning,
        error=error,
        success=text(Color.parse(theme.success or theme.primary)),
        variables={
            **_TOLD_BY_COLOUR,
            "warning": warning,
            "error": error,
            "text-muted": text(muted),
            "text-disabled": text(muted),
            "primary-muted": _behind(Color.parse(primary), background),
            "critical-row": tints[1].hex6,
            "warning-row": tints[0].hex6,
            "text-client": text(Color.parse(strong).blend(Color.parse("#00afaf"), 0.25)),
            "text-server": text(Color.parse(strong).blend(Color.parse("#afaf00"), 0.25)),
            "bar-at-cursor": text(Color.parse(theme.accent or theme.primary)),
            "block-cursor-foreground": strong,
            "block-cursor-background": cursor.hex6,
            "block-cursor-blurred-foreground": strong,
            "block-cursor-blurred-background": panel.hex6,
            "input-selection-foreground": strong,
            "input-selection-background": cursor.hex6,
            "panel-lighten-2": background.blend(Color.parse(strong), 0.5).hex6,
        },
    )


def _warning_and_error(theme: Theme) -> tuple[str, str]:
    """Return the colours for warnings and errors that fit a theme of Textual, in this order."""
    if theme.dark:
        return _WARNING_ON_DARK, _ERROR_ON_DARK
    return ("#5f5f00", "#af0087") if theme.name in _BLUISH_TEXT else (_WARNING_ON_LIGHT, _ERROR_ON_LIGHT)


def _behind(text: Color, background: Color) -> str:
    """Return a background colour for a text, mixed from the colours `text` and `background`.

    Text in the colour `text` is readable on it.
    """
    return _readable(background.blend(text, 0.3), (text,), background).hex6


def _near(colour: Color, background: Color) -> Color:
    """Return the colour of a pane. If it differs too much from the background colour, it is mixed with that colour.

    If the two colours differed too much, no text colour would be readable on both.
    """
    shares = (share / _STEPS for share in range(_STEPS, 0, -1))
    mixed = (background.blend(colour, share) for share in shares)
    return next((one for one in mixed if _contrast(one, background) <= _MOST_CONTRAST_OF_PANES), background)


def _readable(wanted: Color, grounds: Sequence[Color], end: Color, least: float = _LEAST_CONTRAST) -> Color:
    """Return a colour as near as possible to `wanted` that is readable on all the colours in `grounds`.

    The colour is mixed with `end` until its contrast to each of these colours is at least `least`.
    """
    mixed = (wanted.blend(end, step / _STEPS) for step in range(_STEPS + 1))
    return next((one for one in mixed if all(_contrast(one, ground) >= least for ground in grounds)), end)


def _contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of two colours as defined in WCAG 2.2.

    It is calculated from the colour values that the terminal receives.
    """
    darker, lighter = sorted((luminance(one.hex6.lower()), luminance(other.hex6.lower())))
    return (lighter + 0.05) / (darker + 0.05)
