"""Define shell completion: the command that prints the completion script, and the suggested values."""

import os
import re
from collections.abc import Iterable, Mapping
from typing import Final

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ZshComplete, add_completion_class

from cnm_tui import state_files
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.known import all_endpoints
from cnm_tui.core.errors import CnmError
from cnm_tui.core.service import SITES
from cnm_tui.core.settings import DEFAULT_PROFILE
from cnm_tui.core.views.recommended import all_recommended
from cnm_tui.program import Values
from cnm_tui.startup import read_settings

COMPLETE_VARIABLE: Final = "_CNM_TUI_COMPLETE"
PROGRAM: Final = "cnm-tui"
_ACTS: Final = re.compile(r"[^\w@%+=:,./-]")
"""Characters that are not safe in an unquoted word of bash."""
_ACTS_IN_QUOTES: Final = re.compile(r"[\\\"$`!]")


def _views() -> Iterable[str]:
    try:
        saved = [view.name for view in state_files.views_file().load().views]
    except CnmError:
        saved = []
    return [*saved, *(view.name for view in all_recommended(CONNECTIONS))]


def _profiles() -> Iterable[str]:
    try:
        return [DEFAULT_PROFILE, *read_settings().profiles]
    except CnmError:
        return [DEFAULT_PROFILE]


def _fields() -> Iterable[str]:
    return dict.fromkeys(name for endpoint in all_endpoints(CONNECTIONS) for name in endpoint.fields)


def _metrics() -> Iterable[str]:
    return [key for endpoint in all_endpoints(CONNECTIONS) for key in endpoint.metrics]


def _explained_metrics() -> Iterable[str]:
    return [
        key for endpoint in all_endpoints(CONNECTIONS) for key, metric in endpoint.metrics.items() if metric.is_judged
    ]


def _checks() -> Iterable[str]:
    try:
        return read_settings().checks
    except CnmError:
        return []


VALUES: Final[Mapping[str, Values]] = {
    "view": _views,
    "profile": _profiles,
    "site": lambda: SITES,
    "group_by": _fields,
    "sort": _metrics,
    "columns": _metrics,
    "metric": _explained_metrics,
    "fields": _fields,
    "names": _checks,
}
"""Functions that return the values of an option or argument, by the parameter's name."""


class Bash(BashComplete):
    """Shell completion for bash. It inserts a value with blanks as one word, and keeps commas in a value."""

    source_template = """\
%(complete_func)s() {
    local - IFS=$'\\n' completion kind value
    set -f
    for completion in $(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \
%(complete_var)s=bash_complete "$1"); do
        kind=${completion%%%%,*} value=${completion#*,}
        case $kind in
            dir) COMPREPLY=(); compopt -o dirnames ;;
            file) COMPREPLY=(); compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    def format_completion(self, item: CompletionItem) -> str:
        """Return the type and the value of a completion item, separated by a comma.

        Special characters of the shell are escaped in the value.
        """
        return f"{item.type},{item.value if item.type != 'plain' else quoted(item.value, self._open_quote())}"

    @staticmethod
    def _open_quote() -> str:
        """Return the quote character at the beginning of the word that is completed, or an empty string."""
        words = os.environ.get("COMP_WORDS", "").split("\n")
        position = os.environ.get("COMP_CWORD", "")
        word = words[int(position)] if position.isdecimal() and int(position) < len(words) else ""
        return word[:1] if word.startswith(("'", '"')) else ""


def quoted(value: str, quote: str) -> str:
    """Return a value in which special characters are escaped, so that bash reads it literally.

    `quote` is the quote character that the user typed before the value. It is empty if there is none.
    """
    if quote == "'":
        return value.replace("'", "'\\''")
    # Within double quotes only these signs act, and ! in an interactive shell, which needs single quotes.
    acting = _ACTS_IN_QUOTES if quote else _ACTS
    return acting.sub(lambda sign: "\"'!'\"" if quote and sign[0] == "!" else "\\" + sign[0], value)


class Zsh(ZshComplete):
    """Shell completion for zsh, which also works if the user has not started zsh's own completion system."""

    source_template = ZshComplete.source_template.replace(
        "#compdef %(prog_name)s\n",
        "#compdef %(prog_name)s\n\n(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -D }\n",
    )


class Fish(FishComplete):
    """Shell completion for fish, which keeps commas in a value."""

    source_template = FishComplete.source_template.replace('string split ","', 'string split --max 1 ","')


SHELLS: Final = {shell.name: shell for shell in (Bash, Zsh, Fish)}
for _shell in SHELLS.values():
    add_completion_class(_shell)


@click.command("completion", help="Print the completion script for bash, zsh or fish.")
@click.argument("shell", type=click.Choice([*SHELLS]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script.

    Use it with `eval "$(cnm-tui completion bash)"`, or in fish with `cnm-tui completion fish | source`.
    """
    click.echo(SHELLS[shell](context.find_root().command, {}, PROGRAM, COMPLETE_VARIABLE).source(), nl=False)
