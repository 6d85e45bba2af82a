"""How a text within a line looks, for the panes that draw lines: by theme variables, as a style sheet would say it.

Not by component classes: Textual reads, matches and lays out a node for each of those, forty in all, before the first
frame. That took as long as drawing the frame itself.
"""

from typing import NamedTuple

from rich.style import Style
from textual.color import Color
from textual.widget import Widget


class Paint(NamedTuple):
    """What differs from the text around it."""

    color: str = ""
    """A variable of the theme, without its `$`, or a colour that people set, `#rrggbb`; empty: as around it."""
    background: str = ""
    bold: bool = False
    underline: bool = False
    text_style: str = ""
    """A variable that says how the letters stand, for themes in which the colours do not tell all; empty: as around."""

    def style(self, widget: Widget) -> Style:
        """As the theme of the widget's app has it."""
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
        # Black or white, whichever can be read there, and how much of it: `auto 60%`.
        return under.get_contrast_text(float(written.removeprefix("auto").strip(" %") or 100) / 100)
    return under + Color.parse(written)
