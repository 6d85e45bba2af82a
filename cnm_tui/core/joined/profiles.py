"""Ask several profiles the same question, and show their rows in one table with the profile of each row.

The profile is a group of its own, `profile`, that no service is asked for: rows of two profiles never have one id, and
sorting, filter and export know it as any group. A search for `profile:NAME`, as drilling makes it, decides who is
asked. Each profile has its own source, with its own keys and site.
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
    """Return the query with the profile among its groups, as the first one.

    Raises:
        InvalidQuery: It has as many groups as the endpoint takes.
    """
    return query if PROFILE in query.group_bys else replace(query, group_bys=(PROFILE, *query.group_bys))


def with_profile_first(begun: Query, group_by: str | None) -> tuple[Query, str | None]:
    """Return a query, and the option for its groups, with the profile among them."""
    begun = with_profile(begun)
    if group_by is None:
        return begun, None
    return begun, ",".join(with_profile(replace(begun, group_bys=parsed_group_bys(group_by))).group_bys)


def without_profile(query: Query) -> Query:
    """Return the query for one profile: without the group, and without the profile in its search."""
    group_bys = tuple(field for field in query.group_bys if field != PROFILE)
    search = _search_for(None, query.search)
    return replace(query, group_bys=group_bys or query.endpoint.group_bys, search=search or "")


def _queries(query: Query, profiles: Sequence[str]) -> Mapping[str, Query]:
    """Return the query for each profile that is asked; one that the search excludes is left out.

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
    """Return the window, and the query for each profile that is asked; all of them for the same window.

    Raises:
        InvalidQuery: The query does not group by the profile.
    """
    window = query.time_range.window(now)
    fixed = TimeRange(Fixed(window.start), Fixed(window.end))
    return window, _queries(replace(query, time_range=fixed), profiles)


def _search_for(profile: str | None, search: str) -> str | None:
    """Return the search for one profile, None if it excludes that; `profile` None stands for any."""
    # Other searches keep their spelling.
    if _TERM not in search or (expression := read(search).expression) is None:
        return search
    left = _for_profile(expression, profile)
    return (None if profile is not None else "") if left is False else "" if left is True else printed(left)


def _for_profile(expression: Expression, profile: str | None) -> "Expression | bool":
    """Return what is left of a search once the profile is known: a search, or if all or none match."""
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
    """Return True if the pattern matches the name; `*` is any text, and `?` any character."""

    def step(ends: set[int], part: "str | Wildcard") -> set[int]:
        if isinstance(part, str):
            return {end + len(part) for end in ends if profile.startswith(part, end)}
        if part.sign == "*":
            return set(range(min(ends), len(profile) + 1)) if ends else ends
        return {end + 1 for end in ends if end < len(profile)}

    return len(profile) in reduce(step, pattern.parts, {0})


def together(query: Query, window: Window, answers: Mapping[str, Answer]) -> Snapshot:
    """Return the answers of all profiles as one; a profile that failed is named, and the rows of the others stay.

    Raises:
        CnmError: All of them failed; the first failure.
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
    """Return connections with their profile as a further group, at this position."""
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
    """Return the rate limit with the fewest calls left."""
    known = [one for one in budgets if one.remaining is not None]
    return min(known, key=lambda one: one.remaining or 0, default=Budget())


class JoinedSource:
    """A Source that asks several profiles at once, each with its own keys at its own site."""

    def __init__(self, sources: Mapping[str, "Source | CnmError"], clock: Callable[[], float]) -> None:
        """Ask nothing yet.

        Args:
            sources: For each profile its source, or why there is none, as its keys are missing.
            clock: Returns epoch seconds.
        """
        self._sources = {name: one for name, one in sources.items() if not isinstance(one, CnmError)}
        self._failed = {name: one for name, one in sources.items() if isinstance(one, CnmError)}
        self._names = tuple(sources)
        self._clock = clock

    @property
    def label(self) -> str:
        """The names of the profiles."""
        return " + ".join(self._names)

    @property
    def site(self) -> str | None:
        """None: each profile has its own site."""
        return None

    def site_of(self, profile: str) -> str | None:
        """Return the Datadog site of one profile; None for another server."""
        source = self._sources.get(profile)
        return None if source is None else source.site

    @property
    def address(self) -> Address:
        """The address of no server, as each profile has its own."""
        return Address("", "nothing")

    @property
    def budget(self) -> Budget:
        """The rate limit of the profile with the fewest calls left."""
        return least([source.budget for source in self._sources.values()])

    def holds_key(self, text: str) -> bool:
        """Return True if the text contains a key of any profile."""
        return any(source.holds_key(text) for source in self._sources.values())

    async def fetch(self, query: Query) -> Snapshot:
        """Ask all profiles for the same window, at the same time.

        Raises:
            CnmError: All of them failed.
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
        """Close all connections."""
        await asyncio.gather(*(source.aclose() for source in self._sources.values()))


def result_or_failure(work: Callable[[], _Result]) -> "_Result | CnmError":
    """Return the result of the work, or its failure."""
    try:
        return work()
    except CnmError as problem:
        return problem


def joined_source(sources: Mapping[str, Callable[[], Source]], clock: Callable[[], float]) -> Source:
    """Return a source that asks several profiles; one without keys is named in each answer.

    Args:
        sources: For each profile a function that returns its source.
        clock: Returns epoch seconds.

    Raises:
        CnmError: None of them has keys.
    """
    found = {profile: result_or_failure(connect) for profile, connect in sources.items()}
    failures = [one for one in found.values() if isinstance(one, CnmError)]
    if len(failures) == len(found):
        raise failures[0]
    return JoinedSource(found, clock)
