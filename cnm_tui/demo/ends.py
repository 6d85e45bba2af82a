"""The two ends of a connection, and their tags."""

from collections.abc import Mapping
from dataclasses import dataclass

Values = tuple[str, ...]
"""The values of one tag: usually one; empty if the end is unresolved."""

Tags = Mapping[str, str | Values]


@dataclass(frozen=True, slots=True, eq=False)
class End:
    """A pod, a host, a managed service or an unknown address."""

    layers: tuple[Tags, ...]
    """Tags from its own to those shared with others (deployment, host); the first layer that has a tag counts."""
    zone: str = ""
    """The availability zone; empty outside the estate."""

    def values(self, tag: str) -> Values:
        """Return the values of a tag."""
        for layer in self.layers:
            found = layer.get(tag)
            if found is not None:
                return found if isinstance(found, tuple) else (found,)
        return ()

    @property
    def region(self) -> str:
        """The region; empty outside the estate."""
        return self.zone[:-1]
