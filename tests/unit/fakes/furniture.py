"""What containers are furnished with, in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from application.ports.host import Account
from application.ports.runtime import BoundMount, SpecEdits
from domain.container import ContainerState
from domain.errors import InvalidArgument, NotFound
from tests.unit.fakes.sandbox_runtime import FakeRuntime

USERS = {"root": Account(0, 0, (10,), "/root"), "app": Account(1000, 100, (10,), "/app")}
GROUPS = {"root": 0, "wheel": 10, "audio": 29}


class FakeImageRoots:
    """ImageRoots: every image that is not `absent` has the files of one folder."""

    def __init__(self, folder: Path = Path("/roots/image"), absent: frozenset[str] = frozenset()) -> None:
        self._folder = folder
        self._absent = absent

    @asynccontextmanager
    async def opened(self, image_id: str) -> AsyncIterator[str]:
        """The folder."""
        if image_id in self._absent:
            raise NotFound("image", image_id)
        yield str(self._folder)


class FakeContainerRoots:
    """ContainerRoots of a FakeRuntime: what its containers have written is what one folder holds."""

    def __init__(self, world: FakeRuntime, folder: Path = Path("/roots/container")) -> None:
        self._world = world
        self._folder = folder

    @asynccontextmanager
    async def opened(self, runtime_id: str) -> AsyncIterator[str]:
        """The folder."""
        self._check(runtime_id)
        yield str(self._folder)

    async def changes(self, runtime_id: str) -> tuple[tuple[str, str], ...]:
        """All its files, as new ones."""
        self._check(runtime_id)
        return tuple(("A", f"/{file.relative_to(self._folder)}") for file in self._files())

    async def size(self, runtime_id: str) -> int:
        """Theirs."""
        self._check(runtime_id)
        return sum(file.stat().st_size for file in self._files())

    def _files(self) -> list[Path]:
        return sorted(file for file in self._folder.rglob("*") if file.is_file())

    def _check(self, runtime_id: str) -> None:
        if runtime_id not in self._world.containers:
            raise NotFound("container", runtime_id)


class FakeAccounts:
    """Accounts of USERS and GROUPS, in any root and of every process that is not among the `ended`."""

    def __init__(self, ended: frozenset[int] = frozenset()) -> None:
        self._ended = ended

    async def find(self, pid: int, user: str) -> Account:
        """Look among them; ids need not be there."""
        if pid in self._ended:
            raise NotFound("container", f"process {pid}")
        name, colon, group = user.partition(":")
        known = {str(account.uid): account for account in USERS.values()} | USERS
        account = known.get(name) or (Account(int(name), 0) if name.isdecimal() else None)
        if account is None or (colon and group not in GROUPS and not group.isdecimal()):
            raise InvalidArgument("user", user, "not-in-container", "user")
        if not colon:
            return account
        return replace(account, gid=GROUPS[group] if group in GROUPS else int(group), groups=())

    async def groups(self, root: str, names: tuple[str, ...]) -> tuple[int, ...]:
        """Those of GROUPS."""
        for name in names:
            if name not in GROUPS:
                raise InvalidArgument("group", name, "not-in-image", "group")
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
    """RuntimeSpecs of a FakeRuntime; what was asked for is in `edits`."""

    def __init__(self, world: FakeRuntime) -> None:
        self._world = world
        self.edits: list[SpecEdits] = []

    async def edit(self, runtime_id: str, edits: SpecEdits) -> None:
        """Note it."""
        if edits == SpecEdits():
            return
        if runtime_id not in self._world.containers:
            raise NotFound("container", runtime_id)
        for joined in edits.joins.values():
            container = self._world.containers.get(joined)
            if container is None or container.state.state is not ContainerState.RUNNING:
                raise NotFound("container", joined)
        self.edits.append(edits)
