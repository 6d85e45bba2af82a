"""Calculate an alias, which is an invented name, for each tag value. A value always has the same alias.

Without the secret key, nobody can calculate the value from its alias.
"""

import hmac
import ipaddress
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from threading import RLock
from typing import Final

from cnm_tui.core.connections import NAMES_OF_UNRESOLVED
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.known import all_endpoints
from cnm_tui.core.fields.group_by import CATALOGUE, is_of_search_path
from cnm_tui.core.insights.insight import ALIASES

KEY_BYTES: Final = 32
LEFT_IN_CLEAR: Final = (
    "figures and the names of metrics",
    "times and windows",
    "the names of fields and tags (not their values)",
    "ports",
    "if an address is private, and if a name ends like one of a search path (.local)",
    "N/A, for an end without a name",
    "the words AND, OR, NOT and CIDR of searches",
    "finding codes",
    "the types of insights and of their failures",
    "DEMO, for the demo",
)
"""Facts that redaction does not change."""
_ALWAYS_CLEAR: Final = NAMES_OF_UNRESOLVED | {"DEMO"}
_KINDS: Final = {
    "pod_name": "pod",
    "kube_deployment": "deployment",
    "kube_namespace": "namespace",
    "availability-zone": "zone",
    "account": "account",
    "kube_cluster_name": "cluster",
    "kube_container_name": "container",
    "container_name": "container",
    "container_id": "container",
    "image_name": "image",
    "image_tag": "tag",
    "domain": "domain",
    "instance-id": "instance",
}
_WORD: Final = re.compile(r"[a-z]{2,12}")
_ATTEMPTS_PER_WIDTH: Final = 4
_CHECK: Final = 9
"""The number of an alias leaves a remainder by this that belongs to its kind: so files with aliases are recognised."""
_KIND: Final = re.compile(r"[a-z]{2,12}|(?:private|public)-ip")
_LOCAL: Final = ".local"
"""Ends the alias of a name of a search path, on which a finding of DNS depends."""
_MOST_DIGITS: Final = 40
_LEAST_ALIASES: Final = 2
_QUOTED: Final = re.compile(r"'[^'\n]+'|\"[^\"\n]+\"|“[^”\n]+”|`[^`\n]+`")
_SHORTEST_IN_TEXT: Final = 3
"""Shorter names are not looked for within sentences: they are parts of ordinary words."""
_PRIVATE_NET: Final = "fd00:0:0:4::"
_PUBLIC_NET: Final = "2001:db8:0:4::"
_PRIVATE_NET_6: Final = "fd06"
_PUBLIC_NET_6: Final = "2001:db8"
_NETS: Final = (f"{_PRIVATE_NET}/96", f"{_PUBLIC_NET}/96", f"{_PRIVATE_NET_6}::/16", f"{_PUBLIC_NET_6}::/32")


class Aliases:
    """A calculator of aliases. It calculates the alias of a value from the value's HMAC with a secret key.

    The same value always has the same alias.
    """

    def __init__(self, key: bytes, given: Mapping[str, str] | None = None, *, keeps_subnets: bool = False) -> None:
        """Create an object that calculates aliases with a secret key.

        Args:
            key: A random secret key. Whoever has this key can test whether a guessed name is correct.
            given: Aliases made earlier with this secret key, as a dict from the digest of a value to its alias.
            keeps_subnets: True to give addresses of the same network aliases that also share a network.
        """
        self._key = key
        self._given = dict(given or {})
        self._given_earlier = frozenset(self._given.values())
        self._alias_of: dict[str, str] = {}
        self._value_of: dict[str, str] = {}
        self.keeps_subnets = keeps_subnets
        self._lock = RLock()

    def __repr__(self) -> str:
        return f"Aliases({len(self._alias_of)})"

    @property
    def given(self) -> Mapping[str, str]:
        """All aliases made so far, as a dict from the digest of a value to its alias.

        The caller can save this dict and pass it to `__init__` in a later run. The same values then have the same
        aliases again.
        """
        with self._lock:
            made = {self._digest_of(value): alias for value, alias in self._alias_of.items()}
        return {**self._given, **made}

    def alias(self, kind: str, value: str) -> str:
        """Return the alias of a value.

        `N/A` and other values that need no protection are returned unchanged.
        """
        if (known := self._alias_of.get(value)) is not None:
            return known
        if value in _ALWAYS_CLEAR:
            return value
        with self._lock:
            known = self._alias_of.get(value)
            if known is None:
                known = self._alias_of[value] = self._made(kind, value)
                self._value_of[known] = value
        return known

    def of_field(self, field: str, value: str) -> str:
        """Return the alias of a value of this tag field. A port number is returned unchanged."""
        if is_port(field) and value.isascii() and value.isdigit():
            return value
        return self.alias(kind_of(field), value)

    def redacted(self, field: str, value: str) -> str:
        """Return the alias of a value, or the value itself if it is already an alias."""
        return value if self._taken(value) else self.of_field(field, value)

    def value(self, alias: str) -> str | None:
        """Return the value that has this alias, or None if this object has not made this alias."""
        return self._value_of.get(alias)

    def in_text(self, text: str) -> str:
        """Return a text in which every known value and every quoted text is replaced by its alias."""
        with self._lock:
            known = [value for value in self._alias_of if len(value) >= _SHORTEST_IN_TEXT and value in text]
        if known:
            # Only of the names in this text: `re` keeps each pattern, and a pattern of all names takes megabytes.
            pattern = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
            text = re.sub(pattern, lambda match: self._alias_of[match[0]], text)
        return _QUOTED.sub(self._unquoted, text)

    def _unquoted(self, match: re.Match[str]) -> str:
        inner = match[0][1:-1]
        return match[0] if self._taken(inner) else match[0][0] + self.alias("text", inner) + match[0][-1]

    def _made(self, kind: str, value: str) -> str:
        """Return the alias that this value already has. If it has none, make and return a new alias."""
        if self._given and (known := self._given.get(self._digest_of(value))) is not None:
            return known
        kind, address = _kind_of_value(kind, value)
        if address is not None and self.keeps_subnets:
            return self._in_same_subnet(address)
        ending = _LOCAL if is_of_search_path(value) else ""
        return next(f"{made}{ending}" for made in self._numbered(kind, value) if not self._taken(f"{made}{ending}"))

    def _taken(self, alias: str) -> bool:
        """Return True if this alias already belongs to a value."""
        return alias in self._value_of or alias in self._given_earlier

    def _numbered(self, kind: str, value: str) -> Iterator[str]:
        """Yield candidates for the alias of a value, without end. Each candidate ends with a number.

        After every four candidates, the number becomes one digit longer.
        """
        attempt = 0
        while True:
            digits = 2 + attempt // _ATTEMPTS_PER_WIDTH
            number = int.from_bytes(self._digest(f"{attempt}:{value}")[:12], "big") % 10**digits
            yield f"{kind}-{number - (number - _check(kind)) % _CHECK if number >= _CHECK else _check(kind)}"
            attempt += 1

    def _digest_of(self, value: str) -> str:
        return self._digest(f"value:{value}").hex()[:32]

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256")

    def _in_same_subnet(self, address: "ipaddress.IPv4Address | ipaddress.IPv6Address") -> str:
        """Return an IPv6 address as the alias of an IPv6 address. Addresses of the same network stay together.

        If two real addresses share a number of leading bits, their aliases share the same number of leading bits.
        To achieve this, a digest of the preceding bits decides whether a bit is flipped (Xu, Fan, Ammar, Moon:
        Prefix-preserving IP address anonymization, 2002). The alias is in a network that contains no real
        addresses.
        """
        bits = format(int(address), f"0{address.max_prefixlen}b")
        flipped = [str(int(bit) ^ (self._prefix_digest(bits[:at]) & 1)) for at, bit in enumerate(bits)]
        number = int("".join(flipped), 2)
        private = _is_private(address)
        if address.version == 4:
            return str(
                ipaddress.IPv6Address(int(ipaddress.IPv6Address(_PRIVATE_NET if private else _PUBLIC_NET)) | number)
            )
        begin = ipaddress.IPv6Address((_PRIVATE_NET_6 if private else _PUBLIC_NET_6) + "::")
        kept = 112 if private else 96
        return str(ipaddress.IPv6Address(int(begin) | number >> (128 - kept)))

    def _prefix_digest(self, bits: str) -> int:
        return self._digest(f"prefix:{bits}")[0]


def _check(kind: str) -> int:
    return sum(kind.encode()) % _CHECK


def has_form_of_alias(value: str) -> bool:
    """True if a value looks like an alias made with any secret key. The checksum in the value must be correct.

    A real name can also look like an alias. In this case, the checksum is correct by chance for one of nine names.
    """
    kind, _, number = value.removesuffix(_LOCAL).rpartition("-")
    if _KIND.fullmatch(kind) and number.isascii() and number.isdigit() and len(number) < _MOST_DIGITS:
        return int(number) % _CHECK == _check(kind)
    try:
        address = ipaddress.IPv6Address(value)
    except ValueError:
        return False
    return any(address in ipaddress.IPv6Network(net) for net in _NETS)


class Probe(Aliases):
    """A substitute for Aliases that changes no value, but finds out if all values are already aliases.

    The aliases may be made with any secret key.
    """

    def __init__(self) -> None:
        super().__init__(bytes(KEY_BYTES))
        self._aliases: set[str] = set()
        self._names = 0

    @property
    def found_only_aliases(self) -> bool:
        """True if there are at least two values, and all of them look like aliases.

        A single value is not enough, because a real name may look like an alias by chance.
        """
        return not self._names and len(self._aliases) >= _LEAST_ALIASES

    def alias(self, kind: str, value: str) -> str:
        """Return the value unchanged, and count it as an alias or as a real name."""
        if value and value not in _ALWAYS_CLEAR:
            if has_form_of_alias(value):
                self._aliases.add(value)
            else:
                self._names += 1
        return value


def is_port(field: str) -> bool:
    """True if a field contains port numbers."""
    return field.endswith((".port", "_port"))


@lru_cache(maxsize=1_000)
def kind_of(field: str) -> str:
    """Return a word for the kind of values in a tag field, for example `service` for the field `client_service`.

    The alias of a value begins with this word.
    """
    if field.endswith((".ip", "_ip")):
        return "ip"
    if field not in CATALOGUE:
        named = (one.fields[field].alias for one in all_endpoints(CONNECTIONS) if field in one.fields)
        return next(filter(None, named), ALIASES.get(field, "value"))
    tag = field.removeprefix("client_").removeprefix("server_")
    word = _KINDS.get(tag) or tag.rpartition(".")[2].removeprefix("kube_").partition("_")[0].partition("-")[0]
    return word if _WORD.fullmatch(word) else "value"


def _kind_of_value(kind: str, value: str) -> "tuple[str, ipaddress.IPv4Address | ipaddress.IPv6Address | None]":
    """Return the kind of a value, and the value as an IP address object, or None if it is not an IP address.

    The kind of an address is `private-ip` or `public-ip`. So the alias shows whether the address is private.
    """
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return kind, None
    return ("private-ip" if _is_private(address) else "public-ip"), address


def _is_private(address: "ipaddress.IPv4Address | ipaddress.IPv6Address") -> bool:
    return address.is_private or address.is_link_local or address.is_loopback
