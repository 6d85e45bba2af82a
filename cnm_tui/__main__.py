"""`python -m cnm_tui`, and the console script."""

import gc

# Nothing made on the way to the first frame or row is garbage; looking for it costs a fifteenth of that way.
gc.disable()

from cnm_tui import ending  # noqa: E402  # only then

# The imports below are most of the start, and a signal would end them in a traceback.
ending.end_at_once_on_signals()

from cnm_tui.left_out import put_off  # noqa: E402  # only then

# For source code that is looked at, and for hosts that are no names.
with put_off("tokenize", "ipaddress"):
    from cnm_tui.cli import main

if __name__ == "__main__":
    main()
