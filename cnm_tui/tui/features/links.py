"""Create links to Datadog's web pages about the query and about the row at the cursor."""

from collections.abc import Iterator

from cnm_tui.core.connections import Connection
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.export.question import web_host, web_link
from cnm_tui.core.fields.group_by import PROFILE
from cnm_tui.core.joined.profiles import JoinedSource, without_profile
from cnm_tui.core.navigation.drilling import narrowed
from cnm_tui.core.query import Query
from cnm_tui.core.row_links import SEEN, RowLink, row_links
from cnm_tui.core.row_values import values_of
from cnm_tui.core.time.time_range import Window
from cnm_tui.tui.dialogs.link import LinkScreen
from cnm_tui.tui.dialogs.link_picker import LinkPicker
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


class LinksFeature:
    """Shows, copies and opens the URLs of web pages."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def choose(self) -> None:
        """Let the user choose a link to a web page about the query or about the row at the cursor.

        If there is only one link, show it at once. If there is none, notify the user.
        """
        session = self._session
        site = self._site()
        query, shown, row = session.exploration.query, session.exploration.snapshot, self._view.row
        if session.together:
            query = without_profile(query)
        links = []
        if site is not None:
            window = query.time_range.window(session.now())
            links.append(RowLink("network", "this question", web_link(query, window, site), SEEN))
        if shown is not None and row is not None:
            links += self._of_row(shown.query, shown.window, site)
        if not links:
            self._view.say(f"{session.label or 'What is asked'} has no web pages; a link needs a Datadog site.")
        elif len(links) == 1:
            self._show(links[0])
        else:
            self._view.ask(LinkPicker(links), self._show)

    def _site(self) -> str | None:
        """Return the Datadog site of the current source of data. Return None if the source has no Datadog site.

        If several profiles are queried together, return the site of the profile that the row at the cursor belongs
        to.
        """
        source, row, shown = self._session.source, self._view.row, self._session.exploration.snapshot
        if isinstance(source, JoinedSource) and row is not None and shown is not None:
            return source.site_of(row.exact.groups[shown.query.group_bys.index(PROFILE)][0])
        return source.site if source is not None else None

    def _of_row(self, query: Query, window: Window, site: str | None) -> list[RowLink]:
        """Return the links about the row at the cursor.

        If `site` is None, return only the links from `settings.toml` that do not need a Datadog site.
        """
        row = self._view.row
        assert row is not None, "asked without a row"
        start, end = 1_000 * window.start, 1_000 * window.end
        own, values = self._view.settings.links, values_of(row, query)
        if site is None:
            return list(row_links(own, values, None, start, end))
        return [*self._search_for(row, query, window, site), *row_links(own, values, web_host(site), start, end)]

    def _search_for(self, row: Connection, query: Query, window: Window, site: str) -> Iterator[RowLink]:
        """Yield the link to Datadog's network page with a search for this row.

        Yield nothing if the search for the row would be invalid.
        """
        try:
            of_row = query
            for field, values in zip(query.group_bys, row.exact.groups, strict=True):
                of_row = narrowed(of_row, field, values, excluded=False)
            if self._session.together:
                of_row = without_profile(of_row)
            yield RowLink("network", "this row", web_link(of_row, window, site), SEEN)
        except InvalidQuery:
            return

    def _show(self, link: RowLink | None) -> None:
        if link is not None:
            self._view.ask(LinkScreen(link.address), lambda _nothing: None)
            self._view.copy([link.address], "link", page=link.address)
