"""Read from a MaxMind file to which country and which network operator an IP address belongs.

The user provides the file. It is read with the package `maxminddb`.
"""

from pathlib import Path
from typing import Any

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import clean
from cnm_tui.store.files import path_text, reason_text

_LONGEST: int = 80


class GeoipFile:
    """An open MaxMind file. Records are read from the disk when they are needed, and are not kept in memory."""

    def __init__(self, path: Path) -> None:
        """Open the MaxMind file.

        Raises:
            StoreFailed: The package `maxminddb` is missing, or the file cannot be read.
        """
        try:
            # An extra: few people have such a file.
            import maxminddb
        except ImportError as error:
            raise StoreFailed("geoip needs a package.", hint="pip install 'cnm-tui[geoip]'") from error
        try:
            self._reader = maxminddb.open_database(str(path), maxminddb.MODE_MMAP)
        except OSError as error:
            raise StoreFailed(f"{path_text(path)} cannot be read: {reason_text(error)}.", hint="See geoip.") from error
        except (maxminddb.InvalidDatabaseError, ValueError) as error:
            raise StoreFailed(f"{path_text(path)} is no MaxMind file.", hint="See geoip in settings.toml.") from error

    def told(self, address: str) -> str:
        """Return the country and the network operator of an IP address. Return an empty text if both are unknown."""
        try:
            record: Any = self._reader.get(address)
        except Exception:  # A damaged file raises anything, and only hints are lost.
            return ""
        if not isinstance(record, dict):
            return ""
        number, name = record.get("autonomous_system_number"), record.get("autonomous_system_organization")
        network = " ".join(filter(None, [f"AS{number}" if isinstance(number, int) else "", _text(name)]))
        country = _country(record.get("country")) or _country(record.get("registered_country"))
        return ", ".join(filter(None, [country, network]))

    def close(self) -> None:
        """Close the MaxMind file."""
        self._reader.close()


def _country(found: Any) -> str:
    if not isinstance(found, dict):
        return ""
    known = found.get("names")
    return _text(known.get("en") if isinstance(known, dict) else None) or _text(found.get("iso_code"))


def _text(found: Any) -> str:
    return clean(found, _LONGEST) if isinstance(found, str) else ""
