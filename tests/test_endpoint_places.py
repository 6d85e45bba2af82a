"""List the files whose code names DNS, with the reason for each, so that another endpoint needs few changes."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import cnm_tui

NAMES_IT: Final = re.compile(r"dns|domain name|nxdomain|servfail", re.IGNORECASE)

ITS_OWN: Final = {
    "core/endpoints/dns/__init__.py": "imports the parts of the endpoint on use",
    "core/endpoints/dns/endpoint.py": "the endpoint: words, presets, drill paths, limits",
    "core/endpoints/dns/fields.py": "its fields",
    "core/endpoints/dns/judge.py": "its findings in words",
    "core/endpoints/dns/metrics.py": "its figures",
    "core/endpoints/dns/rules.py": "its rules of findings, with the next questions",
    "core/endpoints/dns/views.py": "its recommended views",
    "demo/dns.py": "its rows in the demo",
    "demo/lookups.py": "its incidents in the demo",
    "tui/features/dns.py": "the feature of its key",
    "tui/commands.py": "the table of commands",
}
CHANGED_FOR_IT: Final = {
    "core/endpoints/known.py": "the table of endpoints",
    "core/endpoint.py": "the endpoint that is one key away from connections",
    "core/findings/connection_rules.py": "the question that connections without a finding lead to",
    "demo/contract.py": "the table of the demo's endpoints",
    "pages.py": "the table of the documentation's pages",
}
OF_INSIGHTS: Final = {
    "core/insights/insight.py": "the type of an insight, and its attributes",
    "demo/insights.py": "insights of that type in the demo",
}
OF_THE_NAME_SYSTEM: Final = {
    "api/failures.py": "the service's host has no address",
    "api/reachability.py": "the service's host has no address",
    "core/aliases/failures.py": "the service's host has no address",
    "core/address_hints.py": "the name of a port",
    "core/fields/group_by.py": "fields of connections",
    "demo/flows.py": "connections to port 53",
    "demo/population.py": "values of a field of connections",
    "demo/services.py": "the invented service at port 53",
    "tui/features/hints.py": "names of addresses by reverse DNS",
}
"""Files that would be the same without the endpoint."""


class _WithoutDocstrings(ast.NodeTransformer):
    """Removes docstrings, which may explain by example."""

    def visit_Expr(self, node: ast.Expr) -> ast.Pass | ast.Expr:
        """Replace a text that stands alone."""
        match node.value:
            case ast.Constant(str()):
                return ast.Pass()
        return node


@cache
def naming() -> dict[str, str]:
    """Return the code of each file of the program that names DNS, by its path; comments and docstrings aside."""
    root = Path(cnm_tui.__file__).parent
    found = {}
    for path in root.rglob("*.py"):
        code = ast.unparse(_WithoutDocstrings().visit(ast.parse(path.read_text(encoding="utf-8"))))
        if NAMES_IT.search(code):
            found[path.relative_to(root).as_posix()] = code
    return found


def test_each_file_that_names_dns_is_listed_with_its_reason() -> None:
    """A source file that names DNS must be listed here. Other files must use the data in `Endpoint` instead."""
    assert set(naming()) == {*ITS_OWN, *CHANGED_FOR_IT, *OF_INSIGHTS, *OF_THE_NAME_SYSTEM}


def test_at_most_five_files_had_to_change_for_it() -> None:
    assert len(CHANGED_FOR_IT) <= 5


def test_files_about_the_name_system_know_nothing_of_the_endpoint() -> None:
    assert not [path for path in OF_THE_NAME_SYSTEM if "endpoints.dns" in naming()[path]]
