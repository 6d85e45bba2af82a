"""Test aliases, which are invented names that replace real names. They must reveal nothing about the real names.

The tests also check that a name always gets the same alias, and that aliases change neither the groups of
rows nor the findings.
"""

import ipaddress
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.aliases.aliases import Aliases, has_form_of_alias
from cnm_tui.core.aliases.redacting import ROWS_KEPT, RedactedSource, Redacting
from cnm_tui.core.compare.comparison import compared
from cnm_tui.core.connections import Exact
from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.endpoints.dns.fields import DNS_QUERY
from cnm_tui.core.errors import InvalidQuery, QueryRefused
from cnm_tui.core.export.redacted_export import redacted_export
from cnm_tui.core.export.rows import export
from cnm_tui.core.fields.group_by import is_of_search_path
from cnm_tui.core.query import Query
from cnm_tui.core.recording import Answers, not_recorded
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import Arrangement, arrange
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot

KEY = bytes(range(32))
SERVICES = (
    "checkout-eu",
    "bezahlung",
    "検索サービス",
    'o\'brien "db" \\ x',
    "=HYPERLINK(1)",
    "service-7",
    "a\x1b[31m\u202eb",
)
QUERY = Query(("client_service", "server_service", "server_port", "server_ip"))


def redacting() -> Redacting:
    return Redacting(Aliases(KEY))


def an_answer(worse: int = 1) -> Snapshot:
    rows = [
        a_connection(
            f"client_service:{client}, server_service:{server}",
            ((client,), (server,), ("8443",), (f"10.0.{at}.7",)),
            raw=json.dumps({"id": client, "attributes": {"group_bys": {"server_service": [server]}}}).encode(),
            unclean=Exact(f"row {client} {server}", ((client,), (server,), ("8443",), (f"10.0.{at}.7",))),
            bytes_sent_by_client=1_000_000 * (at + 1),
            packets_sent_by_client=50_000,
            tcp_retransmits=100 * (at + 1) * worse,
        )
        for at, (client, server) in enumerate(zip(SERVICES, SERVICES[1:] + SERVICES[:1], strict=True))
    ]
    return a_snapshot(*rows, query=QUERY)


@given(st.lists(st.text(min_size=1), unique=True, max_size=300))
def test_different_values_have_different_aliases_and_the_same_value_the_same(values: list[str]) -> None:
    aliases = Aliases(KEY)

    first = [aliases.alias("service", value) for value in values]

    named = [alias for alias in first if alias not in ("N/A", "", "NA", "DEMO")]
    assert len(set(named)) == len(named)
    assert [aliases.alias("pod", value) for value in values] == first
    assert [aliases.value(alias) for alias in named] == [
        value for value in values if value not in ("N/A", "NA", "DEMO")
    ]


def test_a_key_kept_gives_the_same_aliases_in_any_order_and_another_key_others() -> None:
    values = [f"host-{number}.example" for number in range(500)]
    first = Aliases(KEY)
    by_first = {value: first.alias("host", value) for value in values}

    again = Aliases(KEY, first.given)
    other = Aliases(bytes(32))

    assert {value: again.alias("service", value) for value in reversed(values)} == by_first
    assert [other.alias("host", value) for value in values] != list(by_first.values())
    assert not any(value in str(first.given) for value in values)


@pytest.mark.parametrize(
    ("field", "value", "begins"),
    [
        ("client_service", "web", "service-"),
        ("server_pod_name", "web-6f", "pod-"),
        ("client_host", "i-0a1b", "host-"),
        ("server_domain", "pay.example.com", "domain-"),
        ("client_team", "payments", "team-"),
        ("client_account", "123456789012", "account-"),
        ("network.client.ip", "10.1.2.3", "private-ip-"),
        ("server_ip", "8.8.8.8", "public-ip-"),
        ("my_tag", "secret", "value-"),
        ("server_port", "443", "443"),
        ("server_port", "https", "port-"),
        ("client_service", "N/A", "N/A"),
    ],
)
def test_the_alias_says_what_kind_of_value_it_is(field: str, value: str, begins: str) -> None:
    assert Aliases(KEY).of_field(field, value).startswith(begins)


@given(st.ip_addresses(v=4), st.integers(0, 31))
def test_addresses_of_a_network_have_aliases_of_a_network(address: ipaddress.IPv4Address, shared: int) -> None:
    aliases = Aliases(KEY, keeps_subnets=True)
    other = ipaddress.IPv4Address(int(address) ^ (1 << (31 - shared)))
    if address.is_private != other.is_private:
        return

    one, two = (int(ipaddress.ip_address(aliases.of_field("client_ip", str(each)))) for each in (address, other))

    assert 128 - (one ^ two).bit_length() == 96 + shared


@pytest.mark.parametrize(
    "search",
    [
        'client_service:checkout-eu AND NOT server_service:"o\'brien db"',
        "bezahlung OR (team:x AND pod:web*)",
        "CIDR(network.client.ip, 10.0.0.0/8)",
        "client_service:(a OR b) unbalanced (",
    ],
)
def test_a_search_is_shown_with_aliases_and_asked_with_the_values(search: str) -> None:
    changed = redacting()

    shown = changed.redacted_query(Query(search=search))
    narrowed = replace(shown, search=f"{shown.search} AND client_env:prod") if "unbalanced" not in search else shown

    assert not any(name in shown.search for name in ("checkout", "brien", "bezahlung", "web", "10.0", "unbalanced"))
    assert changed.asked_query(shown).search == search
    assert changed.redacted_query(shown) == shown
    assert changed.asked_query(narrowed).search.endswith("prod" if narrowed is not shown else search)


@pytest.mark.parametrize("condition", ["client_service:web*", "pod:we?-1", "CIDR(network.client.ip, 10.0.0.0/8)"])
def test_a_search_with_wildcards_keeps_its_meaning_once_it_is_narrowed(condition: str) -> None:
    changed = redacting()
    shown = changed.redacted_query(Query(search=condition))

    narrowed = replace(shown, search=f"{shown.search} AND client_env:prod")

    assert changed.asked_query(narrowed).search == f"{condition} AND client_env:prod"


def test_a_long_question_that_is_not_recorded_is_named_with_aliases() -> None:
    changed = redacting()
    asked = Query(search=" OR ".join(f"client_service:very-secret-name-{number}" for number in range(20)))
    problem = not_recorded(asked, MOMENT, Answers([]))
    assert "very-secret" in str(problem)

    told = changed.problem(problem, changed.redacted_query(asked), "site-1")

    assert "secret" not in told.sentence
    assert (
        "holds no answer to this question: grouped by client_service, server_service; query client_service:service-"
        in (told.sentence)
    )


async def test_groups_comparisons_and_findings_are_the_same_with_aliases() -> None:
    before, now = an_answer(), an_answer(worse=40)
    source = RedactedSource(FakeSource(before, now, label="prod (datadoghq.eu)"), redacting())

    shown_before, shown = await source.fetch(QUERY), await source.fetch(QUERY)

    plain = arrange(compared(now, before), Arrangement())
    table = arrange(compared(shown, shown_before), Arrangement())
    assert table.order == plain.order
    assert [table.snapshot.standing(at) for at in table.order] == [plain.snapshot.standing(at) for at in plain.order]
    assert diagnosed(shown).found == diagnosed(now).found
    for column, changed in zip(now.connections.exact_groups, shown.connections.exact_groups, strict=True):
        assert len(set(column)) == len(set(changed))
    # A join: who is a client in one row is a server in another.
    clients, servers = ([values[0] for values in column] for column in shown.connections.groups[:2])
    assert clients[1:] + clients[:1] == servers
    assert [values[0] for values in shown.connections.groups[2]] == ["8443"] * len(SERVICES)


@pytest.mark.parametrize("format_name", ["json", "jsonl", "csv", "tsv", "markdown", "table"])
async def test_no_export_has_a_name(format_name: str) -> None:
    source = RedactedSource(FakeSource(an_answer(), label="prod (datadoghq.eu)"), redacting())
    shown = await source.fetch(QUERY)

    written = b"".join(export(arrange(shown, Arrangement()), format_name, source=source.label)).decode()
    raw = b"".join(map(bytes, shown.connections.raws)).decode()

    for name in (*SERVICES, "datadoghq.eu", "prod", "10.0."):
        # An original named like an alias could be the alias of another one.
        if name != "service-7":
            assert name not in written
            assert name not in raw


@pytest.mark.parametrize("format_name", ["json", "jsonl", "csv", "tsv"])
async def test_an_export_is_redacted_as_the_answer_would_be_and_never_twice(format_name: str) -> None:
    changed = redacting()
    answer = an_answer()
    clear = b"".join(export(arrange(answer, Arrangement()), format_name, source="prod (datadoghq.eu)")).decode()

    once = redacted_export(clear, f".{format_name}", changed)
    twice = redacted_export(once, f".{format_name}", changed)

    assert redacted_export(once, f".{format_name}", Redacting(Aliases(bytes(32)))) == once
    assert twice == once
    assert not any(name in once for name in SERVICES if name != "service-7")
    assert "8443" in once
    source = RedactedSource(FakeSource(answer, label="prod (datadoghq.eu)"), changed)
    shown = await source.fetch(QUERY)
    for values in shown.connections.groups[0]:
        assert values[0] in once


@pytest.mark.parametrize(("text", "ending"), [("{", ".json"), ("[1]", ".jsonl"), ("a,b\n1,2", ".csv"), ("{}", ".json")])
def test_another_file_is_no_export(text: str, ending: str) -> None:
    with pytest.raises(InvalidQuery, match="no export"):
        redacted_export(text, ending, redacting())


def test_ids_are_kept_of_the_rows_seen_last_and_are_the_same_when_an_earlier_row_returns() -> None:
    changed, query = redacting(), Query(("client_service",))
    size = ROWS_KEPT // 2
    names = [[f"name-{part}-{at}" for at in range(size)] for part in range(4)]
    answers = [
        a_snapshot(*(a_connection(f"client_service:{name}", ((name,),)) for name in part), query=query)
        for part in names
    ]

    ids = [changed.snapshot(answer, query).connections.ids for answer in answers]

    assert len(changed._ids) == len(changed._rows_of) <= ROWS_KEPT + size
    assert changed.snapshot(answers[0], query).connections.ids == ids[0]
    assert len({*ids[0], *ids[1], *ids[2], *ids[3]}) == 4 * size


def test_rows_with_the_same_groups_keep_ids_of_their_own_when_many_others_come_between() -> None:
    changed, query = redacting(), Query(("client_service",))
    twins = a_snapshot(*(a_connection(f"row {at}", (("web",),)) for at in range(2)), query=query)
    first = changed.snapshot(twins, query).connections.ids
    others = [a_connection(f"client_service:x{at}", ((f"x{at}",),)) for at in range(ROWS_KEPT + 1)]
    changed.snapshot(a_snapshot(*others, query=query), query)

    again = changed.snapshot(twins, query).connections.ids

    assert again == first
    assert again[0] != again[1]


def test_no_pattern_is_kept_that_grows_with_the_number_of_names() -> None:
    aliases = Aliases(KEY)
    named = [aliases.alias("service", f"name-{at}") for at in range(5_000)]
    re.purge()

    texts = [aliases.in_text(text) for text in ("", "slow since name-4999 left")]

    assert texts == ["", f"slow since {named[4999]} left"]
    assert all(len(pattern) < 1_000 for _, pattern, _ in vars(re)["_cache"])


async def test_errors_name_aliases() -> None:
    problem = QueryRefused(
        "prod (datadoghq.eu) refused client_service:checkout-eu: unknown 'fraud-scoring'.", hint="Ask checkout-eu."
    )
    source = RedactedSource(FakeSource(problem, label="prod (datadoghq.eu)"), redacting())
    query = source.redacting.redacted_query(Query(search="client_service:checkout-eu"))

    with pytest.raises(QueryRefused) as told:
        await source.fetch(query)

    assert not any(name in told.value.sentence for name in ("prod", "checkout", "fraud"))
    assert "would not answer the query (error-" in told.value.sentence


@pytest.mark.parametrize("name", ["api.svc.cluster.local", "db.eu-west-1.compute.internal.", "API.SVC"])
def test_the_alias_of_a_name_of_a_search_path_is_judged_like_the_name(name: str) -> None:
    alias = Aliases(KEY).of_field(DNS_QUERY, name)

    assert re.fullmatch(r"domain-\d+\.local", alias)
    assert has_form_of_alias(alias)
    assert is_of_search_path(alias)
    assert not is_of_search_path(Aliases(KEY).of_field(DNS_QUERY, "api.example.com"))


def test_groups_that_are_no_texts_are_redacted_too() -> None:
    groups = {"client_service": [None, {"a": "checkout-eu"}, 7, "checkout-eu"], "server_service": {"b": ["ledger"]}}
    body = json.dumps({"data": [{"id": "x", "attributes": {"group_bys": groups}}]}).encode()

    redacted = redacting().body(body).decode()

    assert json.loads(redacted)["data"][0]["id"] != "x"
    assert not any(name in redacted for name in ("checkout", "ledger"))
