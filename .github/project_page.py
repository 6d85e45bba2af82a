"""Make the README readable on the package's page: a build hook of hatchling.

The page is not in the repository, so links and pictures need the repository's address. GitHub's own variables give it
where a release is built. Without them, as in a checkout, the README stays as it is.
"""

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE_LINK = re.compile(r"(!?)(\[[^\]]*\])\((?!https?:|#)([^)\s]+)\)")


class ProjectPage(MetadataHookInterface):
    """Adds the README, and the project's links if the repository's address is known."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add `readme` and `urls`."""
        readme = Path(self.root, "README.md").read_text(encoding="utf-8")
        server, repository = os.environ.get("GITHUB_SERVER_URL", ""), os.environ.get("GITHUB_REPOSITORY", "")
        if server and repository:
            address, version = f"{server}/{repository}", f"v{metadata['version']}"
            readme = absolute(readme, address, version)
            metadata["urls"] = {
                "Source": address,
                "Documentation": f"{address}/tree/{version}/.github/docs",
                "Changes": f"{address}/blob/{version}/.github/CHANGELOG.md",
                "Issues": f"{address}/issues",
            }
        metadata["readme"] = {"content-type": "text/markdown", "text": readme}


def absolute(readme: str, address: str, version: str) -> str:
    """Return the text with the links of this version: pages for links, files for pictures."""

    def link(found: re.Match[str]) -> str:
        sign, label, path = found.groups()
        return f"{sign}{label}({address}/{'raw' if sign else 'blob'}/{version}/{path})"

    return RELATIVE_LINK.sub(link, readme)
