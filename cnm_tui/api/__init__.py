"""Contain all code that sends HTTP requests. No other package of the program sends requests."""

import sys

# httpx imports its own command line, and with it rich, pygments and click (32 ms), unless that cannot be imported.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None is how Python says "not to be imported"
