"""What k3c itself remembers. One call is one transaction; none is held across another."""

from __future__ import annotations

from typing import Protocol

from domain.container import Attempt, ContainerRecord
from domain.volume import Volume


class ContainerStore(Protocol):
    """Containers by id, with unique names."""

    async def add(self, record: ContainerRecord, volumes: tuple[str, ...]) -> None:
        """Keep a new record that uses these volumes. Raises AlreadyExists with the holder's id."""
        ...

    async def list(self) -> tuple[ContainerRecord, ...]:
        """All records, newest first."""
        ...

    async def begin(self, container_id: str, attempt: Attempt) -> None:
        """Make `attempt` the container's life, and hold its decided ports against other containers.

        Also clears `stopped_by_user`. Raises PortInUse with the name of the container that holds an
        overlapping port, NotFound.
        """
        ...

    async def end(self, container_id: str, *, forget: bool = False) -> None:
        """Release the ports of the container's attempt; with `forget`, the attempt's record too. Idempotent."""
        ...

    async def mark_stopped(self, container_id: str) -> None:
        """Note that the user stopped it, so that no restart policy starts it again. Idempotent."""
        ...

    async def remove(self, container_id: str) -> None:
        """Forget the container, its ports and its use of volumes. Idempotent."""
        ...


class VolumeStore(Protocol):
    """Volumes by name, with who uses them."""

    async def add(self, volume: Volume) -> Volume:
        """Keep a volume; when the name is known already, return the one that is there instead."""
        ...

    async def list(self) -> tuple[Volume, ...]:
        """All volumes by name."""
        ...

    async def users(self, name: str) -> tuple[str, ...]:
        """Names of the containers that use the volume, sorted."""
        ...

    async def remove(self, name: str) -> None:
        """Forget it. Raises InUse while a container uses it, NotFound."""
        ...


class Identity(Protocol):
    """Which k3c this is, where several share a runtime."""

    async def instance(self) -> str:
        """A random name made at first use and kept."""
        ...
