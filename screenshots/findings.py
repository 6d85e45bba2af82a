"""Write the tables of findings in the documentation. The tables are created from the rules in the code.

Run this script with `python -m screenshots.findings`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cnm_tui.core.endpoints.dns import rules as dns_rules
from cnm_tui.core.findings import connection_rules
from cnm_tui.core.findings.rule import Question, Rule, Way
from screenshots.keys import with_table

FINDINGS_PAGE: Final = Path(__file__).parent.parent / ".github/docs/findings.md"
BEGIN: Final = "<!-- findings: made by `python -m screenshots.findings` -->\n"
END: Final = "<!-- end of findings -->\n"
DNS_PAGE: Final = FINDINGS_PAGE.with_name("dns.md")
DNS_BEGIN: Final = BEGIN.replace("findings:", "findings of DNS:")
DNS_END: Final = END.replace("findings", "findings of DNS")


def main() -> None:
    """Replace the tables in the documentation pages about findings and DNS."""
    for page, table, begin, end in (
        (FINDINGS_PAGE, findings_table(), BEGIN, END),
        (DNS_PAGE, findings_table(dns_rules.RULES), DNS_BEGIN, DNS_END),
    ):
        page.write_text(with_table(page.read_text(encoding="utf-8"), table, begin, end), encoding="utf-8")


def findings_table(rules: Sequence[Rule] = connection_rules.RULES) -> str:
    """Return all rules for one API endpoint in Markdown. A table comes first, then a section for each rule."""
    lines = ["| code | in words | explains |", "| --- | --- | --- |"]
    for rule in rules:
        explains = ", ".join(f"`{code}`" for code in rule.takes_in)
        lines.append(f"| `{rule.code}` | {rule.title} | {explains} |")
    return "\n".join([*lines, "", *map(_section, rules)])


def _section(rule: Rule) -> str:
    said = {
        "holds": rule.when,
        "reads": ", ".join(f"`{key}`" for key in rule.reads),
        "minimum evidence": rule.least,
        "ask next": "; ".join(f"{question.text} {_way(question)}" for question in rule.ask),
        "can be mistaken": rule.mistaken,
        "source": rule.source,
    }
    points = [f"- {name}: {text}" for name, text in said.items() if text]
    return "\n".join([f"### `{rule.code}`: {rule.title}", "", rule.meaning, "", *points, ""])


def _way(question: Question) -> str:
    if question.way is Way.FIELDS:
        return f"(group by {', '.join(f'`{field}`' for field in question.by)})"
    return f"(it {question.way.value})"


if __name__ == "__main__":
    main()
