"""Calculate hints about a client or server that has no name, from its IP address and its port.

For example, a hint says that an address is `multicast`, or which program usually uses a port. No network
request is needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple

from cnm_tui.core.fields.group_by import Side, end_of, names
from cnm_tui.core.text import clean

_RANGES: Final = (
    ("169.254.169.254/32", "the metadata service of a cloud"),
    ("fd00:ec2::254/128", "the metadata service of a cloud"),
    ("10.0.0.0/8", "private (RFC 1918)"),
    ("172.16.0.0/12", "private (RFC 1918)"),
    ("192.168.0.0/16", "private (RFC 1918)"),
    ("100.64.0.0/10", "carrier-grade NAT, or the inside of a cloud or cluster (RFC 6598)"),
    ("127.0.0.0/8", "loopback: the machine itself"),
    ("169.254.0.0/16", "link-local: this network segment only (RFC 3927)"),
    ("192.0.2.0/24", "for documentation (RFC 5737): a placeholder"),
    ("198.51.100.0/24", "for documentation (RFC 5737): a placeholder"),
    ("203.0.113.0/24", "for documentation (RFC 5737): a placeholder"),
    ("198.18.0.0/15", "for benchmarks (RFC 2544)"),
    ("192.88.99.0/24", "6to4 relay, no longer in use (RFC 7526)"),
    ("192.0.0.0/24", "reserved for protocols (RFC 6890)"),
    ("224.0.0.0/4", "multicast"),
    ("255.255.255.255/32", "broadcast"),
    ("240.0.0.0/4", "reserved, not in use (RFC 1112)"),
    ("0.0.0.0/8", "this network: no address yet (RFC 1122)"),
    ("::1/128", "loopback: the machine itself"),
    ("::/128", "no address yet"),
    ("64:ff9b::/96", "an IPv4 address behind NAT64 (RFC 6052)"),
    ("fc00::/7", "private (unique local, RFC 4193)"),
    ("fe80::/10", "link-local: this network segment only"),
    ("2001:db8::/32", "for documentation (RFC 3849): a placeholder"),
    ("3fff::/20", "for documentation (RFC 9637): a placeholder"),
    ("ff00::/8", "multicast"),
)
"""Ranges with a meaning, narrower ones before those around them. Source: IANA's special-purpose address registries."""

_OF_PRIVATE_ALIASES: Final = "fd00::/8"
"""The range of aliases of private addresses (`aliases/aliases.py`)."""

PORTS: Final[Mapping[int, str]] = {
    **{20: "FTP data", 21: "FTP", 22: "SSH", 23: "Telnet", 25: "SMTP", 53: "DNS", 67: "DHCP", 68: "DHCP"},
    **{69: "TFTP", 80: "HTTP", 88: "Kerberos", 110: "POP3", 111: "portmapper", 123: "NTP", 135: "Windows RPC"},
    **{137: "NetBIOS", 138: "NetBIOS", 139: "NetBIOS", 143: "IMAP", 161: "SNMP", 162: "SNMP traps", 179: "BGP"},
    **{389: "LDAP", 443: "HTTPS", 445: "SMB", 465: "SMTP over TLS", 514: "syslog", 587: "mail submission"},
    **{636: "LDAP over TLS", 853: "DNS over TLS", 873: "rsync", 993: "IMAP over TLS", 995: "POP3 over TLS"},
    **{1194: "OpenVPN", 1433: "SQL Server", 1521: "Oracle", 1883: "MQTT", 2049: "NFS", 2181: "ZooKeeper"},
    **{2375: "Docker", 2376: "Docker over TLS", 2379: "etcd", 2380: "etcd peers", 3306: "MySQL", 3389: "RDP"},
    **{4317: "OTLP over gRPC", 4318: "OTLP over HTTP", 5060: "SIP", 5432: "PostgreSQL", 5671: "AMQP over TLS"},
    **{5672: "AMQP", 5900: "VNC", 5985: "WinRM", 5986: "WinRM over TLS", 6379: "Redis", 6443: "Kubernetes API"},
    **{8080: "HTTP, alternative", 8125: "StatsD", 8126: "Datadog traces", 8443: "HTTPS, alternative"},
    **{8883: "MQTT over TLS", 9042: "Cassandra", 9090: "Prometheus", 9092: "Kafka", 9093: "Kafka over TLS"},
    **{9200: "Elasticsearch", 9300: "Elasticsearch peers", 10250: "kubelet", 11211: "memcached", 15672: "RabbitMQ"},
    **{26257: "CockroachDB", 27017: "MongoDB", 51820: "WireGuard"},
}
"""Programs that usually listen at a port. Sources: IANA's registry of ports, and their documentation."""

Address = IPv4Address | IPv6Address


class Hint(NamedTuple):
    """A fact about a client or server without a name, which follows from its IP address or its port."""

    field: str
    value: str
    text: str
    address: str = ""
    """The address, if the hint is about one; it may be looked up."""


@lru_cache(maxsize=1)
def _networks() -> Sequence[tuple[IPv4Network | IPv6Network, str]]:
    return [(ip_network(written), meaning) for written, meaning in _RANGES]


def address_of(text: str) -> Address | None:
    """Return the text as an IP address, or None if the text is not an IP address.

    An IPv4-mapped IPv6 address is returned as IPv4 address.
    """
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def meaning_of_address(address: Address) -> str:
    """Return the meaning of the range that an IP address belongs to, for example `multicast`.

    The text is empty for a public address.
    """
    return next((meaning for network, meaning in _networks() if address in network), "")


def is_public(address: Address) -> bool:
    """True if an IP address is public, so that a database of address owners may contain it."""
    return not meaning_of_address(address)


def meaning_of_port(text: str) -> str:
    """Return the name of the program that usually listens at a port.

    The text is empty if no usual program is known, or if `text` is not a port number.
    """
    return PORTS.get(int(text), "") if text.isascii() and text.isdigit() and len(text) <= 5 else ""


def hints(values: Mapping[str, Sequence[str]], *, of_aliases: bool = False) -> Iterator[Hint]:
    """Yield hints for the client and the server of a row, if only an address or a port identifies it.

    Args:
        values: The resolved values of the row, by field name.
        of_aliases: True if the addresses are aliases. An alias shows only whether the real address is private.
    """
    for side in (Side.CLIENT, Side.SERVER):
        of_side = {field: texts for field, texts in values.items() if end_of(field) is side}
        if any(names(field, side) and not field.endswith("ip") for field in of_side):
            continue
        for field, texts in of_side.items():
            for text in texts:
                yield from _hints_of(field, clean(text, 60), of_aliases=of_aliases)


def _hints_of(field: str, text: str, *, of_aliases: bool) -> Iterator[Hint]:
    if field.endswith("port"):
        # A client's port is usually one of many that its system chose.
        if end_of(field) is Side.SERVER and (meaning := meaning_of_port(text)):
            yield Hint(field, text, f"usually {meaning}")
    elif field.endswith("ip") and (address := address_of(text)) is not None:
        if of_aliases:
            kind = "private" if address in ip_network(_OF_PRIVATE_ALIASES) else "public"
            yield Hint(field, text, f"an alias of a {kind} address")
            return
        meaning = meaning_of_address(address)
        yield Hint(field, text, meaning or "a public address", str(address))
