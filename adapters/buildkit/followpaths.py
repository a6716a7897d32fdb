"""`followpaths`: files that the daemon asks for by name, and where symlinks among them lead.

The result is a list of include patterns. All functions block; call them off the event loop.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence

from adapters.buildkit.patterns import BadPattern, clean, name_matcher


def follow(root: bytes, paths: Sequence[str]) -> list[str] | None:
    """Return include patterns for the paths and all links on the way, None where the whole folder is meant.

    Nothing outside the folder is read: an absolute target counts from the folder.
    """
    resolver = _Resolver(root)
    for path in paths:
        resolver.add(path)
    return without_nested(sorted(resolver.found))


def without_nested(paths: Sequence[str]) -> list[str] | None:
    """Return the sorted paths without paths below other paths; None if a path is the folder itself."""
    kept: list[str] = []
    for path in paths:
        if path == ".":
            return None
        if not (kept and path.startswith(kept[-1] + "/")):
            kept.append(path)
    return kept


class _Resolver:
    def __init__(self, root: bytes) -> None:
        self._root = root
        self.found: set[str] = set()

    def add(self, path: str) -> None:
        """Add a path; every link in it is added, and what the link leads to is followed as well."""
        rest = _relative(path)
        current = "."
        while True:
            first, _, rest = rest.partition("/")
            current = clean(posixpath.join(current, first))
            targets = self._targets(current)
            if (targets or not rest) and current in self.found:
                return
            if targets or not rest:
                self.found.add(current)
            for target in targets:
                self.add(posixpath.join(target, rest))
            if targets or not rest:
                return

    def _targets(self, path: str) -> list[str]:
        """Where the link, or the links that match the last component's pattern, lead."""
        folder, name = posixpath.split(path)
        if not _has_wildcard(name):
            return self._target(path)
        try:
            fits = name_matcher(name)
            names = sorted(os.listdir(self._full(folder)))  # noqa: PTH208 - a Path cannot be bytes
        except (OSError, BadPattern):
            return []
        texts = [each.decode("utf-8", "surrogateescape") for each in names]
        return [
            target for each in texts if fits(each) for target in self._target(posixpath.join(folder, each))
        ]

    def _target(self, path: str) -> list[str]:
        try:
            target = os.readlink(self._full(path)).decode("utf-8", "surrogateescape")  # noqa: PTH115 - bytes
        except OSError:  # not there, or not a link
            return []
        return [target if target.startswith("/") else posixpath.join("/", posixpath.dirname(path), target)]

    def _full(self, path: str) -> bytes:
        return self._root + b"/" + path.encode("utf-8", "surrogateescape")


def _relative(path: str) -> str:
    return clean(clean(posixpath.join("/", path)).lstrip("/"))


def _has_wildcard(name: str) -> bool:
    plain = False  # whether the character before was a backslash
    for character in name:
        if character in "*?[" and not plain:
            return True
        plain = character == "\\" and not plain
    return False
