"""Print the output of commands: results to stdout, and messages to stderr."""

import io
import sys
from contextlib import suppress

import click

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import clean


class NoStdout(io.TextIOBase):
    """A replacement for stdout that raises an error. It is used if the program was started without stdout.

    Without the replacement, click would write nothing and report no error.
    """

    def write(self, text: str) -> int:
        """Raise an error instead of writing the text.

        Raises:
            StoreFailed: Always.
        """
        raise StoreFailed("There is no stdout to write to.")


def write_line(text: str) -> None:
    """Write a line to stdout.

    Raises:
        StoreFailed: Writing failed, because of a full disk or quota, a closed terminal, or a missing stdout.
        BrokenPipeError: The program that reads stdout has closed it.
    """
    try:
        click.echo(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise stdout_failed(error) from error


def write_with_verdict(text: str) -> None:
    """Write a line to stdout, for a command that reports its result by its exit code.

    If the program that reads stdout has closed it, no error is raised, because the exit code must not change.

    Raises:
        StoreFailed: Writing failed for another reason.
    """
    with suppress(BrokenPipeError):
        write_line(text)


def say(sentence: str) -> None:
    """Remove control characters from a sentence, and write it to stderr. Errors of stderr are ignored."""
    write_to_stderr(clean(sentence))


def write_to_stderr(line: str) -> None:
    """Write a line to stderr without changing the line. Callers must pass a line without control characters.

    The line may contain colours. Errors of stderr are ignored.
    """
    with suppress(OSError):
        click.echo(line, err=True)


def say_usage(error: click.ClickException) -> None:
    """Write an error about the command line to stderr in the form that click uses, but without control characters."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        write_to_stderr(context.get_usage())
        write_to_stderr(f"Try '{context.command_path} {context.help_option_names[-1]}' for help.\n")
    write_to_stderr(f"Error: {clean(error.format_message())}")


def stdout_failed(error: OSError) -> StoreFailed:
    """Return the error for a failed write to stdout, with the system's reason."""
    return StoreFailed(f"stdout could not be written: {error.strerror or type(error).__name__}.")


def is_terminal_for_progress() -> bool:
    """True if stderr is a terminal. The progress is displayed only on a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def show_progress(words: str, *, is_last: bool) -> None:
    """Write a progress text to stderr, in place of the previous progress text. Errors of stderr are ignored."""
    with suppress(OSError):
        click.echo(f"\r\x1b[K{clean(words)}", err=True, nl=is_last)
