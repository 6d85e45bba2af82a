"""Define the command-line options for queries, and convert the options' values into a query."""

import functools
import os
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import click

from cnm_tui import store
from cnm_tui.core import joined
from cnm_tui.core.endpoint import CONNECTIONS, Endpoint
from cnm_tui.core.endpoints.known import KNOWN, endpoint_called
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import parsed_group_bys
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.query import (
    DEFAULT_GROUP_BYS,
    DEFAULT_LIMIT,
    Query,
    chosen_time_range,
    parsed_limit,
    parsed_tags,
    parsed_top,
    usual_query,
)
from cnm_tui.core.service import DEFAULT_SITE, checked_api_url, checked_site
from cnm_tui.core.settings import NOTHING_SET, Profile, Settings
from cnm_tui.core.table.sorting import worst_first_sort
from cnm_tui.core.table.table import Arrangement, usual_arrangement
from cnm_tui.core.time.time_range import Snap
from cnm_tui.core.views.arrangement_text import chosen_sort, parsed_columns
from cnm_tui.file_options import CertificatesFile
from cnm_tui.program import CompletedList, CompletedOption

Command = TypeVar("Command", bound=Callable[..., Any])


class SourceOptions(NamedTuple):
    """The values of the command-line options that decide where queries are sent, and with the keys of which profile."""

    demo: bool
    profile: str
    site: str | None
    api_url: str | None
    settings: Settings = NOTHING_SET
    """All settings, read once."""
    ca_bundle: Path | None = None
    """File of trusted certificates, in place of the system's."""
    use_keyring: bool = True
    together: tuple[str, ...] = ()
    """Profiles to ask together, in one table; empty for one."""

    @property
    def profile_settings(self) -> Profile:
        """Return the settings of the selected profile."""
        return self.settings.of(self.profile)


class Question(NamedTuple):
    """A query, together with the arrangement (sort order, filter, columns) of its rows."""

    query: Query
    arrangement: Arrangement


def usual_question(endpoint: Endpoint, *, worst_first: bool = False) -> Question:
    """Return the query and arrangement with which a run without options begins, for this API endpoint."""
    usual = usual_arrangement(endpoint)
    return Question(usual_query(endpoint), replace(usual, sort=worst_first_sort(endpoint)) if worst_first else usual)


USUAL: Final = usual_question(CONNECTIONS)
WORST_FIRST: Final = usual_question(CONNECTIONS, worst_first=True)
"""The question of a new user's first screen."""
_BEGINS: Final = ("view", "resume", "endpoint")
"""Options that name a question to begin with."""

FirstQuestion = Callable[[str | None, bool, SourceOptions], Question]
"""Function (view name, resume, place) that returns the question of a view, or of the last run if resume is True."""


_DEMO: Final = click.option("--demo", is_flag=True, help="Use invented data on this machine; needs no keys.")
_SOURCE_OPTIONS: Final = (
    click.option(
        "--site", cls=CompletedOption, metavar="SITE", help=f"Datadog site, as in datadoghq.eu.  [{DEFAULT_SITE}]"
    ),
    click.option("--api-url", metavar="URL", help="Custom API URL: https, or http on this machine."),
    click.option(
        "--ca-bundle",
        type=CertificatesFile(),
        metavar="FILE",
        help="Trusted certificates (PEM), instead of SSL_CERT_FILE and the system's.",
    ),
    click.option("--no-keyring", is_flag=True, help="Do not use the system's keyring."),
)
_QUESTION_OPTIONS: Final = (
    click.option(
        "--view", cls=CompletedOption, metavar="NAME", help="Start with a saved or recommended view; other options win."
    ),
    click.option("--resume", is_flag=True, help="Start with your last question; other options win."),
    *(
        click.option(f"--{name}", "endpoint", flag_value=name, default=None, help=known.option_help)
        for name, known in KNOWN.items()
        if known.option_help
    ),
    click.option(
        "-g",
        "--group-by",
        cls=CompletedList,
        metavar="F,F…",
        help=f"Up to 10 fields, '' for none.  [{','.join(DEFAULT_GROUP_BYS)}]",
    ),
    click.option("-q", "--query", "search", metavar="TEXT", help="Search: AND, OR, NOT, parentheses, wildcards."),
    click.option("--tags", metavar="T,T…", help="Filter by tags; not with --query."),
    click.option(
        "--last", "length", metavar="LENGTH", help="Length of a window that ends now: 90s, 15m, 4h, 2d, 1w.  [15m]"
    ),
    click.option("--from", "start", metavar="TIME", help="Start: now-2h, 10:00, yesterday, ISO 8601, epoch."),
    click.option("--to", "end", metavar="TIME", help="End, in the same forms; a date means the whole day.  [now]"),
    click.option(
        "--snap",
        type=click.Choice([snap.value for snap in Snap]),
        metavar="auto|on|off",
        help="End windows on 5-minute boundaries; auto: live windows of over 30 minutes.  [auto]",
    ),
    click.option("-n", "--limit", metavar="N", help=f"Rows to ask for, 1 to 7500; see --top.  [{DEFAULT_LIMIT}]"),
    click.option(
        "--sort",
        cls=CompletedList,
        metavar="KEY[:asc|:desc|:worst],…",
        help="Columns to sort by, '' for none; :worst puts rows with little evidence last.  [total_bytes; finding]",
    ),
    click.option(
        "--columns", cls=CompletedList, metavar="K,K…", help="Figures to show, in this order; JSON has all.  [all]"
    ),
    click.option(
        "--filter", "row_filter", metavar="TEXT", help="Rows to show: `cnm-tui help filter` explains the language."
    ),
    click.option("--top", metavar="N", help="Number of rows to show after sorting and filtering.  [all]"),
)


def started_environ() -> Mapping[str, str]:
    """Return the environment variables that cnm-tui had at its start. They may contain API keys."""
    environ: Mapping[str, str] | None = click.get_current_context().obj
    return os.environ if environ is None else environ


def source_options(read_settings: Callable[[], Settings], *, several: bool = False) -> Callable[[Command], Command]:
    """Return a decorator that adds the connection options, such as `--profile` and `--site`, to a command. The command
    gets the values of these options as its argument `options`.

    Args:
        read_settings: A function that returns the settings.
        several: True for a command that can query several profiles at once.
    """

    def decorated(command: Command) -> Command:
        @functools.wraps(command)
        def with_source_options(
            *,
            demo: bool,
            profile: tuple[str, ...],
            site: str | None,
            api_url: str | None,
            ca_bundle: Path | None,
            no_keyring: bool,
            **others: Any,
        ) -> Any:
            # The subcommand reads the settings itself, and reports their problems.
            passed_on = click.get_current_context().invoked_subcommand is not None
            settings = NOTHING_SET if passed_on else read_settings()
            first = profile[0] if profile else None
            options = parsed_source_options(demo, first, site, api_url, settings)
            options = options._replace(ca_bundle=ca_bundle, use_keyring=not no_keyring)
            if len(dict.fromkeys(profile)) > 1:
                options = options._replace(together=_checked_profiles(profile, options, several=several))
            return command(options=options, **others)

        return _with_options(with_source_options, (_DEMO, _profile_option(several=several), *_SOURCE_OPTIONS))  # type: ignore[return-value]  # the same, decorated

    return decorated


def _profile_option(*, several: bool) -> Callable[..., Any]:
    twice = " Twice: both in one table." if several else ""
    return click.option(
        "--profile",
        cls=CompletedOption,
        multiple=True,
        metavar="NAME",
        help=f"Profile: whose keys and which site.{twice}  [from settings.toml, else default]",
    )


def _checked_profiles(profiles: tuple[str, ...], options: SourceOptions, *, several: bool) -> tuple[str, ...]:
    """Return the names of the profiles that are queried together. A name that is given twice is returned once.

    Raises:
        InvalidQuery: The command supports only one profile, or another option names the Datadog site or server.
    """
    if not several:
        raise InvalidQuery("This command asks one profile.", hint="The explorer and `cnm-tui query` ask several.")
    if options.demo or options.site is not None or options.api_url is not None:
        raise InvalidQuery("--demo, --site and --api-url name one service, but several profiles are given.")
    return tuple(dict.fromkeys(profiles))


def question_options(
    first_question: FirstQuestion,
    *,
    worst_first: bool = False,
    usual: Question = USUAL,
    without: Collection[str] = (),
) -> Callable[[Command], Command]:
    """Add the options of a query to a command: search, group-bys, time range, limit, filter, sort and columns."""
    offered = tuple(
        option for name, option in zip((*_BEGINS, *_CHANGES), _QUESTION_OPTIONS, strict=True) if name not in without
    )

    def decorated(command: Command) -> Command:
        @functools.wraps(command)
        def with_question(
            *,
            options: SourceOptions,
            view: str | None = None,
            resume: bool = False,
            endpoint: str | None = None,
            **others: Any,
        ) -> Any:
            given = {name: others.pop(name, None) for name in _CHANGES}
            if view is not None and resume:
                raise InvalidQuery("--view and --resume each say what to begin with.", hint="Give one of them.")
            # Any query option replaces the profile's view as a whole, as another profile may have another view.
            if view is not None or resume:
                begun = _of_endpoint(first_question(view, resume, options), endpoint)
            elif (asked := _asked_endpoint(endpoint, others)) is not None:
                begun = usual_question(asked, worst_first=usual is WORST_FIRST)
            elif all(text is None for text in given.values()):
                begun = _usual(first_question, options, usual)
            else:
                begun = usual
            if options.together:
                query, given["group_by"] = joined.with_profile_first(begun.query, given["group_by"])
                begun = begun._replace(query=query)
            question = _ranked(changed_question(begun, **given), given["sort"] if worst_first else None)
            return command(options=options, question=question, **others)

        return _with_options(with_question, offered)  # type: ignore[return-value]  # the same, decorated

    return decorated


def _asked_endpoint(name: str | None, others: Mapping[str, Any]) -> Endpoint | None:
    """Return the API endpoint of an option or of the recording that is read. None means the default one."""
    path = others.get("from_file") or others.get("file")
    if name is not None or not isinstance(path, Path):
        return None if name is None else endpoint_called(name)
    found = store.last_endpoint(path)
    return None if found is CONNECTIONS else found


def _of_endpoint(begun: Question, name: str | None) -> Question:
    """Return the query and arrangement unchanged.

    Raises:
        InvalidQuery: An option names another API endpoint.
    """
    endpoint = begun.query.endpoint
    if name is not None and endpoint.name != name:
        other = endpoint_called(name).rows_noun
        raise InvalidQuery(
            f"That question asks for {endpoint.rows_noun}, and --{name} for {other}.", hint="Give one of them."
        )
    return begun


def _ranked(question: Question, sort: str | None) -> Question:
    """Return the question (query and arrangement) with the sort order of `--sort`, unchanged without `sort`. Sort
    columns without a direction put rows with too little data last, as on the screen."""
    if not sort:
        return question
    keys = chosen_sort(sort, question.query, worst_first=True)
    return question._replace(arrangement=replace(question.arrangement, sort=keys))


def _usual(first_question: FirstQuestion, options: SourceOptions, otherwise: Question) -> Question:
    """Return the question (query and arrangement) of the profile's view, or `otherwise` without a view."""
    if options.demo or not options.profile_settings.view:
        return otherwise
    try:
        return first_question(options.profile_settings.view, False, options)
    except InvalidQuery as refusal:
        raise InvalidQuery(
            f"The profile {options.profile} begins with a view: {refusal}", hint=refusal.hint
        ) from refusal


_CHANGES: Final = (
    "group_by",
    "search",
    "tags",
    "length",
    "start",
    "end",
    "snap",
    "limit",
    "sort",
    "columns",
    "row_filter",
    "top",
)


_ASKS: Final = (*_BEGINS, "group_by", "search", "tags", "length", "start", "end", "snap", "limit")
"""The options that say what to ask; the others say how to show it."""


def says_question(context: click.Context) -> bool:
    """Return True if the command line contains an option that decides what is requested, such as `--query`."""
    return any(context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE for name in _ASKS)


def changed_question(
    begun: Question,
    *,
    group_by: str | None,
    search: str | None,
    tags: str | None,
    length: str | None,
    start: str | None,
    end: str | None,
    snap: str | None,
    limit: str | None,
    sort: str | None,
    columns: str | None,
    row_filter: str | None,
    top: str | None,
) -> Question:
    """Return the query and arrangement, changed by the given options. If an option is None, the old value is kept.

    Args:
        begun: The query and arrangement before the change.

    Raises:
        InvalidQuery: An option is invalid, or the resulting query is invalid.
    """
    before, shown = begun.query, begun.arrangement
    searched = search is not None or tags is not None
    time_range = chosen_time_range(length, start, end, time.time(), before.time_range)
    query = Query(
        group_bys=before.group_bys if group_by is None else parsed_group_bys(group_by),
        search=search or "" if searched else before.search,
        tags=parsed_tags(tags or "") if searched else before.tags,
        time_range=time_range if snap is None else replace(time_range, snap=Snap(snap)),
        limit=before.limit if limit is None else parsed_limit(limit),
        endpoint=before.endpoint,
    )
    arrangement = Arrangement(
        sort=shown.sort if sort is None else chosen_sort(sort, query),
        row_filter=shown.row_filter if row_filter is None else parsed_filter(row_filter, query.endpoint),
        columns=shown.columns if columns is None else parsed_columns(columns, query.endpoint),
        widths=shown.widths,
        top=shown.top if top is None else parsed_top(top),
        pins=shown.pins,
    )
    return Question(query, arrangement)


def _with_options(command: Callable[..., Any], options: tuple[Callable[..., Any], ...]) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command


def parsed_source_options(
    demo: bool, profile: str | None, site: str | None, api_url: str | None, settings: Settings = NOTHING_SET
) -> SourceOptions:
    """Return the service and the profile to use. If `profile` is None, the default profile of the settings is used.

    Raises:
        InvalidQuery: The site or URL is invalid, or more than one of demo, site and URL is given.
    """
    if sum((demo, site is not None, api_url is not None)) > 1:
        raise InvalidQuery("--demo, --site and --api-url each say whom to ask.", hint="Give one of them.")
    profile = settings.profile if profile is None else profile
    if site is None and api_url is None:
        return SourceOptions(demo, profile, site, api_url, settings)
    # Imported here: most runs give neither, and the screen's start would wait.
    return SourceOptions(
        demo,
        profile,
        None if site is None else checked_site(site),
        None if api_url is None else checked_api_url(api_url),
        settings,
    )
