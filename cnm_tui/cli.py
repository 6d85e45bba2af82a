"""Define the main command and the exit codes, and create the real HTTP client, files and keyring.

Exit codes: 0 success, 1 the API or the network failed, 2 wrong arguments or an invalid query, 3 problem
with the keys, 4 problem with the disk, the keyring or stdout, 129 the terminal was closed, 130 interrupted,
128 plus its number for any other signal. The `check` command also uses 5 for failed, 6 for no data, and 7
for an uncertain result.
"""

import errno
import gc
import os
import signal
import sys
import time
from contextlib import suppress
from typing import Final, NoReturn

import click
from click.shell_completion import get_completion_class

from cnm_tui import __version__, ending
from cnm_tui.core.errors import (
    CnmError,
    CredentialsMalformed,
    CredentialsMissing,
    CredentialsRefused,
    InvalidQuery,
    QueryRefused,
    StoreFailed,
)
from cnm_tui.core.query import parsed_refresh
from cnm_tui.core.settings import CLIPBOARDS, NOTIFICATIONS, THEMES, Look, takes_utf8
from cnm_tui.core.text import clean
from cnm_tui.demo_process import DemoProcess
from cnm_tui.file_options import NOTHING_KEPT, RecordingOptions, recording_options
from cnm_tui.options import (
    WORST_FIRST,
    Question,
    SourceOptions,
    question_options,
    source_options,
    started_environ,
)
from cnm_tui.program import CommandModule, GroupedCommand, MainCommand, help_all_option
from cnm_tui.startup import first_question, read_settings
from cnm_tui.store.files import ignore_relative_places
from cnm_tui.streams import NoStdout, say, say_usage, stdout_failed, write_line
from cnm_tui.tui.terminal.environment import prepare

EXIT_FAILED: Final = 1
EXIT_INVALID: Final = 2
EXIT_CREDENTIALS: Final = 3
EXIT_STORE: Final = 4
EXIT_CHECK_FAILED: Final = 5
EXIT_NO_DATA: Final = 6
EXIT_UNCERTAIN: Final = 7
EXIT_HUNG_UP: Final = 129
EXIT_INTERRUPTED: Final = 130

_FOR_NO_CHILD: Final = ("DD_API_KEY", "DD_APP_KEY", "DD_ACCESS_TOKEN")
"""Variables removed at the start, so that child processes do not inherit keys.

Child processes are a browser, a clipboard tool, and the compiler that keyring runs to find libraries.
"""
_COMPLETE: Final = "_CNM_TUI_COMPLETE"
_SETTINGS: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


# Not in docstrings: `python -OO` removes those.
_EXPLORE: Final = "Show which connections are slow, refused or lost in Datadog CNM."
_DOCTOR: Final = """\
Find out why a question cannot be asked: what was checked, what it found, what to do.

Ends with 0 only if a question could be asked; works without keys as far as it can.
"""


_MODULES: Final = {
    "query": CommandModule("cnm_tui.query_command", "query", "Ask once and print the rows."),
    "explain": CommandModule("cnm_tui.explain_command", "explain", "Find the tag values that explain a metric."),
    "insights": CommandModule(
        "cnm_tui.insights_command", "insights", "Print what Datadog itself finds wrong.", is_rare=True
    ),
    "check": CommandModule("cnm_tui.check_command", "check", "Fail if conditions on the rows hold: for CI and cron."),
    "replay": CommandModule("cnm_tui.replay_command", "replay", "Open a recording, without keys or a network."),
    "report": CommandModule("cnm_tui.report_command", "report", "Write a page for a review from a recording."),
    "export": CommandModule("cnm_tui.export_command", "export", "Write a recording as Parquet.", is_rare=True),
    "record": CommandModule("cnm_tui.record_command", "record", "Keep answers on a schedule, without a screen."),
    "redact": CommandModule(
        "cnm_tui.redact_command", "redact", "Replace names in a recording or export by aliases.", is_rare=True
    ),
    "doctor": CommandModule(__name__, "doctor", "Find out why a question cannot be asked."),
    "auth": CommandModule("cnm_tui.auth", "auth", "Store, test and remove keys."),
    "config": CommandModule("cnm_tui.config_command", "config", "Show, create and check settings.toml.", is_rare=True),
    "completion": CommandModule(
        "cnm_tui.completion", "completion", "Print the completion script of a shell.", is_rare=True
    ),
    "help": CommandModule(
        "cnm_tui.pages", "show_help", "Show a page of the documentation: keys, filter …", is_rare=True
    ),
    "demo": CommandModule("cnm_tui.demo_command", "demo", "Serve the demo's endpoint on this machine.", is_rare=True),
}


@click.group(
    cls=MainCommand,
    modules=_MODULES,
    values=("cnm_tui.completion", "VALUES"),
    invoke_without_command=True,
    context_settings=_SETTINGS,
    help=_EXPLORE,
    short_help="find slow, refused and lost connections",
)
@source_options(read_settings, several=True)
@question_options(first_question, worst_first=True, usual=WORST_FIRST)
@click.option("--refresh", metavar="LENGTH|off", default="60s", show_default=True, help="Refresh interval.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal, for selecting text.")
@click.option("--theme", type=click.Choice(THEMES), metavar="THEME", help="Colours, as light or nord.  [dark]")
@click.option("--ascii/--no-ascii", "is_ascii", default=None, help="Draw with ASCII only.  [where it is not UTF-8]")
@click.option("--clipboard", type=click.Choice(CLIPBOARDS), help="Where copied text goes; auto finds out.  [auto]")
@recording_options()
@click.option("--timeline", metavar="SPAN", help="Show the history of each row: 4h, yesterday, '24h in 96'.")
@click.option("--tour", is_flag=True, help="Begin with a tour of five steps; with --demo.")
@click.option("--notify", type=click.Choice(NOTIFICATIONS), help="Notify when a watched row changes.  [off]")
@click.version_option(__version__, prog_name="cnm-tui")
@help_all_option()
@click.pass_context
def explore(
    context: click.Context,
    options: SourceOptions,
    question: Question,
    refresh: str,
    no_mouse: bool,
    theme: str | None,
    is_ascii: bool | None,
    clipboard: str | None,
    keeping: RecordingOptions,
    notify: str | None,
    timeline: str | None,
    *,
    tour: bool,
) -> None:
    """Open the explorer, or run a command."""
    if context.invoked_subcommand is None:
        settings = options.settings
        settings = settings._replace(clipboard=clipboard or settings.clipboard, notify=notify or settings.notify)
        look = Look(theme or settings.theme, (settings.ascii or _is_ascii()) if is_ascii is None else is_ascii)
        options = options._replace(settings=settings)
        if tour and not options.demo:
            raise click.UsageError("The tour needs the demo: cnm-tui --demo --tour.", context)
        if timeline is not None:
            _refuse_no_span(timeline, question)
        code = _open_screen(
            options,
            question,
            parsed_refresh(refresh),
            look,
            mouse=not no_mouse,
            keeping=keeping,
            timeline=timeline or "",
            tour=tour,
        )
        context.exit(code)
    given = [name for name in context.params if context.get_parameter_source(name) is _COMMAND_LINE]
    if given:
        raise click.UsageError(
            f"Options before {context.invoked_subcommand!r} would not be used; write them behind it.", context
        )


_COMMAND_LINE: Final = click.core.ParameterSource.COMMANDLINE


def _is_ascii() -> bool:
    return not takes_utf8(os.environ) and sys.platform != "win32"


def _refuse_no_span(timeline: str, question: Question) -> None:
    """Raise InvalidQuery if `timeline` is not a valid duration for a timeline."""
    # Imported here, as most runs begin without one.
    from cnm_tui.core.timeline.plan import parsed_span

    parsed_span(timeline, time.time(), question.query.time_range)


def _open_screen(
    options: SourceOptions,
    question: Question,
    refresh_seconds: float | None,
    look: Look,
    *,
    mouse: bool,
    keeping: RecordingOptions = NOTHING_KEPT,
    timeline: str = "",
    tour: bool = False,
) -> int:
    question.query.time_range.window(time.time())
    # Nothing needs cleanup until the screen is open, and the screen handles signals itself.
    ending.end_at_once_on_signals()
    # Started first: it builds its data while the terminal toolkit is imported here.
    demo = DemoProcess() if options.demo else None
    try:
        prepare(os.environ)
        # Imported once Textual's environment is prepared.
        from cnm_tui import explorer

        if refusal := explorer.refusal(dict(os.environ)):
            return _refused(refusal)
        app = explorer.make_app(options, question, refresh_seconds, look, demo, keeping, timeline, tour=tour)
        return explorer.run(app, mouse=mouse)
    finally:
        if demo is not None:
            demo.stop()


def _refused(why: str) -> int:
    try:
        # On stdout if there is no stderr: no rows were requested, so it cannot mix with them.
        click.echo(f"cnm-tui: {why}", err=sys.stderr is not None)
    except OSError as error:
        if error.errno == errno.EIO:
            # The terminal was closed before anything was drawn.
            return EXIT_HUNG_UP
        write_line(f"cnm-tui: {why}")
    return EXIT_INVALID


@click.command(cls=GroupedCommand, help=_DOCTOR)
@source_options(read_settings)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a page.")
@click.pass_context
def doctor(context: click.Context, options: SourceOptions, as_json: bool) -> None:
    """Find out why queries fail."""
    # Imported here, as only this command needs it.
    from cnm_tui.doctor import examine

    problem = examine(options, started_environ(), as_json=as_json)
    context.exit(0 if problem is None else exit_code(problem))


def main() -> NoReturn:
    """Run a command, and exit with its exit code. This is the entry point of the console script."""
    if sys.stdout is None:
        sys.stdout = NoStdout()
    try:
        code = _run(_taken_environ())
    except KeyboardInterrupt:
        code = _interrupted()
    _leave(code)


def _taken_environ() -> dict[str, str]:
    """Return a copy of the environment variables, including the API keys.

    The API keys are removed from `os.environ`, so that child processes cannot read them.
    """
    ignore_relative_places(os.environ)
    environ = dict(os.environ)
    for name in _FOR_NO_CHILD:
        os.environ.pop(name, None)
    return environ


def _run(environ: dict[str, str]) -> int:
    """Run a command, and return its exit code."""
    try:
        ending.raise_on_signals()
        if refusal := _no_completion(environ.get(_COMPLETE, "")):
            say(f"cnm-tui: {refusal}")
            return EXIT_INVALID
        # Always under this name, whatever the file is called: the completion variable contains it.
        code = explore.main(prog_name="cnm-tui", complete_var=_COMPLETE, standalone_mode=False, obj=environ)
    except click.ClickException as error:
        with suppress(OSError):
            say_usage(error)
        return error.exit_code
    except SystemExit:
        # click exits like this if the reader of stdout or stderr closed the pipe; that is no failure.
        return 0
    except click.exceptions.Abort:
        return _interrupted()
    except CnmError as problem:
        say(f"cnm-tui: {problem.sentence}")
        return exit_code(problem)
    except OSError as error:
        # Errors about files have a file name; this one is about stdout, where click writes a help text.
        if error.filename is not None:
            raise
        say(f"cnm-tui: {stdout_failed(error)}")
        return EXIT_STORE
    return code if isinstance(code, int) else 0


def _no_completion(instruction: str) -> str:
    """Return an error text if a shell completion is requested that does not exist.

    The text is empty if no completion is requested, or if the requested completion exists.
    """
    if not instruction:
        return ""
    # Its import registers the completion classes.
    import cnm_tui.completion  # noqa: F401

    shell, _, wanted = instruction.partition("_")
    # The script that `source` prints sets these variables when it requests words.
    asked_for_words = wanted == "complete" and {"COMP_WORDS", "COMP_CWORD"} <= os.environ.keys()
    if get_completion_class(shell) is not None and (wanted == "source" or asked_for_words):
        return ""
    return (
        f"{_COMPLETE}={clean(instruction, 60)} asks for nothing there is. Write bash_source, zsh_source or fish_source."
    )


def _interrupted() -> int:
    """Print "interrupted" and return the exit code, if the user interrupted the program with Ctrl-C (SIGINT).

    If another signal stopped the program, end the process with this other signal.
    """
    number = ending.signal_received()
    if number != signal.SIGINT:
        ending.die_by_signal(number)
    say("cnm-tui: interrupted.")
    return EXIT_INTERRUPTED


def _leave(code: int) -> NoReturn:
    """Exit without freeing the Python objects.

    With thousands of rows, freeing the objects would take longer than decoding the rows.
    """
    ending.end_at_once_on_signals()
    for stream in (sys.stdout, sys.stderr):
        # A failing stream was reported already, or nobody is left to see it.
        with suppress(AttributeError, OSError, ValueError):
            try:
                stream.flush()
            except OSError:
                # Python would complain once more when it closes the stream.
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    gc.freeze()
    sys.exit(code)


def exit_code(problem: CnmError) -> int:
    """Return the exit code for an error of this program."""
    if isinstance(problem, InvalidQuery | QueryRefused):
        return EXIT_INVALID
    if isinstance(problem, CredentialsMissing | CredentialsMalformed | CredentialsRefused):
        return EXIT_CREDENTIALS
    return EXIT_STORE if isinstance(problem, StoreFailed) else EXIT_FAILED
