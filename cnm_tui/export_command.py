"""Define the `export` command, which writes all answers of a recording to files for other programs."""

from contextlib import closing
from pathlib import Path
from typing import Final

import click

from cnm_tui.file_options import RecordingFile
from cnm_tui.replay import ReplaySource
from cnm_tui.streams import say

# Not in a docstring: `python -OO` removes those.
_EXPORT: Final = """\
Write all answers of a recording as Parquet, for DuckDB, Polars or Spark.

DIR gets a folder for each endpoint, and in it a folder for each date (UTC). Needs the extra cnm-tui[parquet].
"""


@click.command(help=_EXPORT)
@click.argument("file", type=RecordingFile())
@click.option("--parquet", "folder", type=RecordingFile(), required=True, metavar="DIR", help="The folder to make.")
def export(file: Path, folder: Path) -> None:
    """Write all answers of a recording for other programs."""
    # Imported here, as it needs an extra; without it, it says what to install.
    from cnm_tui import parquet

    source = ReplaySource(file, keeps_json=False)
    with closing(source.recording):
        say(f"cnm-tui: {parquet.write_folder(source, folder)}")
