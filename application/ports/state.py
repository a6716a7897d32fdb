"""What k3c itself stores. Each call is one transaction."""

from __future__ import annotations

from typing import Protocol

from domain.container import Attempt, ContainerRecord, ExitStatus
from domain.events import Event
from domain.restart import Restarts
from domain.spec import ContainerSpec, Process
from domain.volume import Volume


class ContainerStore(Protocol):
    """The records of containers, by id and with unique names."""

    async def add(self, record: ContainerRecord, volumes: tuple[str, ...]) -> None:
        """Store a new record that uses these volumes.

        Raises AlreadyExists with the holder's id, NotFound (a volume).
        """
        ...

    async def list(self) -> tuple[ContainerRecord, ...]:
        """All records, newest first."""
        ...

    async def unfinished(self) -> tuple[ContainerRecord, ...]:
        """The records whose attempt has not ended or for which a restart is planned, newest first.

        Not all are read for that.
        """
        ...

    async def matching(self, reference: str) -> tuple[ContainerRecord, ...]:
        """The records whose name a reference is, or whose id it is or begins, in any order.

        Not all are read for that.
        """
        ...

    async def get(self, container_id: str) -> ContainerRecord:
        """The record of this full id. Raises NotFound."""
        ...

    async def by_runtime_id(self, runtime_id: str) -> ContainerRecord:
        """The record whose attempt has this id in the runtime. Raises NotFound."""
        ...

    async def begin(self, container_id: str, attempt: Attempt) -> None:
        """Make `attempt` the current attempt of a container, and reserve its decided ports.

        `stopped_by_user` and a planned restart are cleared. Raises PortInUse with the name of the container
        that has an overlapping port, NotFound.
        """
        ...

    async def end(self, container_id: str, *, forget: bool = False) -> None:
        """Record that the attempt of a container has ended, and release its ports. Idempotent.

        With `forget` nothing of the attempt is kept but its number and the path of its log.
        """
        ...

    async def mark_stopped(self, container_id: str) -> None:
        """Record that the user stopped a container. Idempotent.

        No policy restarts it then, and a planned restart is cancelled.
        """
        ...

    async def remove(self, container_id: str) -> None:
        """Remove the record with its ports and its uses of volumes. Idempotent."""
        ...


class ContainerChanges(Protocol):
    """Changes of stored containers. Every method raises NotFound."""

    async def rename(self, container_id: str, name: str) -> None:
        """Give a container another name. Raises AlreadyExists with the holder's id."""
        ...

    async def redefine(self, container_id: str, spec: ContainerSpec, process: Process) -> None:
        """Replace the spec and the process that the next attempt is made from."""
        ...

    async def plan_restart(self, container_id: str, restarts: Restarts) -> None:
        """Store the count of restarts and the time of the next one; empty `restarts` reset the count."""
        ...

    async def keep_exit(self, runtime_id: str, status: ExitStatus) -> None:
        """Store how the attempt with this runtime id ended, without the reason."""
        ...


class VolumeStore(Protocol):
    """Volumes by name, with the containers that use them."""

    async def add(self, volume: Volume) -> Volume:
        """Store a volume and return it; if the name exists already, the stored volume is returned instead."""
        ...

    async def list(self) -> tuple[Volume, ...]:
        """All volumes by name."""
        ...

    async def get(self, name: str) -> Volume:
        """The volume of this name. Raises NotFound."""
        ...

    async def users(self, name: str) -> tuple[str, ...]:
        """The names of the containers that use the volume, sorted."""
        ...

    async def rename(self, name: str, volume: Volume) -> None:
        """Replace a volume with `volume`, which has another name and path, also in the mounts of containers.

        Raises NotFound, AlreadyExists.
        """
        ...

    async def remove(self, name: str) -> None:
        """Remove a volume. Raises InUse if a container uses it, NotFound."""
        ...


class Identity(Protocol):
    """The identity of this k3c, where several share a runtime."""

    async def instance(self) -> str:
        """A random name that is made at the first call and stored."""
        ...


class EventStore(Protocol):
    """The newest events, in the order in which they were emitted."""

    async def append(self, batch: tuple[Event, ...]) -> None:
        """Store events, with numbers that continue from the last."""
        ...

    async def list(self, after: int, limit: int) -> tuple[Event, ...]:
        """At most `limit` events with numbers above `after`, by number."""
        ...

    async def last(self) -> int:
        """The number of the last event, 0 if there is none."""
        ...
