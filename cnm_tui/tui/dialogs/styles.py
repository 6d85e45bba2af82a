"""Where the style sheets of screens are, and what they tell apart."""

from pathlib import Path
from typing import Final

DIALOG_STYLES: Final = Path(__file__).with_name("dialog.tcss")
"""Of all dialogs, and of the command palette."""

TINY_OR_LOW: Final = [(0, "-tiny"), (24, "-low")]
"""Classes by the lines of the screen; a tiny one has no room for a dialog's list in full."""
