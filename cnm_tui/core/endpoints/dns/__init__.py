"""Aggregated DNS: its figures, fields, views and rules, each imported when it is first asked for."""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.endpoints.dns.endpoint import DNS as DNS
    from cnm_tui.core.endpoints.dns.judge import DNS_FINDINGS as DNS_FINDINGS
    from cnm_tui.core.endpoints.dns.views import DNS_VIEWS as DNS_VIEWS
else:
    __getattr__ = lazy_names(__name__, {"DNS": "endpoint", "DNS_FINDINGS": "judge", "DNS_VIEWS": "views"})
