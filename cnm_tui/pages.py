"""Display the documentation without a network (`cnm-tui help TOPIC`), and create a sample settings file."""

import io
import re
import shutil
import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.markdown import Markdown
from rich.theme import Theme

from cnm_tui.core.errors import InvalidQuery

TOPICS: Final = {
    "keys": "All keys of the screen, and their ids",
    "filter": "The language of the filter",
    "settings": "settings.toml: profiles, theme, keys",
    "sign-in": "Where keys come from, and profiles",
    "findings": "What is found in a row, by which rule, and how sure",
    "dns": "DNS: its rows, figures and findings",
    "insights": "What Datadog itself finds wrong, and what that needs",
    "explain": "Which tag explains a metric, and how values are ranked",
    "check": "Conditions that fail a build or a cron job",
    "headless": "cnm-tui query: formats and exit codes",
    "timeline": "When a row turned bad, and if it is over",
    "recordings": "Keep answers in a file, and ask it later",
    "explorer": "Everything on the screen",
    "tools": "For a row: programs of your own, neighbours, links, monitors",
    "terminals": "Sizes, themes, SSH, tmux, the clipboard",
    "company-networks": "Proxies and certificates",
    "troubleshooting": "What messages mean, and what to do",
    "architecture": "The map of the code",
}
"""Name of each page, and its contents in a few words."""
_WIDEST: Final = 100
_PICTURE: Final = re.compile(r"^!\[[^\]]*\]\([^)]*\)\n\n?", re.MULTILINE)
_COMMENT: Final = re.compile(r"^<!--.*?-->\n", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")


def page(topic: str) -> str:
    """Return a documentation page in Markdown, without pictures and without links to other pages.

    Raises:
        InvalidQuery: There is no page with this name.
    """
    if topic not in TOPICS:
        raise InvalidQuery(f"There is no page {topic!r}.", hint=f"Choose one of {', '.join(TOPICS)}.")
    text = _folder().joinpath(f"{topic}.md").read_text(encoding="utf-8")
    return _LINK.sub(r"\1", _COMMENT.sub("", _PICTURE.sub("", text)))


def _folder() -> Traversable:
    """Return the folder that contains the documentation pages.

    It is inside the installed package, or in the repository if the installation is editable.
    """
    packed = files("cnm_tui").joinpath("pages_of_help")
    return packed if packed.is_dir() else Path(__file__).parents[1] / ".github" / "docs"


def settings_sample() -> str:
    """Return the content of a sample settings.toml. It contains every setting with an explanation, all as comments."""
    written = page("settings").partition("```toml\n")[2].partition("```")[0]
    lines = [line if line.startswith("#") or not line else f"# {line}" for line in written.splitlines()]
    return "\n".join(
        ["# Remove the `# ` in front of a line to use it. `cnm-tui config check` checks this file.", *lines, ""]
    )


@click.command("help", help="Show a page of the documentation: keys, filter, settings …")
@click.argument("topic", required=False, metavar="[TOPIC]", type=click.Choice([*TOPICS]))
def show_help(topic: str | None) -> None:
    """Show a page in the terminal, or the list of pages."""
    if topic is None:
        width = max(map(len, TOPICS))
        lines = [f"  cnm-tui help {name:<{width}}  {contents}" for name, contents in TOPICS.items()]
        click.echo("\n".join(["Pages:", *lines]))
    elif sys.stdout.isatty():
        click.echo_via_pager(_drawn(page(topic)))
    else:
        click.echo(page(topic), nl=False)


def _drawn(markdown: str) -> str:
    """Return a Markdown page formatted for the terminal, at most 100 columns wide."""
    console = Console(
        file=io.StringIO(),
        width=min(_WIDEST, shutil.get_terminal_size().columns),
        force_terminal=True,
        theme=Theme({"markdown.code": "bold", "markdown.code_block": "default"}),
    )
    with console.capture() as capture:
        console.print(Markdown(markdown, code_theme="ansi_dark"))
    return capture.get()
