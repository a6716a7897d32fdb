"""This machine: its paths and its ports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from application.ports.runtime import BoundMount
from domain.network import Dns, PortBinding


class HostPorts(Protocol):
    """The host's ports."""

    async def decide(
        self, bindings: tuple[PortBinding, ...], in_use: tuple[PortBinding, ...] = ()
    ) -> tuple[PortBinding, ...]:
        """The bindings, each with one host port: a free one where none or a range was named.

        Ports in `in_use` are not drawn: the host may not know that they are taken. Raises PortInUse, with
        the process that holds the port where that can be told (`nginx (pid 812)`).
        """
        ...


class PortRelays(Protocol):
    """Published ports that are passed on by a process, not by the packet filter; each set has an owner."""

    async def open(self, sandbox_id: str, bindings: tuple[PortBinding, ...], address: str) -> None:
        """Listen at the host's side of the bindings, and pass connections on to `address`.

        What the owner had open before is closed. Raises PortInUse, and nothing is open then.
        """
        ...

    async def close(self, sandbox_id: str) -> None:
        """Stop listening and end what is passed on. Idempotent."""
        ...


class HostFiles(Protocol):
    """Folders and files of the host that containers see."""

    async def is_empty(self, path: str) -> bool:
        """Whether a folder holds nothing."""
        ...

    async def populate(self, root: str, inside: str, folder: str) -> None:
        """Copy what is in the folder `inside` a root, with owners and modes, and its own; nothing if there is none.

        Links do not lead out of the root. Raises RuntimeFailed.
        """
        ...

    async def rename_volume(self, name: str, new: str) -> str:
        """Give a volume's folder another name; returns where its files are then.

        Raises InvalidArgument (name), NotFound, AlreadyExists, RuntimeFailed.
        """
        ...

    async def exists(self, path: str) -> bool:
        """Whether there is something at this absolute path."""
        ...

    async def make_volume(self, name: str) -> str:
        """Make the folder of a volume if it is missing, and return its path."""
        ...

    async def remove_volume(self, name: str) -> None:
        """Take a volume's folder and all in it away. Idempotent."""
        ...


class HostResolver(Protocol):
    """How this machine itself finds other hosts by name."""

    async def settings(self) -> Dns:
        """Its servers (addresses that may be loopback ones), search domains and options, as they are now."""
        ...


@dataclass(frozen=True)
class Account:
    """Whom a user's words mean in a container; `home` is "" where it has none."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()
    home: str = ""


class Accounts(Protocol):
    """Users and groups as a container has them."""

    async def find(self, pid: int, user: str) -> Account:
        """What `name|uid[:group|gid]` means in the root of a process. Raises InvalidArgument, NotFound."""
        ...

    async def groups(self, root: str, names: tuple[str, ...]) -> tuple[int, ...]:
        """The ids of groups in a root. Raises InvalidArgument."""
        ...


class HostsFiles(Protocol):
    """Files of /etc/hosts for containers, by k3c id."""

    async def write(self, container_id: str, names: tuple[tuple[str, str], ...]) -> BoundMount:
        """Make one with localhost and these (name, address). Raises RuntimeFailed."""
        ...

    async def remove(self, container_id: str) -> None:
        """Remove it; where it is mounted it stays. Idempotent."""
        ...
