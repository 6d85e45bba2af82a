"""Define the entry point of `python -m cnm_tui` and of the installed command `cnm-tui`."""

import gc

# Nothing allocated before the first frame or row is garbage; the collector would take a fifteenth of that time.
gc.disable()

import _signal  # type: ignore[import-not-found]  # noqa: E402  # `signal` itself takes a millisecond

# Until the handlers are set, ctrl+c would end the imports, most of the start, in a traceback.
if _signal.getsignal(_signal.SIGINT) == _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

from cnm_tui import ending  # noqa: E402

ending.end_at_once_on_signals()

from cnm_tui.cli import main  # noqa: E402  # only then

if __name__ == "__main__":
    main()
