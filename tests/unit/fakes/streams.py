"""Streams, gates and further processes in the FakeRuntime of sandbox_runtime.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from application.ports.runtime import BoundMount
from application.ports.streams import ExecRequest, Gate
from domain.container import ContainerState
from domain.errors import NotFound
from domain.gate import END, MARK
from domain.streams import STDERR, STDOUT, Output, TerminalSize
from tests.unit.fakes.sandbox_runtime import GATE_PROGRAM, FakeRuntime


class FakeProcessStreams:
    """ProcessStreams and ExecProcess that write what they were made with, and note what they are given."""

    def __init__(self, output: tuple[Output, ...], code: int = 0) -> None:
        self._output = output
        self._code = code
        self.typed = b""
        self.ended = False
        self.sizes: list[TerminalSize] = []
        self.signals: list[int] = []

    async def output(self) -> AsyncGenerator[Output, None]:
        """All of it."""
        for output in self._output:
            yield output

    async def write(self, data: bytes) -> None:
        """Note it."""
        self.typed += data

    async def end_input(self) -> None:
        """Note it."""
        self.ended = True

    async def resize(self, size: TerminalSize) -> None:
        """Note it."""
        self.sizes.append(size)

    async def signal(self, number: int) -> None:
        """Note it."""
        self.signals.append(number)

    async def wait(self) -> int:
        """The code it was made with."""
        return self._code


class FakeContainerStreams:
    """ContainerStreams: a container held at the gate writes marks, and then `written`."""

    def __init__(self, world: FakeRuntime) -> None:
        self._world = world
        self.written: tuple[Output, ...] = ()
        self.attached: list[FakeProcessStreams] = []

    @asynccontextmanager
    async def attach(self, runtime_id: str, *, tty: bool, stdin: bool) -> AsyncIterator[FakeProcessStreams]:
        """Attach."""
        async with self._world.call("attach", runtime_id):
            if runtime_id not in self._world.containers:
                raise NotFound("container", runtime_id)
            marks = []
            if GATE_PROGRAM in self._world.containers[runtime_id].request.process.arguments:
                names = (STDOUT,) if tty else (STDOUT, STDERR)
                marks = [Output(name, data) for data in (MARK, MARK + END + b"\n") for name in names]
            streams = FakeProcessStreams((*marks, *self.written))
            self.attached.append(streams)
            yield streams


class FakeGates:
    """Gates that are reached at once."""

    def __init__(self) -> None:
        self.shut_now: set[str] = set()

    async def shut(self, container_id: str) -> Gate:
        """Note it."""
        self.shut_now.add(container_id)
        return Gate(BoundMount(f"/gates/{container_id}", "/gate", read_only=True), GATE_PROGRAM, "/gate/fifo")

    async def reached(self, container_id: str) -> bool:
        """At once."""
        await asyncio.sleep(0)
        return container_id in self.shut_now

    async def remove(self, container_id: str) -> None:
        """Open it."""
        self.shut_now.discard(container_id)


class FakeExecs:
    """Execs of `sh -c "exit N"` and of programs that write their arguments."""

    def __init__(self, world: FakeRuntime) -> None:
        self._world = world
        self.requests: list[ExecRequest] = []
        self.processes: list[FakeProcessStreams] = []

    @asynccontextmanager
    async def start(self, runtime_id: str, request: ExecRequest) -> AsyncIterator[FakeProcessStreams]:
        """Start one in a container that runs."""
        async with self._world.call("exec", runtime_id):
            container = self._world.containers.get(runtime_id)
            if container is None or container.state.state is not ContainerState.RUNNING:
                raise NotFound("container", runtime_id)
            self.requests.append(request)
            last = request.arguments[-1]
            code = int(last.removeprefix("exit ")) if last.startswith("exit ") else 0
            process = FakeProcessStreams((Output(STDOUT, " ".join(request.arguments).encode()),), code)
            self.processes.append(process)
            yield process
