"""Send random keys, pastes, clicks and resizes to the installed cnm-tui: `python -m tests.monkey --keys 100000`.

The test detects crashes, hangs, dialogs that cannot be closed, growing memory, and a terminal that is not
restored. cnm-tui may use 1 GB of address space. At the first failure, a command that repeats the failure is
printed, and the exit code is 1.

With `--dialogs`, the command instead presses every key in every dialog, without a terminal. Each key is
pressed once, twice and three times. It is sent in one packet with the key that opens the dialog. The test is
repeated with a resize in between.
"""

import argparse
import reprlib
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Final

from tests.monkey.dialogs import OPENED_BY, try_dialog
from tests.monkey.playing import Wrong, play, shortest

_SEEDS: Final = 10
_AT_ONCE: Final = 4
"""Number of dialogs that are tried at the same time."""


def main() -> int:
    """Run the random test with the options of the command line, and return the exit code."""
    options = argparse.ArgumentParser(prog="python -m tests.monkey", description=__doc__)
    options.add_argument("--keys", type=int, default=100_000, help="in all; default: %(default)s")
    options.add_argument("--seed", type=int, default=1, help="the first one; default: %(default)s")
    options.add_argument("--seeds", type=int, default=_SEEDS, help="how many share the keys; default: %(default)s")
    options.add_argument("--mirror", action="store_true", help="compare the screen with what the program believes")
    options.add_argument("--shrink", action="store_true", help="look for the fewest steps that fail")
    options.add_argument(
        "--dialogs", nargs="*", metavar="NAME", choices=OPENED_BY, help="every key in these dialogs, or in all"
    )
    chosen = options.parse_args()
    if chosen.dialogs is not None:
        return _try_dialogs(chosen.dialogs or list(OPENED_BY))
    for seed in range(chosen.seed, chosen.seed + chosen.seeds):
        began, keys = time.monotonic(), chosen.keys // chosen.seeds
        try:
            played = play(seed, keys, mirrored=chosen.mirror)
        except Wrong as wrong:
            again = f"python -m tests.monkey --seed {seed} --seeds 1 --keys {keys}"
            print(f"Seed {seed}, {len(wrong.since_start):,} steps after {wrong.way}: {wrong}\nRepeat it: {again}")
            found = shortest(wrong, modern=bool(seed % 2)) if chosen.shrink else wrong.since_start[-20:]
            print("\n".join(map(repr, found) if chosen.shrink else map(reprlib.repr, found)))
            return 1
        took, memory = time.monotonic() - began, played.most_memory_bytes / 1e6
        print(f"Seed {seed}: {played.keys:,} keys, {played.starts} starts, {memory:.0f} MB, {took:.0f} s", flush=True)
    return 0


def _try_dialogs(dialogs: Sequence[str]) -> int:
    """Press every keyboard key in each of these dialogs, in several processes.

    Return exit code 1 if there was a failure, otherwise 0.
    """
    # A trial mostly waits: for a key whose effect cannot be seen, and for frames.
    with ProcessPoolExecutor(_AT_ONCE) as processes:
        trying = {processes.submit(try_dialog, dialog): dialog for dialog in dialogs}
        code = 0
        for tried in as_completed(trying):
            problem = tried.exception()
            print(f"{trying[tried]}: {f'{tried.result():,} trials' if problem is None else problem!r}", flush=True)
            code = code if problem is None else 1
    return code


if __name__ == "__main__":
    sys.exit(main())
