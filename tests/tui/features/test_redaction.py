"""Test the keyboard key that replaces all names on the screen by aliases. Pressed again, it restores the names.

A name that the user types must also be displayed as an alias.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.query import Query
from cnm_tui.core.table.table import Arrangement
from cnm_tui.store.redaction import Redaction
from cnm_tui.tui.features.redaction import RedactionFeature
from cnm_tui.tui.services import Services
from cnm_tui.tui.session import Session
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.tui.fake_view import FakeView, no_keys
from tests.tui.scheduling import FakeScheduler, until

SEARCH = Query(search="client_service:checkout-eu")
ANSWER = a_snapshot(a_connection(groups=(("checkout-eu",), ("ledger-db",)), bytes_sent_by_client=1), query=SEARCH)


def sitting(*, on: bool) -> tuple[RedactionFeature, Session, FakeView, FakeSource]:
    source = FakeSource(*[ANSWER] * 4, label="prod (datadoghq.eu)")
    session = Session(Exploration(SEARCH, refresh_seconds=None), lambda: MOMENT, FakeScheduler())
    redaction = Redaction(on=on)
    view = FakeView(Services(no_keys, no_keys, redaction=lambda: redaction))
    feature = RedactionFeature(session, view)
    session.connect(redaction.wrapped(source))
    return feature, session, view, source


def names_shown(session: Session) -> str:
    exploration = session.exploration
    rows = exploration.snapshot.connections if exploration.snapshot is not None else ()
    return f"{exploration.query.search} {[one.groups for one in rows]} {[one.id for one in rows]} {session.label}"


async def test_the_key_puts_aliases_everywhere_and_the_names_back() -> None:
    feature, session, view, source = sitting(on=False)
    await until(lambda: session.exploration.snapshot)
    before = names_shown(session)

    feature.toggle()
    await until(lambda: session.exploration.snapshot)
    redacted, mode = names_shown(session), view.modes["redaction"]
    feature.toggle()
    await until(lambda: session.exploration.snapshot)

    assert not any(name in redacted for name in ("checkout", "ledger", "prod", "datadoghq"))
    assert redacted.count("service-") == 5
    assert (mode, view.modes["redaction"]) == ("REDACTED", "")
    assert names_shown(session) == before
    assert {query.search for query in source.asked} == {SEARCH.search}


async def test_a_typed_name_is_shown_as_an_alias_and_asked_as_it_is() -> None:
    _, session, _, source = sitting(on=True)
    await until(lambda: session.exploration.snapshot)

    session.ask_changed(lambda query: replace(query, search="server_service:ledger-db"))
    await until(lambda: len(source.asked) == 2)

    assert "ledger" not in session.exploration.query.search
    assert source.asked[-1].search == "server_service:ledger-db"


async def test_a_typed_alias_is_asked_as_its_name() -> None:
    _, session, _, source = sitting(on=True)
    await until(lambda: session.exploration.snapshot)
    assert session.exploration.snapshot is not None
    alias = session.exploration.snapshot.connections[0].groups[1][0]

    session.ask_changed(lambda query: replace(query, search=f"server_service:{alias} OR client_service:checkout-eu"))
    await until(lambda: len(source.asked) == 2)

    assert source.asked[-1].search == "server_service:ledger-db OR client_service:checkout-eu"
    assert not any(name in session.exploration.query.search for name in ("ledger", "checkout"))


async def test_the_name_of_a_file_is_an_alias_and_a_proposed_one_stays(tmp_path: Path) -> None:
    _, session, _, _ = sitting(on=True)
    typed, ours = tmp_path / "acme-outage.csv", tmp_path / "cnm-site-7-20260301T1000Z.csv"

    said = session.about_file(f"Written to {typed}. There is no folder {tmp_path}.", typed, ours.name)
    of_ours = session.about_file(f"File: {ours}", ours, ours.with_suffix(".json").name)

    assert re.fullmatch(r"Written to (folder-\d+)/file-\d+\.csv\. There is no folder \1\.", said)
    assert re.fullmatch(r"File: folder-\d+/cnm-site-7-20260301T1000Z\.csv", of_ours)


async def test_without_redaction_a_file_keeps_its_name(tmp_path: Path) -> None:
    _, session, _, _ = sitting(on=False)

    assert session.about_file(f"File: {tmp_path}", tmp_path, "") == f"File: {tmp_path}"


async def test_a_recording_of_aliases_stays_marked(tmp_path: Path) -> None:
    session = Session(Exploration(SEARCH, refresh_seconds=None), lambda: MOMENT, FakeScheduler())
    view = FakeView(Services(no_keys, no_keys, modes={"redaction": "REDACTED"}))
    feature = RedactionFeature(session, view)
    session.connect(FakeSource(ANSWER))

    feature.toggle()

    assert (session.redacts, view.modes["redaction"]) == (True, "REDACTED")
    assert view.said[-1] == "This recording holds aliases only, and no names."


def test_a_key_file_keeps_aliases_the_same_and_holds_no_name(tmp_path: Path) -> None:
    key = tmp_path / "key"
    first = Redaction(key)
    alias = first.redacting.aliases.alias("service", "checkout-eu")
    first.save()

    again = Redaction(key).redacting.aliases.alias("service", "checkout-eu")

    assert again == alias
    assert "checkout" not in key.read_text()
    assert key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "is_refused"), [("rtt>100ms critical", False), ("checkout", True), ("client_service=a", True)]
)
def test_a_filter_with_names_is_refused(text: str, is_refused: bool) -> None:
    arrangement = Arrangement(row_filter=parsed_filter(text, SEARCH.endpoint))

    if is_refused:
        with pytest.raises(InvalidQuery, match="filter has names"):
            Redaction().of_question(SEARCH, arrangement)
    else:
        assert Redaction().of_question(SEARCH, arrangement)[1] == arrangement
