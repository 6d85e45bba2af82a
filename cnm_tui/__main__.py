"""`python -m cnm_tui`."""

from cnm_tui.cli import main

if __name__ == "__main__":
    main()
