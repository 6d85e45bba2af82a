"""Write the manual pages from the commands themselves: `python -m screenshots.man`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
from click_man.core import generate_man_page

from cnm_tui import __version__
from cnm_tui.cli import explore

FOLDER: Final = Path(__file__).parent.parent / ".github/man"


def main() -> None:
    """Write a page for each command."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in manual_pages():
        (FOLDER / name).write_text(text, encoding="utf-8")


def manual_pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each manual page; `cnm-tui-auth-login.1` is that of `cnm-tui auth login`."""
    yield from _pages_of(click.Context(explore, info_name="cnm-tui"))


def _pages_of(context: click.Context) -> Iterator[tuple[str, str]]:
    # Without a date: a page changes only when what it says does.
    yield f"{context.command_path.replace(' ', '-')}.1", generate_man_page(context, __version__, date="")
    command = context.command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if (inner := command.get_command(context, name)) is not None:
                yield from _pages_of(click.Context(inner, info_name=name, parent=context))


if __name__ == "__main__":
    main()
