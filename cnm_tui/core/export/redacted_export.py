"""Replace names by aliases in exported files: JSON, JSON lines, CSV and TSV."""

import csv
import io
import json
from dataclasses import replace
from typing import Any, Final

from cnm_tui.core.aliases.aliases import Probe, is_port
from cnm_tui.core.aliases.redacting import Redacting
from cnm_tui.core.connections import UNRESOLVED, group_text
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.known import KNOWN, endpoint_called
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.export.rows import begins_like_formula
from cnm_tui.core.query import NESTED, usual_query
from cnm_tui.core.units import plural

ENDINGS: Final = (".jsonl", ".ndjson", ".json", ".csv", ".tsv")
_CODES: Final = frozenset(
    {"finding", "severity", "decided_by", "explains", "others", "sort", "connections_are", "from", "to"}
    | {"endpoint", "fetched_at_utc", "judged", "standing", "window", "trend"}
    | {"part.from", "part.to", "state", "onset.from", "onset.to", "onset.metric"}
)
"""Members of our exports that hold words of this program, not names."""
_SENTENCES: Final = frozenset({"sentence", "doubts", "both_ends", "warning", "evidence"})
_INSIGHTS: Final = "Written insights have names within their sentences, so they are not redacted."
_INSIGHTS_HINT: Final = "Write them with cnm-tui insights --redact, or redact a recording of them."
_ROWS: Final = (*KNOWN, "records")
"""Members of our documents that hold rows: of one answer, by the name of its endpoint, and of a timeline."""
_ID: Final = "id"
_SEVERAL: Final = ", "


def redacted_export(text: str, ending: str, redacting: Redacting) -> str:
    """Return an exported text with aliases in place of names.

    The text is returned unchanged if all its names are already aliases, made with any secret key. `ending` is
    the file name extension.

    Raises:
        InvalidQuery: The text is not an export of this program, or this kind of export cannot be redacted.
    """
    probe = Probe()
    unchanged = _changed(text, ending, Redacting(probe))
    return text if unchanged and probe.found_only_aliases else _changed(text, ending, redacting)


def _changed(text: str, ending: str, redacting: Redacting) -> str:
    try:
        if ending in (".csv", ".tsv"):
            return _redacted_table(text, "\t" if ending == ".tsv" else ",", redacting)
        if ending == ".json":
            return _Json(redacting).document(json.loads(text))
        return _redacted_lines([json.loads(line) for line in text.splitlines() if line.strip()], redacting)
    except (ValueError, RecursionError, csv.Error) as error:
        raise InvalidQuery("The file is no export of cnm-tui.", hint=f"Its ending says {ending}.") from error


def _redacted_lines(rows: list[Any], redacting: Redacting) -> str:
    changed = _Json(redacting)
    for row in rows:
        changed.learn(row)
    lines = (json.dumps(changed.row(row), ensure_ascii=False, separators=(",", ":")) for row in rows)
    return "".join(f"{line}\n" for line in lines)


class _Json:
    """Replace names by aliases in the documents that `query -f json` and `-f jsonl` write."""

    def __init__(self, redacting: Redacting) -> None:
        self._redacting = redacting
        self._aliases = redacting.aliases

    def document(self, document: Any) -> str:
        """Return a whole JSON document with aliases. Each row is on its own line."""
        if isinstance(document, dict) and isinstance(document.get("insights"), list):
            raise InvalidQuery(_INSIGHTS, hint=_INSIGHTS_HINT)
        known = document if isinstance(document, dict) else {}
        member = next((name for name in _ROWS if isinstance(known.get(name), list)), "")
        if not member:
            raise ValueError("no document of query")
        asked = document.get("query")
        if isinstance(asked, dict):
            # The search of a timeline is read alike for all endpoints.
            usual = usual_query(endpoint_called(member if member in KNOWN else CONNECTIONS.name))
            query = replace(usual, search=str(asked.get("query", "")), tags=tuple(map(str, asked.get("tags", ()))))
            changed = self._redacting.redacted_query(query)
            document["query"] = {**asked, "query": changed.search, "tags": list(changed.tags)}
        for name in ("source", "filter"):
            if document.get(name):
                document[name] = self._aliases.redacted("", str(document[name]))
        for row in document[member]:
            self.learn(row)
        rows = [self.row(row) for row in document.pop(member)]
        rest = {
            name: value if name in ("query", "source", "filter") else self._other(name, value)
            for name, value in document.items()
        }
        lines = [f"    {json.dumps(row, ensure_ascii=False, separators=(',', ':'))}" for row in rows]
        head = json.dumps(rest, ensure_ascii=False, indent=2).removesuffix("\n}")
        return head + f',\n  "{member}": [\n' + ",\n".join(lines) + ("\n" if lines else "") + "  ]\n}\n"

    def learn(self, row: Any) -> None:
        """Create an alias for every value of a row.

        So the value is later replaced in sentences about other rows, too.
        """
        groups = row.get("group_bys") if isinstance(row, dict) else None
        for field, values in groups.items() if isinstance(groups, dict) else ():
            for value in values if isinstance(values, list) else [values]:
                self._aliases.redacted(field, str(value))

    def row(self, row: Any) -> Any:
        """Return a row with aliases in place of names."""
        if not isinstance(row, dict):
            raise ValueError("no row of query")
        if "attributes" in row and "group_bys" not in row:
            raise InvalidQuery(_INSIGHTS, hint=_INSIGHTS_HINT)
        groups = row.get("group_bys")
        fields = groups if isinstance(groups, dict) else {}
        changed = {
            field: [self._aliases.redacted(field, str(value)) for value in values] for field, values in fields.items()
        }
        found: dict[str, Any] = {}
        for name, value in row.items():
            if name == "group_bys":
                found[name] = changed
            elif name == _ID:
                found[name] = self._redacting.exported_id(str(value), changed)
            else:
                found[name] = self._other(name, value)
        return found

    def _other(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            if name in _CODES:
                return value
            return self._aliases.in_text(value) if name in _SENTENCES else self._aliases.redacted("", value)
        if isinstance(value, list):
            return [self._other(name, each) for each in value]
        if isinstance(value, dict):
            return {key: self._other(key, each) for key, each in value.items()}
        return value


def _redacted_table(text: str, delimiter: str, redacting: Redacting) -> str:
    """Return a CSV or TSV table with aliases in place of names.

    Aliases replace all values in the columns before the `id` column, the ids, and texts in the columns after
    it.
    """
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    if not rows or _ID not in rows[0]:
        raise ValueError("no column id")
    if {"sentence", "failure_type"} <= {*rows[0]}:
        raise InvalidQuery(_INSIGHTS, hint=_INSIGHTS_HINT)
    heading, aliases = rows[0], redacting.aliases
    at_id = heading.index(_ID)
    fields = [name.removeprefix(NESTED) for name in heading[:at_id]]
    if any(len(row) != len(heading) for row in rows):
        raise ValueError(f"{plural(len(heading), 'column')} in some rows only")
    groups = [
        {
            field: [aliases.redacted(field, one) for one in _typed(value).split(_SEVERAL)]
            for field, value in zip(fields, row, strict=False)
        }
        for row in rows[1:]
    ]
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\r\n" if "\r\n" in text else "\n")
    writer.writerow(heading)
    for row, changed in zip(rows[1:], groups, strict=True):
        cells = [_SEVERAL.join(values) for values in changed.values()]
        named = {field: values for field, values in changed.items() if group_text(tuple(values)) != UNRESOLVED}
        cells.append(redacting.exported_id(row[at_id], named))
        cells += [
            _cell(name, cell, redacting) for name, cell in zip(heading[at_id + 1 :], row[at_id + 1 :], strict=True)
        ]
        writer.writerow(cells)
    return written.getvalue()


def _typed(cell: str) -> str:
    """Return the original value of a table cell.

    The export puts an apostrophe before a text that begins like a formula. This function removes the
    apostrophe.
    """
    return cell[1:] if cell.startswith("'") and begins_like_formula(cell[1:]) else cell


def _cell(name: str, cell: str, redacting: Redacting) -> str:
    if name in _CODES or not cell or is_port(name) or _is_number(cell):
        return cell
    return redacting.aliases.in_text(cell) if name in _SENTENCES else redacting.aliases.redacted("", cell)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
