"""Define the names of additional table columns, such as FINDING, that are neither group-bys nor metrics.

The module `core/table/extra.py` defines the content of these columns.
"""

from typing import Final, NamedTuple


class ExtraName(NamedTuple):
    """The name of an additional table column, which is neither a group-by nor a metric.

    The name is known before any rows are loaded.
    """

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
    beside: str = ""
    """Key of the metric after which it is always shown; empty for a column with its own place."""


TREND: Final = ExtraName("trend", "TREND", 16, "The sorted figure over time, part by part of the timeline.")
BEGAN: Final = ExtraName(
    "began",
    "BEGAN",
    len("10:35Z over 55.5 % RETRANS%"),
    "When the row turned bad, if it still is, and in what: the median since then.",
)
FINDING: Final = ExtraName("finding", "FINDING", 14, "What is wrong with the row, by its rules and evidence.")
