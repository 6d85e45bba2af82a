"""Test that the command `query` prints rows to stdout and everything else to stderr.

Files must be written completely or not at all.
"""

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from cnm_tui.core.export.file_form import FORMATS
from cnm_tui.demo.incidents import INCIDENTS
from tests.program import PROGRAM, Done, demo_url, environment, run

pytestmark = pytest.mark.slow

CUT = "cut at the limit of 3: there may be more; raise --limit or narrow the query."


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with demo_url("--rate-limit", "100000/60") as url:
        yield url


def ask(url: str, *arguments: str) -> Done:
    return run("query", "--api-url", url, *arguments)


def test_into_a_pipe_rows_are_json_lines(url: str) -> None:
    done = ask(url, "--limit", "7500")

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    totals = [row["total_bytes"] for row in rows]
    assert (done.returncode, done.stderr) == (0, "")
    assert rows[0]["group_bys"].keys() == {"client_service", "server_service"}
    assert totals == sorted(totals, reverse=True)


@pytest.mark.parametrize("format_name", FORMATS)
def test_each_format_has_all_rows_and_says_on_stderr_that_there_may_be_more(url: str, format_name: str) -> None:
    besides = {"jsonl": 0, "markdown": 2}.get(format_name, 1)

    done = ask(url, "-f", format_name, "-n", "3")

    assert done.returncode == 0
    assert done.stderr == f"cnm-tui: {CUT}\n"
    if format_name == "json":
        assert json.loads(done.stdout)["rows"] == 3
    else:
        rows = done.stdout
        if format_name == "markdown":
            rows = rows[rows.index("\n| ") + 1 :]
        assert len(rows.splitlines()) == 3 + besides


_MINUTE: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@pytest.mark.parametrize(
    ("format_name", "said"), [("csv", True), ("jsonl", True), ("json", False), ("markdown", False)]
)
def test_a_file_says_what_it_is_evidence_of_or_stderr_does(
    url: str, tmp_path: Path, format_name: str, said: bool
) -> None:
    path = tmp_path / "rows"

    done = ask(url, "-f", format_name, "-o", str(path), "-n", "7500")

    host = re.escape(urlsplit(url).netloc)
    line = rf"cnm-tui: \d+ rows of {_MINUTE} to {_MINUTE} \(15 min\), from {host}, answered {_MINUTE}\.\n"
    line += r"cnm-tui: asked: grouped client_service, server_service; sorted total_bytes:desc\.\n"
    assert re.fullmatch(line if said else "", done.stderr)
    if format_name == "markdown":
        assert re.search(
            rf"- window: {_MINUTE} to {_MINUTE} .*?- fetched: {_MINUTE} from {host}\n", path.read_text(), re.S
        )
    if format_name == "json":
        assert json.loads(path.read_text())["source"] == urlsplit(url).netloc


@pytest.mark.parametrize(
    ("name", "options", "begins", "said"),
    [
        ("rows.csv", (), "client_service,server_service,id,", ""),
        ("ROWS.MD", (), "**Network connections: ", ""),
        ("rows.csv", ("-f", "tsv"), "client_service\tserver_service\t", "rows.csv is written as tsv: -f says so"),
        ("rows.xlsx", (), '{"id":', "rows.xlsx is written as jsonl: no format has its ending"),
        ("rows", (), '{"id":', ""),
    ],
)
def test_the_ending_of_a_file_says_its_format(
    url: str, tmp_path: Path, name: str, options: tuple[str, ...], begins: str, said: str
) -> None:
    path = tmp_path / name

    done = ask(url, "-o", str(path), "-n", "7500", *options)

    assert (done.returncode, done.stdout) == (0, "")
    assert path.read_text(encoding="utf-8").startswith(begins)
    assert (said in done.stderr) if said else (" is written as " not in done.stderr)


def test_yesterday_is_a_whole_day(url: str) -> None:
    asked = json.loads(ask(url, "-f", "json", "-n", "1", "--from", "yesterday", "--to", "yesterday").stdout)

    start, end = (datetime.fromtimestamp(asked["query"][end]) for end in ("from", "to"))
    assert (start.time(), end.time()) == (time.min, time.min)
    assert (end.date() - start.date()).days == 1


def test_the_worst_rows_are_found_by_top_where_a_limit_would_have_cut_them(url: str) -> None:
    by_share = ("--sort", "retransmit_share:desc")

    cut = ask(url, "-n", "20", *by_share)
    whole = ask(url, "-n", "7500", "--top", "20", *by_share)

    few, worst = ([json.loads(line)["retransmit_share"] for line in done.stdout.splitlines()] for done in (cut, whole))
    assert (len(few), len(worst)) == (20, 20)
    assert worst[0] > few[0]
    wrong = "These are the 20 largest by bytes; worse ones may be missing: --top 20 with -n 7500."
    assert wrong in cut.stderr
    assert wrong not in whole.stderr
    assert "cnm-tui: top 20 of " in whole.stderr


@pytest.mark.parametrize(
    ("arguments", "on_borders", "seconds"),
    [
        (["--last", "4h"], True, 4 * 3_600),
        (["--last", "7201s", "--snap", "off"], False, 7_201),
        (["--last", "1m", "--snap", "on"], True, 300),
        (["--from", "1772352001", "--to", "1772359202"], False, 7_201),
        (["--from", "1772352001", "--to", "1772359202", "--snap", "on"], True, 7_500),
    ],
)
def test_the_window_is_on_the_borders_of_buckets_where_it_is_to_snap(
    url: str, arguments: list[str], on_borders: bool, seconds: int
) -> None:
    asked = json.loads(ask(url, "-f", "json", *arguments).stdout)["query"]

    assert asked["to"] - asked["from"] == seconds
    assert (asked["from"] % 300 == asked["to"] % 300 == 0) is on_borders


@pytest.mark.parametrize(("format_name", "said"), [("csv", True), ("tsv", True), ("jsonl", False)])
def test_what_was_put_before_a_formula_is_said(url: str, format_name: str, said: bool) -> None:
    done = ask(url, "-g", "=1+1", "-f", format_name)

    # The heading of the field, and the id, which begins with its name.
    sentence = "cnm-tui: 2 cells begin like a formula; an apostrophe was put before them.\n"
    assert (done.returncode, done.stderr) == (0, sentence if said else "")


def test_rows_come_in_the_order_asked_for(url: str) -> None:
    done = ask(url, "-f", "csv", "-g", "client_service", "--sort", "client_service:desc")

    names = [row["client_service"].casefold() for row in csv.DictReader(done.stdout.splitlines())]
    known = [name for name in names if name != "n/a"]
    assert known == sorted(known, reverse=True)
    assert len(known) > 3


def test_without_group_bys_there_is_one_row(url: str) -> None:
    done = ask(url, "-g", "", "-f", "csv")

    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)


def test_no_rows_are_no_failure_but_explained(url: str) -> None:
    done = ask(url, "-q", "client_service:nobody-is-called-so")

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("cnm-tui: no rows: ")


def test_a_window_older_than_what_is_kept_is_warned_of_and_not_refused(url: str) -> None:
    done = ask(url, "--last", "15d", "-n", "1")

    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)
    assert "The window starts before the 14 days that are kept" in done.stderr


def test_a_search_that_the_endpoint_refuses_is_told_in_its_words(url: str) -> None:
    done = ask(url, "-q", "(client_service:web")

    assert (done.returncode, done.stdout) == (2, "")
    assert f"{urlsplit(url).netloc} would not answer: " in done.stderr


def test_whoever_reads_only_the_first_line_sees_no_failure(url: str) -> None:
    command = [PROGRAM, "query", "--api-url", url, "-g", "client_ip,server_ip,server_port"]
    with subprocess.Popen(
        command, env=environment("/nowhere"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        json.loads(process.stdout.readline())
        process.stdout.close()
        said = process.stderr.read()

    assert process.returncode == 0
    assert "Traceback" not in said
    assert "Broken" not in said


def _ask_from_shell(url: str, redirection: str) -> subprocess.CompletedProcess[str]:
    return _from_shell(f'query --api-url "$1" -n 3 {redirection}', url)


def _from_shell(arguments: str, url: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", f'"$0" {arguments}', PROGRAM, url],
        env=environment("/nowhere"),
        capture_output=True,
        text=True,
        check=False,
    )


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")


@FULL
def test_a_full_disk_behind_stdout_is_said_in_one_sentence(url: str) -> None:
    done = _ask_from_shell(url, "> /dev/full")

    assert (done.returncode, done.stderr) == (4, "cnm-tui: stdout could not be written: No space left on device.\n")


@FULL
def test_with_a_full_disk_behind_stderr_the_rows_are_written(url: str) -> None:
    done = _ask_from_shell(url, "2> /dev/full")

    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3)


@FULL
@pytest.mark.parametrize("wrong", ["--nonsense", "-n 0", "-o /nowhere/rows", "--site nowhere"])
def test_with_a_full_disk_behind_stderr_the_exit_code_still_says_what_went_wrong(wrong: str) -> None:
    done = _from_shell(f"query {wrong} 2> /dev/full")

    assert (done.returncode, done.stdout) == (2, "")


@FULL
@pytest.mark.parametrize("command", ["--help", "--version", "auth status --no-keyring", "doctor --demo --json"])
def test_a_full_disk_behind_what_any_command_prints_is_said_in_one_sentence(command: str) -> None:
    done = _from_shell(f"{command} > /dev/full")

    assert (done.returncode, done.stderr) == (4, "cnm-tui: stdout could not be written: No space left on device.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell that closes descriptors")
def test_a_closed_stdout_is_said_in_one_sentence(url: str) -> None:
    done = _ask_from_shell(url, ">&-")

    assert (done.returncode, done.stderr) == (4, "cnm-tui: There is no stdout to write to. Write to a file: -o FILE.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell that closes descriptors")
def test_with_stderr_closed_remarks_do_not_mix_with_rows(url: str) -> None:
    done = _ask_from_shell(url, "2>&-")

    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3)


def test_a_file_gets_all_rows_and_stdout_none(url: str, tmp_path: Path) -> None:
    target = tmp_path / "rows.csv"

    done = ask(url, "-f", "csv", "-n", "3", "-o", str(target))

    assert (done.returncode, done.stdout) == (0, "")
    assert len(target.read_text(encoding="utf-8").splitlines()) == 4
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_others_may_not_read_stays_so(url: str, tmp_path: Path) -> None:
    target = tmp_path / "rows.jsonl"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o600)

    ask(url, "-n", "3", "-o", str(target))

    assert target.stat().st_mode & 0o777 == 0o600
    assert len(target.read_text(encoding="utf-8").splitlines()) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
def test_a_new_file_has_the_mode_that_the_umask_leaves(url: str, tmp_path: Path) -> None:
    for umask in ("027", "022"):
        subprocess.run(
            ["/bin/sh", "-c", f'umask {umask}; "$0" query --api-url "$1" -n 1 -o "$2"', PROGRAM, url, tmp_path / umask],
            env=environment("/nowhere"),
            capture_output=True,
            check=True,
        )

    assert [(tmp_path / umask).stat().st_mode & 0o777 for umask in ("027", "022")] == [0o640, 0o644]


def test_an_existing_file_is_untouched_when_the_query_fails(tmp_path: Path) -> None:
    target = tmp_path / "rows.csv"
    target.write_text("old", encoding="utf-8")

    done = run("query", "--api-url", "http://127.0.0.1:1", "-o", str(target))

    assert done.returncode == 1
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder in which not even root may write")
def test_a_folder_that_cannot_be_written_is_the_disk_s_fault(url: str) -> None:
    done = ask(url, "-o", "/proc/rows.csv")

    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("cnm-tui: /proc/rows.csv could not be written: ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_what_is_no_regular_file_is_not_replaced_by_one(url: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    done = ask(url, "-o", str(pipe))

    assert (done.returncode, done.stdout) == (2, "")
    assert pipe.is_fifo()
    assert "is not a file; leave out -o to write to stdout" in done.stderr


def test_rows_are_not_written_over_a_recording(url: str, tmp_path: Path) -> None:
    recording = tmp_path / "sitting.cnm"
    ask(url, "--record", str(recording), "-f", "csv")
    before = recording.read_bytes()

    done = ask(url, "-o", str(recording))

    assert (done.returncode, recording.read_bytes() == before) == (2, True)
    assert "is a recording, or another database; name another file" in done.stderr


def test_the_demo_needs_neither_server_nor_keys() -> None:
    done = run("query", "--demo", "-n", "3", "-f", "csv", environ={})

    assert (done.returncode, len(done.stdout.splitlines())) == (0, 4)


def test_query_loads_nothing_that_only_the_screen_or_rare_cases_need(url: str) -> None:
    unused = {"textual", "rich", "keyring", "asyncio", "cnm_tui.tui.app", "cnm_tui.demo"}
    program = (
        "import sys\n"
        "import cnm_tui.__main__\n"
        "from cnm_tui.cli import explore\n"
        f"explore.main(['query', '--api-url', {url!r}, '-n', '1'], standalone_mode=False)\n"
        f"print(*({unused!r} & set(sys.modules)), file=sys.stderr)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], env=environment("/nowhere"), capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (
        0,
        "cnm-tui: cut at the limit of 1: there may be more; raise --limit or narrow the query.\n\n",
    )


def test_a_dash_for_a_file_is_stdout(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    done = ask(url, "-n", "3", "-o", "-")

    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3)
    assert list(tmp_path.iterdir()) == []


def test_no_rows_of_a_window_that_is_not_kept_are_explained_by_that(url: str) -> None:
    done = ask(url, "--from", "now-20d", "--to", "now-15d")

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        "cnm-tui: All of the window is older than the 14 days that are kept.",
        "cnm-tui: no rows: nothing so old is kept; try a later window.",
    ]


def test_an_end_in_the_future_is_cut_to_now_and_said(url: str) -> None:
    done = ask(url, "--from", "now-1h", "--to", "2100-01-01T00:00Z", "-f", "json", "-n", "1")

    assert 3_600 <= json.loads(done.stdout)["window"]["seconds"] < 3_700
    assert "ends in the future (2100-01-01 00:00Z), so it was asked up to now" in done.stderr


def test_the_demo_is_called_so_in_what_it_refuses() -> None:
    done = run("query", "--demo", "-q", "foo (", environ={})

    assert done.returncode == 2
    assert done.stderr.startswith("cnm-tui: DEMO would not answer: Invalid query: ")


def test_diagnosed_rows_can_be_filtered_by_what_is_wrong_with_them(url: str) -> None:
    # Refused connections are not in force at every hour.
    refused = next(one for one in INCIDENTS if one.name == "refused since a deploy")
    begun = refused.recurrence.last_beginning(datetime.now().timestamp() - 3_600)
    while_refused = ("--from", str(begun + 900), "--to", str(begun + 1_800))
    done = ask(url, *while_refused, "--diagnose", "--filter", "critical", "--limit", "7500", "-o", "-")

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert "refused" in {row["finding"] for row in rows}
    assert {row["severity"] for row in rows} == {"critical"}
    assert all(row["evidence"]["sentence"] for row in rows)
    assert f"findings: {len(rows)} critical." in done.stderr


@pytest.mark.parametrize("text", ["critical", "finding=loss"])
def test_without_diagnosing_a_filter_by_findings_is_refused(url: str, text: str) -> None:
    done = ask(url, "--filter", text)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Add --diagnose." in done.stderr


def test_a_recorded_answer_is_written_again_without_keys(url: str, tmp_path: Path) -> None:
    recording = str(tmp_path / "kept.cnm")

    asked = ask(url, "--record", recording, "-f", "csv", "-n", "7500")
    again = run("query", "--from-file", recording, "-f", "csv", environ={})
    other = run("query", "--from-file", recording, "-g", "server_env", environ={})

    assert (again.returncode, again.stdout) == (0, asked.stdout)
    assert (other.returncode, other.stdout) == (1, "")
    assert "no answer to this question: grouped by server_env; limit 1000; window " in other.stderr


def test_aliases_of_a_recording_are_not_redacted_again(url: str, tmp_path: Path) -> None:
    clear, shared = str(tmp_path / "clear.cnm"), str(tmp_path / "shared.cnm")
    ask(url, "--record", clear, "-n", "5")

    done = run("redact", clear, shared, environ={})
    once = run("query", "--from-file", shared, "-f", "csv", environ={})
    again = run("query", "--from-file", shared, "-f", "csv", "--redact", environ={})
    refused = run("redact", shared, str(tmp_path / "twice.cnm"), environ={})

    assert "left in clear: figures" in done.stderr
    assert (again.stdout, again.returncode) == (once.stdout, 0)
    assert "service-" in once.stdout
    assert (refused.returncode, "has aliases already" in refused.stderr) == (2, True)
