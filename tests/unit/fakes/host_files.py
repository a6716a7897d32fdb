"""A host's files, in memory."""

from __future__ import annotations

from domain.names import check_name
from tests.unit.fakes.faults import Faults


class FakeHostFiles:
    """HostFiles; `paths` is all there is. Failures: "exists", "make_volume", "remove_volume"."""

    def __init__(self, volumes_folder: str = "/volumes") -> None:
        self.paths: set[str] = {"/"}
        self.faults = Faults()
        self.populated: dict[str, str] = {}
        self._folder = volumes_folder

    async def exists(self, path: str) -> bool:
        """Whether the path is among those that there are."""
        async with self.faults.call("exists"):
            return path in self.paths

    async def is_empty(self, path: str) -> bool:
        """Whether nothing was copied to it."""
        return path not in self.populated

    async def populate(self, root: str, inside: str, folder: str) -> None:
        """Note it."""
        async with self.faults.call("populate"):
            self.populated[folder] = f"{root}:{inside}"

    async def make_volume(self, name: str) -> str:
        """Add the volume's path."""
        check_name("volume", name)
        async with self.faults.call("make_volume"):
            path = f"{self._folder}/{name}/_data"
            self.paths.add(path)
            return path

    async def rename_volume(self, name: str, new: str) -> str:
        """Move the volume's path."""
        check_name("volume", new)
        async with self.faults.call("rename_volume"):
            self.paths.discard(f"{self._folder}/{name}/_data")
            path = f"{self._folder}/{new}/_data"
            self.paths.add(path)
            return path

    async def remove_volume(self, name: str) -> None:
        """Take the volume's path and all below it away."""
        check_name("volume", name)
        async with self.faults.call("remove_volume"):
            gone = f"{self._folder}/{name}/"
            self.paths = {path for path in self.paths if not path.startswith(gone)}
