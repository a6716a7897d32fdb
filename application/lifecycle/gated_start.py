"""Making and starting a container's process, held at a gate where work precedes its first instruction."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from application.lifecycle.exits import Exits
from application.lifecycle.sessions import Attachment
from application.ports.runtime import ContainerRequest, ContainerRuntime
from application.ports.streams import Gate, Gates
from application.support.compensation import Compensation
from domain.container import Attempt, ContainerRecord
from domain.errors import CommandNotExecutable, CommandNotFound, RuntimeFailed

_INTERVAL = 0.001  # seconds between checks of the gate
_CHECKS_ALONE = 50  # checks of the gate before the runtime is asked, too, whether the process has ended
_NOT_EXECUTABLE, _NOT_FOUND = 126, 127  # what runtime/init ends with before the gate


@dataclass(frozen=True)
class GatedStart:
    """Makes and starts the process of an attempt.

    The process is held at a gate if a client attaches to it, or if k3c's init runs it.
    """

    runtime: ContainerRuntime
    gates: Gates
    exits: Exits

    async def create(
        self,
        request: ContainerRequest,
        record: ContainerRecord,
        attachment: Attachment | None,
        undo: Compensation,
    ) -> str:
        """Make the container and return its runtime id. Raises what ContainerRuntime.create does."""
        if attachment is not None or record.spec.init:
            undo.add(lambda: self.gates.remove(record.id))
            gate = await self.gates.shut(record.id)
            arguments = (gate.program, *_flags(record, attachment, gate), "--", *request.process.arguments)
            request = replace(
                request,
                mounts=(*request.mounts, gate.mount),
                process=replace(request.process, arguments=arguments),
            )
        return await self.runtime.create(request)

    async def start(self, record: ContainerRecord, attempt: Attempt, attachment: Attachment | None) -> None:
        """Start the process, and open the gate when the client is attached.

        Raises CommandNotFound, CommandNotExecutable, and what the runtime and the streams raise.
        """
        await self.runtime.start(attempt.runtime_id)
        if attachment is None and not record.spec.init:
            return
        await self._until_reached(record, attempt.runtime_id)
        if attachment is not None:
            await attachment.open(attempt.runtime_id, record.spec)
            await attachment.until_marked(tty=record.spec.tty)
        await self.gates.remove(record.id)
        if attachment is not None:
            attachment.ready()

    async def _until_reached(self, record: ContainerRecord, runtime_id: str) -> None:
        for _ in range(_CHECKS_ALONE):
            if await self.gates.reached(record.id):
                return
            await asyncio.sleep(_INTERVAL)
        ended = asyncio.create_task(self.exits.wait(runtime_id), name=f"end of {record.name} at the gate")
        try:
            while not await self.gates.reached(record.id):
                await asyncio.wait({ended}, timeout=_INTERVAL)
                if ended.done():
                    raise _gate_failure(ended.result().code, record)
        finally:
            ended.cancel()
            await asyncio.wait({ended})


def _flags(record: ContainerRecord, attachment: Attachment | None, gate: Gate) -> tuple[str, ...]:
    flags = ["-g", gate.fifo]
    if attachment is not None:
        flags.append("-m")
    if record.spec.init:
        flags.append("-i")
    if attachment is not None and attachment.size is not None and record.spec.tty:
        flags.append("-s")
    return tuple(flags)


def _gate_failure(
    code: int, record: ContainerRecord
) -> CommandNotFound | CommandNotExecutable | RuntimeFailed:
    program = record.process.arguments[0]
    if code == _NOT_FOUND:
        return CommandNotFound(program)
    if code == _NOT_EXECUTABLE:
        return CommandNotExecutable(program, "permission-denied-or-directory")
    return RuntimeFailed(f"container {record.name}", "ended-at-gate", str(code))
