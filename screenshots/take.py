"""Take the screenshots for the README.

cnm-tui itself runs with its demo at a fixed time, so that each run creates the same screenshots. Run this
script with `python -m screenshots.take [NAME …]`.
"""

import asyncio
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape, unescape
from pathlib import Path
from typing import Final

from textual.pilot import Pilot

from cnm_tui.api.client import CnmClient
from cnm_tui.api.service import Service
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.metrics.extra import FINDING
from cnm_tui.core.query import MOST_ROWS, Query
from cnm_tui.core.service import DEFAULT_SITE, Credentials, site_url
from cnm_tui.core.settings import DARK, DEFAULT_PROFILE, LIGHT, Look, Profile, Settings
from cnm_tui.core.snapshot import Source
from cnm_tui.core.table.sorting import parsed_sort
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.text import cell_width
from cnm_tui.core.time.time_range import last
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.demo.server import DemoServer
from cnm_tui.options import SourceOptions
from cnm_tui.profiles import KnownProfiles
from cnm_tui.store.keychain import found_credentials
from cnm_tui.tui.app import CnmApp
from cnm_tui.tui.dialogs.welcome import WelcomeScreen
from cnm_tui.tui.screens.main import MainScreen
from cnm_tui.tui.services import Services
from cnm_tui.tui.widgets.detail import Detail
from cnm_tui.tui.widgets.grid import Grid
from screenshots.shapes import CELL, DRAWN, shapes

FOLDER: Final = Path(__file__).parent
MOMENT: Final = 1_772_359_920
"""2026-03-01 10:12Z in epoch seconds: five of the demo's nine incidents are in force."""
SURROUNDINGS: Final = {"TZ": "Europe/Paris", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
"""Environment variables, so that pictures are the same on every machine."""
NOT_AROUND: Final = ("NO_COLOR", "SSH_CONNECTION", "SSH_TTY", "TMUX", "STY")
FOLDER_WRITTEN_TO: Final = "/tmp"
ZONES: Final = ("client_availability-zone", "server_availability-zone")
BY_ZONE: Final = ("client_service", "server_service", "server_availability-zone")
PATIENCE_SECONDS: Final = 30.0
SETTLED_LOOKS: Final = 3

TEXT: Final = re.compile(
    r'<text class="([\w-]+)" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+" clip-path="[^"]+">([^<]*)</text>'
)
WORD: Final = re.compile(rf"(\s*)([{DRAWN}]+|[^\s{DRAWN}]+(?: [^\s{DRAWN}]+)*|$)")
"""Matches a word with the blanks before it; words with one blank between them count as one, lines and blocks alone."""
FONTS: Final = 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'


PASS: Final = ("pass", "show", "datadog")
SETTINGS: Final = Settings(
    profiles={
        "prod-eu": Profile(site="datadoghq.eu", api_key_command=PASS, app_key_command=PASS, accent="#d70000"),
        "prod-us": Profile(site="us5.datadoghq.com", api_key_command=PASS, app_key_command=PASS, accent="#d70000"),
        "staging": Profile(site="datadoghq.eu", accent="#5fafff"),
    }
)


@dataclass(frozen=True)
class Picture:
    """The description of one screenshot: the query, the terminal size, the keyboard keys to press and other
    settings.
    """

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()
    query: Query = Query()
    sort: str = "retransmit_share,total_bytes"
    look: Look = Look(DARK)
    profile: str = ""
    """Name of the profile; empty for the demo."""
    has_keys: bool = True
    clipboard: str = "auto"
    hours_later: int = 0
    """Hours after `MOMENT`, at which other incidents are in force."""

    def moment(self) -> float:
        """Return the fixed time of the screenshot in seconds since 1970. The demo, the HTTP client and the screen
        all use it.
        """
        return MOMENT + 3600.0 * self.hours_later

    @property
    def place(self) -> SourceOptions:
        """Return the connection options for the screenshot. They select the demo or a profile."""
        is_demo = self.has_keys and not self.profile
        settings = SETTINGS if self.profile else Settings()
        return SourceOptions(
            is_demo, self.profile or DEFAULT_PROFILE, None, None, settings._replace(clipboard=self.clipboard)
        )


PICTURES: Final = (
    Picture("explorer-200x50", (200, 50), query=Query(BY_ZONE, limit=MOST_ROWS)),
    # The lead: at this time no name on it has letters that few fonts have.
    Picture("explorer-100x30", (100, 30), sort=FINDING.key, hours_later=5),
    Picture("why", (100, 30), ("down", "down", "a"), sort=FINDING.key, hours_later=5),
    Picture("timeline", (100, 30), ("L", "enter", "B"), sort=FINDING.key),
    Picture("explain", (100, 30), ("x", "enter"), sort=FINDING.key),
    Picture("neighbours", (100, 30), ("G",), sort=FINDING.key),
    Picture("dns", (100, 30), ("D",), sort=FINDING.key),
    Picture("health", (100, 30), ("H", "down"), sort=FINDING.key),
    Picture("explorer-80x24", (80, 24)),
    Picture("detail-80x24", (80, 24), ("d",)),
    Picture("search", (100, 30), ("e", *"server", "underscore", *"service", "colon", *"pa")),
    Picture("filter", (100, 30), ("slash", *"rtt", "greater_than_sign", *"50ms")),
    Picture("group-by", (100, 30), ("b", *"zone", "down", "space")),
    Picture("time-range", (100, 30), ("t",)),
    Picture("views", (100, 30), ("v", "down")),
    Picture("columns", (100, 30), ("c", "down", "down", "down")),
    Picture("drill-where", (100, 20), ("right", "enter")),
    Picture("drill-down", (100, 24), ("enter", "enter"), query=Query(ZONES), sort="tcp_retransmits"),
    Picture("no-name", (100, 24), ("N",)),
    Picture("other-way", (100, 36), ("I",), query=Query(ZONES)),
    Picture("compare", (100, 30), ("m", "enter"), query=Query(ZONES, time_range=last(300))),
    Picture(
        "compare-200x50",
        (200, 50),
        ("m", "enter", "down", "down", "down", "down"),
        query=Query(BY_ZONE, time_range=last(300), limit=MOST_ROWS),
    ),
    Picture("divide", (100, 30), ("f",)),
    Picture("copy-as", (100, 30), ("space", "space", "Y"), profile="prod-eu"),
    Picture("copy-by-hand", (100, 20), ("space", "space", "Y", "enter"), clipboard="off"),
    Picture("write", (100, 24), ("w",)),
    Picture("profiles", (100, 24), ("P", "down"), profile="prod-eu"),
    Picture("welcome", (100, 24), has_keys=False),
    Picture("sign-in", (100, 30), ("s",), has_keys=False),
    Picture("light", (100, 24), look=Look(LIGHT)),
    Picture("ascii", (100, 24), look=Look(DARK, ascii=True)),
    Picture("help", (100, 30), ("question_mark",)),
)


class ProfilesOfThePicture(KnownProfiles):
    """Simulated profiles for the screenshots. The demo answers the queries of all profiles, and the keyring works."""

    def __init__(self, picture: Picture, url: str) -> None:
        super().__init__(picture.place, {})
        self._picture = picture
        self._url = url

    def connect(self, profile: str, *, is_lent: bool = False) -> Source:
        """Return a data source that sends queries to the demo, but has the name of the profile.

        Raises:
            CredentialsMissing: The screenshot shows a start without API keys.
        """
        if not self._picture.has_keys:
            credentials: Credentials = found_credentials({}, use_keyring=False).credentials
            return CnmClient(Service(site_url(DEFAULT_SITE), credentials), DEFAULT_SITE)
        site = SETTINGS.of(profile).site
        return CnmClient(Service(self._url, None), f"{profile} ({site})" if site else "DEMO", self._picture.moment)

    def keyring_problem(self, profile: str) -> str:
        """Return an empty text, because the keyring always works in the screenshots."""
        return ""


def main(wanted: Sequence[str]) -> None:
    """Write the screenshots with the given names, or all screenshots if no name is given."""
    os.environ.update(SURROUNDINGS)
    for name in NOT_AROUND:
        os.environ.pop(name, None)
    time.tzset()
    os.chdir(FOLDER_WRITTEN_TO)
    for picture in PICTURES:
        if not wanted or picture.name in wanted:
            with DemoServer(keys_required=False, clock=picture.moment) as demo:
                write(picture.name, asyncio.run(taken(picture, demo.url)))


async def taken(picture: Picture, url: str) -> str:
    """Run cnm-tui with the demo at this URL, press the keyboard keys of this screenshot, and return the screenshot
    as SVG.
    """
    exploration = Exploration(
        picture.query, Arrangement(parsed_sort(picture.sort, picture.query.group_bys, CONNECTIONS))
    )
    profiles = ProfilesOfThePicture(picture, url)
    connect = partial(profiles.connect, profiles.first)
    services = Services(connect, connect, profiles=profiles)
    app = CnmApp(services, exploration, picture.moment, None, picture.place.settings, picture.look)
    async with app.run_test(size=picture.size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, WelcomeScreen) or answered(app))
        main = app.get_default_screen()
        assert isinstance(main, MainScreen)
        for key in picture.keys:
            await pilot.press(key)
            # The clock stands still, so the cursor would never have come to rest.
            main.session.moved_at = 0.0
            await until(pilot, lambda: not main.exploration.fetching and is_whole(main.exploration.timeline))
        return await settled(pilot)


def answered(app: CnmApp) -> bool:
    """True if the main screen shows rows. If the detail pane is open, it must also show the details of a row."""
    if not isinstance(app.screen, MainScreen):
        return False
    detail = app.screen.query_one(Detail)
    return app.screen.query_one(Grid).highlighted is not None and (not detail.display or detail.connection is not None)


def is_whole(timeline: Timeline | None) -> bool:
    """True if all parts of the timeline have arrived, and it is calculated when each row turned bad.

    The result is also True if there is no timeline.
    """
    return timeline is None or (not timeline.missing and timeline.onsets_are_known)


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Wait until the function `holds` returns True.

    Raises:
        TimeoutError: The function did not return True within 30 seconds.
    """
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():
            await pilot.pause(0.02)


async def settled(pilot: Pilot[None]) -> str:
    """Wait until the screen no longer changes, and return its screenshot as SVG.

    The function waits because some panes follow the cursor with a delay.
    """
    seen = [""]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(seen) <= SETTLED_LOOKS or len(set(seen[-SETTLED_LOOKS:])) > 1:
            await pilot.pause(0.1)
            seen.append(pilot.app.export_screenshot(simplify=True))
    return seen[-1]


def write(name: str, svg: str) -> None:
    """Write the screenshot as an SVG file into the folder of this module, and print the file's name and size."""
    path = FOLDER / f"{name}.svg"
    path.write_text(plain(svg), encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size:,} bytes")


def plain(svg: str) -> str:
    """Return the SVG without links to web fonts, and with other changes so that it looks the same in every viewer."""
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code, monospace", FONTS)
    # A clip path for each line: no text is longer than its line, and the last line's path is not even defined.
    svg = re.sub(r'<clipPath id="[\w-]+-line-\d+">.*?</clipPath>\s*', "", svg, flags=re.DOTALL)
    svg = re.sub(r"terminal-\d+-", "", svg)
    return TEXT.sub(placed_words, svg)


def placed_words(text: re.Match[str]) -> str:
    """Return SVG elements that draw one text, with each word at the exact position of its terminal cells.

    Line and block characters are drawn as shapes. Exact positions are necessary because some viewers ignore
    `textLength` or drop blanks, and because Rich counts a wide character as one cell.
    """
    style, x, y, escaped = text.groups()
    words: list[str] = []
    cells = 0
    for blanks, word in WORD.findall(unescape(escaped).replace("\N{NO-BREAK SPACE}", " ")):
        cells += len(blanks)
        if word and word[0] in DRAWN:
            words += shapes(word, style, float(x) + cells * CELL, float(y))
        elif word:
            left, length = float(x) + cells * CELL, cell_width(word) * CELL
            words.append(f'<text class="{style}" x="{left:g}" y="{y}" textLength="{length:g}">{escape(word)}</text>')
        cells += cell_width(word)
    return "".join(words)


if __name__ == "__main__":
    main(sys.argv[1:])
