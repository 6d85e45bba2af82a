"""The only room that speaks HTTP."""

import sys
from importlib import import_module

from cnm_tui.left_out import Hollow, import_shutil_lightly, left_out, put_off

# httpx imports a command line of its own, and with it rich, pygments and click, unless that cannot be imported: half
# of what httpx costs at the start of each `query`. anyio is for its asynchronous half, which is not used here.
for _unused in ("httpx._main", "anyio"):
    sys.modules.setdefault(_unused, None)  # type: ignore[arg-type]  # None is how Python says "not to be imported"

import_shutil_lightly()
# msgspec prefers it to `typing`, which has all of it in every Python that this runs on.
with left_out("typing_extensions"):
    import_module("msgspec")

# All of httpcore is there twice; that half goes with anyio. The others are for certificates that nobody chose, names
# that are not ASCII, and files that are sent.
with left_out("httpcore._async", instead=Hollow("httpcore._async")), put_off("certifi", "idna", "mimetypes"):
    import_module("httpcore")
    import_module("httpx")
