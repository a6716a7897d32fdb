"""What k3c itself remembers. One call is one transaction; none is held across another."""

from __future__ import annotations

from typing import Protocol

from domain.container import Attempt, ContainerRecord, ExitStatus
from domain.events import Event
from domain.restart import Restarts
from domain.spec import ContainerSpec, Process
from domain.volume import Volume


class ContainerStore(Protocol):
    """Containers by id, with unique names."""

    async def add(self, record: ContainerRecord, volumes: tuple[str, ...]) -> None:
        """Keep a new record that uses these volumes. Raises AlreadyExists with the holder's id."""
        ...

    async def list(self) -> tuple[ContainerRecord, ...]:
        """All records, newest first."""
        ...

    async def get(self, container_id: str) -> ContainerRecord:
        """The record of this full id. Raises NotFound."""
        ...

    async def by_runtime_id(self, runtime_id: str) -> ContainerRecord:
        """The record whose attempt has this id in the runtime. Raises NotFound."""
        ...

    async def begin(self, container_id: str, attempt: Attempt) -> None:
        """Make `attempt` the container's life, and hold its decided ports against other containers.

        Also clears `stopped_by_user`, and a restart that was planned. Raises PortInUse with the name of
        the container that holds an overlapping port, NotFound.
        """
        ...

    async def end(self, container_id: str, *, forget: bool = False) -> None:
        """Note that the container's attempt has ended, and release its ports. Idempotent.

        With `forget` nothing of the attempt is kept but its number, and where its log was to be.
        """
        ...

    async def mark_stopped(self, container_id: str) -> None:
        """Note that the user stopped it: no policy starts it again, a planned restart is off. Idempotent."""
        ...

    async def remove(self, container_id: str) -> None:
        """Forget the container, its ports and its use of volumes. Idempotent."""
        ...


class ContainerChanges(Protocol):
    """What changes about a container that is kept. All raise NotFound."""

    async def rename(self, container_id: str, name: str) -> None:
        """Give it another name. Raises AlreadyExists with the holder's id."""
        ...

    async def redefine(self, container_id: str, spec: ContainerSpec, process: Process) -> None:
        """Replace what its next attempt is made from."""
        ...

    async def plan_restart(self, container_id: str, restarts: Restarts) -> None:
        """Keep how often it was restarted and when it is again; an empty one begins to count anew."""
        ...

    async def keep_exit(self, runtime_id: str, status: ExitStatus) -> None:
        """Keep how the attempt of this runtime id ended, but for the reason, as long as there is that attempt."""
        ...


class VolumeStore(Protocol):
    """Volumes by name, with who uses them."""

    async def add(self, volume: Volume) -> Volume:
        """Keep a volume; when the name is known already, return the one that is there instead."""
        ...

    async def list(self) -> tuple[Volume, ...]:
        """All volumes by name."""
        ...

    async def get(self, name: str) -> Volume:
        """The volume of this name. Raises NotFound."""
        ...

    async def users(self, name: str) -> tuple[str, ...]:
        """Names of the containers that use the volume, sorted."""
        ...

    async def rename(self, name: str, volume: Volume) -> None:
        """Put another name and path in place of a volume's, in its containers' mounts as well.

        Raises NotFound, AlreadyExists.
        """
        ...

    async def remove(self, name: str) -> None:
        """Forget it. Raises InUse while a container uses it, NotFound."""
        ...


class Identity(Protocol):
    """Which k3c this is, where several share a runtime."""

    async def instance(self) -> str:
        """A random name made at first use and kept."""
        ...


class EventStore(Protocol):
    """Events in the order in which they were told, the newest of them."""

    async def append(self, batch: tuple[Event, ...]) -> None:
        """Keep them, with numbers that go on from the last."""
        ...

    async def list(self, after: int, limit: int) -> tuple[Event, ...]:
        """At most `limit` of those with higher numbers than `after`, by number."""
        ...

    async def last(self) -> int:
        """The number of the last, 0 if there was none."""
        ...
