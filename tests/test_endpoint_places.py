"""List the files that name DNS, with the reason for each: another endpoint must not need changes all over the house."""

import re
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
    "api/lenient_decoder.py": "its form on the wire",
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
    "demo/server.py": "DNS rebinding, an attack on servers of one machine",
    "demo/services.py": "the invented service at port 53",
    "tui/features/hints.py": "names of addresses by reverse DNS",
}
"""Files that would be the same without the endpoint."""


def naming() -> dict[str, str]:
    """Return the text of each file of the program that names DNS, by its path."""
    root = Path(cnm_tui.__file__).parent
    texts = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in root.rglob("*.py")}
    return {path: text for path, text in texts.items() if NAMES_IT.search(text)}


def test_each_file_that_names_dns_is_listed_with_its_reason() -> None:
    """A file that is missing here reads what it needs from the `Endpoint`, or from a table that belongs to it."""
    assert set(naming()) == {*ITS_OWN, *CHANGED_FOR_IT, *OF_INSIGHTS, *OF_THE_NAME_SYSTEM}


def test_at_most_five_files_had_to_change_for_it() -> None:
    assert len(CHANGED_FOR_IT) <= 5


def test_files_about_the_name_system_know_nothing_of_the_endpoint() -> None:
    assert not [path for path in OF_THE_NAME_SYSTEM if "endpoints.dns" in naming()[path]]
