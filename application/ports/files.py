"""Files of containers and images: roots, seeds, and paths within a root."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class PathStat:
    """What there is at a path in a container.

    `link_target` is the target of a symbolic link, "" for everything else.
    """

    exists: bool = False
    is_folder: bool = False
    link_target: str = ""


class ContainerRoots(Protocol):
    """The root filesystems of containers, running or not."""

    def opened(self, runtime_id: str) -> AbstractAsyncContextManager[str]:
        """The path of the container's root, for the time of the block. Raises NotFound, RuntimeFailed."""
        ...

    async def changes(self, runtime_id: str) -> tuple[tuple[str, str], ...]:
        """The kinds (A, C, D) and paths of what differs from the image, by path. Raises NotFound, Unsupported."""
        ...

    async def size(self, runtime_id: str) -> int:
        """The number of bytes that the container has written to its root. Raises NotFound."""
        ...


class RootedFiles(Protocol):
    """Files below a root that is not trusted: no link leads out of the root.

    Every method raises NotFound for a root that does not exist, and Conflict for a root that is not a folder.
    """

    async def stat(self, root: str, path: str) -> PathStat:
        """What there is at a path; a symbolic link at the path itself is not followed."""
        ...

    def pack(
        self, root: str, path: str, *, follow: bool, root_name: str = "."
    ) -> AsyncGenerator[bytes, None]:
        """A tar stream of a file or folder; the root itself has the name `root_name` in it.

        Raises NotFound, RuntimeFailed.
        """
        ...

    async def unpack(self, root: str, folder: str, tar: AsyncIterator[bytes]) -> None:
        """Unpack a tar stream into an existing folder, with owners and modes.

        Raises NotFound, InvalidArgument (not a tar stream), RuntimeFailed.
        """
        ...


class Seeds(Protocol):
    """Seeds: the files that were copied into containers before their first start, by k3c id.

    A seed is put into the root of each attempt.
    """

    def opened(self, container_id: str, image_id: str) -> AbstractAsyncContextManager[str]:
        """The path of the image's root with the seed on top, for the time of the block.

        What the block writes there becomes part of the seed. Raises NotFound, RuntimeFailed (this machine
        cannot overlay one folder with another).
        """
        ...

    async def changes(self, container_id: str, image_id: str) -> tuple[tuple[str, str], ...]:
        """The kinds (A, C) and paths of what the seed adds and replaces, by path.

        Raises NotFound, RuntimeFailed.
        """
        ...

    async def content(self, container_id: str) -> str:
        """The path of a folder that holds the files of the seed in their places; "" without a seed."""
        ...

    async def remove(self, container_id: str) -> None:
        """Remove the seed. Idempotent."""
        ...
