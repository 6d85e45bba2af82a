"""Send the same query for several profiles, and show the rows of all profiles in one table.

The profile of a row is an additional group-by named `profile`, which is never sent to Datadog. Therefore rows
of different profiles have different ids, and sorting, filter and export treat the profile like any other
group-by.

If the search contains `profile:NAME`, only this profile is queried. A drill-down adds such a term. Each
profile has its own data source, with its own API keys and its own Datadog site.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Final, TypeVar

from cnm_tui.core.connections import Connection, Connections, Exact
from cnm_tui.core.errors import CnmError, InvalidQuery
from cnm_tui.core.fields.group_by import PROFILE, parsed_group_bys
from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import joined, read
from cnm_tui.core.search.tree import AllOf, AnyOf, Expression, Not, Pattern, Term, Wildcard, printed
from cnm_tui.core.service import Address, Budget
from cnm_tui.core.snapshot import Remainder, Snapshot, Source
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import Fixed, TimeRange, Window

_TERM: Final = f"{PROFILE}:"

Answer = Snapshot | CnmError
_Result = TypeVar("_Result")


def with_profile(query: Query) -> Query:
    """Return the query with the group-by `profile` as its first group-by. A query that has it already is unchanged.

    Raises:
        InvalidQuery: The query already has as many group-bys as the API endpoint allows.
    """
    return query if PROFILE in query.group_bys else replace(query, group_bys=(PROFILE, *query.group_bys))


def with_profile_first(begun: Query, group_by: str | None) -> tuple[Query, str | None]:
    """Return the query and the text of its group-by option, both with the profile as the first group-by.

    Args:
        begun: The query.
        group_by: The text of the command line option for group-bys. None if the option is not given.
    """
    begun = with_profile(begun)
    if group_by is None:
        return begun, None
    return begun, ",".join(with_profile(replace(begun, group_bys=parsed_group_bys(group_by))).group_bys)


def without_profile(query: Query) -> Query:
    """Return the query for a single profile, without the profile in its group-bys and in its search."""
    group_bys = tuple(field for field in query.group_bys if field != PROFILE)
    search = _search_for(None, query.search)
    return replace(query, group_bys=group_bys or query.endpoint.group_bys, search=search or "")


def _queries(query: Query, profiles: Sequence[str]) -> Mapping[str, Query]:
    """Return a dict from the name of a profile to its query. A profile that the search excludes is left out.

    Raises:
        InvalidQuery: The query does not group by the profile.
    """
    if PROFILE not in query.group_bys:
        names = " and ".join(map(clean, profiles))
        raise InvalidQuery(f"{names} are asked together; this needs one profile.", hint="Choose one profile.")
    group_bys = tuple(field for field in query.group_bys if field != PROFILE)
    tags = tuple(tag for tag in query.tags if not tag.startswith(_TERM))
    named = {tag.removeprefix(_TERM) for tag in query.tags if tag.startswith(_TERM)}
    chosen = [profile for profile in profiles if named <= {profile}]
    searches = {profile: _search_for(profile, query.search) for profile in chosen}
    return {
        profile: replace(query, group_bys=group_bys, search=search, tags=tags)
        for profile, search in searches.items()
        if search is not None
    }


def questions(query: Query, profiles: Sequence[str], now: float) -> tuple[Window, Mapping[str, Query]]:
    """Return the time window of all queries, and a dict from the name of a profile to its query.

    Raises:
        InvalidQuery: The query does not group by the profile.
    """
    window = query.time_range.window(now)
    fixed = TimeRange(Fixed(window.start), Fixed(window.end))
    return window, _queries(replace(query, time_range=fixed), profiles)


def _search_for(profile: str | None, search: str) -> str | None:
    """Return the search text for one profile, or None if the search excludes this profile.

    Args:
        profile: The name of the profile. None if any profile is accepted.
        search: The search text, which may contain terms for the profile.
    """
    # Other searches keep their spelling.
    if _TERM not in search or (expression := read(search).expression) is None:
        return search
    left = _for_profile(expression, profile)
    return (None if profile is not None else "") if left is False else "" if left is True else printed(left)


def _for_profile(expression: Expression, profile: str | None) -> "Expression | bool":
    """Return the rest of a search expression after its terms for the profile are evaluated and removed.

    Return True if the rest matches everything, and False if it matches nothing.
    """
    match expression:
        case Term(field, pattern) if field == PROFILE:
            return profile is None or _matches(pattern, profile)
        case Not(inner):
            if profile is None and isinstance(inner, Term) and inner.field == PROFILE:
                return True
            left = _for_profile(inner, profile)
            return not left if isinstance(left, bool) else Not(left)
        case AllOf(inner) | AnyOf(inner):
            kind = type(expression)
            decided_by = kind is AnyOf
            left_over = [_for_profile(each, profile) for each in inner]
            if any(each is decided_by for each in left_over):
                return decided_by
            rest = joined(kind, [each for each in left_over if not isinstance(each, bool)])
            return not decided_by if rest is None else rest
        case _:
            return expression


def _matches(pattern: Pattern, profile: str) -> bool:
    """Return True if the pattern matches the name of the profile.

    In a pattern, `*` matches any text and `?` matches any single character.
    """

    def step(ends: set[int], part: "str | Wildcard") -> set[int]:
        if isinstance(part, str):
            return {end + len(part) for end in ends if profile.startswith(part, end)}
        if part.sign == "*":
            return set(range(min(ends), len(profile) + 1)) if ends else ends
        return {end + 1 for end in ends if end < len(profile)}

    return len(profile) in reduce(step, pattern.parts, {0})


def together(query: Query, window: Window, answers: Mapping[str, Answer]) -> Snapshot:
    """Combine the responses for all profiles in one snapshot.

    If the query of a profile failed, the snapshot contains the name of this profile and the rows of the other
    profiles.

    Raises:
        CnmError: The queries of all profiles failed. The error of the first profile is raised.
    """
    came = {profile: answer for profile, answer in answers.items() if isinstance(answer, Snapshot)}
    failed = {profile: answer for profile, answer in answers.items() if isinstance(answer, CnmError)}
    if failed and not came:
        profile, problem = next(iter(failed.items()))
        if not str(problem).startswith(named := f"{clean(profile)}: "):
            problem.args = (f"{named}{problem}",)
        raise problem
    at = query.group_bys.index(PROFILE)
    rows = [_of_profile(answer.connections, profile, at, query.endpoint.id_joint) for profile, answer in came.items()]
    missing, cut = tuple(map(clean, failed)), tuple(clean(profile) for profile, one in came.items() if one.cut)
    failures = [f"{clean(profile)} has no rows here: {problem.sentence}" for profile, problem in failed.items()]
    warnings = dict.fromkeys(filter(None, (*failures, *(answer.warning for answer in came.values()))))
    adds_up = any(answer.rows_of_reply is not None for answer in came.values())
    return Snapshot(
        query,
        window,
        max((answer.fetched_at for answer in came.values()), default=float(window.end)),
        Connections.joined(rows),
        sum(answer.unreadable for answer in came.values()),
        least(answer.budget for answer in came.values()),
        " ".join(warnings),
        Remainder(len(answers), len(cut) + len(failed), missing, cut, query.limit, tuple(failures)),
        rows_of_reply=sum(len(answer.connections) for answer in came.values()) if adds_up else None,
    )


def _of_profile(connections: Connections, profile: str, at: int, joint: str) -> Connections:
    """Return the connections with the name of their profile as an additional group-by value.

    Args:
        connections: The connections of one profile.
        profile: The name of the profile.
        at: The position of the additional value among the group-by values, from 0.
        joint: The text between the groups in the id of a row.
    """
    value = (profile,)

    def with_value(groups: "tuple[tuple[str, ...], ...]") -> "tuple[tuple[str, ...], ...]":
        return (*groups[:at], value, *groups[at:])

    def named(row_id: str) -> str:
        return joint.join(filter(None, (f"{_TERM}{profile}", row_id)))

    def placed(row: Connection) -> Connection:
        exact = row.unclean
        unclean = None if exact is None else Exact(named(exact.id), with_value(exact.groups))
        return row._replace(id=named(row.id), groups=with_value(row.groups), unclean=unclean)

    return Connections.of([placed(row) for row in connections])


def least(budgets: Iterable[Budget]) -> Budget:
    """Return the rate limit with the fewest remaining calls."""
    known = [one for one in budgets if one.remaining is not None]
    return min(known, key=lambda one: one.remaining or 0, default=Budget())


class JoinedSource:
    """A data source that queries several profiles at once. Each profile uses its own API keys and Datadog site."""

    def __init__(self, sources: Mapping[str, "Source | CnmError"], clock: Callable[[], float]) -> None:
        """Store the sources without sending a request.

        Args:
            sources: For each profile its data source, or the error if its API keys are missing.
            clock: A function that returns the time in seconds since 1970.
        """
        self._sources = {name: one for name, one in sources.items() if not isinstance(one, CnmError)}
        self._failed = {name: one for name, one in sources.items() if isinstance(one, CnmError)}
        self._names = tuple(sources)
        self._clock = clock

    @property
    def label(self) -> str:
        """Return the names of all profiles, joined by `+`."""
        return " + ".join(self._names)

    @property
    def site(self) -> str | None:
        """Return None, because each profile has its own Datadog site."""
        return None

    def site_of(self, profile: str) -> str | None:
        """Return the Datadog site of one profile. Return None if the profile uses another server."""
        source = self._sources.get(profile)
        return None if source is None else source.site

    @property
    def address(self) -> Address:
        """Return an empty address, because each profile has the address of its own server."""
        return Address("", "nothing")

    @property
    def budget(self) -> Budget:
        """Return the rate limit of the profile with the fewest remaining calls."""
        return least([source.budget for source in self._sources.values()])

    def holds_key(self, text: str) -> bool:
        """Return True if the text contains an API key of any profile."""
        return any(source.holds_key(text) for source in self._sources.values())

    async def fetch(self, query: Query) -> Snapshot:
        """Send the query for all profiles at the same time, with the same time window, and return the combined rows.

        Raises:
            CnmError: The queries of all profiles failed.
        """
        window, asked = questions(query, self._names, self._clock())
        came = await asyncio.gather(*(self._fetch(profile, one) for profile, one in asked.items()))
        return together(query, window, dict(zip(asked, came, strict=True)))

    async def _fetch(self, profile: str, query: Query) -> Answer:
        if (failure := self._failed.get(profile)) is not None:
            return failure
        try:
            return await self._sources[profile].fetch(query)
        except CnmError as problem:
            return problem

    async def aclose(self) -> None:
        """Close the network connections of all profiles."""
        await asyncio.gather(*(source.aclose() for source in self._sources.values()))


def result_or_failure(work: Callable[[], _Result]) -> "_Result | CnmError":
    """Call the function `work`, and return its result. If it raises a CnmError, return the error."""
    try:
        return work()
    except CnmError as problem:
        return problem


def joined_source(sources: Mapping[str, Callable[[], Source]], clock: Callable[[], float]) -> Source:
    """Return a data source that queries several profiles.

    If a profile has no API keys, each response contains the name of this profile and why it has no rows.

    Args:
        sources: For each profile a function that returns its data source.
        clock: A function that returns the time in seconds since 1970.

    Raises:
        CnmError: No profile has API keys.
    """
    found = {profile: result_or_failure(connect) for profile, connect in sources.items()}
    failures = [one for one in found.values() if isinstance(one, CnmError)]
    if len(failures) == len(found):
        raise failures[0]
    return JoinedSource(found, clock)
