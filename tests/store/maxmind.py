"""Write a MaxMind database file in which every IPv4 address has the same record."""

from typing import Any


def _encoded(value: Any) -> bytes:
    match value:
        case str():
            text = value.encode()
            return _control(2, len(text)) + text
        case dict():
            return _control(7, len(value)) + b"".join(_encoded(key) + _encoded(value[key]) for key in value)
        case list():
            return _control(11, len(value)) + b"".join(map(_encoded, value))
        case int():
            number = value.to_bytes(4, "big").lstrip(b"\0")
            return _control(6, len(number)) + number
    raise TypeError(type(value))


def _control(kind: int, size: int) -> bytes:
    more = b"" if size < 29 else bytes([size - 29])
    small = min(size, 29)
    return (bytes([kind << 5 | small]) if kind < 8 else bytes([small, kind - 7])) + more


def maxmind(record: dict[str, Any]) -> bytes:
    """Return the bytes of a MaxMind file with this record. Source: MaxMind DB file format specification, version
    2.0.
    """
    to_record = (1 + 16).to_bytes(3, "big")
    about = {
        "node_count": 1,
        "record_size": 24,
        "ip_version": 4,
        "database_type": "Test",
        "languages": ["en"],
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1,
        "description": {"en": "test"},
    }
    return to_record * 2 + bytes(16) + _encoded(record) + b"\xab\xcd\xefMaxMind.com" + _encoded(about)
