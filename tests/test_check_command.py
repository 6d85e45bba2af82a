"""Test the exit code of `check`, which scripts in CI or cron use as its result."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnm_tui import cli
from cnm_tui.core.checks.verdict import Verdict
from tests.program import PROGRAM, Done, demo_url, environment, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with demo_url("--rate-limit", "100000/60") as url:
        yield url


def check(url: str, *arguments: str) -> Done:
    return run("check", "--api-url", url, *arguments)


def test_its_exit_codes_are_those_of_the_program() -> None:
    assert {verdict.value for verdict in Verdict} == {
        0,
        cli.EXIT_CHECK_FAILED,
        cli.EXIT_NO_DATA,
        cli.EXIT_UNCERTAIN,
    }


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--fail-if", "total_bytes>5000TB"], 0, "check: passed"),
        (["--fail-if", "total_bytes>5000TB", "--warn-if", "rtt>1us"], 0, "check: passed, with a warning"),
        (["--fail-if", "rtt>1us or critical"], 5, "check: failed"),
        (["--fail-if", "critical", "-q", "server_service:nothing-is-called-so"], 6, "check: no data"),
        (["--fail-if", "total_bytes>5000TB", "-n", "3"], 7, "check: could not tell"),
        (["--fail-if", "rtt>1us", "-n", "3"], 5, "check: failed"),
        (["--fail-if", "critical", "-g", "server_availability-zone", "--filter", "nowhere"], 6, "check: no data"),
    ],
)
def test_the_exit_code_is_the_verdict(url: str, arguments: list[str], code: int, said: str) -> None:
    done = check(url, *arguments)

    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.splitlines()[0] == said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Nothing says when to fail. Write --fail-if critical, or the name of a check."),
        (["--fail-if", "rtt>1"], "has no unit"),
        (["--fail-if", "critical", "--every", "5m"], "--every is the time between several answers. Add --for 3"),
        (["--fail-if", "critical", "--for", "0"], "--for takes a number from 1 to 1,000."),
        (["no-such-check"], "settings.toml has no check 'no-such-check'. There are: none."),
        (["no-such-check", "--fail-if", "critical"], "A check of settings.toml brings its own question"),
    ],
)
def test_what_cannot_be_checked_is_refused_before_anything_is_asked(
    url: str, arguments: list[str], sentence: str
) -> None:
    done = check(url, *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_it_fails_only_after_as_many_answers(url: str) -> None:
    done = check(url, "--fail-if", "rtt>1us", "--for", "2", "--every", "1s", "-f", "json")

    assert done.returncode == 5
    assert json.loads(done.stdout)["checks"][0]["answers"] == ["failed", "failed"]
    assert done.stderr == "cnm-tui: failed (1 of 2); asking again in 1 s.\n"


def test_an_unreachable_service_is_no_verdict() -> None:
    assert check("http://127.0.0.1:9", "--fail-if", "critical").returncode == 1


SETTINGS = """\
[checks.slow]
query = "server_env:prod"
group_by = "server_service"
fail_if = ["rtt>1us", "total_bytes>5000TB"]
warn_if = "sum(refusals)>0"

[checks.huge]
fail_if = "total_bytes>5000TB"
for = 3
every = "5m"

[checks.names]
endpoint = "dns"
fail_if = "dns_timeouts>0"

[checks.broken]
fail_if = "rtt>"
"""

SCRIPT = """\
set -u
cnm() {{ "{program}" check --api-url {url} "$@" >"$OUT" 2>>"$ERR"; }}
cnm huge; echo "huge $?"
cnm slow -f junit; echo "slow $?"; grep -c '<failure' "$OUT"
cnm slow huge -f github; echo "both $?"; grep -c '^::error ' "$OUT"
if cnm --fail-if 'retransmits%>99'; then echo "went on"; fi
cnm --fail-if 'rtt>1us' || {{ code=$?; [ "$code" -eq 5 ] && echo "stopped the deploy"; }}
line=$("{program}" check --api-url {url} huge slow -f nagios 2>/dev/null)
case "$line" in "CNM OK"*) echo ok;; "CNM CRITICAL"*"|"*) echo critical;; esac
cnm names; echo "names $?"; grep -c "^- FAILED: dns_timeouts>0" "$OUT"
cnm broken; echo "broken $?"
"""


def test_a_shell_script_uses_named_checks_as_ci_would(url: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / ".config" / "cnm-tui"
        folder.mkdir(parents=True, mode=0o700)
        (folder / "settings.toml").write_text(SETTINGS)
        environ = environment(home) | {"OUT": f"{home}/out", "ERR": f"{home}/err"}
        done = subprocess.run(
            ["sh", "-c", SCRIPT.format(program=PROGRAM, url=url)],
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        errors = Path(f"{home}/err").read_text()

    assert done.stdout.splitlines() == [
        *("huge 0", "slow 5", "1", "both 5"),
        *("1", "went on", "stopped the deploy", "critical", "names 5", "1", "broken 2"),
    ], errors
    assert "The check broken is invalid: Nothing follows 'rtt>'" in errors
