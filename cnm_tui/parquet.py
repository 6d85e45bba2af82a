"""Write rows as Parquet files, which DuckDB, Polars and Spark can read.

This needs the extra package `cnm-tui[parquet]`.
"""

import io
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.errors import InvalidQuery, StoreFailed
from cnm_tui.core.metrics.metric import Metric, Number
from cnm_tui.core.recording import Recorded
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import Table
from cnm_tui.core.units import plural
from cnm_tui.replay import ReplaySource
from cnm_tui.store.files import path_text, store_failed

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError as error:
    raise InvalidQuery(
        "Parquet needs pyarrow, which is not installed.", hint="Install it: pip install 'cnm-tui[parquet]'."
    ) from error

_TIME: Final = pa.timestamp("us", tz="UTC")
_GROUPS: Final = pa.map_(pa.string(), pa.list_(pa.string()))
_OF_THE_ANSWER: Final = (
    ("window_from", _TIME),
    ("window_to", _TIME),
    ("fetched_at", _TIME),
    ("source", pa.string()),
)
_OF_A_RECORDING: Final = (
    ("answer_id", pa.int64()),
    ("search", pa.string()),
    ("tags", pa.string()),
    ("limit", pa.int32()),
)
_FINDING: Final = (("finding", pa.string()), ("severity", pa.string()))
_COMPRESSION: Final = "zstd"
_FILE: Final = "answers.parquet"


class Rows(NamedTuple):
    """The rows of one API answer that are written to a Parquet file, in this order."""

    snapshot: Snapshot
    order: Sequence[int]
    source: str
    answer_id: int | None = None
    """Number of the answer in its recording; None outside of one."""


def pieces(table: Table, source: str, *, diagnose: bool = False) -> Iterator[bytes]:
    """Yield the bytes of one Parquet file that contains the rows of a table."""
    rows = Rows(table.snapshot, table.order, source)
    written = io.BytesIO()
    pq.write_table(_arrow(rows, diagnose=diagnose), written, compression=_COMPRESSION)
    yield written.getvalue()


def write_folder(recording: ReplaySource, folder: Path) -> str:
    """Write all answers of a recording into a new folder as Parquet files. Return a sentence about the result.

    There is one file for each API endpoint and each date.

    Raises:
        StoreFailed: The folder exists already, or it cannot be written. If it cannot be written, no incomplete
            folder remains.
        CnmError: An answer cannot be read.
    """
    if os.path.lexists(folder):
        raise StoreFailed(f"{path_text(folder)} is there already.", hint="Name a new folder.")
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        beside.mkdir(mode=0o700)
        answers, rows = _write_answers(recording, beside)
        beside.rename(folder)
    except OSError as error:
        raise store_failed(folder, "could not be written", error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    said = f"{plural(rows, 'row')} of {plural(answers, 'answer')} in {path_text(folder)}."
    # They have no rows.
    return f"{said} Left out: network health insights." if recording.answers.insights else said


def _write_answers(recording: ReplaySource, folder: Path) -> tuple[int, int]:
    """Write one Parquet file for each API endpoint and date. Return the number of answers and the number of rows
    written.
    """
    found = sorted((one for one in recording.answers.all if one.is_answer), key=_place)
    answers = rows = 0
    for place, of_place in groupby(found, _partition):
        path = folder / place
        path.mkdir(parents=True)
        schema = _schema(next(recorded for recorded in found if _partition(recorded) == place).query.endpoint.metrics)
        with pq.ParquetWriter(path / _FILE, schema, compression=_COMPRESSION) as writer:
            for recorded in of_place:
                table = _arrow(_rows_of(recording, recorded), schema)
                writer.write_table(table)
                answers, rows = answers + 1, rows + table.num_rows
    return answers, rows


def _place(recorded: Recorded) -> tuple[str, int, int]:
    return _partition(recorded), recorded.window.start, recorded.id


def _partition(recorded: Recorded) -> str:
    """Return the name of the folder for an answer, for example `connections/date=2026-03-01`."""
    date = datetime.fromtimestamp(recorded.window.start, UTC).date().isoformat()
    # The last but one word of the path: `/api/v2/network/connections/aggregate`.
    return f"{recorded.endpoint.rstrip('/').split('/')[-2:][0]}/date={date}"


def _rows_of(recording: ReplaySource, recorded: Recorded) -> Rows:
    snapshot = recording.snapshot(recorded.query, recorded)
    return Rows(snapshot, range(len(snapshot.connections)), recorded.label, recorded.id)


def _schema(metrics: Mapping[str, Metric]) -> Any:
    """Return the schema of the Parquet files for a recording, which defines their columns.

    Metrics that can be rates are stored as decimal numbers, and other counters as whole numbers.
    """
    figures = [(key, _figure_type(metric)) for key, metric in metrics.items()]
    return pa.schema([*_OF_A_RECORDING, *_OF_THE_ANSWER, ("id", pa.string()), ("group_bys", _GROUPS), *figures])


def _figure_type(metric: Metric) -> Any:
    return pa.int64() if metric.counter is not None and not metric.may_be_rate else pa.float64()


def _arrow(rows: Rows, schema: Any = None, *, diagnose: bool = False) -> Any:
    """Return the rows as an Arrow table. If a schema is given, the table has exactly the columns of the schema."""
    snapshot, number = rows.snapshot, len(rows.order)
    query, window = snapshot.query, snapshot.window
    same: dict[str, Any] = {
        "answer_id": rows.answer_id,
        "search": query.search,
        "tags": ",".join(query.tags),
        "limit": query.limit,
        "window_from": datetime.fromtimestamp(window.start, UTC),
        "window_to": datetime.fromtimestamp(window.end, UTC),
        "fetched_at": datetime.fromtimestamp(snapshot.fetched_at, UTC),
        "source": rows.source,
    }
    columns: dict[str, Any] = {name: [value] * number for name, value in same.items()}
    ids, groups = snapshot.connections.exact_ids, snapshot.connections.exact_groups
    columns["id"] = [_text(ids[at]) for at in rows.order]
    columns["group_bys"] = [
        [(field, list(map(_text, values[at]))) for field, values in zip(query.group_bys, groups, strict=False)]
        for at in rows.order
    ]
    if diagnose:
        found = diagnosed(snapshot).found
        columns["finding"] = [found[at].code for at in rows.order]
        columns["severity"] = [found[at].severity.word for at in rows.order]
    metrics = snapshot.endpoint.metrics
    for key, metric in metrics.items():
        figures = snapshot.figures(metric)
        columns[key] = [_number(figures[at], metric) for at in rows.order] if figures else []
    if schema is None:
        named = (*_OF_THE_ANSWER, ("id", pa.string()), ("group_bys", _GROUPS), *(_FINDING if diagnose else ()))
        schema = pa.schema([*named, *((key, _figure_type(metric)) for key, metric in metrics.items())])
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)


def _text(text: str) -> str:
    """Return the text with lone surrogate characters replaced, because UTF-8 cannot encode them."""
    return text.encode("utf-8", "replace").decode()


def _number(figure: Number | None, metric: Metric) -> Number | None:
    if figure is None:
        return None
    return round(figure) if metric.counter is not None and not metric.may_be_rate else float(figure)
