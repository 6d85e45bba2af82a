"""Define the `demo` command, which serves the demo's API on this machine."""

import gc
from typing import Final

import click

from cnm_tui.demo.contract import Established
from cnm_tui.demo.rate_limit import parsed_rate_limit
from cnm_tui.demo.server import DemoServer
from cnm_tui.streams import say, write_line

# Not in a docstring: `python -OO` removes those.
_DEMO: Final = """\
Serve the pretend endpoint on this machine until stopped.

Any keys are good, but for those that start with "wrong", which are refused, with "unscoped", which lack the
scope, with "uninsightful", which lack that of network health, with "elsewhere", whose site has no network health, and
with "disabled", whose organisation has no Cloud Network Monitoring: so failures can be tried.
"""


@click.command(help=_DEMO)
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="0 takes any free one.", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another estate.")
@click.option("--rate-limit", metavar="N/S", default="120/60", show_default=True, help="N calls in S seconds.")
@click.option(
    "--established",
    type=click.Choice(["rate", "count"]),
    default="count",
    show_default=True,
    help="Established and closed connections: per second, or over the window; the reference does not tell.",
)
def demo(port: int, seed: int, rate_limit: str, established: Established) -> None:
    """Serve the demo's endpoint on this machine until stopped."""
    # A server runs for long, so collect garbage again.
    gc.enable()
    server = DemoServer(port=port, seed=seed, rate_limit=parsed_rate_limit(rate_limit), established=established)
    write_line(server.url)
    say("cnm-tui: serving the demo until ctrl+c; DD_API_KEY=any DD_APP_KEY=any are good keys here.")
    server.serve_until_stopped()
