"""Write the table of keys in the documentation, made from the bindings: `python -m screenshots.keys`."""

import asyncio
import re
from itertools import zip_longest
from pathlib import Path
from typing import Final

from cnm_tui.core.errors import CredentialsMissing
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Source
from cnm_tui.tui.app import CnmApp, Doors
from cnm_tui.tui.dialogs.help import KeyLine, key_groups
from cnm_tui.tui.widgets.grid import Grid

KEYS_PAGE: Final = Path(__file__).parent.parent / ".github/docs/keys.md"
BEGIN: Final = "<!-- keys: made by `python -m screenshots.keys` -->\n"
END: Final = "<!-- end of keys -->\n"


def main() -> None:
    """Replace the table in the page about keys."""
    text = KEYS_PAGE.read_text(encoding="utf-8")
    KEYS_PAGE.write_text(with_table(text, asyncio.run(key_table())), encoding="utf-8")


def with_table(page: str, table: str) -> str:
    """Return the page with this table of keys."""
    return re.sub(f"(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})", lambda _: table, page, flags=re.DOTALL)


async def key_table() -> str:
    """All keys of the screen and its rows with the ids that settings know, in Markdown, two actions a line."""
    app = CnmApp(Doors(_no_source, _no_source), Exploration(Query()), lambda: 0.0)
    async with app.run_test(size=(200, 50)):
        groups = key_groups(app._main, app._main.query_one(Grid))
    lines = ["| key | does | id | key | does | id |", "| --- | --- | --- | --- | --- | --- |"]
    actions = [line for _, group in groups for line in group]
    half = -(-len(actions) // 2)
    for left, right in zip_longest(actions[:half], actions[half:]):
        lines.append(f"| {_cells(left)} | {_cells(right) if right is not None else ' | | '} |")
    return "\n".join(lines) + "\n"


def _cells(line: KeyLine) -> str:
    keys = " ".join(f"`{key}`" for key in line.keys.split(", "))
    return f"{keys} | {line.does} | {f'`{line.id}`' if line.id else ''}"


def _no_source() -> Source:
    raise CredentialsMissing("Nobody is asked.", hint="")


if __name__ == "__main__":
    main()
