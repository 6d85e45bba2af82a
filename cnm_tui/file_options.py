"""Define command-line options whose value is a file name, with validation and shell completion."""

import ssl
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import click
from click.shell_completion import CompletionItem

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import clean
from cnm_tui.store.export_file import path_of, whole
from cnm_tui.store.files import DATABASE_HEADER, reason_text

Command = TypeVar("Command", bound=Callable[..., Any])


class CertificatesFile(click.ParamType[Path]):
    """The type of a command-line option whose value is a file of TLS certificates in PEM format."""

    name = "FILE"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return a marker that tells the shell to complete the option's value with file names."""
        return [CompletionItem(incomplete, type="file")]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Check that the file contains certificates, and return its absolute path.

        An absolute path stays valid if the current directory is deleted later.
        """
        try:
            path = whole(Path(value))
            if not path.is_file():
                self.fail(f"{clean(str(value), 300)!r} is not a file.", param, ctx)
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
        except ssl.SSLError:
            self.fail(f"{clean(str(value), 300)!r} holds no certificate in PEM form.", param, ctx)
        except OSError as error:
            self.fail(f"{clean(str(value), 300)!r} cannot be read: {reason_text(error)}.", param, ctx)
        except StoreFailed as problem:
            self.fail(problem.sentence, param, ctx)
        return path


class RecordingFile(click.ParamType[Path]):
    """The type of a command-line option whose value is the name of a recording to read or write.

    Only the file name is checked here. The file itself is checked when it is opened.
    """

    name = "FILE"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return a marker that tells the shell to complete the option's value with file names."""
        return [CompletionItem(incomplete, type="file")]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the absolute path of the recording that the user named."""
        try:
            return path_of(str(value))
        except StoreFailed as problem:
            self.fail(problem.sentence, param, ctx)


class RecordingOptions(NamedTuple):
    """The values of the command-line options for writing a recording and for replacing names by aliases."""

    record: Path | None = None
    """The recording to write; None for none."""
    redact: bool = False
    redact_key: Path | None = None
    """The file of the key for aliases; None for a key of this run."""
    keep_subnets: bool = False
    """True if addresses of the same network get aliases in the same network."""


NOTHING_KEPT: Final = RecordingOptions()


def recording_options(*, records: bool = True) -> Callable[[Command], Command]:
    """Return a decorator that adds the options for recordings and aliases to a command.

    The command gets the values of the options as its argument `keeping`.

    Args:
        records: False for a command that cannot write a recording. Then the option `--record` is left out.
    """
    options = [
        click.option("--redact", is_flag=True, help="Show aliases in place of names: service-7, pod-12."),
        click.option(
            "--redact-key", type=RecordingFile(), help="Keep the key in FILE: the same aliases in other runs and files."
        ),
        click.option("--keep-subnets", is_flag=True, help="Aliases of addresses keep their networks' relations."),
    ]
    if records:
        options.insert(0, click.option("--record", type=RecordingFile(), help="Keep every answer in a recording."))

    def decorated(command: Command) -> Command:
        @wraps(command)
        def with_options(
            *, redact: bool, redact_key: Path | None, keep_subnets: bool, record: Path | None = None, **others: Any
        ) -> Any:
            return command(keeping=RecordingOptions(record, redact, redact_key, keep_subnets), **others)

        for option in reversed(options):
            with_options = option(with_options)
        return with_options  # type: ignore[return-value]  # the same, decorated

    return decorated


class OutputFile(click.ParamType[Path | None]):
    """The type of a command-line option whose value is a file to write, in a folder that exists.

    The value `-` means stdout, and is converted to None.
    """

    name = "FILE"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return a marker that tells the shell to complete the option's value with file names."""
        return [CompletionItem(incomplete, type="file")]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | None:
        """Check that the file may be written, and return its absolute path. For `-`, which means stdout, return
        None.
        """
        if value == "-":
            return None
        shown = clean(str(value), 300)
        try:
            path = whole(Path(value))
            if not path.parent.is_dir():
                self.fail(f"{shown!r} is not a file in a folder that exists.", param, ctx)
            # Path drops a trailing slash, which means a folder.
            if str(value).endswith("/") or (path.exists() and not path.is_file()):
                self.fail(f"{shown!r} is not a file; leave out -o to write to stdout.", param, ctx)
            if _is_database(path):
                self.fail(f"{shown!r} is a recording, or another database; name another file.", param, ctx)
        except OSError as error:
            self.fail(f"{shown!r} cannot be written: {reason_text(error)}.", param, ctx)
        except StoreFailed as problem:
            self.fail(problem.sentence, param, ctx)
        return path


def _is_database(path: Path) -> bool:
    """Return True if the file is an SQLite database. It may be a recording, which must not be overwritten."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(DATABASE_HEADER)) == DATABASE_HEADER
