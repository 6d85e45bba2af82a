"""Visit all screens and dialogs of cnm-tui, and return all text drawn there."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.widgets import Input

from cnm_tui.core.errors import Unreachable
from cnm_tui.core.settings import Look
from cnm_tui.core.sign_in import OfferedProfile
from cnm_tui.core.snapshot import Snapshot
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring, no_keys
from tests.tui.fake_profiles import FakeProfiles
from tests.tui.painted import painted

PROD: Final = OfferedProfile("prod-eu", "datadoghq.eu", "a command", site="datadoghq.eu", accent="#D70000")
LOCAL: Final = OfferedProfile("local", "127.0.0.1:8080", "environment", has_own_server=True)
SIZES: Final = ((80, 24), (200, 50))
_STOPS: Final = (
    (("e", "ctrl+a"), "everything"),
    (("e", *"server_service:st"), "store"),
    (("e", *"server_service:st*", "space", *"AND"), "AND"),
    (("ctrl+r",), "Earlier searches"),
    (("b", "down", "space"), "Group by"),
    (("b", *"zzz"), "Group by"),
    (("t", *"zz", "enter"), "Time range"),
    (("n", *"0", "enter"), "Rows to ask for"),
    (("c", "down", "space"), "Columns"),
    (("v", "down"), "Top talkers"),
    (("v", "ctrl+s", *"name", "shift+home"), "name"),
    (("Y", "down"), "Copy as"),
    (("P", "down"), "enter switches"),
    (("P", *"zz"), "No profile matches"),
    (("K", *"0a1b"), "****"),
    (("K", "ctrl+t", "enter"), "Access token"),
    (("w", "down"), "Write to a file"),
    (("w", "home", "ctrl+k", "enter"), "! "),
    (("f", "down", "tab"), "ranges of 4 rows"),
    (("m", "down"), "Compare with"),
    (("enter", "down"), "Drill down"),
    (("o",), "enter opens or copies"),
    (("N",), "Both ends"),
    (("M",), "Nothing is compared"),
    (("question_mark",), "Edit the search"),
    (("ctrl+p", "down"), "Back (cached)"),
    (("tab", "right"), "last 15 min"),
    (("slash", *"zz>"), "zz>"),
    (("slash", *"web"), "1 of 4 rows"),
    (("d", "down"), "this row"),
    (("I",), "nothing the other way"),
    (("s",), "4 rows"),
    (("space",), "1 marked"),
)
"""Keys, and the text that they must show."""


def rows(resets: int) -> Snapshot:
    """Return an answer with rows of each severity. Some rows have missing metrics, or an unresolved client or
    server.
    """
    return a_snapshot(
        a_connection(
            "1", (("web",), ("store-of-a-very-long-name-that-is-cut",)), rtt_micro_seconds=400_000, tcp_resets=resets
        ),
        a_connection("2", (("mail",), ("",)), rtt_micro_seconds=350_000, bytes_sent_by_client=None),
        a_connection("3", (("auth",), ("Größe 検索",)), rtt_micro_seconds=150_000, bytes_sent_by_server=5_000),
        a_connection("4", (("dns",), ("store",)), rtt_micro_seconds=900),
    )


@asynccontextmanager
async def in_front_of_rows(look: Look, size: tuple[int, int] = SIZES[0]) -> AsyncIterator[User]:
    """Yield a simulated user whose screen shows rows of each severity, the most unhealthy row first."""
    source = FakeSource(*(rows(number) for number in range(2)))
    source.site = PROD.site
    async with exploring(source, size=size, look=look, profiles=FakeProfiles(PROD, LOCAL)) as user:
        await user.sees("4 rows")
        await user.press("r")
        await user.until(lambda: len(source.asked) == 2)
        await user.press(*["right"] * 5, "s", "home")
        await user.until(lambda: user.highlighted == "1")
        yield user


async def stops(user: User) -> AsyncGenerator[str, None]:
    """Visit all screens and dialogs. Yield a name for each of them, which consists of the keys pressed to open it."""
    yield "rows"
    for keys, seen in _STOPS:
        await user.press(*keys)
        await user.sees(seen)
        await user.pilot.pause()
        yield " ".join(keys)
        while user.app.screen is not user.main:
            await user.press("escape")
            await user.pilot.pause()
        if isinstance(user.main.focused, Input):
            await user.press("escape")
        await user.press("escape")
    user.source.will_answer(a_snapshot(a_connection("1", rtt_micro_seconds=200), a_connection("gone")))
    await user.press("m", "enter")
    await user.sees("Compared with")
    yield "compared"
    user.source.will_answer(Unreachable("No answer from the fake.", hint="Try again."))
    await user.press("r")
    await user.sees("! No answer")
    yield "a failure"


@asynccontextmanager
async def without_keys(look: Look) -> AsyncIterator[User]:
    """Yield a simulated user at the first start of cnm-tui, without API keys."""
    async with exploring(connect=no_keys, look=look) as user:
        await user.sees("export DD_API_KEY")
        yield user


def drawn(user: User) -> Iterator[tuple[str, Style]]:
    """Yield the text pieces of the screen with their styles. If a dialog is open, yield only the text of the dialog."""
    dialogs = [child.region for child in user.app.screen.children] if user.app.screen is not user.main else []
    for y, strip in enumerate(painted(user.app)):
        if not dialogs:
            yield from _styled(strip)
        for region in dialogs:
            if region.y <= y < region.bottom:
                yield from _styled(strip.crop(region.x, region.right))


def _styled(strip: Iterable[Segment]) -> Iterator[tuple[str, Style]]:
    return ((segment.text, segment.style or Style()) for segment in strip if not segment.control)
