"""Test the messages of cnm-tui about watched rows, without a Textual app."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import pytest

from cnm_tui.core.connections import Connection, GroupValues
from cnm_tui.core.diagnosis import diagnosed
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.metrics.metric import Number
from cnm_tui.core.query import Query
from cnm_tui.core.settings import NOTHING_SET
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.features.watch import WatchFeature
from cnm_tui.tui.session import Session
from cnm_tui.tui.terminal.control_filter import may_be_sent
from cnm_tui.tui.terminal.notifications import notification
from tests.builders import WEB_TO_STORE, a_connection, a_snapshot
from tests.tui.fake_view import FakeView, a_sitting

Figures = Mapping[str, Number]
GOOD: Figures = {"packets_sent_by_client": 100_000, "tcp_retransmits": 100}
ODD: Figures = {"packets_sent_by_client": 100_000, "tcp_retransmits": 2_000}
BAD: Figures = {"packets_sent_by_client": 100_000, "tcp_retransmits": 8_000}
FEW: Figures = {"packets_sent_by_client": 20, "tcp_retransmits": 0}
ONE = a_connection("1").id
OTHER = (("mail",), ("store",))


def a_row(id: str, figures: Figures, groups: Sequence[GroupValues] = WEB_TO_STORE) -> Connection:
    return a_connection(id, groups)._replace(counters=tuple(figures.get(key, 0) for key in CONNECTIONS.counted_keys))


def answered(figures: Figures | None, at: int = 0, query: Query | None = None) -> Snapshot:
    """Return an answer with two rows. The first row has these metrics. If `figures` is None, the first row is left
    out.
    """
    rows = [] if figures is None else [a_row("1", figures)]
    return replace(a_snapshot(*rows, a_connection("2", OTHER), query=query), fetched_at=1_772_359_200.0 + at)


def watching(figures: Figures, notify: str = "off") -> tuple[Session, FakeView]:
    """Return a session that watches a row with these metrics, and its fake screen."""
    first = answered(figures)
    session, view, _ = a_sitting(Exploration(first.query, refresh_seconds=None).received(first))
    view.settings = NOTHING_SET._replace(notify=notify)
    view.row = first.connections[0]
    feature = WatchFeature(session, view)
    session.changed.connect(lambda _before, after: feature.show(after))
    feature.toggle()
    return session, view


def refreshed(session: Session, *answers: Snapshot) -> None:
    for answer in answers:
        session.update(partial(Exploration.received, snapshot=answer))


def test_a_watched_row_that_turns_bad_and_recovers_is_told_with_its_figures() -> None:
    session, view = watching(GOOD)
    view.said.clear()

    refreshed(session, answered(BAD, 60), answered(BAD, 120), answered(GOOD, 180))

    assert view.said == [
        "web ▸ store turned bad: packets are lost, RETRANS% 8.00 %.",
        "web ▸ store recovered: RETRANS% 0.10 %.",
    ]


def test_a_finding_is_told_though_no_figure_is_bad_yet_and_when_it_gets_worse() -> None:
    session, view = watching(GOOD)
    view.said.clear()

    refreshed(session, answered(ODD, 60), answered(ODD, 120), answered(BAD, 180), answered(ODD, 240))

    assert view.said == [
        "web ▸ store turned bad: packets are lost, RETRANS% 2.00 %.",
        "web ▸ store got worse: packets are lost, RETRANS% 8.00 %.",
    ]
    assert view.remarks["watch"] == "1 watched, 1 bad"


def test_the_finding_is_the_same_if_those_of_all_rows_are_known() -> None:
    session, view = watching(GOOD)
    view.said.clear()
    answer = answered(ODD, 60)
    diagnosed(answer)

    refreshed(session, answer)

    assert view.said == ["web ▸ store turned bad: packets are lost, RETRANS% 2.00 %."]


@pytest.mark.parametrize("figures", [None, FEW, {}], ids=["absent", "few", "no traffic"])
def test_without_traffic_no_finding_has_gone(figures: Figures | None) -> None:
    session, view = watching(ODD)
    view.said.clear()

    refreshed(session, answered(figures, 60), answered(ODD, 120))

    assert view.said == []
    assert view.remarks["watch"].startswith("1 watched, 1 bad")


def test_how_it_is_at_first_is_no_news_but_stands_in_the_status_bar() -> None:
    session, view = watching(BAD)

    assert view.said == ["Watching web ▸ store: on top until W is pressed again."]
    assert view.remarks["watch"] == "1 watched, 1 bad"
    refreshed(session, answered(GOOD, 60))
    assert view.remarks["watch"] == "1 watched"


@pytest.mark.parametrize("figures", [None, FEW, {}], ids=["absent", "few", "no traffic"])
def test_without_traffic_nothing_has_recovered(figures: Figures | None) -> None:
    session, view = watching(BAD)
    view.said.clear()

    refreshed(session, answered(figures, 60))

    assert view.said == []
    assert view.remarks["watch"].startswith("1 watched, 1 bad")


def test_another_question_is_no_news() -> None:
    session, view = watching(GOOD)
    view.said.clear()
    narrowed = Query(search="client_env:prod")

    session.update(lambda exploration: exploration.asking(narrowed))
    refreshed(session, answered(BAD, 60, narrowed))

    assert view.said == []
    assert view.remarks["watch"] == "1 watched, 1 bad"


def test_a_row_that_is_not_watched_is_not_told() -> None:
    session, view = watching(GOOD)
    view.said.clear()
    both = a_snapshot(a_row("1", GOOD), a_row("2", BAD, OTHER))

    refreshed(session, replace(both, fetched_at=both.fetched_at + 60))

    assert view.said == []


def test_the_marked_rows_are_watched_together_and_no_longer() -> None:
    first = answered(GOOD)
    session, view, _ = a_sitting(Exploration(first.query, refresh_seconds=None).received(first))
    feature = WatchFeature(session, view)
    for one in ("1", "2"):
        session.update(partial(Exploration.toggled_mark, connection_id=one))

    feature.toggle()
    watched = [pin.id for pin in session.exploration.arrangement.pins]
    feature.toggle()

    assert watched == ["1", "2"]
    assert session.exploration.arrangement.pins == ()
    assert view.said == ["Watching 2 rows: on top until W is pressed again.", "No longer watching 2 rows."]


def test_without_a_row_nothing_is_watched() -> None:
    session, view, _ = a_sitting()

    WatchFeature(session, view).toggle()

    assert view.said == ["There is no row to watch."]


@pytest.mark.parametrize(
    ("notify", "sent"), [("off", []), ("bell", ["\x07"]), ("osc9", ["\x1b]9;cnm-tui: web ▸ store turned bad: "])]
)
def test_the_terminal_notifies_where_that_is_asked_for(
    notify: str, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    session, view = watching(GOOD, notify)

    refreshed(session, answered(BAD, 60))

    assert len(view.terminal.sent) == len(sent)
    assert all(one.startswith(begin) for one, begin in zip(view.terminal.sent, sent, strict=True))


@pytest.mark.parametrize("environ", [{}, {"TMUX": "x"}, {"STY": "x"}], ids=["plain", "tmux", "screen"])
@pytest.mark.parametrize("how", ["bell", "osc9"])
@pytest.mark.parametrize("sentence", ["", "web ▸ 東京 turned bad.", "x\x1b]52;c;AAAA\x07\x9c\u202e", "y" * 999])
def test_any_notification_may_be_sent_and_is_one_sequence(environ: dict[str, str], how: str, sentence: str) -> None:
    sequence = notification(sentence, how, environ)

    assert may_be_sent(sequence)
    assert sequence.count("\x07") == 1


def test_tmux_gets_it_wrapped_to_pass_it_on() -> None:
    assert notification("x", "osc9", {"TMUX": "x"}) == "\x1bPtmux;\x1b\x1b]9;cnm-tui: x\x07\x1b\\"
