"""Further commands in a container that runs."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from application.lifecycle.lookup import Containers
from application.lifecycle.sessions import Execution
from application.ports.streams import ExecRequest, Execs
from application.support.events import Events
from domain.errors import InvalidArgument
from domain.spec import check_environment
from domain.streams import Output


class ExecCommand:
    """`exec`."""

    def __init__(self, containers: Containers, execs: Execs, events: Events) -> None:
        self._events = events
        self._containers = containers
        self._execs = execs

    async def __call__(
        self, reference: str, request: ExecRequest, execution: Execution
    ) -> AsyncGenerator[Output | int | None, None]:
        """None once it runs, its output, and its exit code as the last; without streams, None alone.

        Raises NotFound, AmbiguousReference, Conflict (it does not run), and what Execs.start does.
        """
        if not request.arguments:
            raise InvalidArgument("command", "", "no-exec-command")
        for entry in request.environment:
            check_environment(entry)
        container = await self._containers.find(reference)
        container.check_running()
        assert container.record.attempt is not None
        async with self._execs.start(container.record.attempt.runtime_id, request) as process:
            execution.begin_exec(process)
            command = " ".join(request.arguments)
            self._events.of_container(container.record, f"exec_start: {command}")
            yield None
            if not request.streams:
                return
            async for output in process.output():
                yield output
            code = await process.wait()
            self._events.of_container(container.record, "exec_die", exitCode=str(code))
            yield code
