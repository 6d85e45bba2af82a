"""The names of columns that are neither group-bys nor metrics; `core/table/extra.py` has their cells."""

from typing import Final, NamedTuple


class ExtraName(NamedTuple):
    """The name of such a column, known before its content."""

    key: str
    """Its key for `--columns`, `--sort` and saved views."""
    label: str
    """Its heading."""
    width: int
    """Terminal columns for its cells."""
    meaning: str
    """One sentence, for the list of columns."""
    usual: bool = True
    """True if it is shown unless other columns are chosen."""


FINDING: Final = ExtraName("finding", "FINDING", 14, "What is wrong with the row, by its rules and evidence.")
