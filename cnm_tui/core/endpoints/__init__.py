"""The endpoints besides connections, imported when one is asked for."""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.endpoints.dns import DNS as DNS
    from cnm_tui.core.endpoints.known import endpoint_called as endpoint_called
else:
    __getattr__ = lazy_names(__name__, {"DNS": "dns", "endpoint_called": "known"})
