"""What containers are furnished with, in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from application.ports.host import Account
from application.ports.runtime import BoundMount, SpecEdits
from domain.errors import InvalidArgument

GROUPS = {"wheel": 10, "audio": 29}


class FakeImageRoots:
    """ImageRoots."""

    @asynccontextmanager
    async def opened(self, image_id: str) -> AsyncIterator[str]:
        """A path with the image in it."""
        yield f"/roots/{image_id}"


class FakeAccounts:
    """Accounts of root and of GROUPS."""

    async def find(self, pid: int, user: str) -> Account:
        """Root, of process 1."""
        return Account(0, pid - pid, (), f"/{user}")

    async def groups(self, root: str, names: tuple[str, ...]) -> tuple[int, ...]:
        """Those of GROUPS."""
        for name in names:
            if name not in GROUPS:
                raise InvalidArgument("group", name, f"{root} has no such group")
        return tuple(GROUPS[name] for name in names)


class FakeHostsFiles:
    """HostsFiles; what was written and not removed is in `files`."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[tuple[str, str], ...]] = {}
        self.written: list[tuple[tuple[str, str], ...]] = []

    async def write(self, container_id: str, names: tuple[tuple[str, str], ...]) -> BoundMount:
        """Note it."""
        self.files[container_id] = names
        self.written.append(names)
        return BoundMount(f"/hosts/{container_id}", "/etc/hosts")

    async def remove(self, container_id: str) -> None:
        """Forget it."""
        self.files.pop(container_id, None)


class FakeRuntimeSpecs:
    """RuntimeSpecs; what was asked for is in `edits`."""

    def __init__(self) -> None:
        self.edits: list[SpecEdits] = []

    async def edit(self, runtime_id: str, edits: SpecEdits) -> None:
        """Note it."""
        if edits != SpecEdits():
            self.edits.append(edits)
