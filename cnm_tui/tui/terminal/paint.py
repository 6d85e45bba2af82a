"""Define text styles for panes that draw their own lines. Colours are variables of the theme.

Textual's component classes are not used. For each of forty classes Textual would parse, match and lay out a
node before the first frame. That took as long as drawing the frame itself.
"""

from typing import NamedTuple

from rich.style import Style
from textual.color import Color
from textual.widget import Widget


class Paint(NamedTuple):
    """A text style. Attributes that are not set have the value of the surrounding text."""

    color: str = ""
    """A theme variable without its `$`, or a profile's colour `#rrggbb`; empty for the surrounding colour."""
    background: str = ""
    bold: bool = False
    underline: bool = False
    text_style: str = ""
    """A theme variable for bold, underline and so on, for themes without enough colours; empty for none."""

    def style(self, widget: Widget) -> Style:
        """Return this style as a Rich style, with the colours of the current theme of the widget's app."""
        under = widget.background_colors[1]
        style = Style(
            color=_resolved(self.color, widget, under).rich_color if self.color else None,
            bgcolor=_resolved(self.background, widget, under).rich_color if self.background else None,
            bold=self.bold or None,
            underline=self.underline or None,
        )
        return style + Style.parse(widget.app.theme_variables.get(self.text_style, "none"))


def _resolved(variable: str, widget: Widget, under: Color) -> Color:
    written = variable if variable.startswith("#") else widget.app.theme_variables[variable]
    if written.startswith("auto"):
        # Black or white, whichever is readable on the background, with its opacity: `auto 60%`.
        return under.get_contrast_text(float(written.removeprefix("auto").strip(" %") or 100) / 100)
    return under + Color.parse(written)
