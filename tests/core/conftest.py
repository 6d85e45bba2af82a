"""How long and how often hypothesis tries: the same examples everywhere, and no failures of slow machines."""

from hypothesis import settings

settings.register_profile("same everywhere", derandomize=True, deadline=None, database=None)
settings.load_profile("same everywhere")
