"""This machine: its paths and its ports."""

from __future__ import annotations

from typing import Protocol

from domain.network import Dns, PortBinding


class HostPorts(Protocol):
    """The host's ports."""

    async def decide(self, bindings: tuple[PortBinding, ...]) -> tuple[PortBinding, ...]:
        """The bindings with a free host port where none was named.

        Raises PortInUse, with the process that holds it where that can be told (`nginx (pid 812)`).
        """
        ...


class HostFiles(Protocol):
    """Folders and files of the host that containers see."""

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
