from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.tui.terminal.freed_memory import give_back_freed as give_back_freed
else:
    __getattr__ = lazy_names(__name__, {"give_back_freed": "freed_memory"})
