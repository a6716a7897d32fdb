"""What every ContainerRuntime does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

import pytest

from application.ports.runtime import ContainerRequest, ContainerRuntime, SandboxRuntime
from domain.container import ContainerState, RuntimeContainer
from domain.errors import CommandNotExecutable, CommandNotFound, NotFound, RuntimeFailed
from domain.spec import Process
from tests.unit.contracts.sandbox_runtime_contract import UNKNOWN_ID, a_request

SLEEP = ("sleep", "1000")


@dataclass(frozen=True)
class Runtimes:
    """A container runtime with the sandboxes it works in, and images: one that is here, one that is not.

    `image` is busybox with its usual programs on PATH=/bin; `root` is for logs.
    """

    sandboxes: SandboxRuntime
    containers: ContainerRuntime
    image: str
    absent_image: str
    root: Path

    async def request(self, *arguments: str, sandbox_id: str = "") -> ContainerRequest:
        """A request for a container in a fresh sandbox, or in the given one."""
        sandbox = a_request(self.root)
        log_path = PurePosixPath(sandbox.log_directory, sandbox.name, f"{sandbox.attempt}.log")
        return ContainerRequest(
            sandbox=sandbox,
            sandbox_id=sandbox_id or await self.sandboxes.run(sandbox),
            image_id=self.image,
            image_name="busybox",
            process=Process(arguments, ("PATH=/bin:/usr/bin",), "/", ""),
            log_path=str(log_path),
        )

    async def create(self, *arguments: str) -> str:
        """A container in a fresh sandbox."""
        return await self.containers.create(await self.request(*arguments))

    async def start(self, *arguments: str) -> str:
        """One that was started."""
        runtime_id = await self.create(*arguments)
        await self.containers.start(runtime_id)
        return runtime_id

    async def ended(self, runtime_id: str) -> RuntimeContainer:
        """Its state once it has ended."""
        for _ in range(2000):
            state = await self.containers.status(runtime_id)
            if state.state is ContainerState.EXITED:
                return state
            await asyncio.sleep(0.005)
        raise TimeoutError(f"{runtime_id} has not ended in 10 seconds")


class ContainerRuntimeContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> Runtimes:
        raise NotImplementedError

    async def test_a_created_one_waits_to_be_started(self, subject: Runtimes) -> None:
        request = await subject.request(*SLEEP)
        runtime_id = await subject.containers.create(request)
        created = RuntimeContainer(runtime_id, request.sandbox_id, ContainerState.CREATED)
        assert await subject.containers.status(runtime_id) == created
        assert await subject.containers.list() == (created,)

    async def test_a_started_one_runs(self, subject: Runtimes) -> None:
        runtime_id = await subject.start(*SLEEP)
        state = await subject.containers.status(runtime_id)
        assert state.state is ContainerState.RUNNING
        assert state.exit is None
        assert state.started_at is not None
        assert abs(datetime.now(UTC) - state.started_at) < timedelta(seconds=30)

    @pytest.mark.parametrize("code", [0, 3, 255])
    async def test_an_ended_one_has_its_exit_code(self, subject: Runtimes, code: int) -> None:
        state = await subject.ended(await subject.start("sh", "-c", f"exit {code}"))
        assert state.exit is not None
        assert state.exit.code == code
        assert state.started_at is not None
        assert state.exit.finished_at >= state.started_at
        assert not state.exit.out_of_memory

    async def test_the_list_agrees_with_the_status_of_each(self, subject: Runtimes) -> None:
        ids = {await subject.create(*SLEEP), await subject.start(*SLEEP)}
        ended = await subject.start("sh", "-c", "exit 5")
        await subject.ended(ended)
        listed = await subject.containers.list()
        assert {state.runtime_id for state in listed} == ids | {ended}
        for state in listed:
            assert state == await subject.containers.status(state.runtime_id)

    @pytest.mark.parametrize("command", ["no-such-command", "/no/such/command"])
    async def test_a_missing_command_is_told_by_name(self, subject: Runtimes, command: str) -> None:
        runtime_id = await subject.create(command, "argument")
        with pytest.raises(CommandNotFound) as raised:
            await subject.containers.start(runtime_id)
        assert raised.value.command == command
        state = await subject.containers.status(runtime_id)
        assert (state.state, state.started_at) == (ContainerState.EXITED, None)
        assert state.exit is not None
        assert state.exit.code == 128

    async def test_a_command_that_cannot_be_run_is_told_by_name(self, subject: Runtimes) -> None:
        runtime_id = await subject.create("/etc/hosts")
        with pytest.raises(CommandNotExecutable) as raised:
            await subject.containers.start(runtime_id)
        assert raised.value.fields() == {"command": "/etc/hosts", "problem": "permission-denied"}

    @pytest.mark.parametrize("arguments", [SLEEP, ("sh", "-c", "exit 0")])
    async def test_it_lives_once(self, subject: Runtimes, arguments: tuple[str, ...]) -> None:
        runtime_id = await subject.start(*arguments)
        with pytest.raises(RuntimeFailed):
            await subject.containers.start(runtime_id)

    async def test_stop_returns_when_it_has_ended(self, subject: Runtimes) -> None:
        runtime_id = await subject.start(*SLEEP)
        await subject.containers.stop(runtime_id, 0)
        state = await subject.containers.status(runtime_id)
        assert state.exit is not None
        assert state.exit.code == 137

    async def test_stop_is_idempotent(self, subject: Runtimes) -> None:
        runtime_id = await subject.start("sh", "-c", "exit 4")
        before = await subject.ended(runtime_id)
        await subject.containers.stop(runtime_id, 1)
        await subject.containers.stop(UNKNOWN_ID, 1)
        assert await subject.containers.status(runtime_id) == before

    async def test_one_that_never_ran_is_not_stopped(self, subject: Runtimes) -> None:
        runtime_id = await subject.create(*SLEEP)
        await subject.containers.stop(runtime_id, 1)
        assert (await subject.containers.status(runtime_id)).state is ContainerState.CREATED

    async def test_it_ends_with_its_sandbox(self, subject: Runtimes) -> None:
        runtime_id = await subject.start(*SLEEP)
        await subject.sandboxes.stop((await subject.containers.status(runtime_id)).sandbox_id)
        state = await subject.containers.status(runtime_id)
        assert state.exit is not None
        assert state.exit.code == 137

    @pytest.mark.parametrize("started", [False, True])
    async def test_it_goes_with_its_sandbox(self, subject: Runtimes, started: bool) -> None:
        runtime_id = await (subject.start(*SLEEP) if started else subject.create(*SLEEP))
        await subject.sandboxes.remove((await subject.containers.status(runtime_id)).sandbox_id)
        assert await subject.containers.list() == ()
        with pytest.raises(NotFound):
            await subject.containers.status(runtime_id)

    async def test_an_image_that_is_not_here_is_not_found(self, subject: Runtimes) -> None:
        request = replace(await subject.request(*SLEEP), image_id=subject.absent_image, image_name="gone:1")
        with pytest.raises(NotFound) as raised:
            await subject.containers.create(request)
        assert raised.value.fields() == {"kind": "image", "reference": "gone:1"}
        assert await subject.containers.list() == ()

    async def test_a_sandbox_that_is_gone_takes_no_containers(self, subject: Runtimes) -> None:
        request = await subject.request(*SLEEP, sandbox_id=UNKNOWN_ID)
        with pytest.raises(NotFound) as raised:
            await subject.containers.create(request)
        assert raised.value.fields() == {"kind": "sandbox", "reference": UNKNOWN_ID}

    async def test_a_sandbox_that_is_stopped_takes_no_containers(self, subject: Runtimes) -> None:
        request = await subject.request(*SLEEP)
        await subject.sandboxes.stop(request.sandbox_id)
        with pytest.raises(RuntimeFailed):
            await subject.containers.create(request)

    async def test_an_unknown_one_is_not_found(self, subject: Runtimes) -> None:
        for call in (subject.containers.status, subject.containers.start):
            with pytest.raises(NotFound) as raised:
                await call(UNKNOWN_ID)
            assert raised.value.fields() == {"kind": "container", "reference": UNKNOWN_ID}

    async def test_a_cancelled_start_does_not_keep_the_sandbox(self, subject: Runtimes) -> None:
        runtime_id = await subject.create(*SLEEP)
        sandbox_id = (await subject.containers.status(runtime_id)).sandbox_id
        starting = asyncio.create_task(subject.containers.start(runtime_id))
        await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait({starting})
        await subject.sandboxes.remove(sandbox_id)
        assert await subject.sandboxes.list() == ()
        assert await subject.containers.list() == ()
