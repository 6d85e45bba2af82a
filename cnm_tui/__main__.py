"""`python -m cnm_tui`, and the console script."""

import gc

# Nothing made on the way to the first frame or row is garbage; looking for it costs a fifteenth of that way.
gc.disable()

import _signal  # type: ignore[import-not-found]  # noqa: E402  # `signal` itself takes a millisecond

# The imports are most of the start, and ctrl+c would end them in a traceback.
if _signal.getsignal(_signal.SIGINT) == _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

from cnm_tui import ending  # noqa: E402

ending.end_at_once_on_signals()

from cnm_tui.cli import main  # noqa: E402  # only then

if __name__ == "__main__":
    main()
