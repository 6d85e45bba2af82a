"""Define the path of the dialogs' style sheet, and the screen heights at which the dialogs change their layout."""

from pathlib import Path
from typing import Final

DIALOG_STYLES: Final = Path(__file__).with_name("dialog.tcss")
"""Style sheet of all dialogs, and of the command palette."""

TINY_OR_LOW: Final = [(0, "-tiny"), (24, "-low")]
"""Style classes by screen height; a tiny screen cannot show a whole list."""
