"""Containers in the FakeRuntime of sandbox_runtime.py."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from application.ports.runtime import ContainerRequest
from domain.container import ContainerState, ExitStatus, RuntimeContainer
from domain.errors import CommandNotExecutable, CommandNotFound, NotFound, RuntimeFailed
from tests.unit.fakes.sandbox_runtime import GATE_PROGRAM, KILLED, FakeContainer, FakeRuntime

_START_ERROR = 128
_NOT_EXECUTABLE, _NOT_FOUND = 126, 127
_EXIT = re.compile(r"exit (\d+)")


class FakeContainerRuntime:
    """ContainerRuntime in a FakeRuntime.

    A container runs until `world.finish`, a stop or a kill, save for `sh -c "exit N"`, which ends at
    once with N, and `echo`. A stop takes no time and counts as a process that ignores the stop signal.
    Behind a gate that is shut it begins when that opens, and a program that cannot be run ends with 127
    or 126, as runtime/init has it.
    """

    def __init__(self, world: FakeRuntime) -> None:
        self.world = world

    async def create(self, request: ContainerRequest) -> str:
        """Make a container in its sandbox."""
        async with self.world.call("create", request.sandbox.key):
            self._check(request)
            runtime_id = self.world.new_id()
            state = RuntimeContainer(runtime_id, request.sandbox_id, ContainerState.CREATED)
            self.world.containers[runtime_id] = FakeContainer(request, state)
            return runtime_id

    async def start(self, runtime_id: str) -> None:
        """Start it; a program that cannot be run leaves it ended with 128, as containerd does."""
        async with self.world.call("start", runtime_id):
            container = self._find(runtime_id)
            if container.state.state is not ContainerState.CREATED:
                raise RuntimeFailed("cri", "reported", f"container is in {container.state.state} state")
            self._execute(runtime_id, container.request.process.arguments)

    async def stop(self, runtime_id: str, timeout: int) -> None:
        """End it with SIGKILL."""
        async with self.world.call("stop", runtime_id):
            if runtime_id in self.world.containers:
                self.world.finish(runtime_id, KILLED)

    async def list(self) -> tuple[RuntimeContainer, ...]:
        """All containers."""
        async with self.world.call("list", ""):
            return tuple(container.state for container in self.world.containers.values())

    async def status(self, runtime_id: str) -> RuntimeContainer:
        """One container."""
        async with self.world.call("status", runtime_id):
            return self._find(runtime_id).state

    def _check(self, request: ContainerRequest) -> None:
        if request.image_id in self.world.absent_images:
            raise NotFound("image", request.image_name)
        sandbox = self.world.sandboxes.get(request.sandbox_id)
        if sandbox is None:
            raise NotFound("sandbox", request.sandbox_id)
        if not sandbox.ready:
            raise RuntimeFailed("cri", "reported", f"sandbox {request.sandbox_id} is not ready")

    def _find(self, runtime_id: str) -> FakeContainer:
        if runtime_id not in self.world.containers:
            raise NotFound("container", runtime_id)
        return self.world.containers[runtime_id]

    def _execute(self, runtime_id: str, arguments: tuple[str, ...]) -> None:
        if arguments[0] == GATE_PROGRAM:
            self._run(runtime_id)
            self._stand_at_gate(runtime_id, arguments[arguments.index("--") + 1 :])
            return
        program = arguments[0]
        if program in self.world.missing_commands:
            self._not_started(runtime_id)
            raise CommandNotFound(program)
        if program in self.world.unexecutable_commands:
            self._not_started(runtime_id)
            raise CommandNotExecutable(program, "permission-denied")
        self._run(runtime_id)
        self._live(runtime_id, arguments)

    def _run(self, runtime_id: str) -> None:
        container = self._find(runtime_id)
        container.state = replace(container.state, state=ContainerState.RUNNING, started_at=datetime.now(UTC))

    def _stand_at_gate(self, runtime_id: str, arguments: tuple[str, ...]) -> None:
        if arguments[0] in self.world.missing_commands:
            self.world.finish(runtime_id, _NOT_FOUND)
            return
        if arguments[0] in self.world.unexecutable_commands:
            self.world.finish(runtime_id, _NOT_EXECUTABLE)
            return

        def go_on() -> None:
            if self.world.pass_gate(runtime_id):
                self._live(runtime_id, arguments)

        container = self._find(runtime_id)
        container.held = True
        held = self.world.shut_gates.get(container.request.sandbox.key)
        if held is None:
            go_on()
        else:
            held.append(go_on)

    def _live(self, runtime_id: str, arguments: tuple[str, ...]) -> None:
        found = _EXIT.fullmatch(arguments[2]) if arguments[:2] == ("sh", "-c") and arguments[2:] else None
        if found or arguments[0] in {"echo", "seq"}:
            self.world.finish(runtime_id, int(found[1]) if found else 0)

    def _not_started(self, runtime_id: str) -> None:
        """A failed start is no end of a process: nobody is told."""
        how = ExitStatus(_START_ERROR, datetime.now(UTC), "StartError")
        container = self.world.containers[runtime_id]
        container.state = replace(container.state, state=ContainerState.EXITED, exit=how)
