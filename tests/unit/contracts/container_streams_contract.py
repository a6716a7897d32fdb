"""What every ContainerStreams does."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace

import pytest

from application.ports.streams import ContainerStreams, Gates, ProcessStreams
from domain.errors import NotFound
from domain.gate import MARK, Unmarked
from domain.streams import STDERR, STDOUT, TerminalSize
from tests.unit.contracts.container_runtime_contract import SLEEP, Runtimes
from tests.unit.contracts.sandbox_runtime_contract import UNKNOWN_ID


@dataclass(frozen=True)
class StreamWorld:
    """Containers, gates that hold them, and their streams."""

    runtimes: Runtimes
    gates: Gates
    streams: ContainerStreams

    async def start(
        self, *arguments: str, tty: bool = False, stdin: bool = False, once: bool = False
    ) -> tuple[str, str]:
        """A container that is held at a gate: its runtime id, and the id of its gate."""
        request = await self.runtimes.request(*arguments)
        gate = await self.gates.shut(request.sandbox.key)
        held = (gate.program, "-g", gate.fifo, "-m", "--", *arguments)
        request = replace(
            request,
            process=replace(request.process, arguments=held),
            mounts=(gate.mount,),
            tty=tty,
            stdin=stdin,
            stdin_once=once,
        )
        runtime_id = await self.runtimes.containers.create(request)
        await self.runtimes.containers.start(runtime_id)
        async with asyncio.timeout(10):
            while not await self.gates.reached(request.sandbox.key):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.001)
        return runtime_id, request.sandbox.key


class ContainerStreamsContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> StreamWorld:
        raise NotImplementedError

    async def test_one_held_at_its_gate_writes_marks_and_nothing_else(self, subject: StreamWorld) -> None:
        runtime_id, _ = await subject.start("echo", "hi")
        async with subject.streams.attach(runtime_id, tty=False, stdin=False) as streams:
            written = {STDOUT: b"", STDERR: b""}
            async with asyncio.timeout(10), aclosing(streams.output()) as output:
                async for part in output:
                    written[part.stream] += part.data
                    if all(written.values()):
                        break
        assert {data.strip(MARK) for data in written.values()} == {b""}

    @pytest.mark.parametrize("tty", [False, True])
    async def test_nothing_of_what_it_writes_is_lost(self, subject: StreamWorld, *, tty: bool) -> None:
        runtime_id, gate = await subject.start("echo", "one", "two", tty=tty)
        async with subject.streams.attach(runtime_id, tty=tty, stdin=False) as streams:
            reader = await marked(streams, tty=tty)
            await subject.gates.remove(gate)
            written = await reader.rest()
        assert written[STDOUT].replace(b"\r\n", b"\n") == b"one two\n"
        assert written[STDERR] == b""

    async def test_input_comes_back_and_ends_with_the_process(self, subject: StreamWorld) -> None:
        runtime_id, gate = await subject.start("cat", stdin=True, once=True)
        typed = bytes(range(256)) * 400
        async with subject.streams.attach(runtime_id, tty=False, stdin=True) as streams:
            reader = await marked(streams)
            await subject.gates.remove(gate)
            reading = asyncio.create_task(reader.rest())
            await streams.write(typed)
            for _ in range(2):
                await streams.end_input()
            assert (await reading)[STDOUT] == typed
            await streams.write(b"nobody reads this")
        state = await subject.runtimes.ended(runtime_id)
        assert state.exit is not None
        assert state.exit.code == 0

    async def test_input_that_nobody_reads_costs_no_output(self, subject: StreamWorld) -> None:
        runtime_id, gate = await subject.start("seq", "1", "500000", stdin=True, once=True)
        async with subject.streams.attach(runtime_id, tty=False, stdin=True) as streams:
            reader = await marked(streams)
            await subject.gates.remove(gate)
            typing = asyncio.create_task(type_for_ever(streams))
            written = await reader.rest(slowly=True)
            typing.cancel()
            await asyncio.wait({typing})
        assert written[STDOUT] == b"".join(b"%d\n" % number for number in range(1, 500_001))

    async def test_one_without_its_input_is_not_heard(self, subject: StreamWorld) -> None:
        runtime_id, gate = await subject.start("cat", stdin=True, once=True)
        attach = subject.streams.attach
        async with attach(runtime_id, tty=False, stdin=True) as both:
            reader = await marked(both)
            async with attach(runtime_id, tty=False, stdin=False) as output_only:
                await output_only.write(b"not this")
                await output_only.end_input()
            await subject.gates.remove(gate)
            await both.write(b"this")
            await both.end_input()
            assert (await reader.rest())[STDOUT] == b"this"

    async def test_all_who_are_attached_have_what_it_writes(self, subject: StreamWorld) -> None:
        runtime_id, gate = await subject.start("echo", "hi", "all")
        attach = subject.streams.attach
        async with (
            attach(runtime_id, tty=False, stdin=False) as first,
            attach(runtime_id, tty=False, stdin=False) as second,
        ):
            readers = [await marked(streams) for streams in (first, second)]
            await subject.gates.remove(gate)
            for written in await asyncio.gather(*(reader.rest() for reader in readers)):
                assert written[STDOUT] == b"hi all\n"

    async def test_letting_go_ends_nothing(self, subject: StreamWorld) -> None:
        runtime_id, gate = await subject.start("echo", "still here")
        attach = subject.streams.attach
        async with attach(runtime_id, tty=False, stdin=False) as streams:
            async with attach(runtime_id, tty=False, stdin=False) as gone:
                await marked(gone)
            reader = await marked(streams)
            await subject.gates.remove(gate)
            assert (await reader.rest())[STDOUT] == b"still here\n"

    async def test_those_who_leave_at_once_disturb_nobody(self, subject: StreamWorld) -> None:
        runtime_id, gate = await subject.start("echo", "still here")
        attach = subject.streams.attach
        async with attach(runtime_id, tty=False, stdin=False) as streams:
            reader = await marked(streams)
            for _ in range(5):
                async with attach(runtime_id, tty=False, stdin=False):
                    pass
            await subject.gates.remove(gate)
            assert (await reader.rest())[STDOUT] == b"still here\n"

    @pytest.mark.parametrize("tty", [False, True])
    async def test_a_size_is_for_terminals_and_harmless_elsewhere(
        self, subject: StreamWorld, *, tty: bool
    ) -> None:
        runtime_id, gate = await subject.start("echo", "hi", tty=tty)
        async with subject.streams.attach(runtime_id, tty=tty, stdin=False) as streams:
            await streams.resize(TerminalSize(30, 100))
            reader = await marked(streams, tty=tty)
            await subject.gates.remove(gate)
            assert (await reader.rest())[STDOUT].split() == [b"hi"]

    async def test_what_does_not_run_is_not_found(self, subject: StreamWorld) -> None:
        ended = await subject.runtimes.start("sh", "-c", "exit 0")
        await subject.runtimes.ended(ended)
        for runtime_id in (await subject.runtimes.create(*SLEEP), ended, UNKNOWN_ID):
            with pytest.raises(NotFound) as raised:
                async with subject.streams.attach(runtime_id, tty=False, stdin=False):
                    pass
            assert raised.value.fields() == {"kind": "container", "reference": runtime_id}


class Reader:
    """Reads a process's output, the gate's marks apart."""

    def __init__(self, streams: ProcessStreams, *, tty: bool) -> None:
        self._output = streams.output()
        self._marked = (STDOUT,) if tty else (STDOUT, STDERR)
        self._unmarked = {STDOUT: Unmarked(), STDERR: Unmarked()}

    async def until_marked(self) -> None:
        """Return when it is known that what is written arrives: when a mark has come on every stream."""
        async with asyncio.timeout(10):
            async for part in self._output:
                assert self._unmarked[part.stream].feed(part.data) == b""
                if all(self._unmarked[stream].seen for stream in self._marked):
                    return

    async def rest(self, *, slowly: bool = False) -> dict[str, bytes]:
        """What comes until the end, by stream; slowly, so that most of it is on its way when the process ends."""
        written = {STDOUT: b"", STDERR: b""}
        async with asyncio.timeout(20):
            async for part in self._output:
                written[part.stream] += self._unmarked[part.stream].feed(part.data)
                await asyncio.sleep(0.01 if slowly else 0)
        return written


async def type_for_ever(streams: ProcessStreams) -> None:
    """Give it input until cancelled."""
    while True:
        await streams.write(b"y\n" * 1000)
        await asyncio.sleep(0)


async def marked(streams: ProcessStreams, *, tty: bool = False) -> Reader:
    """A reader that has seen the first marks."""
    reader = Reader(streams, tty=tty)
    await reader.until_marked()
    return reader
