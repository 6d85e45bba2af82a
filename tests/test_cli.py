"""Test the commands of cnm-tui and their exit codes, and that no command prints an API key."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import click
import pytest

from cnm_tui import __version__
from cnm_tui.cli import exit_code, explore
from cnm_tui.core.errors import (
    CnmError,
    CredentialsMalformed,
    CredentialsMissing,
    CredentialsRefused,
    InvalidQuery,
    ProductDisabled,
    QueryRefused,
    RateLimited,
    StoreFailed,
    TimedOut,
)
from tests.api.scripted_server import reply, serving
from tests.program import API_KEY, APPLICATION_KEY, PROGRAM, demo_url, environment, first_line, run, started

pytestmark = pytest.mark.slow

VARIABLES = "DD_API_KEY and DD_APP_KEY"


@pytest.mark.parametrize("arguments", [[], ["query"], ["demo"], ["doctor"], ["auth"], ["auth", "login"]])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_each_command_explains_itself(arguments: list[str], flag: str) -> None:
    done = run(*arguments, flag, environ={})

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(" ".join(["Usage: cnm-tui", *arguments]))


def test_the_module_runs_like_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cnm_tui", "--version"],
        env=environment("/nowhere"), capture_output=True, text=True, check=False
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (0, f"cnm-tui, version {__version__}\n", "")


def test_without_a_terminal_the_explorer_says_so_instead_of_opening() -> None:
    done = run()

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("cnm-tui: ")


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (InvalidQuery(""), 2),
        (QueryRefused(""), 2),
        (CredentialsMissing(""), 3),
        (CredentialsMalformed(""), 3),
        (CredentialsRefused(""), 3),
        (StoreFailed(""), 4),
        (ProductDisabled(""), 1),
        (RateLimited("", retry_after_seconds=1), 1),
        (TimedOut(""), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, CnmError) else "",
)
def test_each_failure_has_its_exit_code(problem: CnmError, code: int) -> None:
    assert exit_code(problem) == code


def test_a_port_on_which_nothing_listens_is_a_failure_of_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    done = run("query", "--api-url", f"http://127.0.0.1:{port}")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"cnm-tui: 127.0.0.1:{port} refused the connection.")


def test_without_keys_and_keyring_the_variables_are_named(url: str) -> None:
    done = run("query", "--api-url", url, environ={})

    assert (done.returncode, done.stdout) == (3, "")
    assert "There are no keys for the profile default." in done.stderr
    assert VARIABLES in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_half_a_pair_of_keys_is_told_which_half_is_missing(url: str) -> None:
    done = run("query", "--api-url", url, environ={"DD_API_KEY": API_KEY})

    assert done.returncode == 3
    assert "There is an API key, from DD_API_KEY, but no application key to go with it." in done.stderr


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({"DD_API_KEY": "wrong-1", "DD_APP_KEY": "any"}, "It does not know them: one is wrong, or of another site"),
        ({"DD_API_KEY": "any", "DD_APP_KEY": "wrong-1"}, "It does not know them: one is wrong, or of another site"),
        (
            {"DD_API_KEY": "any", "DD_APP_KEY": "unscoped"},
            "the scope network_connections_read is missing (cnm-tui doctor)",
        ),
        ({"DD_ACCESS_TOKEN": "wrong-2"}, "needs the scope network_connections_read."),
    ],
    ids=["API key", "application key", "scope", "token"],
)
def test_refused_keys_are_told_from_a_missing_scope_and_not_shown(url: str, environ: dict[str, str], why: str) -> None:
    done = run("query", "--api-url", url, environ=environ)

    assert (done.returncode, done.stdout) == (3, "")
    assert f"{urlsplit(url).netloc} refused what was asked with th" in done.stderr
    assert why in done.stderr
    assert "cnm-tui doctor" in done.stderr
    assert "wrong-" not in done.stderr


def test_a_key_that_cannot_be_one_is_refused_without_being_shown(url: str) -> None:
    done = run("query", "--api-url", url, environ={"DD_API_KEY": "has two words", "DD_APP_KEY": "any"})

    assert (done.returncode, done.stdout) == (3, "")
    assert "DD_API_KEY" in done.stderr
    assert "two words" not in done.stderr


def test_an_access_token_is_enough(url: str) -> None:
    assert run("query", "--api-url", url, "-n", "1", environ={"DD_ACCESS_TOKEN": API_KEY}).returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal to send")
def test_an_interrupt_while_the_server_is_silent_ends_the_query() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        started("query", "--api-url", f"http://127.0.0.1:{silent.getsockname()[1]}") as process,
    ):
        connection, _ = silent.accept()
        with connection:
            connection.recv(1)
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=60)

    assert (process.returncode, stdout, stderr.strip()) == (130, "", "cnm-tui: interrupted.")


def test_the_demo_prints_its_url_and_then_how_to_use_it() -> None:
    with started("demo") as process:
        url = first_line(process)
        assert process.stderr is not None
        said = process.stderr.readline()

        assert url.startswith("http://127.0.0.1:")
        assert "DD_API_KEY=any DD_APP_KEY=any" in said
        assert run("query", "--api-url", url, "-n", "1").returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals to send")
@pytest.mark.parametrize(
    ("sent", "code", "said"),
    [(signal.SIGINT, 130, "cnm-tui: interrupted."), (signal.SIGTERM, -signal.SIGTERM, "")],
)
def test_the_demo_ends_at_once_and_without_complaint(sent: signal.Signals, code: int, said: str) -> None:
    with started("demo") as process:
        assert run("query", "--api-url", first_line(process), "-n", "1").returncode == 0
        process.send_signal(sent)
        _, stderr = process.communicate(timeout=60)

    assert process.returncode == code
    assert "\n".join(stderr.split("\n")[1:]).strip() == said


@pytest.mark.parametrize("established", ["count", "rate"])
def test_the_demo_gives_connections_as_counts_or_as_rates(established: str) -> None:
    asked = ("-g", "server_service", "-n", "7500", "--filter", "estab>10k", "-f", "jsonl")
    with demo_url("--established", established) as url:
        done = run("query", "--api-url", url, *asked)

    # Over a quarter of an hour the busiest service takes tens of thousands, and some hundreds a second.
    assert bool(done.stdout) is (established == "count")


def test_the_demo_obeys_its_rate_limit() -> None:
    with demo_url("--rate-limit", "1/86400") as url:
        first = run("query", "--api-url", url, "-n", "1")
        second = run("query", "--api-url", url, "-n", "1")

    assert (first.returncode, second.returncode, second.stdout) == (0, 1, "")
    assert f"Too many calls: {urlsplit(url).netloc} wants a pause of " in second.stderr
    assert ", until " in second.stderr


@pytest.mark.parametrize("arguments", [["--port", "65536"], ["--port", "-1"], ["--port", "http"], ["--seed", "one"]])
def test_the_demo_refuses_what_is_no_number_for_it(arguments: list[str]) -> None:
    done = run("demo", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert arguments[0] in done.stderr


@pytest.mark.parametrize("text", ["often", "10/0", "10", "/60", "-1/60", "9" * 5_000 + "/60"])
def test_the_demo_refuses_a_rate_limit_that_is_none(text: str) -> None:
    done = run("demo", "--rate-limit", text)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("cnm-tui: That rate limit is ")


def test_the_demo_says_that_its_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("demo", "--port", port)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"cnm-tui: Port {port} cannot be had: ")


def test_status_says_where_keys_come_from_and_ends_with_a_real_question(url: str) -> None:
    done = run("auth", "status", "--api-url", url)

    assert done.returncode == 0
    *origins, asked = [line.split() for line in done.stdout.splitlines()]
    assert origins == [
        ["API", "key", "DD_API_KEY"],
        ["application", "key", "DD_APP_KEY"],
        ["access", "token", "none"],
        ["site", url, "(--api-url)"],
        ["keyring", "in", "use", *origins[-1][3:]],
    ]
    assert " ".join(origins[-1]).startswith("keyring in use none: There is no keyring on this machine (")
    assert " ".join(asked).startswith(f"asked for a row {urlsplit(url).netloc} answered with 1 row after ")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("environ", "code", "said"),
    [
        ({}, 3, "There are no keys for the profile default."),
        ({"DD_API_KEY": "wrong", "DD_APP_KEY": "any"}, 3, "does not know the API key. It is wrong, or of another site"),
        ({"DD_API_KEY": "any", "DD_APP_KEY": "wrong"}, 3, "knows the API key, and not the application key."),
        ({"DD_API_KEY": "any", "DD_APP_KEY": "unscoped"}, 3, "Both keys are known, but may not ask for connections."),
        ({"DD_API_KEY": "any", "DD_APP_KEY": "disabled"}, 1, "as it does without Cloud Network Monitoring."),
        ({"DD_ACCESS_TOKEN": "unscoped"}, 3, "needs the scope network_connections_read"),
    ],
    ids=["none", "wrong key or site", "wrong application key", "no scope", "no product", "token"],
)
def test_status_tells_apart_why_nothing_can_be_asked(url: str, environ: dict[str, str], code: int, said: str) -> None:
    done = run("auth", "status", "--api-url", url, environ=environ)

    assert done.returncode == code
    assert said in done.stderr.splitlines()[-1]
    assert "asked for a row" not in done.stdout


async def test_status_does_not_take_a_sign_in_page_for_the_word_of_the_service() -> None:
    page = reply(b"<html><title>Sign in</title>", "content-type: text/html", status="403 Forbidden")
    async with serving(page) as server:
        done = await asyncio.to_thread(run, "auth", "status", "--api-url", f"http://127.0.0.1:{server.port}")

    assert done.returncode == 1
    assert "answered with a web page: Sign in." in done.stderr


def test_status_says_once_that_there_is_no_keyring_and_names_the_site_that_would_be_asked() -> None:
    done = run("auth", "status", "--site", "us5.datadoghq.com", environ={"DD_SITE": "no site"})

    assert done.returncode == 3
    assert "site             us5.datadoghq.com (--site)\n" in done.stdout
    assert (done.stdout + done.stderr).count("There is no keyring on this machine") == 1


def test_status_without_a_network_is_a_failure_of_the_network() -> None:
    done = run("auth", "status", "--api-url", "https://service.invalid")

    assert done.returncode == 1
    assert "service.invalid has no address here." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "typed"),
    [([], f"{API_KEY}\n{APPLICATION_KEY}\n"), (["--token"], API_KEY), (["--site", "datadoghq.eu"], f"{API_KEY}\nx")],
    ids=["keys", "token", "site"],
)
def test_login_without_a_keyring_names_the_variables_and_shows_no_key(arguments: list[str], typed: str) -> None:
    done = run("auth", "login", *arguments, environ={}, typed=typed)

    assert (done.returncode, done.stdout) == (4, "")
    assert "no keyring" in done.stderr
    assert "DD_API_KEY" in done.stderr


def test_login_refuses_an_unknown_site_before_it_asks_for_keys() -> None:
    done = run("auth", "login", "--site", "example.com", environ={})

    assert done.returncode == 2
    assert "'example.com' is no Datadog site." in done.stderr


def test_logout_without_a_keyring_is_a_failure_of_the_store() -> None:
    done = run("auth", "logout", environ={})

    assert (done.returncode, done.stdout) == (4, "")
    assert "no keyring" in done.stderr


def test_login_without_a_keyring_says_so_before_it_asks_for_keys() -> None:
    done = run("auth", "login", environ={}, typed="")

    assert done.returncode == 4
    assert "no keyring" in done.stderr


@pytest.mark.parametrize("command", ["status", "logout", "login"])
def test_a_profile_that_cannot_be_one_is_refused(command: str) -> None:
    done = run("auth", command, "--profile", "a/b", environ={})

    assert (done.returncode, done.stdout) == (2, "")
    assert "'a/b' cannot be a profile's name." in done.stderr


def test_shell_completion_knows_the_commands() -> None:
    done = subprocess.run(
        [PROGRAM],
        env=environment(
            "/nowhere", {"_CNM_TUI_COMPLETE": "bash_complete", "COMP_WORDS": "cnm-tui ", "COMP_CWORD": "1"}
        ),
        capture_output=True,
        text=True,
        check=False,
    )

    completed = [line.partition(",")[2] for line in done.stdout.splitlines()]
    commands = ["query", "explain", "check", "replay", "report", "export", "record", "doctor", "auth"]
    assert set(completed) == {*commands, "redact", "config", "completion", "help", "demo", "insights"}


def test_every_option_says_what_it_does() -> None:
    context = click.Context(explore)
    commands = [explore, *(explore.get_command(context, name) for name in explore.list_commands(context))]

    silent = [
        option.name
        for command in commands
        for option in (command.params if command is not None else ())
        if isinstance(option, click.Option) and not option.help
    ]

    assert silent == []


def test_a_malformed_site_is_named_by_its_variable_and_does_not_matter_with_a_url(url: str) -> None:
    environ = {"DD_API_KEY": "any", "DD_APP_KEY": "any", "DD_SITE": "eu1"}

    refused = run("query", environ=environ)
    asked = run("query", "--api-url", url, "-n", "1", environ=environ)

    assert (refused.returncode, asked.returncode) == (2, 0)
    assert "DD_SITE: 'eu1' is no Datadog site." in refused.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_whoever_reads_nothing_of_what_is_printed_sees_no_failure(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [PROGRAM, *arguments],
            env=environment("/nowhere"), stdout=writing, stderr=subprocess.PIPE, text=True, check=False
        )  # fmt: skip
    finally:
        os.close(writing)

    assert (done.returncode, done.stderr) == (0, "")
