"""Read and write the files of cnm-tui, the keyring and the settings. Read API keys that other programs print.

Rarely used modules are imported on first use.
"""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.store.recording import last_endpoint as last_endpoint
    from cnm_tui.store.recording_keeper import RecordingKeeper as RecordingKeeper
    from cnm_tui.store.redaction import Redaction as Redaction
    from cnm_tui.store.saved_views import ViewsFile as ViewsFile
else:
    __getattr__ = lazy_names(
        __name__,
        {
            "RecordingKeeper": "recording_keeper",
            "Redaction": "redaction",
            "ViewsFile": "saved_views",
            "last_endpoint": "recording",
        },
    )
