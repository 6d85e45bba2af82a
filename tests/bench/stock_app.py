"""Run a Textual app that shows the same rows in Textual's own DataTable, for a comparison of speed.

The rows are read from the JSON file that is given as argument.
"""

import json
import sys
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import DataTable

from tests.bench.answers import GROUP_BYS


class StockApp(App[None]):
    """A Textual app with one DataTable that shows all rows and all metrics."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def compose(self) -> ComposeResult:
        """Yield an empty DataTable."""
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        """Fill the DataTable. The id of each row is its row key, because a real refresh would need this."""
        entries = json.loads(self._path.read_bytes())["data"]
        table = self.query_one(DataTable)
        figures = [key for key in entries[0]["attributes"] if key != "group_bys"]
        table.add_columns(*GROUP_BYS, *figures)
        for entry in entries:
            attributes = entry["attributes"]
            groups = [", ".join(values) for values in attributes["group_bys"].values()]
            table.add_row(*groups, *(str(attributes[key]) for key in figures), key=entry["id"])


if __name__ == "__main__":
    StockApp(Path(sys.argv[1])).run()
