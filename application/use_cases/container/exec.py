"""`exec`: run a further command in a running container."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from application.lifecycle.lookup import Containers
from application.lifecycle.sessions import Execution
from application.ports.streams import ExecRequest, Execs
from application.support.events import Events
from domain.errors import InvalidArgument
from domain.spec import check_environment
from domain.streams import Output


@dataclass(frozen=True)
class ExecCommand:
    """`exec`."""

    containers: Containers
    execs: Execs
    events: Events

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
        async with self.execs.start(runtime_id, request) as process:
            execution.begin_exec(process)
            command = " ".join(request.arguments)
            self.events.of_container(container.record, f"exec_start: {command}")
            yield None
            if not request.streams:
                return
            async for output in process.output():
                yield output
            code = await process.wait()
            self.events.of_container(container.record, "exec_die", exitCode=str(code))
            yield code
