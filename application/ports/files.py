"""Files of containers and images: their roots, what is copied in before a start, and paths within a root."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class PathStat:
    """What a path in a container is; `link_target` is that of a symbolic link, "" for all else."""

    exists: bool = False
    is_folder: bool = False
    link_target: str = ""


class ContainerRoots(Protocol):
    """Root file systems of containers, running or not."""

    def opened(self, runtime_id: str) -> AbstractAsyncContextManager[str]:
        """The path of its root for the time of the block. Raises NotFound, RuntimeFailed."""
        ...

    async def changes(self, runtime_id: str) -> tuple[tuple[str, str], ...]:
        """Kinds (A, C, D) and paths of what differs from the image, by path. Raises NotFound, Unsupported."""
        ...

    async def size(self, runtime_id: str) -> int:
        """The bytes that it has written. Raises NotFound."""
        ...


class RootedFiles(Protocol):
    """Files below a root that is not trusted: no link leads out of it."""

    async def stat(self, root: str, path: str) -> PathStat:
        """What there is, the last link of the path not followed.

        Raises NotFound and Conflict for a root that is not there, or no folder: so do the others.
        """
        ...

    def pack(
        self, root: str, path: str, *, follow: bool, root_name: str = "."
    ) -> AsyncGenerator[bytes, None]:
        """A tar stream of a file or folder; the root itself goes by `root_name`. Raises NotFound, RuntimeFailed."""
        ...

    async def unpack(self, root: str, folder: str, tar: AsyncIterator[bytes]) -> None:
        """Unpack a tar stream into a folder that is there, with owners and modes.

        Raises NotFound, InvalidArgument (no tar stream), RuntimeFailed.
        """
        ...


class Seeds(Protocol):
    """What was copied into containers before their first start, to be put into each of their fresh roots."""

    def opened(self, container_id: str, image_id: str) -> AbstractAsyncContextManager[str]:
        """The path of the image's root with the seed in it, for the time of the block; what is written is the seed.

        Raises NotFound, RuntimeFailed (this machine cannot lay one folder over another).
        """
        ...

    async def changes(self, container_id: str, image_id: str) -> tuple[tuple[str, str], ...]:
        """Kinds (A, C) and paths of what the seed adds and replaces, by path. Raises NotFound, RuntimeFailed."""
        ...

    async def content(self, container_id: str) -> str:
        """The path of a folder with the seed's files where they belong, "" without a seed."""
        ...

    async def remove(self, container_id: str) -> None:
        """Remove it. Idempotent."""
        ...
