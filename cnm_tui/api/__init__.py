"""The only room that speaks HTTP."""

import sys
from importlib import import_module

from cnm_tui.left_out import Hollow, import_shutil_lightly, left_out, put_off

# httpx imports a command line of its own, and with it rich, pygments and click, unless that cannot be imported: half
# of what httpx costs at the start of each `query`. anyio is for its asynchronous half, which is not used here.
for _unused in ("httpx._main", "anyio"):
    sys.modules.setdefault(_unused, None)  # type: ignore[arg-type]  # None is how Python says "not to be imported"

import_shutil_lightly()
# msgspec prefers the one to `typing`, which has all of it in every Python that this runs on, and makes no schemas here.
with left_out("typing_extensions"), put_off("textwrap"):
    import_module("msgspec")

# All of httpcore is there twice; that half goes with anyio. The others are for certificates that nobody chose, hosts
# that are no plain names, files that are sent, and errors that are logged.
with (
    left_out("httpcore._async", instead=Hollow("httpcore._async")),
    put_off("certifi", "idna", "ipaddress", "mimetypes", "traceback"),
):
    import_module("httpcore")
    import_module("httpx")
