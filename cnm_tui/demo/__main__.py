"""Run the HTTP server of the demo in a child process. The demo imitates Datadog's API with an invented network.

The process prints the URL of the server, and ends when its parent process ends.
"""

import argparse
import os
import signal
import sys
import threading

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.demo.rate_limit import parsed_rate_limit
from cnm_tui.demo.server import DemoServer


def serve_for_parent(seed: int, rate_limit: tuple[int, float]) -> None:
    """Serve the demo's API over HTTP until stdin is closed.

    The operating system closes stdin when the parent process ends for any reason.
    """
    # ctrl+c in the terminal interrupts the whole process group; the parent decides what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = DemoServer(seed=seed, rate_limit=rate_limit, keys_required=False)
    print(server.url, flush=True)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    server.serve_until_stopped()


def _end_with_parent() -> None:
    # Read the descriptor directly: a buffered reader would hold a lock that the interpreter needs at exit.
    while os.read(sys.stdin.fileno(), 4_096):
        pass
    # sys.exit would end this thread only, and the main one serves for ever, or builds the estate.
    os._exit(0)


def main() -> None:
    """Read the command-line arguments and start the demo's HTTP server."""
    parser = argparse.ArgumentParser(prog="python -m cnm_tui.demo", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="which estate to invent (default: 1)")
    parser.add_argument("--rate-limit", default="120/60", metavar="N/S", help="calls per seconds (default: 120/60)")
    arguments = parser.parse_args()
    try:
        serve_for_parent(arguments.seed, parsed_rate_limit(arguments.rate_limit))
    except InvalidQuery as problem:
        parser.error(problem.sentence)


if __name__ == "__main__":
    main()
