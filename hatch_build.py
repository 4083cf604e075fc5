"""What a package index is told of this package: the repository's address, and a README whose links lead there.

The address is that of the checkout's remote `origin`, so that nothing has to name it here. Without one, as
in a checkout that was copied, links into the checkout become the names of its files. An sdist has the
answers with it.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

__all__ = ["AddressHook", "address", "linked"]

_REMOTE = re.compile(
    r"(?:https://(?:[^/@]+@)?|(?:ssh://)?git@)(?P<host>[\w.-]+)[:/](?P<path>[\w./-]+?)(?:\.git)?/?"
)
_LINK = re.compile(r"!?\[(?P<text>[^\[\]]*)\]\((?P<to>[^)\s]+)\)")
_POINTER = re.compile(
    r"(?P<before>\]\(|\b(?:src|srcset|href)=\")(?P<to>(?![a-z][a-z0-9+.-]*:|#)[^)\s\"]+)(?P<after>[)\"])"
)
"""Where a link or a picture leads to, if it is a path."""
_PICTURES = (".gif", ".jpg", ".png", ".svg", ".webp")


def address(remote: str) -> str | None:
    """The address of a repository's pages, by that of its remote; None: it is on this machine.

    A password or token in it is left out.
    """
    found = _REMOTE.fullmatch(remote.strip())
    return f"https://{found['host']}/{found['path']}" if found else None


def linked(text: str, repository: str | None) -> str:
    """A README for readers who are elsewhere.

    Args:
        text: Markdown.
        repository: where relative links lead to; None: they become names of files, and pictures are
            left out.
    """

    def there(found: re.Match[str]) -> str:
        view = "raw" if found["to"].partition("#")[0].endswith(_PICTURES) else "blob"
        return f"{found['before']}{repository}/{view}/HEAD/{found['to']}{found['after']}"

    def named(found: re.Match[str]) -> str:
        if _POINTER.search(found[0]) is None:
            return found[0]
        path = found["to"].partition("#")[0]
        return "" if found[0].startswith("!") else f"{found['text']} (`{path}`)".strip()

    if repository is not None:
        return _POINTER.sub(there, text)
    return _POINTER.sub("", _LINK.sub(named, _LINK.sub(named, text)))  # twice: a picture in a link


class AddressHook(MetadataHookInterface):
    """Fills in `readme` and `urls`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the fields that pyproject.toml calls dynamic."""
        root = Path(self.root)
        repository = _origin(root)
        text = linked((root / "README.md").read_text(encoding="utf-8"), repository)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
        metadata["urls"] = {} if repository is None else _urls(repository)


def _urls(repository: str) -> dict[str, str]:
    return {
        "Repository": repository,
        "Documentation": f"{repository}/blob/HEAD/docs/index.md",
        "Changelog": f"{repository}/blob/HEAD/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }


def _origin(root: Path) -> str | None:
    """The address of the checkout's repository, if git and a remote tell one."""
    if not (root / ".git").exists():  # of a repository around it
        return None
    words = ["git", "-C", str(root), "config", "--get", "remote.origin.url"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:  # no git
        return None
    return address(done.stdout)
