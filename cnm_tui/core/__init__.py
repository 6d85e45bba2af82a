"""Contain the data types and the rules of the program in plain Python, without terminal or HTTP.

Names that only a few settings of the user need are imported at their first use.
"""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.key_presets import KEY_PRESETS as KEY_PRESETS
    from cnm_tui.core.named_check import NamedCheck as NamedCheck
    from cnm_tui.core.row_commands import RowCommand as RowCommand
    from cnm_tui.core.row_commands import checked_command as checked_command
    from cnm_tui.core.row_commands import checked_name as checked_name
    from cnm_tui.core.row_links import checked_template as checked_template
else:
    __getattr__ = lazy_names(
        __name__,
        {
            "KEY_PRESETS": "key_presets",
            "NamedCheck": "named_check",
            "RowCommand": "row_commands",
            "checked_command": "row_commands",
            "checked_name": "row_commands",
            "checked_template": "row_links",
        },
    )
