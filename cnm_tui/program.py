"""Define the behaviour of the command line with the package click.

Subcommands are imported only when they run, the help fits one screen, and options are listed in groups.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, Final, NamedTuple, TypeVar

import click
from click.shell_completion import CompletionItem

from cnm_tui.core.endpoints.known import KNOWN

EXAMPLES: Final = (
    ("cnm-tui --demo", "try it without keys"),
    ('cnm-tui --view "Refused connections"', "start with a view"),
    ("cnm-tui query -q server_env:prod -f csv", "print rows, without a screen"),
)
QUESTION, CONNECTION, DISPLAY, OTHER = "Question", "Connection", "Display", "Options"
_GROUPS: Final = {
    QUESTION: [
        "--view",
        "--resume",
        *(f"--{name}" for name in KNOWN),
        "--group-by",
        "--query",
        "--tags",
        "--last",
        "--from",
        "--to",
        "--snap",
        "--limit",
        "--timeline",
    ],
    CONNECTION: ["--demo", "--profile", "--site", "--api-url", "--ca-bundle", "--no-keyring"],
    DISPLAY: [
        "--sort",
        "--columns",
        "--filter",
        "--top",
        "--diagnose",
        "--refresh",
        "--no-mouse",
        "--theme",
        "--ascii",
        "--clipboard",
        "--notify",
        "--record",
        "--redact",
        "--redact-key",
        "--keep-subnets",
    ],
    OTHER: [],
}


class CommandModule(NamedTuple):
    """The location of a subcommand in the code: its module and attribute. The module is imported when the command
    runs.
    """

    module: str
    attribute: str
    short_help: str
    is_rare: bool = False
    """True if the help of the program has its name only."""


Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Values = Callable[[], Iterable[str]]
"""Function that returns the values of an option, the likely ones first."""


class GroupedCommand(click.Command):
    """A command whose help lists its options in groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help texts of the options, group by group."""
        write_groups(self.get_params(ctx), ctx, formatter)


class MainCommand(click.Group):
    """The main command `cnm-tui`. Its help fits a terminal of 80 columns and 24 lines, and names every option.

    The option `--help-all` explains each option.
    """

    def __init__(
        self, *args: Any, modules: Mapping[str, CommandModule], values: tuple[str, str], **others: Any
    ) -> None:
        """Create the main command.

        Args:
            modules: The subcommands by their names. The most used subcommands are first.
            values: A pair of a module name and the name of a dictionary in this module. The dictionary maps an
                option's parameter name to a function that returns the option's possible values for shell completion.
        """
        super().__init__(*args, **others)
        self._modules = modules
        self._values = values

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all subcommands. The most used subcommands are first."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand's module and return the subcommand. Return None if there is no
        subcommand with this name.
        """
        if (found := self._modules.get(cmd_name)) is None:
            return None
        command: click.Command = getattr(import_module(found.module), found.attribute)
        return command

    def values_of(self, parameter: str) -> Values | None:
        """Return a function that returns the possible values of an option for shell completion. Return None if the
        values of the option cannot be completed.
        """
        module, name = self._values
        found: Values | None = getattr(import_module(module), name).get(parameter)
        return found

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help of the main command: usage, examples, subcommands, and the names of the options."""
        # In few lines: all of it fits a screen of 24.
        formatter.write_usage(ctx.command_path, "[OPTIONS] [COMMAND]; every option explained: --help-all")
        formatter.write_text(self.help or "")
        formatter.write_paragraph()
        formatter.write("".join(f"  {command:<41}{does}\n" for command, does in EXAMPLES))
        with formatter.section("Commands"):
            usual = [(name, found.short_help) for name, found in self._modules.items() if not found.is_rare]
            rare = [name for name, found in self._modules.items() if found.is_rare]
            formatter.write_dl([*usual, ("others", ", ".join(rare))])
        formatter.write_paragraph()
        by_group = _by_group(self.get_params(ctx))
        formatter.write_dl([(f"{name}:", _names(by_group[name])) for name in (QUESTION, CONNECTION, DISPLAY)])

    def help_of_everything(self, ctx: click.Context) -> str:
        """Return the long help text of the main command, which explains every option."""
        formatter = ctx.make_formatter()
        self.format_help(ctx, formatter)
        write_groups(self.get_params(ctx), ctx, formatter)
        return formatter.getvalue().rstrip("\n")


def help_all_option() -> Callable[[Decorated], Decorated]:
    """Return a decorator that adds the option `--help-all`, which prints a long help text with every option."""

    def show(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
        if wanted and isinstance(ctx.command, MainCommand) and not ctx.resilient_parsing:
            click.echo(ctx.command.help_of_everything(ctx))
            ctx.exit()

    return click.option(
        "--help-all", is_flag=True, is_eager=True, expose_value=False, callback=show, help="Explain every option."
    )


def write_groups(params: Sequence[click.Parameter], ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the help texts of options, under a heading for each group."""
    for name, options in _by_group(params).items():
        records = [record for option in options if (record := option.get_help_record(ctx)) is not None]
        if records:
            with formatter.section(name):
                formatter.write_dl(records)


def _by_group(params: Sequence[click.Parameter]) -> dict[str, list[click.Option]]:
    found: dict[str, list[click.Option]] = {name: [] for name in _GROUPS}
    for param in params:
        if isinstance(param, click.Option):
            group = next((name for name, names in _GROUPS.items() if set(names) & set(param.opts)), OTHER)
            found[group].append(param)
    return found


def _names(options: Sequence[click.Option]) -> str:
    """Return the names of options as one text, for example `-q/--query --last`."""
    return "  ".join("/".join(sorted(option.opts, key=len)) for option in options)


class CompletedOption(click.Option):
    """A command-line option whose possible values the shell can complete."""

    is_list = False

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the possible values that begin with the typed text. Upper and lower case are ignored.

        If the option is a comma-separated list, only the text after the last comma is completed.
        """
        if (values := _values_of(self, ctx)) is None:
            return super().shell_complete(ctx, incomplete)
        before, comma, typed = incomplete.rpartition(",") if self.is_list else ("", "", incomplete)
        chosen = set(before.split(","))
        return [
            CompletionItem(f"{before}{comma}{value}") for value in _beginning_with(typed, values) if value not in chosen
        ]


class CompletedList(CompletedOption):
    """A command-line option whose value is a comma-separated list. Completion keeps the text up to the last comma."""

    is_list = True


class CompletedArgument(click.Argument):
    """A command-line argument whose possible values the shell can complete."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the possible values that begin with the typed text. Upper and lower case are ignored."""
        values = _values_of(self, ctx)
        if values is None:
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(value) for value in _beginning_with(incomplete, values)]


def _values_of(param: click.Parameter, ctx: click.Context) -> Iterable[str] | None:
    """Return the possible values of an option or argument for shell completion. Return None if they are not known."""
    program = ctx.find_root().command
    values = program.values_of(param.name or "") if isinstance(program, MainCommand) else None
    return None if values is None else values()


def _beginning_with(typed: str, values: Iterable[str]) -> Iterator[str]:
    return (value for value in values if value.lower().startswith(typed.lower()))
