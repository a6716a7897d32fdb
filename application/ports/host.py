"""This machine: its ports, names, accounts, and the folders that containers see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from application.ports.runtime import BoundMount
from domain.network import Dns, PortBinding


class HostPorts(Protocol):
    """The ports of this machine."""

    async def decide(
        self, bindings: tuple[PortBinding, ...], in_use: tuple[PortBinding, ...] = ()
    ) -> tuple[PortBinding, ...]:
        """The bindings, each with one host port; a free port is drawn where none, or a range, is named.

        Ports of `in_use` are not drawn, since this machine may not show that they are taken. Raises
        PortInUse, with the process that has the port if it can be found (`nginx (pid 812)`), and
        InvalidArgument.
        """
        ...


class PortRelays(Protocol):
    """Published ports that a process relays instead of the packet filter, by sandbox."""

    async def open(self, sandbox_id: str, bindings: tuple[PortBinding, ...], address: str) -> None:
        """Listen on the host ports of the bindings, and relay connections to `address`.

        What was open for the sandbox before is closed. Raises PortInUse, and then nothing is open.
        """
        ...

    async def add(self, sandbox_id: str, binding: PortBinding, address: str) -> None:
        """Open one more; what is open for the sandbox stays so. Raises PortInUse."""
        ...

    async def close(self, sandbox_id: str) -> None:
        """Stop listening and end the relayed connections. Idempotent."""
        ...


class HostFiles(Protocol):
    """Folders and files of this machine that containers see."""

    async def is_empty(self, path: str) -> bool:
        """Whether a folder is empty."""
        ...

    async def populate(self, root: str, inside: str, folder: str) -> None:
        """Copy the content of the folder `inside` a root into `folder`, with owners and modes.

        `folder` gets the owner and mode of the copied folder. Nothing is copied if the root has no such
        folder. Links do not lead out of the root. Raises RuntimeFailed.
        """
        ...

    async def rename_volume(self, name: str, new: str) -> str:
        """Rename the folder of a volume, and return the new path of its files.

        Raises InvalidArgument (name), NotFound, AlreadyExists, RuntimeFailed.
        """
        ...

    async def exists(self, path: str) -> bool:
        """Whether there is a file or folder at this absolute path."""
        ...

    async def make_volume(self, name: str) -> str:
        """Make the folder of a volume if it does not exist, and return its path."""
        ...

    async def remove_volume(self, name: str) -> None:
        """Remove the folder of a volume with its files. Idempotent."""
        ...


class HostResolver(Protocol):
    """This machine's own way of resolving names."""

    async def settings(self) -> Dns:
        """The current settings: servers (which may have loopback addresses), search domains and options."""
        ...


@dataclass(frozen=True)
class Account:
    """A user of a container, with its groups.

    `home` is "" for a user without a home directory.
    """

    uid: int
    gid: int
    groups: tuple[int, ...] = ()
    home: str = ""


class Accounts(Protocol):
    """The users and groups of containers."""

    async def find(self, pid: int, user: str) -> Account:
        """The account that `name|uid[:group|gid]` names in the root of a process.

        Raises InvalidArgument, NotFound.
        """
        ...

    async def groups(self, root: str, names: tuple[str, ...]) -> tuple[int, ...]:
        """The ids of groups in a root. Raises InvalidArgument."""
        ...


class HostsFiles(Protocol):
    """The /etc/hosts files of containers, by k3c id."""

    async def write(self, container_id: str, names: tuple[tuple[str, str], ...]) -> BoundMount:
        """Write a file with localhost and `names` (name, address), and return its mount. Raises RuntimeFailed."""
        ...

    async def remove(self, container_id: str) -> None:
        """Remove the file; containers that have it mounted keep it. Idempotent."""
        ...
