"""`python -m cnm_tui`, and the console script."""

import gc

# Nothing made on the way to the first frame or row is garbage; looking for it costs a fifteenth of that way.
gc.disable()

from cnm_tui.cli import main  # noqa: E402  # only then

if __name__ == "__main__":
    main()
