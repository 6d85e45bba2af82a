"""Test the hints that explain an IP address or port when the client or server of a connection has no name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.address_hints import address_of, hints, is_public, meaning_of_address, meaning_of_port


@pytest.mark.parametrize(
    ("address", "meaning"),
    [
        ("10.1.2.3", "private (RFC 1918)"),
        ("172.31.255.255", "private (RFC 1918)"),
        ("172.32.0.0", ""),
        ("192.168.0.1", "private (RFC 1918)"),
        ("100.64.0.1", "carrier-grade NAT"),
        ("100.128.0.0", ""),
        ("169.254.169.254", "the metadata service of a cloud"),
        ("169.254.1.1", "link-local"),
        ("224.0.0.251", "multicast"),
        ("203.0.113.9", "for documentation"),
        ("198.51.100.1", "for documentation"),
        ("255.255.255.255", "broadcast"),
        ("250.0.0.1", "reserved"),
        ("127.0.0.1", "loopback"),
        ("8.8.8.8", ""),
        ("fe80::1", "link-local"),
        ("fd12::1", "private (unique local"),
        ("2001:db8::1", "for documentation"),
        ("ff02::1", "multicast"),
        ("::1", "loopback"),
        ("2606:4700::1111", ""),
        ("::ffff:10.0.0.1", "private (RFC 1918)"),
    ],
)
def test_the_range_of_an_address_tells_its_meaning(address: str, meaning: str) -> None:
    found = address_of(address)

    assert found is not None
    assert meaning_of_address(found).startswith(meaning)
    assert bool(meaning_of_address(found)) == bool(meaning)
    assert is_public(found) == (not meaning)


@given(st.text())
def test_any_other_text_is_no_address_and_no_port(text: str) -> None:
    assert address_of(f"x{text}") is None
    assert meaning_of_port(f"x{text}") == ""


@pytest.mark.parametrize(("port", "meaning"), [("443", "HTTPS"), ("5432", "PostgreSQL"), ("49152", ""), ("٣", "")])
def test_a_port_tells_what_usually_listens(port: str, meaning: str) -> None:
    assert meaning_of_port(port) == meaning


def test_the_alias_of_an_address_tells_only_if_the_address_is_private() -> None:
    values = {"client_ip": ("fd00:0:0:4::c076:753d",), "server_ip": ("2001:db8:0:4::1",), "server_port": ("443",)}

    found = list(hints(values, of_aliases=True))

    assert [(hint.field, hint.text, hint.address) for hint in found] == [
        ("client_ip", "an alias of a private address", ""),
        ("server_ip", "an alias of a public address", ""),
        ("server_port", "usually HTTPS", ""),
    ]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"server_ip": ("10.0.0.1",), "server_port": ("443",)}, ["private (RFC 1918)", "usually HTTPS"]),
        ({"server_service": ("store",), "server_ip": ("10.0.0.1",)}, []),
        ({"client_service": ("web",), "server_ip": ("8.8.8.8",)}, ["a public address"]),
        ({"client_ip": ("10.0.0.1",), "client_port": ("443",)}, ["private (RFC 1918)"]),
        ({"network.server.ip": ("10.0.0.1", "8.8.8.8")}, ["private (RFC 1918)", "a public address"]),
        ({"server_ip": ("not an address",)}, []),
    ],
)
def test_hints_are_for_ends_that_nothing_else_names(values: dict[str, tuple[str, ...]], told: list[str]) -> None:
    assert [hint.text for hint in hints(values)] == told
