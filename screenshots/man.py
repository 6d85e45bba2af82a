"""Write the manual pages (man pages) of all commands. The pages are created from the code of the commands.

Run this script with `python -m screenshots.man`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
from click_man.core import generate_man_page

from cnm_tui import __version__
from cnm_tui.cli import explore

FOLDER: Final = Path(__file__).parent.parent / ".github/man"


def main() -> None:
    """Write a manual page for each command."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in manual_pages():
        (FOLDER / name).write_text(text, encoding="utf-8")


def manual_pages() -> Iterator[tuple[str, str]]:
    """Yield the file name and the text of each manual page.

    For example, `cnm-tui-auth-login.1` is the file name for the command `cnm-tui auth login`.
    """
    yield from _pages_of(click.Context(explore, info_name="cnm-tui"))


def _pages_of(context: click.Context) -> Iterator[tuple[str, str]]:
    # A space, because click-man puts today's date in place of an empty text. A page must change only with its content.
    yield f"{context.command_path.replace(' ', '-')}.1", generate_man_page(context, __version__, date=" ")
    command = context.command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if (inner := command.get_command(context, name)) is not None:
                yield from _pages_of(click.Context(inner, info_name=name, parent=context))


if __name__ == "__main__":
    main()
