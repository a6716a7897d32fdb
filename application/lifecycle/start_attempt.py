"""Starting the next attempt of a container whose lock the caller holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from application.lifecycle.exits import Exits
from application.lifecycle.health import HealthWatch
from application.lifecycle.make_attempt import MakeAttempt
from application.lifecycle.sessions import Attachment
from application.ports.logs import UnreadOutput
from application.ports.runtime import SandboxRuntime
from application.ports.state import ContainerChanges
from application.support.background import Background
from application.support.events import Events
from domain.container import ContainerRecord
from domain.restart import Restarts


@dataclass(frozen=True)
class StartAttempt:
    """Replace the attempt of a container that does not run with the next one, and announce its start."""

    changes: ContainerChanges
    sandboxes: SandboxRuntime
    make_attempt: MakeAttempt
    health: HealthWatch
    exits: Exits
    events: Events
    unread_output: UnreadOutput
    background: Background

    async def __call__(
        self, record: ContainerRecord, attachment: Attachment | None = None
    ) -> ContainerRecord:
        """Return the container with its running attempt. The caller holds the container's lock.

        The sandbox of the previous attempt is removed, with all that was written to its root. Raises
        NotFound, PortInUse, CommandNotFound, CommandNotExecutable, RuntimeFailed. On failure or
        cancellation the new attempt's sandbox, snapshot, ports and log are gone.
        """
        if record.sandbox_id:
            await self.sandboxes.remove(record.sandbox_id)
        started = await self.make_attempt(record, attachment)
        self.background.add("keep output", lambda: self.unread_output.hold(started.runtime_id))
        self.health.begin(started)
        if attachment is not None:
            self.events.of_container(started, "attach")
        self.events.of_container(started, "start")
        self.exits.announce(record.id)
        return started

    async def reset_restarts(self, record: ContainerRecord) -> ContainerRecord:
        """The container with its restarts counted from zero, as after every start that a user asks for."""
        await self.changes.plan_restart(record.id, Restarts())
        return replace(record, restarts=Restarts())
