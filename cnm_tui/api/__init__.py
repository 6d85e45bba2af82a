"""The only room that speaks HTTP."""

import sys

# httpx imports a command line of its own, and with it rich, pygments and click, unless that cannot be imported: half
# of what httpx costs at the start of each `query`.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None is how Python says "not to be imported"
