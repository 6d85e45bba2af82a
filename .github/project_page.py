"""Define a build hook of hatchling that makes the README readable on the package's page.

The package's page is outside the repository, so links and pictures need the repository's full address. When
GitHub builds a release, environment variables of GitHub contain this address. Without these variables, for
example in a local checkout, the links of the README are not changed.
"""

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE_LINK = re.compile(r"(!?)(\[[^\]]*\])\((?!https?:|#)([^)\s]+)\)")


class ProjectPage(MetadataHookInterface):
    """A metadata hook of hatchling that adds the README to the package's metadata.

    It also adds the links of the project, if the address of the repository is known.
    """

    def update(self, metadata: dict[str, Any]) -> None:
        """Add `readme`, and `urls` if the repository's address is known, to the package's metadata."""
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
    """Return the README text with its relative links replaced by absolute links to this version.

    A link leads to a page of the repository, and a picture leads to the raw file.
    """

    def link(found: re.Match[str]) -> str:
        sign, label, path = found.groups()
        return f"{sign}{label}({address}/{'raw' if sign else 'blob'}/{version}/{path})"

    return RELATIVE_LINK.sub(link, readme)
