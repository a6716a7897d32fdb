"""The streams of a process as a client holds them; input that precedes the process waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing

from application.ports.streams import ContainerStreams, ExecProcess, ProcessStreams
from domain.errors import InvalidArgument
from domain.gate import Unmarked
from domain.spec import ContainerSpec
from domain.streams import STDERR, STDOUT, Output, TerminalSize


class Session:
    """The input side of a process, open from the beginning of the client's call."""

    def __init__(self) -> None:
        self._process: asyncio.Future[ProcessStreams] = asyncio.get_running_loop().create_future()

    def begin(self, process: ProcessStreams) -> None:
        """Connect the session to its process."""
        self._process.set_result(process)

    async def write(self, data: bytes) -> None:
        """Write to the input of the process."""
        await (await self._there()).write(data)

    async def end_input(self) -> None:
        """Close the input of the process."""
        await (await self._there()).end_input()

    async def resize(self, size: TerminalSize) -> None:
        """Resize the terminal of the process."""
        await (await self._there()).resize(size)

    async def signal(self, number: int) -> None:
        """Send a signal to the process. Raises InvalidArgument for a container's first process."""
        raise InvalidArgument("signal", str(number), "signal-to-container")

    async def _there(self) -> ProcessStreams:
        return await asyncio.shield(self._process)


class Execution(Session):
    """The session of a further process in a container."""

    def __init__(self) -> None:
        super().__init__()
        self._exec: asyncio.Future[ExecProcess] = asyncio.get_running_loop().create_future()

    def begin_exec(self, process: ExecProcess) -> None:
        """Connect the session to its process."""
        self._exec.set_result(process)
        self.begin(process)

    def hand_over(self) -> dict[str, int]:
        """The pipes of the process, which runs, as ExecProcess.hand_over gives them."""
        return self._exec.result().hand_over()

    async def signal(self, number: int) -> None:
        """Send a signal to the process."""
        await (await asyncio.shield(self._exec)).signal(number)


class Attachment(Session):
    """The session of a container's first process, attached before its first output if a gate holds it."""

    def __init__(
        self, streams: ContainerStreams, *, stdin: bool = False, size: TerminalSize | None = None
    ) -> None:
        super().__init__()
        self._streams = streams
        self._stdin = stdin
        self.size = size
        self._keeps_input = True
        self._stack = AsyncExitStack()
        self._attached: ProcessStreams | None = None
        self._output: AsyncGenerator[Output, None] | None = None
        self._marks: dict[str, Unmarked] = {}

    @property
    def is_open(self) -> bool:
        """Whether it is attached to a process."""
        return self._attached is not None

    @property
    def takes_input(self) -> bool:
        """Whether the client has input for the process."""
        return self._stdin

    async def open(self, runtime_id: str, spec: ContainerSpec) -> None:
        """Attach to the output, and to the input if the container has one.

        Raises what ContainerStreams.attach does.
        """
        self._stdin = self._stdin and spec.stdin
        attaching = self._streams.attach(runtime_id, tty=spec.tty, stdin=self._stdin)
        self._attached = await self._stack.enter_async_context(attaching)
        self._output = await self._stack.enter_async_context(aclosing(self._attached.output()))
        self._keeps_input = spec.tty or not spec.stdin_once
        if self.size is not None:
            await self._attached.resize(self.size)

    async def until_marked(self, *, tty: bool) -> None:
        """Return when output arrives here: when the gate's mark has come on every stream."""
        assert self._output is not None
        self._marks = {name: Unmarked() for name in ((STDOUT,) if tty else (STDOUT, STDERR))}
        async for output in self._output:
            self._marks[output.stream].feed(output.data)
            if all(marks.seen for marks in self._marks.values()):
                return

    def expect_rest_of_marks(self) -> None:
        """Leave out what is still to come of the marks of a gate that has just been opened."""
        self._marks = {name: Unmarked(begun=True) for name in (STDOUT, STDERR)}

    def ready(self) -> None:
        """Pass input on to the process, which runs or is about to."""
        assert self._attached is not None
        self.begin(self._attached)

    async def output(self) -> AsyncGenerator[Output, None]:
        """The output of the process, without the gate's marks. Raises Unavailable."""
        assert self._output is not None
        async for output in self._output:
            marks = self._marks.get(output.stream)
            data = marks.feed(output.data) if marks else output.data
            if data:
                yield Output(output.stream, data)

    async def write(self, data: bytes) -> None:
        """Write to the input of the process, if it has one."""
        process = await self._there()
        if self._stdin:
            await process.write(data)

    async def redraw(self) -> None:
        """Have a program redraw its terminal, as programs do when the size of the terminal changes."""
        if self.size is not None and self._attached is not None:
            await self._attached.resize(TerminalSize(self.size.rows + 1, self.size.columns))
            await self._attached.resize(self.size)

    async def end_input(self) -> None:
        """Close the input if the container was made for one client (`stdin_once`).

        The input of other containers stays open for the next client, and a terminal's input has no end.
        """
        process = await self._there()
        if self._stdin and not self._keeps_input:
            await process.end_input()

    async def close(self) -> None:
        """Detach from the streams; the container runs on. Idempotent."""
        await self._stack.aclose()
