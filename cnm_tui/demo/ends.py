"""Define the client and the server of a connection in the demo, and their tags."""

from collections.abc import Mapping
from dataclasses import dataclass

Values = tuple[str, ...]
"""The values of one tag: usually one; empty if the end is unresolved."""

Tags = Mapping[str, str | Values]


@dataclass(frozen=True, slots=True, eq=False)
class End:
    """The client or server of a connection: a pod, a host, a managed service or an unknown address."""

    layers: tuple[Tags, ...]
    """Tags from its own to those shared with others (deployment, host); the first layer that has a tag counts."""
    zone: str = ""
    """The availability zone; empty outside the estate."""

    def values(self, tag: str) -> Values:
        """Return the values of a tag. Return an empty tuple if this client or server does not have the tag."""
        for layer in self.layers:
            found = layer.get(tag)
            if found is not None:
                return found if isinstance(found, tuple) else (found,)
        return ()

    @property
    def region(self) -> str:
        """Return the cloud region. It is an empty string for an address outside the invented network."""
        return self.zone[:-1]
