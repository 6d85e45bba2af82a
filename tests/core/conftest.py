"""How long and how often hypothesis tries, and the zone of local time.

The same examples everywhere, and no failures of slow machines.
"""

import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

settings.register_profile("same everywhere", derandomize=True, deadline=None, database=None)
settings.load_profile("same everywhere")


@pytest.fixture
def local_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Set the zone of local time, in the form of the variable TZ; it is put back afterwards."""

    def moved_to(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield moved_to
    monkeypatch.undo()
    time.tzset()
