"""The system's own store of trusted certificates, where a company's authorities are."""

import truststore

from cnm_tui.api.trust import TellingContext


class SystemStoreContext(TellingContext, truststore.SSLContext):  # type: ignore[misc]  # its stubs say less
    """Verifies as the system does, and says whose certificate it refused."""
