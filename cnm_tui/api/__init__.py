"""The only room that speaks HTTP."""

import sys

# httpx imports a command line of its own, and with it rich, pygments and click, unless that cannot be imported: half
# of what httpx costs at the start of each `query`. anyio is for its asynchronous half, which is not used here.
for _unused in ("httpx._main", "anyio"):
    sys.modules.setdefault(_unused, None)  # type: ignore[arg-type]  # None is how Python says "not to be imported"
