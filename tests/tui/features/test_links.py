"""Test links to web pages about a row or a query, without a Textual app."""

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.settings import NOTHING_SET, Settings
from cnm_tui.tui.dialogs.link import LinkScreen
from cnm_tui.tui.dialogs.link_picker import LinkPicker
from cnm_tui.tui.features.links import LinksFeature
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.fake_view import FakeView, a_sitting


def opened(site: str | None = "datadoghq.eu", *, with_row: bool = True, own: Settings = NOTHING_SET) -> FakeView:
    """Run the command that lists links, and return the fake screen with the dialog."""
    row = a_connection()
    session, view, _ = a_sitting(Exploration(Query(), refresh_seconds=None).received(a_snapshot(row)))
    source = FakeSource()
    source.site = site
    session.requests.connect(source)
    view.row = row if with_row else None
    view.settings = own
    LinksFeature(session, view).choose()
    return view


async def test_a_chosen_link_is_shown_copied_and_opened() -> None:
    view = opened()
    picker = view.dialogs[0]
    assert isinstance(picker, LinkPicker)
    row = next(link for link in picker._links if link.whose == "this row")

    await view.answer(row)

    assert isinstance(view.dialogs[1], LinkScreen)
    assert view.copied == [[row.address]]
    assert "client_service%3Aweb%20AND%20server_service%3Astore" in row.address
    assert picker._links[0].whose == "this question"
    assert {"logs", "traces", "network path"} <= {link.name for link in picker._links}


async def test_without_a_row_the_question_is_linked_at_once() -> None:
    view = opened(with_row=False)

    ((link,),) = view.copied
    assert link.startswith("https://app.datadoghq.eu/network?")


def test_a_link_needs_a_site() -> None:
    view = opened(None)

    assert view.said == ["What is asked has no web pages; a link needs a Datadog site."]
    assert view.dialogs == []


def test_without_a_site_the_own_pages_are_linked_that_need_none() -> None:
    links = {"runbook": "https://example.com/{service}", "logs": "https://{web}/logs?query={search:service}"}

    (picker,) = opened(None, own=Settings(links=links)).dialogs

    assert isinstance(picker, LinkPicker)
    assert [link.address for link in picker._links] == ["https://example.com/store", "https://example.com/web"]
