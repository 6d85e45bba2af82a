"""The keyring as a check sees it."""

from cnm_tui.core.errors import CnmError
from cnm_tui.core.finding import Finding, State
from cnm_tui.store.keychain import Status


def keyring_finding(status: Status) -> Finding:
    """Which one is in use, or why none can be; the program does without where the keys are elsewhere."""
    if status.unusable is not None:
        needed = isinstance(status.outcome, CnmError)
        step = status.unusable.hint if needed else "It is not needed: the keys come from elsewhere."
        return Finding("keyring", State.WARNING, str(status.unusable), step)
    if not status.keyring:
        return Finding("keyring", State.SKIPPED, "Left alone, by --no-keyring.")
    return Finding("keyring", State.OK, f"{status.keyring}.")
