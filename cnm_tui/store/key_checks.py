"""The keyring as a check sees it."""

import os
from collections.abc import Mapping

from cnm_tui.core.finding import Finding, State
from cnm_tui.store.os_keyring import CALL_SECONDS, KeyringUnusable, opened


def keyring_finding(environ: Mapping[str, str] = os.environ, *, seconds: float = CALL_SECONDS) -> Finding:
    """Which one is in use, or why none can be; the program does without where the keys are elsewhere."""
    try:
        return Finding("keyring", State.OK, f"{opened(environ, seconds=seconds).name}.")
    except KeyringUnusable as unusable:
        return Finding("keyring", State.WARNING, str(unusable), unusable.hint)
