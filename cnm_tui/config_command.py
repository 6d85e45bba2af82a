"""Define the `config` commands, which print the path of settings.toml, create the file, and check it."""

import click

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.settings import Settings
from cnm_tui.pages import settings_sample
from cnm_tui.store.files import FileIsThere, config_directory, path_text, private_directory, write_whole
from cnm_tui.store.settings import load
from cnm_tui.streams import say, write_line

EXIT_INVALID = 2


@click.group(help="Show, create and check settings.toml.")
def config() -> None:
    """Show, create and check settings.toml."""


@config.command("path", help="Print the path of settings.toml, whether it exists or not.")
def print_path() -> None:
    """Print the path of settings.toml."""
    write_line(str(config_directory() / "settings.toml"))


@config.command("init", help="Write a settings.toml with every setting as a comment; never over an existing file.")
def init() -> None:
    """Write a settings.toml that contains only comments."""
    path = private_directory(config_directory()) / "settings.toml"
    try:
        write_whole(path, settings_sample().encode(), replacing=False)
    except FileIsThere as problem:
        raise StoreFailed(f"{path_text(path)} exists already.", hint="Edit it; nothing was changed.") from problem
    write_line(f"Wrote {path_text(path)}. Remove the # before a setting to use it.")


@config.command("check", help="Check settings.toml; exit with 2 if an entry is invalid, with 4 if it cannot be read.")
@click.pass_context
def check(context: click.Context) -> None:
    """Print the problems of settings.toml."""
    path = config_directory() / "settings.toml"
    if not path.exists():
        write_line(f"There is no {path_text(path)}. `cnm-tui config init` writes one.")
        return
    settings = load(path)
    if settings.unreadable:
        raise StoreFailed(settings.unreadable)
    if problems := [*settings.problems, *_key_problems(settings)]:
        for problem in problems:
            say(problem)
        context.exit(EXIT_INVALID)
    write_line(f"{path_text(path)} is valid.")


def _key_problems(settings: Settings) -> list[str]:
    """Return the problems of the `[keys]` section of settings.toml, which assigns keyboard keys to commands.

    The check imports all dialogs, because it needs the list of all commands of the interactive program.
    """
    if not (settings.keys or settings.commands):
        return []
    from cnm_tui.tui.terminal.keys import import_dialogs, keys_in_force, row_command_keys

    import_dialogs()
    problem = keys_in_force(settings.keys, row_command_keys(settings)).problem
    return [problem] if problem else []
