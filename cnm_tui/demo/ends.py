"""The two ends of a connection and the tags they carry."""

from collections.abc import Mapping
from dataclasses import dataclass

Values = tuple[str, ...]
"""The values of one tag: usually one; none where nothing resolves the end."""

Tags = Mapping[str, str | Values]


@dataclass(frozen=True, slots=True, eq=False)
class End:
    """A pod, a host, a managed service or an address that nothing more is known of."""

    layers: tuple[Tags, ...]
    """Tags from its own to those it shares with others (its deployment, its host); the first that has one counts."""
    zone: str = ""
    """The availability zone; empty outside the estate."""

    def values(self, tag: str) -> Values:
        """What it carries under this tag."""
        for layer in self.layers:
            found = layer.get(tag)
            if found is not None:
                return found if isinstance(found, tuple) else (found,)
        return ()

    @property
    def region(self) -> str:
        """The region; empty outside the estate."""
        return self.zone[:-1]
