"""Making and starting a container's process, held at a gate where something comes before its first instruction."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from application.lifecycle.exits import Exits
from application.lifecycle.sessions import Attachment
from application.ports.runtime import ContainerRequest, ContainerRuntime
from application.ports.streams import Gate, Gates
from application.support.compensation import Compensation
from domain.container import Attempt, ContainerRecord
from domain.errors import CommandNotExecutable, CommandNotFound, RuntimeFailed

_LOOK = 0.001
_LOOKS_ALONE = 50  # looks at the gate before the runtime is asked, too, whether the process has ended
_NOT_EXECUTABLE, _NOT_FOUND = 126, 127  # what runtime/init ends with before the gate


class GatedStart:
    """What a fresh attempt's process goes through, with or without a gate."""

    def __init__(self, runtime: ContainerRuntime, gates: Gates, exits: Exits) -> None:
        self._runtime = runtime
        self._gates = gates
        self._exits = exits

    async def create(
        self,
        request: ContainerRequest,
        record: ContainerRecord,
        attachment: Attachment | None,
        undo: Compensation,
    ) -> str:
        """Make the container; raises what the runtime does."""
        if attachment is not None or record.spec.init:
            undo.add(lambda: self._gates.remove(record.id))
            gate = await self._gates.shut(record.id)
            arguments = (gate.program, *_flags(record, attachment, gate), "--", *request.process.arguments)
            request = replace(
                request,
                mounts=(*request.mounts, gate.mount),
                process=replace(request.process, arguments=arguments),
            )
        return await self._runtime.create(request)

    async def start(self, record: ContainerRecord, attempt: Attempt, attachment: Attachment | None) -> None:
        """Start it, and let it through the gate when all is there that is to be there.

        Raises CommandNotFound, CommandNotExecutable, and what the runtime and the streams do.
        """
        await self._runtime.start(attempt.runtime_id)
        if attachment is None and not record.spec.init:
            return
        await self._until_reached(record, attempt.runtime_id)
        if attachment is not None:
            await attachment.open(attempt.runtime_id, record.spec)
            await attachment.until_marked(tty=record.spec.tty)
        await self._gates.remove(record.id)
        if attachment is not None:
            attachment.ready()

    async def _until_reached(self, record: ContainerRecord, runtime_id: str) -> None:
        for _ in range(_LOOKS_ALONE):
            if await self._gates.reached(record.id):
                return
            await asyncio.sleep(_LOOK)
        ended = asyncio.create_task(self._exits.wait(runtime_id), name=f"end of {record.name} at the gate")
        try:
            while not await self._gates.reached(record.id):
                await asyncio.wait({ended}, timeout=_LOOK)
                if ended.done():
                    raise _why(ended.result().code, record)
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


def _why(code: int, record: ContainerRecord) -> CommandNotFound | CommandNotExecutable | RuntimeFailed:
    program = record.process.arguments[0]
    if code == _NOT_FOUND:
        return CommandNotFound(program)
    if code == _NOT_EXECUTABLE:
        return CommandNotExecutable(program, "permission-denied-or-directory")
    return RuntimeFailed(f"container {record.name}", "ended-at-gate", str(code))
