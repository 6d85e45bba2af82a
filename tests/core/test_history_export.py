"""Test that notes and Markdown exports contain the trend of the rows and the time when they became unhealthy.

The exports must also say which parts of the timeline are unknown.
"""

from cnm_tui.core.export.copy_forms import note_lines
from cnm_tui.core.export.evidence import facts
from cnm_tui.core.export.history import onset_lines
from cnm_tui.core.export.rows import export
from cnm_tui.core.table.table import Table
from tests.builders import MOMENT, a_snapshot
from tests.core.test_history_columns import LEVELS, history, lossy, shown, table_of, with_onsets
from tests.core.timelines import QUERY, a_timeline


def markdown(table: Table) -> str:
    return b"".join(export(table, "markdown", source="FAKE")).decode()


def test_a_note_has_trend_beginning_and_parts() -> None:
    note = "\n".join(note_lines(table_of(shown(with_onsets(history(*LEVELS)))), "FAKE"))

    assert "timeline 2026-03-01T09:10:00Z to 2026-03-01T10:00:00Z in 10 parts of 5m\n" in note
    assert "TREND" in note
    assert "▂▂▂▂▂▂▂▂██  09:50Z on 9.0 % RETRANS%" in note
    assert "\n\na ▸ store: RETRANS% began 09:50Z (0.0 % → 9.0 %), still on\n" in note
    assert "b ▸ store:" not in note


def test_markdown_has_them_too() -> None:
    written = markdown(table_of(shown(with_onsets(history(*LEVELS)))))

    assert "| ▂▂▂▂▂▂▂▂██ | 09:50Z on 9.0 % RETRANS% |" in written
    assert (
        "\n\n- a ▸ store: RETRANS% began 09:50Z (0.0 % → 9.0 %), still on\n"
        "- c ▸ store: RETRANS% began 09:40Z (0.0 % → 8.0 %), still on\n"
    ) in written


def test_in_markdown_a_gap_stays_a_gap() -> None:
    assert "| ▅\u00a0\u00a0▅ |" in markdown(table_of(shown(history((5_000,), None, None, (5_000,)))))


def test_what_is_not_known_of_the_parts_is_told() -> None:
    timeline = history((50,), None, (50,), (50,), cut=[2], now=MOMENT - 60)

    assert facts(table_of(shown(timeline)), "FAKE")["timeline"].endswith(
        "in 4 parts of 5m; 1 not known; 1 cut at the limit, so that rows may be missing; the last one is not over"
    )


def test_without_a_timeline_nothing_is_told() -> None:
    table = table_of(shown(None))

    assert "timeline" not in facts(table, "FAKE")
    assert "began" not in "\n".join([*note_lines(table, "FAKE"), markdown(table)])


def test_of_many_rows_the_others_are_counted() -> None:
    parts = [[lossy(f"row {number}", 20 if at < 7 else 9_000) for number in range(23)] for at in range(10)]
    timeline = a_timeline(parts)
    answer = a_snapshot(*parts[-1], query=QUERY)

    lines = list(onset_lines(table_of(shown(with_onsets(timeline), answer=answer))))

    assert len(lines) == 21
    assert lines[-1] == "and 3 other rows as in the column BEGAN"
