"""Streams, gates and further processes in the FakeRuntime of sandbox_runtime.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

from application.ports.runtime import BoundMount
from application.ports.streams import ExecRequest, Gate
from domain.container import ContainerState
from domain.errors import CommandNotFound, NotFound
from domain.gate import END, MARK
from domain.streams import STDERR, STDOUT, Output, TerminalSize
from tests.unit.fakes.sandbox_runtime import GATE_PROGRAM, FakeContainer, FakeRuntime


class FakeProcessStreams:
    """ProcessStreams and ExecProcess that write what they were made with, and note what they are given."""

    def __init__(self, output: tuple[Output, ...], code: int = 0) -> None:
        self._output = output
        self._code = code
        self.typed = b""
        self.ended = False
        self.sizes: list[TerminalSize] = []
        self.signals: list[int] = []

    def hand_over(self) -> dict[str, int]:
        """It has no pipes."""
        return {}

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


class FakeAttachedStreams(FakeProcessStreams):
    """The streams of a container's first process: what is told while they are had, until it ends."""

    def __init__(self, *, stdin: bool, hear: Callable[[bytes], None], end: Callable[[], None]) -> None:
        super().__init__(())
        self._told: asyncio.Queue[Output | None] = asyncio.Queue()
        self._stdin = stdin
        self._hear = hear
        self._end = end

    def tell(self, output: Output | None) -> None:
        """Have it come out; None is the end."""
        self._told.put_nowait(output)

    async def output(self) -> AsyncGenerator[Output, None]:
        """As it comes."""
        while (output := await self._told.get()) is not None:
            yield output

    async def write(self, data: bytes) -> None:
        """Have the process hear it, if this has its input."""
        if self._stdin:
            await super().write(data)
            self._hear(data)

    async def end_input(self) -> None:
        """Have the process hear no more."""
        if self._stdin and not self.ended:
            await super().end_input()
            self._end()


class FakeContainerStreams:
    """ContainerStreams of a FakeRuntime. Held at a gate a container writes marks.

    Through it, `echo` writes its words, `seq` its numbers and others `written`; `cat` writes what it is given, and
    ends with its input. A container without a gate has written when somebody attaches, save for `cat`: others
    write then.
    """

    def __init__(self, world: FakeRuntime) -> None:
        self._world = world
        self._by_container: dict[str, list[FakeAttachedStreams]] = {}
        self.written: tuple[Output, ...] = ()
        self.attached: list[FakeAttachedStreams] = []
        world.passing_listeners.append(self._pass)
        world.listeners.append(lambda runtime_id: self._tell(runtime_id, None))

    @asynccontextmanager
    async def attach(self, runtime_id: str, *, tty: bool, stdin: bool) -> AsyncIterator[FakeAttachedStreams]:
        """Attach."""
        async with self._world.call("attach", runtime_id):
            container = self._world.containers.get(runtime_id)
            if container is None or container.state.state is not ContainerState.RUNNING:
                raise NotFound("container", runtime_id)
            streams = FakeAttachedStreams(
                stdin=stdin,
                hear=lambda data: self._hear(runtime_id, data),
                end=lambda: self._end_input(runtime_id),
            )
            self._by_container.setdefault(runtime_id, []).append(streams)
            self.attached.append(streams)
            for output in _marks(container, MARK) if container.held else self._written(container):
                streams.tell(output)
        try:
            yield streams
        finally:
            self._by_container[runtime_id].remove(streams)

    def _pass(self, runtime_id: str) -> None:
        container = self._world.containers[runtime_id]
        for output in (*_marks(container, MARK + END + b"\n"), *self._written(container)):
            self._tell(runtime_id, output)

    def _tell(self, runtime_id: str, output: Output | None) -> None:
        for streams in self._by_container.get(runtime_id, ()):
            streams.tell(output)

    def _hear(self, runtime_id: str, data: bytes) -> None:
        if self._is_cat(runtime_id):
            self._tell(runtime_id, Output(STDOUT, data))

    def _end_input(self, runtime_id: str) -> None:
        if self._is_cat(runtime_id) and self._world.containers[runtime_id].request.stdin_once:
            self._world.finish(runtime_id, 0)

    def _is_cat(self, runtime_id: str) -> bool:
        container = self._world.containers.get(runtime_id)
        is_running = container is not None and container.state.state is ContainerState.RUNNING
        return container is not None and is_running and _program(container)[0] == "cat"

    def _written(self, container: FakeContainer) -> tuple[Output, ...]:
        name, *words = _program(container)
        if name == "echo":
            return (Output(STDOUT, (" ".join(words) + "\n").encode()),)
        if name == "seq":
            numbers = range(int(words[0]), int(words[1]) + 1)
            return (Output(STDOUT, b"".join(b"%d\n" % number for number in numbers)),)
        return () if name == "cat" else self.written


def _program(container: FakeContainer) -> tuple[str, ...]:
    arguments = container.request.process.arguments
    return arguments[arguments.index("--") + 1 :] if arguments[0] == GATE_PROGRAM else arguments


def _marks(container: FakeContainer, data: bytes) -> tuple[Output, ...]:
    names = (STDOUT,) if container.request.tty else (STDOUT, STDERR)
    return tuple(Output(name, data) for name in names)


class FakeGates:
    """Gates of a FakeRuntime's containers."""

    def __init__(self, world: FakeRuntime) -> None:
        self._world = world

    @property
    def shut_now(self) -> set[str]:
        """The k3c ids of those that are shut."""
        return set(self._world.shut_gates)

    async def shut(self, container_id: str) -> Gate:
        """Shut it anew."""
        self._world.open_gate(container_id)
        self._world.shut_gates[container_id] = []
        return Gate(BoundMount(f"/gates/{container_id}", "/gate", read_only=True), GATE_PROGRAM, "/gate/fifo")

    def is_shut(self, container_id: str) -> bool:
        """Whether there is one."""
        return container_id in self._world.shut_gates

    async def reached(self, container_id: str) -> bool:
        """Whether somebody is held."""
        await asyncio.sleep(0)
        return bool(self._world.shut_gates.get(container_id))

    async def remove(self, container_id: str) -> None:
        """Open it."""
        self._world.open_gate(container_id)


class FakeExecs:
    """Execs of `sh -c "exit N"`, `cat`, `echo`, and of programs that write their own names and arguments."""

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
            if request.arguments[0].startswith("no-such-"):
                raise CommandNotFound(request.arguments[0])
            self.requests.append(request)
            process = _process(request)
            self.processes.append(process)
            yield process


class _FakeCat(FakeProcessStreams):
    """Writes what it is given, once that has ended."""

    def __init__(self) -> None:
        super().__init__(())
        self._heard = asyncio.Event()

    async def end_input(self) -> None:
        """Go on."""
        await super().end_input()
        self._heard.set()

    async def output(self) -> AsyncGenerator[Output, None]:
        """All of it."""
        await self._heard.wait()
        yield Output(STDOUT, self.typed)


def _process(request: ExecRequest) -> FakeProcessStreams:
    name, *rest = request.arguments
    if name == "cat":
        return _FakeCat()
    if name == "echo":
        return FakeProcessStreams((Output(STDOUT, (" ".join(rest) + "\n").encode()),))
    if rest and rest[-1].startswith("exit "):
        return FakeProcessStreams((), int(rest[-1].removeprefix("exit ")))
    return FakeProcessStreams((Output(STDOUT, " ".join(request.arguments).encode()),))
