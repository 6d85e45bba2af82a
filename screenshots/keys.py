"""Write the table of keyboard keys in the documentation.

The table is created from the list of commands in the code.

Run this script with `python -m screenshots.keys`.
"""

import re
from itertools import groupby, zip_longest
from operator import attrgetter
from pathlib import Path
from typing import Final

from cnm_tui.core.errors import CredentialsMissing
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Source
from cnm_tui.tui.app import CnmApp
from cnm_tui.tui.commands import COMMANDS, command
from cnm_tui.tui.services import Services
from cnm_tui.tui.terminal.keys import KeyLine, key_lines

KEYS_PAGE: Final = Path(__file__).parent.parent / ".github/docs/keys.md"
BEGIN: Final = "<!-- keys: made by `python -m screenshots.keys` -->\n"
END: Final = "<!-- end of keys -->\n"


def main() -> None:
    """Replace the table in the documentation page about keyboard keys."""
    text = KEYS_PAGE.read_text(encoding="utf-8")
    KEYS_PAGE.write_text(with_table(text, key_table()), encoding="utf-8")


def with_table(page: str, table: str, begin: str = BEGIN, end: str = END) -> str:
    """Return the documentation page with the text between the comments `begin` and `end` replaced by this table."""
    return re.sub(f"(?<={re.escape(begin)}).*?(?={re.escape(end)})", lambda _: table, page, flags=re.DOTALL)


def key_table() -> str:
    """Return a Markdown table of all keyboard keys of the main screen. Each line of the table contains two commands.

    The table contains the command ids, because the settings use the ids to change keyboard keys.
    """
    app = CnmApp(Services(_no_source, _no_source), Exploration(Query()), lambda: 0.0)
    cells: list[str] = []
    for title, group in groupby(key_lines(app), key=attrgetter("group")):
        cells += [f"**{title}** | | ", *map(_cells, group)]
    half = -(-len(cells) // 2)
    lines = ["| key | does | id | key | does | id |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [f"| {left} | {right} |" for left, right in zip_longest(cells[:half], cells[half:], fillvalue=" | | ")]
    return "\n".join(lines) + "\n"


def _cells(line: KeyLine) -> str:
    keys = " ".join(f"`{key}`" for key in line.keys.split(", "))
    ids = [one.id for one in COMMANDS if one.id and one.runs == command(line.id).runs] if line.id else []
    return f"{keys} | {line.title} | {' '.join(f'`{id}`' for id in ids)}"


def _no_source() -> Source:
    raise CredentialsMissing("Nobody is asked.", hint="")


if __name__ == "__main__":
    main()
