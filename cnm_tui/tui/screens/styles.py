"""Where the style sheets of screens are."""

from pathlib import Path
from typing import Final

DIALOG_STYLES: Final = Path(__file__).with_name("dialog.tcss")
"""Of all dialogs, and of the command palette."""
