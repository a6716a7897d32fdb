"""Making a container's next attempt: a sandbox, a container in it, and its process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from application.lifecycle.attempt_requests import AttemptRequests
from application.lifecycle.gated_start import GatedStart
from application.lifecycle.published_ports import PublishedPorts
from application.lifecycle.seeding import Seeding
from application.lifecycle.sessions import Attachment
from application.ports.logs import ContainerLogs
from application.ports.runtime import SandboxRequest, SandboxRuntime
from application.ports.state import ContainerStore
from application.support.compensation import Compensation, compensating
from domain.container import ContainerRecord


@dataclass(frozen=True)
class MakeAttempt:
    """Make the next attempt of a container that has no sandbox, and run its process.

    `log_root` is the folder of this machine that holds the containers' logs, of each container so many
    files, or so many bytes.
    """

    container_store: ContainerStore
    sandboxes: SandboxRuntime
    gated_start: GatedStart
    logs: ContainerLogs
    published_ports: PublishedPorts
    attempt_requests: AttemptRequests
    seeding: Seeding
    log_root: str
    log_files: int
    logs_size: int

    async def __call__(self, record: ContainerRecord, attachment: Attachment | None) -> ContainerRecord:
        """Return the container with its running attempt. The caller holds the container's lock.

        Raises NotFound, PortInUse, CommandNotFound, CommandNotExecutable, RuntimeFailed. On failure or
        cancellation the attempt's sandbox, snapshot, ports and log are gone.
        """
        async with compensating() as undo:
            return await self._make(record, undo, attachment)

    async def _make(
        self, record: ContainerRecord, undo: Compensation, attachment: Attachment | None
    ) -> ContainerRecord:
        undo.add(lambda: self.container_store.end(record.id, forget=True))
        unheld = replace(record.next_attempt(), log_path=self._log_path(record))
        attempt = await self.published_ports.begin(record, unheld)
        folder = str(PurePosixPath(attempt.log_path).parent.parent)
        sandbox = await self.attempt_requests.sandbox(record, attempt, folder)
        undo.add(lambda: self.logs.remove(attempt.log_path))
        await self.logs.trim(attempt.log_path, self.logs_size, self.log_files)
        attempt_in_sandbox = replace(attempt, sandbox_id=await self._run_sandbox(sandbox, undo))
        await self.container_store.begin(record.id, attempt_in_sandbox)
        request = await self.attempt_requests.container(record, sandbox, attempt_in_sandbox, undo)
        runtime_id = await self.gated_start.create(request, record, attachment, undo)
        made = replace(attempt_in_sandbox, runtime_id=runtime_id)
        await self.container_store.begin(record.id, made)
        await self.attempt_requests.edit(record, runtime_id)
        await self.seeding(record, runtime_id)
        await self.gated_start.start(record, made, attachment)
        await self.attempt_requests.clean(record)
        return record.with_attempt(made)

    async def _run_sandbox(self, request: SandboxRequest, undo: Compensation) -> str:
        sandbox_id = await self.sandboxes.run(request)
        undo.add(lambda: self.sandboxes.remove(sandbox_id))
        return sandbox_id

    def _log_path(self, record: ContainerRecord) -> str:
        """The log of the next attempt, beside the earlier ones: a rename keeps the name of their folder."""
        file = f"{record.next_attempt().number}.log"
        if record.log_paths:
            return str(PurePosixPath(record.log_paths[0]).with_name(file))
        return str(PurePosixPath(self.log_root, f"k3c_{record.name}_{record.id}", record.name, file))
