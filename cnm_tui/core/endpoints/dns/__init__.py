"""Contain the API endpoint for DNS traffic: its metrics, fields, views and rules.

Each of the modules is imported at its first use.
"""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.endpoints.dns.endpoint import DNS as DNS
    from cnm_tui.core.endpoints.dns.judge import DNS_FINDINGS as DNS_FINDINGS
    from cnm_tui.core.endpoints.dns.views import DNS_VIEWS as DNS_VIEWS
else:
    __getattr__ = lazy_names(__name__, {"DNS": "endpoint", "DNS_FINDINGS": "judge", "DNS_VIEWS": "views"})
