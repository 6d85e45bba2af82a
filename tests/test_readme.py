"""What the README says of the program is so."""

import re

from screenshots.keys import README, key_table, with_table
from screenshots.take import FOLDER


async def test_the_table_of_keys_is_made_from_the_bindings() -> None:
    readme = README.read_text(encoding="utf-8")

    assert with_table(readme, await key_table()) == readme, "run `python -m screenshots.keys`"
    assert "| `e` | Edit the search | `edit_search` |" in readme


def test_each_picture_is_there_and_each_that_is_there_is_shown() -> None:
    shown = set(re.findall(r"\(screenshots/([\w-]+\.svg)\)", README.read_text(encoding="utf-8")))

    assert shown == {path.name for path in FOLDER.glob("*.svg")}
