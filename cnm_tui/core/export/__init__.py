"""Write rows for other programs and for people. Rarely used formats are imported at their first use."""

from typing import TYPE_CHECKING

from cnm_tui.core.lazy import lazy_names

if TYPE_CHECKING:
    from cnm_tui.core.export.finding_columns import FindingColumns as FindingColumns
    from cnm_tui.core.export.finding_notes import notes_on_findings as notes_on_findings
    from cnm_tui.core.export.graphs import graph_pieces as graph_pieces
    from cnm_tui.core.export.graphs import left_out as left_out
    from cnm_tui.core.export.history import onset_lines as onset_lines
    from cnm_tui.core.export.history import timeline_fact as timeline_fact
    from cnm_tui.core.export.history import timeline_of as timeline_of
    from cnm_tui.core.export.report import report_of as report_of
else:
    __getattr__ = lazy_names(
        __name__,
        {
            "FindingColumns": "finding_columns",
            "notes_on_findings": "finding_notes",
            "graph_pieces": "graphs",
            "left_out": "graphs",
            "onset_lines": "history",
            "timeline_fact": "history",
            "timeline_of": "history",
            "report_of": "report",
        },
    )
