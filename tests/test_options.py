"""Test that invalid options are refused before any request, with exit code 2 and a helpful message."""

import asyncio
from pathlib import Path

import pytest

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.query import DEFAULT_TIME_RANGE, chosen_time_range, parsed_refresh
from cnm_tui.core.time.time_range import Ago, Fixed, TimeRange, last
from cnm_tui.options import SourceOptions, parsed_source_options
from tests.api.scripted_server import reply, serving
from tests.builders import MOMENT
from tests.certificates import Authority
from tests.program import run

pytestmark = pytest.mark.slow

ELEVEN = ",".join(f"client_tag{number}" for number in range(11))


@pytest.mark.parametrize(
    ("arguments", "wrong", "right"),
    [
        (["-g", ELEVEN], "11 group-bys chosen; the endpoint takes at most 10.", "Remove 1."),
        (["-g", "client_team,client_team"], "client_team is there twice.", "Remove one"),
        (["-g", "client_team,,client_env"], "Group-by 2 is empty.", "single commas"),
        (["--limit", "0"], "The limit is 0; the endpoint takes 1 to 7,500.", "Write 1000"),
        (["-n", "-5"], "The limit is -5; the endpoint takes 1 to 7,500.", "Write 1000"),
        (["--limit", "7501"], "The limit is 7,501;", "Write 1000"),
        (["--limit", "abc"], "not a whole number", "1 to 7,500"),
        (["--from", "now-1h", "--to", "now-2h"], "ends (now-2h) before it starts (now-1h)", "Swap them"),
        (["--from", "2100-01-01T00:00Z"], "starts in the future, at 2100-01-01 00:00Z", "now."),
        (["--from", "now", "--to", "now"], "The time range is empty", "earlier start"),
        (["--from", "tomorrow"], "'tomorrow' is not a time.", "now-2h"),
        (["--from", "2026-02-30"], "'2026-02-30' is not a time.", "2026-03-01"),
        (["--last", "yesterday"], "--last takes a length of time, not a day.", "--from yesterday --to yesterday"),
        (["--filter", "worse"], "asks for a change (worse), and query compares nothing.", "'\"worse\"'"),
        (["--filter", "rtt>5ms AND !Gone"], "asks for a change (Gone)", "on the screen"),
        (["--filter", "Δrtt>20%"], "asks for a change (Δrtt>20%)", "on the screen"),
        (["--filter", "retransmits>1%"], "'%' in 'retransmits>1%' is no unit of RETRANS.", "Write retransmits%>1 "),
        (["--filter", "web OR mail"], "The filter has no OR", "/web|kafka/"),
        (["--columns", "packets"], "'packets' is no column of figures.", "total_bytes"),
        (["--top", "0"], "The top is 0;", "Write 20"),
        (["--last", "soon"], "'soon' is not a length of time.", "15m"),
        (["--last", "1M"], "'1M' could be minutes or months.", "m for minutes"),
        (["--last", "999999999w"], "starts before 1970", "14 days"),
        (["--last", "0m"], "'0m' is not a length of time.", "15m"),
        (["--last", "1h", "--from", "now-2h"], "--last ends now", "one or the other"),
        (["--from", "10:00-11:00"], "'10:00-11:00' is not a time.", "10:00"),
        (["--snap", "maybe"], "'maybe' is not one of", "auto"),
        (["--to", "now"], "--to needs a start.", "--from now-2h"),
        (["--query", "a:b", "--tags", "c:d"], "would drop the tags", "into the search"),
        (["--tags", "a:b,,c:d"], "A tag is empty", "--tags env:prod,team:web"),
        (["--site", "datadog.example"], "'datadog.example' is no Datadog site.", "datadoghq.eu"),
        (["--api-url", "http://example.com"], "would send keys in the clear", "https"),
        (["--api-url", "https://me:hush@example.com"], "carries a user name or password", "headers"),
        (["--api-url", "example.com"], "is not a URL", "https://HOST"),
        (["--api-url", "https://"], "names no host", "https://HOST"),
        (["--demo", "--site", "datadoghq.eu"], "each say whom to ask", "Give one"),
        (["--site", "datadoghq.eu", "--api-url", "https://example.com"], "each say whom to ask", "Give one"),
        (["--sort", "size"], "'size' is no column to sort by.", "total_bytes"),
        (["--sort", "tcp_resets:up"], "'up' is no direction to sort in.", "Write tcp_resets:asc or tcp_resets:desc."),
        (["--sort", "client_service:ASC"], "'ASC' is no direction", "client_service:asc"),
        (["--sort", "size:ASC"], "'size:ASC' is no column to sort by.", ":asc or :desc"),
        (["-f", "xml"], "'xml' is not one of", "jsonl"),
        (["-o", "no-such-folder/rows.csv"], "not a file in a folder that exists", "folder"),
        (["-o", "."], "'.' is not a file", "leave out -o"),
        (["--colour"], "No such option", "--help"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_what_cannot_be_asked_is_refused_with_a_way_out(arguments: list[str], wrong: str, right: str) -> None:
    done = run("query", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert wrong in done.stderr
    assert right in done.stderr
    assert "hush" not in done.stderr


@pytest.mark.parametrize("text", ["", "often", "4s", "0"])
def test_a_refresh_that_brings_no_news_is_refused(text: str) -> None:
    done = run("--refresh", text)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Write " in done.stderr


@pytest.mark.parametrize("arguments", [["--limit", "5"], ["--demo"], ["--refresh", "10s"]])
@pytest.mark.parametrize("command", ["query", "demo", "auth"])
def test_options_before_a_command_are_refused_instead_of_being_dropped(command: str, arguments: list[str]) -> None:
    done = run(*arguments, command)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"Options before '{command}' would not be used; write them behind it." in done.stderr


@pytest.mark.parametrize(
    ("length", "start", "end", "time_range"),
    [
        (None, None, None, DEFAULT_TIME_RANGE),
        ("4h", None, None, last(14_400)),
        (None, "now-2h", None, last(7_200)),
        (None, "now-2h", "now-1h", TimeRange(Ago(7_200), Ago(3_600))),
        (None, "1772359200", "now", TimeRange(Fixed(1_772_359_200), Ago(0))),
        (None, "09:00Z", None, TimeRange(Fixed(MOMENT - 3_600))),
        (None, "11:00Z", "9:00Z", TimeRange(Fixed(MOMENT - 23 * 3_600), Fixed(MOMENT - 3_600))),
    ],
)
def test_a_time_range_is_a_length_or_a_start_with_or_without_an_end(
    length: str | None, start: str | None, end: str | None, time_range: TimeRange
) -> None:
    assert chosen_time_range(length, start, end, MOMENT) == time_range


@pytest.mark.parametrize(("text", "seconds"), [("5s", 5.0), ("2m", 120.0), ("off", None), (" OFF ", None)])
def test_a_refresh_is_a_length_or_off(text: str, seconds: float | None) -> None:
    assert parsed_refresh(text) == seconds


def test_nobody_named_is_left_to_the_settings() -> None:
    assert parsed_source_options(False, "default", None, None) == SourceOptions(False, "default", None, None)


def test_a_site_and_a_url_are_made_uniform() -> None:
    assert parsed_source_options(False, "default", " DatadogHQ.eu", None).site == "datadoghq.eu"
    assert parsed_source_options(False, "default", None, "https://Example.com/").api_url == "https://example.com"


def test_an_empty_site_is_refused_and_not_taken_for_none() -> None:
    with pytest.raises(InvalidQuery, match="is no Datadog site"):
        parsed_source_options(False, "default", "", None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "is not a file"),
        (b"", "holds no certificate in PEM form"),
        (b"no PEM", "holds no certificate in PEM form"),
    ],
)
def test_a_file_of_certificates_that_is_none_is_refused_before_anything_is_sent(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_bytes(content)

    done = run("query", "--ca-bundle", str(bundle), "--api-url", "https://127.0.0.1:1")

    assert (done.returncode, done.stdout) == (2, "")
    assert f"'{bundle}' {said}." in done.stderr.replace("\n", " ")


async def test_query_trusts_the_certificates_that_it_is_given(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with serving(reply(), tls=authority.server("localhost")) as server:
        url = f"https://localhost:{server.port}"
        done = await asyncio.to_thread(run, "query", "--api-url", url, "--ca-bundle", str(authority.file))

    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)
