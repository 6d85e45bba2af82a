"""Describe the findings of exported rows in sentences.

The sentences contain the evidence, the thresholds, and the source of the thresholds.
"""

from collections.abc import Iterator

from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.diagnosis.telling import finding_of, told_of
from cnm_tui.core.exploration.remarks import row_words
from cnm_tui.core.table.table import Table
from cnm_tui.core.units import plural


def notes_on_findings(table: Table, most: int) -> Iterator[tuple[str, list[str]]]:
    """Yield each row with a warning or worse, together with sentences about its finding.

    The worst rows are first. Rows of equal severity keep their order.

    Args:
        table: The rows.
        most: Maximum number of rows. A last item states the number of further rows.
    """
    snapshot = table.snapshot
    found = diagnosed(snapshot).found
    ill = [row for row in range(len(table)) if found[table.order[row]].is_ill]
    # Otherwise the most severe ones could be among those that are left out.
    ill.sort(key=lambda row: -found[table.order[row]].severity)
    for row in ill[:most]:
        connection = table.connection(row)
        if (explanation := finding_of(snapshot, connection.id)) is not None:
            told = told_of(explanation, connection, snapshot.endpoint)
            yield row_words(connection), [f"{one.label}: {one.text}" if one.label else one.text for one in told]
    if len(ill) > most:
        yield f"and {plural(len(ill) - most, 'more row')} with warnings", []
