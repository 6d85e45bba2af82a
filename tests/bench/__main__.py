"""Measure how fast cnm-tui is, compared with the fastest possible time: `python -m tests.bench [PART …]`.

The fastest possible time is called the floor. It is measured in the same run. The exit code is 1 if a target
is missed. The parts are start, query, diagnosis, dns, timeline, keys, refreshes, idle, soak, ssh and rivals.
If no part is named, all parts run, which takes ten minutes.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from tests.bench.diagnosing import diagnosis
from tests.bench.figures import Columns, Figure
from tests.bench.lasting import idle, soak
from tests.bench.lookups import dns
from tests.bench.over_ssh import over_ssh
from tests.bench.over_time import over_time
from tests.bench.pressing import keys
from tests.bench.refreshing import refreshes
from tests.bench.rivals import rivals
from tests.bench.starting import command_line, start

_PARTS: Final[Mapping[str, Callable[[], Iterator[Figure]]]] = {
    "start": start,
    "query": command_line,
    "diagnosis": diagnosis,
    "dns": dns,
    "timeline": over_time,
    "keys": keys,
    "refreshes": refreshes,
    "idle": idle,
    "soak": soak,
    "ssh": over_ssh,
    "rivals": rivals,
}


def main(wanted: Sequence[str]) -> int:
    """Run the named measurements, or all measurements. Print the results and return the exit code."""
    if unknown := [name for name in wanted if name not in _PARTS]:
        print(f"No part is called {unknown[0]!r}. Parts: {', '.join(_PARTS)}.", file=sys.stderr)
        return 2
    columns = Columns()
    print(columns.heading(), flush=True)
    missed = 0
    for name in wanted or _PARTS:
        for figure in _PARTS[name]():
            print(columns.line(figure.cells), flush=True)
            missed += figure.met is False
    print(f"\n{missed} missed." if missed else "\nAll reached.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
