"""Commands and exit codes; builds the real parts and hands them to whoever needs them.

Exit codes: 0 done, 1 the endpoint or the network failed, 2 wrong arguments or an invalid query, 3 credentials,
4 disk or keyring, 130 interrupted.
"""

import gc
import os
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

from cnm_tui import __version__, kept
from cnm_tui.core.errors import (
    CnmError,
    CredentialsMalformed,
    CredentialsMissing,
    CredentialsRefused,
    InvalidQuery,
    QueryRefused,
    StoreFailed,
)
from cnm_tui.core.format_name import FORMATS
from cnm_tui.core.settings import CLIPBOARDS
from cnm_tui.daemon import begun
from cnm_tui.options import (
    DEFAULT_REFRESH,
    OutputFile,
    Place,
    Question,
    parsed_refresh,
    place_options,
    question_options,
)

if TYPE_CHECKING:
    from cnm_tui.core.snapshot import Source
    from cnm_tui.parts import DemoProcess
    from cnm_tui.store.keychain import Status
    from cnm_tui.tui.app import Doors

EXIT_FAILED: Final = 1
EXIT_INVALID: Final = 2
EXIT_CREDENTIALS: Final = 3
EXIT_STORE: Final = 4
EXIT_INTERRUPTED: Final = 130

_SETTINGS: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group(invoke_without_command=True, context_settings=_SETTINGS)
@place_options
@question_options(kept.beginning)
@click.option("--refresh", metavar="LENGTH|off", default=DEFAULT_REFRESH, show_default=True, help="Pause between asks.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal, for selecting text.")
@click.option("--clipboard", type=click.Choice(CLIPBOARDS), help="Where copied text goes; auto finds out.  [auto]")
@click.version_option(__version__, prog_name="cnm-tui")
@click.pass_context
def explore(
    context: click.Context, place: Place, question: Question, refresh: str, no_mouse: bool, clipboard: str | None
) -> None:
    """Explore Datadog Cloud Network Monitoring's aggregated connections.

    Without a command the explorer opens on this terminal.
    """
    if context.invoked_subcommand is None:
        context.exit(_open_screen(place, question, parsed_refresh(refresh), clipboard or "auto", mouse=not no_mouse))
    given = [name for name in context.params if context.get_parameter_source(name) is _COMMAND_LINE]
    if given:
        raise click.UsageError(
            f"Options before {context.invoked_subcommand!r} would not be used; write them behind it.", context
        )


_COMMAND_LINE: Final = click.core.ParameterSource.COMMANDLINE


def _open_screen(
    place: Place, question: Question, refresh_seconds: float | None, clipboard: str, *, mouse: bool
) -> int:
    question.query.time_range.window(time.time())
    demo = None
    if place.demo:
        # Started first: it builds its estate while the terminal toolkit is imported here.
        from cnm_tui import parts

        demo = parts.DemoProcess()
    try:
        # Imported here so that `query` starts without a terminal toolkit.
        from cnm_tui.core.exploration import Exploration
        from cnm_tui.tui import terminal
        from cnm_tui.tui.app import CnmApp

        if refusal := terminal.refusal(dict(os.environ)):
            click.echo(f"cnm-tui: {refusal}", err=True)
            return EXIT_INVALID
        exploration = Exploration(question.query, question.arrangement, refresh_seconds)
        app = CnmApp(_doors(place, demo, question), exploration, time.time, _crash_directory, clipboard)
        return terminal.run(app, mouse=mouse)
    finally:
        if demo is not None:
            demo.stop()


def _doors(place: Place, demo: "DemoProcess | None", first: Question) -> "Doors":
    """What is behind them is imported when one opens: by then the first frame is painted."""
    from cnm_tui.tui.app import Doors

    asks_demo = place.demo

    def connect() -> "Source":
        from cnm_tui import parts

        return parts.source_for(place, os.environ) if demo is None else parts.demo_source(demo)

    def connect_demo() -> "Source":
        from cnm_tui import parts

        nonlocal asks_demo
        source = parts.demo_source(parts.DemoProcess())
        asks_demo = True
        return source

    return Doors(
        connect,
        connect_demo,
        shelf=kept.views_file,
        left=lambda: kept.last_question(demo=asks_demo).load(),
        leave=lambda *left: kept.remember(first, Question(*left), demo=asks_demo),
        recall_fields=lambda: kept.recent_fields().recall(),
        remember_fields=lambda group_bys: kept.recent_fields().remember(group_bys),
        keep_searches=lambda: kept.search_history(demo=asks_demo),
        copied_file=kept.copied_file,
    )


def _crash_directory() -> Path:
    from cnm_tui.store.files import state_directory

    return state_directory()


@explore.command()
@place_options
@question_options(kept.beginning)
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    help="[table on a terminal, else jsonl]",
    metavar="FORMAT",
)
@click.option("-o", "--output", type=OutputFile(), help="Write to FILE, whole or not at all; - is stdout.")
def query(place: Place, question: Question, format_name: str | None, output: Path | None) -> None:
    """Ask once and print the rows.

    FORMAT is table, json, jsonl, csv, tsv or markdown. Rows go to stdout, everything else to stderr.
    """
    from cnm_tui import parts

    question.query.time_range.window(time.time())
    answer = begun(partial(parts.answers(place, os.environ), question.query))
    # What the rows need is imported while they are on their way.
    from cnm_tui import headless
    from cnm_tui.core.table import arrange

    if format_name is None:
        format_name = "table" if output is None and headless.terminal_width() is not None else "jsonl"
    headless.write(arrange(answer(), question.arrangement), format_name, output)


@explore.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="0 takes any free one.", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another estate.")
@click.option("--rate-limit", metavar="N/S", default="120/60", show_default=True, help="N calls in S seconds.")
def demo(port: int, seed: int, rate_limit: str) -> None:
    """Serve the pretend endpoint on this machine until stopped.

    Any keys are good, but for those that start with "wrong", which are refused, with "unscoped", which lack the
    scope, and with "disabled", whose organisation has no Cloud Network Monitoring: so failures can be tried.
    """
    from cnm_tui.demo.rate_limit import parsed_rate_limit
    from cnm_tui.demo.server import DemoServer

    # This one runs for long.
    gc.enable()
    server = DemoServer(port=port, seed=seed, rate_limit=parsed_rate_limit(rate_limit))
    click.echo(server.url)
    click.echo("cnm-tui: serving the demo until ctrl+c; DD_API_KEY=any DD_APP_KEY=any are good keys here.", err=True)
    server.serve_until_stopped()


@explore.command()
@place_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a page.")
@click.pass_context
def doctor(context: click.Context, place: Place, as_json: bool) -> None:
    """Find out why a question cannot be asked: what was checked, what it found, what to do.

    Ends with 0 only if a question could be asked; works without keys as far as it can.
    """
    # Imported here, as all that only one command needs.
    from cnm_tui.doctor import examine

    problem = examine(place, os.environ, as_json=as_json)
    context.exit(0 if problem is None else exit_code(problem))


@explore.group()
def auth() -> None:
    """Keep keys in the system's keyring."""


_profile_option = click.option("--profile", default="default", show_default=True, metavar="NAME", help="Whose keys.")


@auth.command()
@_profile_option
@click.option("--site", metavar="SITE", help="Kept with the keys.")
@click.option("--token", is_flag=True, help="Store a personal access token instead of two keys.")
def login(profile: str, site: str | None, token: bool) -> None:
    """Store keys; they are typed without echo, or come on stdin, one a line."""
    from cnm_tui.core.credentials import AccessToken, Credentials, KeyPair, checked_secret, checked_site
    from cnm_tui.store import keychain

    site = None if site is None else checked_site(site)
    keychain.check_storable(profile)
    credentials: Credentials
    if token:
        credentials = AccessToken(checked_secret(_typed("Access token"), "access token"))
    else:
        api_key = checked_secret(_typed("API key"), "API key")
        credentials = KeyPair(api_key, checked_secret(_typed("Application key"), "application key"))
    keychain.save(profile, credentials, site)
    found = keychain.status(profile, os.environ)
    click.echo(f"Stored for the profile {profile}. The site in use is {_site_in_use(found)}.", err=True)
    click.echo("`cnm-tui auth status` says where each key comes from.", err=True)


def _site_in_use(status: "Status") -> str:
    return f"{status.site or 'none'} ({status.origins['site'] or 'default'})"


def _typed(called: str) -> str:
    if sys.stdin is None:
        raise InvalidQuery("There is no stdin to read keys from.", hint="Run it on a terminal, or pipe the keys in.")
    if sys.stdin.isatty():
        return str(click.prompt(called, hide_input=True, err=True))
    # As bytes: what is no text would end in a traceback here, and is refused as no key later.
    return sys.stdin.buffer.readline().decode("utf-8", "replace")


@auth.command()
@place_options
def status(place: Place) -> None:
    """Say where each key comes from, never the key, and whether one row can be asked for with them."""
    from cnm_tui.store import keychain

    found = keychain.status(place.profile, os.environ)
    for called, origin in found.origins.items():
        click.echo(f"{called:<16} {_site_in_use(found) if called == 'site' else origin or 'none'}")
    click.echo(f"{'keyring in use':<16} {found.keyring or 'none'}")
    if found.problem:
        click.echo(f"cnm-tui: {found.problem}", err=True)
    _ask_for_a_row(place)


def _ask_for_a_row(place: Place) -> None:
    """Prove what the keys are good for.

    Raises:
        CnmError: No question could be asked, with the cause.
    """
    from cnm_tui.doctor import tried

    click.echo(f"{'asked for a row':<16} {tried(place, os.environ)}")


@auth.command()
@_profile_option
def logout(profile: str) -> None:
    """Remove what was stored."""
    from cnm_tui.store import keychain

    removed = keychain.forget(profile, environ=os.environ)
    click.echo(f"Removed: {', '.join(removed)}." if removed else f"The profile {profile} had nothing stored.", err=True)
    left = [what.variable for what in keychain.ALL_KEPT if os.environ.get(what.variable)]
    if left:
        click.echo(f"Still set in the environment, where only you can remove it: {', '.join(left)}.", err=True)


def main() -> NoReturn:
    """The console script: run a command, end with its exit code."""
    try:
        code = explore.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except SystemExit:
        # So click ends where whoever read stdout or stderr has enough; that is no failure.
        code = 0
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("cnm-tui: interrupted.", err=True)
        code = EXIT_INTERRUPTED
    except CnmError as problem:
        click.echo(f"cnm-tui: {problem.sentence}", err=True)
        code = exit_code(problem)
    _leave(code if isinstance(code, int) else 0)


def _leave(code: int) -> NoReturn:
    """End at once: Python would take thousands of rows apart one by one, which takes longer than to decode them."""
    for stream in (sys.stdout, sys.stderr):
        # A closed stream has been told of already, or there is nobody left to tell.
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
    os._exit(code)


def exit_code(problem: CnmError) -> int:
    """What the program ends with after this failure."""
    if isinstance(problem, InvalidQuery | QueryRefused):
        return EXIT_INVALID
    if isinstance(problem, CredentialsMissing | CredentialsMalformed | CredentialsRefused):
        return EXIT_CREDENTIALS
    return EXIT_STORE if isinstance(problem, StoreFailed) else EXIT_FAILED
