"""What every Execs does."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

import pytest

from application.ports.streams import ExecRequest, Execs
from domain.errors import CommandNotFound, NotFound
from domain.streams import STDERR, STDIN, STDOUT
from tests.unit.contracts.container_runtime_contract import SLEEP, Runtimes
from tests.unit.contracts.sandbox_runtime_contract import UNKNOWN_ID


@dataclass(frozen=True)
class ExecWorld:
    """Execs, and the runtime that has the containers."""

    runtimes: Runtimes
    execs: Execs

    async def run(
        self, runtime_id: str, request: ExecRequest, typed: bytes = b""
    ) -> tuple[int, dict[str, bytes]]:
        """Its exit code and all it wrote, by stream, when it was given `typed` and the end of input."""
        written = {STDOUT: b"", STDERR: b""}
        async with self.execs.start(runtime_id, request) as process:
            if request.stdin:
                await process.write(typed)
                for _ in range(2):
                    await process.end_input()
            async for output in process.output():
                written[output.stream] += output.data
            return await process.wait(), written


def _read_all(pipe: int | None) -> bytes:
    if pipe is None:
        return b""
    with os.fdopen(pipe, "rb") as file:
        return file.read()


class ExecsContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> ExecWorld:
        raise NotImplementedError

    @pytest.mark.parametrize("code", [0, 3, 255])
    async def test_exit_codes(self, subject: ExecWorld, code: int) -> None:
        runtime_id = await subject.runtimes.start(*SLEEP)
        request = ExecRequest(("sh", "-c", f"exit {code}"))
        assert await subject.run(runtime_id, request) == (code, {STDOUT: b"", STDERR: b""})

    async def test_what_it_writes_is_read_to_its_end(self, subject: ExecWorld) -> None:
        runtime_id = await subject.runtimes.start(*SLEEP)
        _, written = await subject.run(runtime_id, ExecRequest(("echo", "one", "two")))
        assert written == {STDOUT: b"one two\n", STDERR: b""}

    async def test_input_comes_back_and_ends(self, subject: ExecWorld) -> None:
        runtime_id = await subject.runtimes.start(*SLEEP)
        typed = bytes(range(256)) * 400
        assert await subject.run(runtime_id, ExecRequest(("cat",), stdin=True), typed) == (
            0,
            {STDOUT: typed, STDERR: b""},
        )

    async def test_pipes_that_are_handed_over_carry_the_streams(self, subject: ExecWorld) -> None:
        runtime_id = await subject.runtimes.start(*SLEEP)
        request = ExecRequest(("cat",), stdin=True)
        async with subject.execs.start(runtime_id, request) as process:
            pipes = process.hand_over()
            assert set(pipes) in ({STDIN, STDOUT, STDERR}, set())
            if pipes:
                os.write(pipes[STDIN], b"typed")
                os.close(pipes[STDIN])
            else:
                await process.write(b"typed")
            await process.end_input()
            from_output = b"".join([output.data async for output in process.output()])
            assert await process.wait() == 0
            from_pipe = await asyncio.to_thread(_read_all, pipes.get(STDOUT))
            assert (from_output, from_pipe) == ((b"", b"typed") if pipes else (b"typed", b""))
            if pipes:
                assert _read_all(pipes[STDERR]) == b""

    async def test_an_unknown_program_is_not_found(self, subject: ExecWorld) -> None:
        runtime_id = await subject.runtimes.start(*SLEEP)
        with pytest.raises(CommandNotFound):
            await subject.run(runtime_id, ExecRequest(("no-such-program",)))

    async def test_a_container_that_does_not_run_is_not_found(self, subject: ExecWorld) -> None:
        ended = await subject.runtimes.start("sh", "-c", "exit 0")
        await subject.runtimes.ended(ended)
        for runtime_id in (ended, UNKNOWN_ID):
            with pytest.raises(NotFound):
                await subject.run(runtime_id, ExecRequest(("true",)))
