"""Print for commands: lines to stdout, and sentences to stderr."""

import io
import sys
from contextlib import suppress

import click

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import clean


class NoStdout(io.TextIOBase):
    """A stdout for a program that was started without one: click would silently write nothing."""

    def write(self, text: str) -> int:
        """Raise at once.

        Raises:
            StoreFailed: Always.
        """
        raise StoreFailed("There is no stdout to write to.")


def write_line(text: str) -> None:
    """Write a line to stdout.

    Raises:
        StoreFailed: stdout failed: a full disk or quota, a closed terminal, or no stdout at all.
        BrokenPipeError: The reader of stdout has closed it.
    """
    try:
        click.echo(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise stdout_failed(error) from error


def write_with_verdict(text: str) -> None:
    """Write a line of a command whose exit code is its result; a reader that leaves early does not change that.

    Raises:
        StoreFailed: stdout failed in another way.
    """
    with suppress(BrokenPipeError):
        write_line(text)


def say(sentence: str) -> None:
    """Clean a sentence and write it to stderr; ignore a failing stderr."""
    write_to_stderr(clean(sentence))


def write_to_stderr(line: str) -> None:
    """Write a line (already cleaned, may contain colours) to stderr; ignore a failing stderr."""
    with suppress(OSError):
        click.echo(line, err=True)


def say_usage(error: click.ClickException) -> None:
    """Write a command-line error to stderr, as click does, but with cleaned arguments."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        write_to_stderr(context.get_usage())
        write_to_stderr(f"Try '{context.command_path} {context.help_option_names[-1]}' for help.\n")
    write_to_stderr(f"Error: {clean(error.format_message())}")


def stdout_failed(error: OSError) -> StoreFailed:
    """Return the error of a failed stdout, with the system's reason."""
    return StoreFailed(f"stdout could not be written: {error.strerror or type(error).__name__}.")


def is_terminal_for_progress() -> bool:
    """True if stderr is a terminal, where progress is shown."""
    return sys.stderr is not None and sys.stderr.isatty()


def show_progress(words: str, *, is_last: bool) -> None:
    """Write progress over the line before on stderr; ignore a failing stderr."""
    with suppress(OSError):
        click.echo(f"\r\x1b[K{clean(words)}", err=True, nl=is_last)
