"""Test exported Parquet files. DuckDB must be able to read them, and find the same data as in an export of JSON
lines.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import Window
from tests.builders import MOMENT
from tests.program import run
from tests.recordings import a_body, a_recording, an_exchange

DOCS = Path(__file__).parents[1] / ".github/docs/recordings.md"
DAY = 86_400


def incident(path: Path) -> Path:
    """Write a recording with the same 15 minutes of two days, and return its path. The second day has one more
    row.
    """
    exchanges = []
    for day, servers in enumerate((("store",), ("store", "=evil()|検索"))):
        window = Window(MOMENT + day * DAY - 900, MOMENT + day * DAY)
        rows: list[dict[str, Any]] = [
            {"server": server, "bytes_sent_by_client": 2**53, "packets_sent_by_client": 1_000, "tcp_retransmits": 10}
            for server in servers
        ]
        exchanges.append(an_exchange(Query(), window.end + 1, a_body(*rows), window=window))
    return a_recording(path, *exchanges)


@pytest.mark.slow
def test_parquet_read_by_duckdb_equals_json_lines(tmp_path: Path) -> None:
    recording, written = str(tmp_path / "a.cnm"), tmp_path / "rows.parquet"
    run("query", "--demo", "--record", recording, "-g", "client_service,server_domain,server_port", environ={})

    lines = run("query", "--from-file", recording, "-f", "jsonl", "--diagnose", environ={}).stdout.splitlines()
    done = run("query", "--from-file", recording, "-o", str(written), "--diagnose", environ={})
    found = duckdb.sql(f"SELECT * FROM '{written}'")

    assert found is not None
    rows = [json.loads(line) for line in lines]
    assert done.returncode == 0
    assert len(rows) > 100
    names = [name for name in rows[0] if name != "evidence"]
    read = found.project(", ".join(f'"{name}"' for name in names)).fetchall()
    assert [dict(zip(names, row, strict=True)) for row in read] == [{name: row[name] for name in names} for row in rows]
    kinds = dict(zip(found.columns, map(str, found.types), strict=True))
    assert (kinds["window_from"], kinds["bytes_sent_by_client"], kinds["retransmit_share"]) == (
        "TIMESTAMP WITH TIME ZONE",
        "BIGINT",
        "DOUBLE",
    )


def test_the_queries_of_the_documentation_find_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    incident(tmp_path / "incident.cnm")

    done = run("export", str(tmp_path / "incident.cnm"), "--parquet", str(tmp_path / "incident"), environ={})
    again = run("export", str(tmp_path / "incident.cnm"), "--parquet", str(tmp_path / "incident"), environ={})

    assert done.stderr == f"cnm-tui: 3 rows of 2 answers in {tmp_path / 'incident'}.\n"
    assert (again.returncode, "is there already" in again.stderr) == (4, True)
    assert sorted(path.name for path in (tmp_path / "incident/connections").iterdir()) == [
        "date=2026-03-01",
        "date=2026-03-02",
    ]
    queries = re.findall(r"<!-- duckdb -->\n```sql\n(.+?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    busiest, shares, news = (connection.sql(query).fetchall() for query in queries)
    assert [(str(date), client, sent) for date, client, sent in busiest] == [
        ("2026-03-01", "web", 2**53),
        ("2026-03-02", "web", 2**54),
    ]
    assert [(start.isoformat(), share) for start, share in shares] == [
        ("2026-03-01T09:45:00+00:00", 0.01),
        ("2026-03-02T09:45:00+00:00", 0.01),
    ]
    assert news == [("client_service:web, server_service:=evil()|検索",)]


def test_without_the_extra_one_sentence_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['pyarrow'] = None\nsys.argv = ['cnm-tui', 'query', '--demo', '-f', 'parquet', '-o', "
        "'rows.parquet']\nfrom cnm_tui.cli import main\nmain()"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    sentence = "cnm-tui: Parquet needs pyarrow, which is not installed. Install it: pip install 'cnm-tui[parquet]'.\n"
    assert (done.returncode, done.stderr) == (2, sentence)
