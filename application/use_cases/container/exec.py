"""`exec`: run a further command in a running container."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass

from application.lifecycle.lookup import Containers
from application.lifecycle.sessions import Execution
from application.ports.streams import ExecProcess, ExecRequest, Execs
from application.support.background import Background
from application.support.events import Events
from domain.container import ContainerRecord
from domain.errors import InvalidArgument, NotFound, RuntimeFailed, Unavailable
from domain.names import new_id
from domain.spec import check_environment
from domain.streams import Output


@dataclass(frozen=True)
class ExecCommand:
    """`exec`."""

    containers: Containers
    execs: Execs
    events: Events
    background: Background

    async def __call__(
        self, reference: str, request: ExecRequest, execution: Execution
    ) -> AsyncGenerator[Output | int | None, None]:
        """None once the command runs, its output as it comes, and its exit code last.

        Without streams only None is given. Raises NotFound, AmbiguousReference, InvalidArgument, Conflict
        (the container does not run), and what Execs.start raises.
        """
        if not request.arguments:
            raise InvalidArgument("command", "", "no-exec-command")
        for entry in request.environment:
            check_environment(entry)
        container = await self.containers.find(reference)
        runtime_id = container.running_attempt().runtime_id
        exec_id, command = new_id(), " ".join(request.arguments)
        self.events.of_container(container.record, f"exec_create: {command}", execID=exec_id)
        async with self.execs.start(runtime_id, request) as process:
            execution.begin_exec(process)
            self.events.of_container(container.record, f"exec_start: {command}", execID=exec_id)
            self.background.add(f"exec {exec_id}", lambda: self._tell_end(container.record, process, exec_id))
            yield None
            if not request.streams:
                return
            async for output in process.output():
                yield output
            yield await process.wait()

    async def _tell_end(self, record: ContainerRecord, process: ExecProcess, exec_id: str) -> None:
        """Emit the end of the command, which may outlive the call that asked for it."""
        with suppress(
            NotFound, RuntimeFailed, Unavailable
        ):  # the container is removed, or the runtime was lost
            code = await process.wait()
            self.events.of_container(record, "exec_die", execID=exec_id, exitCode=str(code))
