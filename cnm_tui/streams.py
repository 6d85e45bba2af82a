"""Print for commands: lines to stdout, and sentences to stderr."""

import io
from contextlib import suppress

import click

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import clean


class NoStdout(io.TextIOBase):
    """A stdout for a program that was started without one: click would write nothing, and say nothing."""

    def write(self, text: str) -> int:
        """Take nothing.

        Raises:
            StoreFailed: Always.
        """
        raise StoreFailed("There is no stdout to write to.")


def write_line(text: str) -> None:
    """Write a line to stdout.

    Raises:
        StoreFailed: stdout takes nothing: a full disk or quota, a terminal that went, or none at all.
        BrokenPipeError: Whoever read it has enough.
    """
    try:
        click.echo(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise stdout_failed(error) from error


def say(sentence: str) -> None:
    """Write a sentence to stderr, safe to show; where that takes nothing, what is asked for is done all the same."""
    write_to_stderr(clean(sentence))


def write_to_stderr(line: str) -> None:
    """Write a line that is safe to show, colours and all, to stderr, if that takes it."""
    with suppress(OSError):
        click.echo(line, err=True)


def say_usage(error: click.ClickException) -> None:
    """Write what is wrong with the command line to stderr, as click does, with the arguments in it safe to show."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        write_to_stderr(context.get_usage())
        write_to_stderr(f"Try '{context.command_path} {context.help_option_names[-1]}' for help.\n")
    write_to_stderr(f"Error: {clean(error.format_message())}")


def stdout_failed(error: OSError) -> StoreFailed:
    """Return the failure of stdout, with the system's reason."""
    return StoreFailed(f"stdout could not be written: {error.strerror or type(error).__name__}.")
