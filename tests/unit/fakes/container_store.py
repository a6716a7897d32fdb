"""What k3c remembers, in memory: the state that the fakes of the stores share, and its containers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from domain.container import Attempt, ContainerRecord, ExitStatus
from domain.errors import AlreadyExists, NotFound, PortInUse
from domain.network import PortBinding
from domain.restart import Restarts
from domain.spec import ContainerSpec, Process
from domain.volume import Volume
from tests.unit.fakes.faults import Faults


@dataclass
class FakeState:
    """Records in order of their making, who uses which volumes, and the failures to come.

    Failures are by method: "add", "list", "get", "by_runtime_id", "begin", "end", "mark_stopped", "remove" of
    containers, "add_volume", "list_volumes", "get_volume", "users", "remove_volume", "instance".
    """

    records: dict[str, ContainerRecord] = field(default_factory=dict)
    uses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    volumes: dict[str, Volume] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)

    def change(self, container_id: str, **changes: object) -> None:
        """Replace fields of a record, if there is one."""
        if container_id in self.records:
            self.records[container_id] = replace(self.records[container_id], **changes)  # type: ignore[arg-type]

    def unplan(self, container_id: str) -> None:
        """Call a planned restart off."""
        if record := self.records.get(container_id):
            self.change(container_id, restarts=replace(record.restarts, next_at=None))


class FakeContainerStore:
    """ContainerStore in a FakeState."""

    def __init__(self, state: FakeState | None = None) -> None:
        self.state = state or FakeState()

    async def add(self, record: ContainerRecord, volumes: tuple[str, ...]) -> None:
        """Keep a new record."""
        async with self.state.faults.call("add"):
            for other in self.state.records.values():
                if record.name == other.name or record.id == other.id:
                    raise AlreadyExists("container", record.name, other.id)
            for name in volumes:
                if name not in self.state.volumes:
                    raise NotFound("volume", name)
            self.state.records[record.id] = record
            self.state.uses[record.id] = volumes

    async def list(self) -> tuple[ContainerRecord, ...]:
        """All records, newest first."""
        async with self.state.faults.call("list"):
            return tuple(
                sorted(self.state.records.values(), key=lambda record: record.created_at, reverse=True)
            )

    async def unfinished(self) -> tuple[ContainerRecord, ...]:
        """Those that may be up, newest first."""
        async with self.state.faults.call("unfinished"):
            return tuple(
                record
                for record in sorted(
                    self.state.records.values(), key=lambda one: one.created_at, reverse=True
                )
                if (record.attempt and not record.attempt.ended) or record.restarts.next_at
            )

    async def matching(self, reference: str) -> tuple[ContainerRecord, ...]:
        """Those that the reference could mean."""
        async with self.state.faults.call("matching"):
            records = self.state.records.values()
            return tuple(
                record for record in records if record.name == reference or record.id.startswith(reference)
            )

    async def get(self, container_id: str) -> ContainerRecord:
        """The record of this id."""
        async with self.state.faults.call("get"):
            if container_id not in self.state.records:
                raise NotFound("container", container_id)
            return self.state.records[container_id]

    async def by_runtime_id(self, runtime_id: str) -> ContainerRecord:
        """The record whose attempt has this id."""
        async with self.state.faults.call("by_runtime_id"):
            for record in self.state.records.values():
                if runtime_id and record.runtime_id == runtime_id:
                    return record
            raise NotFound("container", runtime_id)

    async def begin(self, container_id: str, attempt: Attempt) -> None:
        """Make `attempt` the current attempt."""
        async with self.state.faults.call("begin"):
            if container_id not in self.state.records:
                raise NotFound("container", container_id)
            self._check_ports(container_id, attempt.ports)
            self.state.change(container_id, attempt=attempt, stopped_by_user=False)
            self.state.unplan(container_id)

    async def end(self, container_id: str, *, forget: bool = False) -> None:
        """Release the ports; `forget` keeps nothing but the number and the log's path."""
        async with self.state.faults.call("end"):
            record = self.state.records.get(container_id)
            if record is None or record.attempt is None:
                return
            left = replace(record.attempt, ports=(), ended=True)
            if forget:
                left = replace(left, sandbox_id="", runtime_id="", exit=None)
            self.state.change(container_id, attempt=left)

    async def mark_stopped(self, container_id: str) -> None:
        """Note that the user stopped it."""
        async with self.state.faults.call("mark_stopped"):
            self.state.change(container_id, stopped_by_user=True)
            self.state.unplan(container_id)

    async def remove(self, container_id: str) -> None:
        """Forget the container and its use of volumes."""
        async with self.state.faults.call("remove"):
            self.state.records.pop(container_id, None)
            self.state.uses.pop(container_id, None)

    def _check_ports(self, container_id: str, wanted: tuple[PortBinding, ...]) -> None:
        for other in self.state.records.values():
            if other.id == container_id or other.attempt is None:
                continue
            for port in wanted:
                if any(port.overlaps(held) for held in other.attempt.ports):
                    raise PortInUse(str(port), other.name, "")


class FakeContainerChanges:
    """ContainerChanges in a FakeState. Failures: "rename", "redefine", "plan_restart", "keep_exit"."""

    def __init__(self, state: FakeState) -> None:
        self.state = state

    async def rename(self, container_id: str, name: str) -> None:
        """Give it another name."""
        async with self.state.faults.call("rename"):
            self._check(container_id)
            for other in self.state.records.values():
                if other.name == name and other.id != container_id:
                    raise AlreadyExists("container", name, other.id)
            self.state.change(container_id, name=name)

    async def redefine(self, container_id: str, spec: ContainerSpec, process: Process) -> None:
        """Replace spec and process."""
        async with self.state.faults.call("redefine"):
            self._check(container_id)
            self.state.change(container_id, spec=spec, process=process)

    async def plan_restart(self, container_id: str, restarts: Restarts) -> None:
        """Keep the plan."""
        async with self.state.faults.call("plan_restart"):
            self._check(container_id)
            self.state.change(container_id, restarts=restarts)

    async def keep_exit(self, runtime_id: str, status: ExitStatus) -> None:
        """Keep the exit with the attempt."""
        async with self.state.faults.call("keep_exit"):
            for record in self.state.records.values():
                if record.attempt is not None and record.attempt.runtime_id == runtime_id:
                    kept = replace(record.attempt, exit=replace(status, reason=""))
                    self.state.change(record.id, attempt=kept)
                    return
            raise NotFound("container", runtime_id)

    def _check(self, container_id: str) -> None:
        if container_id not in self.state.records:
            raise NotFound("container", container_id)
