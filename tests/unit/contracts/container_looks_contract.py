"""What every ContainerRoots, ContainerPids, LogWriters and RuntimeSpecs does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

from application.ports.files import ContainerRoots
from application.ports.logs import LogWriters
from application.ports.processes import ContainerPids
from application.ports.runtime import RuntimeSpecs, SpecEdits
from domain.confinement import Ulimit
from domain.container import ContainerState
from domain.errors import NotFound
from domain.volume import Mount, MountKind
from tests.unit.contracts.container_runtime_contract import SLEEP, Runtimes
from tests.unit.contracts.sandbox_runtime_contract import UNKNOWN_ID

STATES = (ContainerState.CREATED, ContainerState.RUNNING, ContainerState.EXITED)


@dataclass(frozen=True)
class RootWorld:
    """Containers, and their roots."""

    runtimes: Runtimes
    roots: ContainerRoots


@dataclass(frozen=True)
class PidWorld:
    """Containers, and their processes."""

    runtimes: Runtimes
    pids: ContainerPids


@dataclass(frozen=True)
class WriterWorld:
    """Containers, and who writes their logs."""

    runtimes: Runtimes
    writers: LogWriters


@dataclass(frozen=True)
class SpecWorld:
    """Containers, and what they are run as."""

    runtimes: Runtimes
    specs: RuntimeSpecs


async def one_in(runtimes: Runtimes, state: ContainerState) -> str:
    """A container that was made, runs, or has ended."""
    if state is ContainerState.CREATED:
        return await runtimes.create(*SLEEP)
    if state is ContainerState.RUNNING:
        return await runtimes.start(*SLEEP)
    runtime_id = await runtimes.start("sh", "-c", "exit 0")
    await runtimes.ended(runtime_id)
    return runtime_id


class ContainerRootsContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> RootWorld:
        raise NotImplementedError

    @pytest.mark.parametrize("state", STATES)
    async def test_what_is_written_is_there_and_is_a_change(
        self, subject: RootWorld, state: ContainerState
    ) -> None:
        runtime_id = await one_in(subject.runtimes, state)
        assert await subject.roots.changes(runtime_id) == ()
        before = await subject.roots.size(runtime_id)
        async with subject.roots.opened(runtime_id) as root:
            for name in ("new", "also-new"):
                Path(root, name).write_bytes(b"x" * 50_000)
        async with subject.roots.opened(runtime_id) as root:
            assert Path(root, "new").stat().st_size == 50_000
        assert await subject.roots.changes(runtime_id) == (("A", "/also-new"), ("A", "/new"))
        assert await subject.roots.size(runtime_id) >= before + 100_000

    async def test_what_is_raised_in_the_block_comes_out(self, subject: RootWorld) -> None:
        runtime_id = await one_in(subject.runtimes, ContainerState.EXITED)
        with pytest.raises(ZeroDivisionError):
            async with subject.roots.opened(runtime_id):
                raise ZeroDivisionError

    async def test_what_is_unknown_is_not_found(self, subject: RootWorld) -> None:
        with pytest.raises(NotFound):
            async with subject.roots.opened(UNKNOWN_ID):
                pass
        for call in (subject.roots.changes, subject.roots.size):
            with pytest.raises(NotFound) as raised:
                await call(UNKNOWN_ID)
            assert raised.value.fields() == {"kind": "container", "reference": UNKNOWN_ID}


class ContainerPidsContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> PidWorld:
        raise NotImplementedError

    async def test_the_first_is_among_all(self, subject: PidWorld) -> None:
        one, other = [await subject.runtimes.start(*SLEEP) for _ in range(2)]
        first = await subject.pids.first(one)
        assert first in await subject.pids.all(one)
        assert first not in await subject.pids.all(other)

    async def test_children_are_among_all(self, subject: PidWorld) -> None:
        runtime_id = await subject.runtimes.start("sh", "-c", "sleep 1000 & sleep 1000 & wait")
        async with asyncio.timeout(10):
            while len(await subject.pids.all(runtime_id)) < 3:  # noqa: ASYNC110 - processes tell nobody
                await asyncio.sleep(0.01)
        assert await subject.pids.first(runtime_id) in await subject.pids.all(runtime_id)

    @pytest.mark.parametrize("state", [ContainerState.CREATED, ContainerState.EXITED])
    async def test_what_does_not_run_has_none(self, subject: PidWorld, state: ContainerState) -> None:
        for runtime_id in (await one_in(subject.runtimes, state), UNKNOWN_ID):
            assert await subject.pids.first(runtime_id) == 0
            with pytest.raises(NotFound) as raised:
                await subject.pids.all(runtime_id)
            assert raised.value.fields() == {"kind": "container", "reference": runtime_id}


class LogWritersContract:
    """Override `subject`, whose containers write logs to files."""

    @pytest.fixture
    def subject(self) -> WriterWorld:
        raise NotImplementedError

    async def test_it_writes_to_a_fresh_file_once_it_has_opened_it(self, subject: WriterWorld) -> None:
        script = "while :; do echo on; sleep 0.02; done"
        request = await subject.runtimes.request("sh", "-c", script)
        runtime_id = await subject.runtimes.containers.create(request)
        await subject.runtimes.containers.start(runtime_id)
        log, aside = Path(request.log_path), Path(PurePosixPath(f"{request.log_path}.aside"))
        for _ in range(2):
            await _has_lines(log)
            log.rename(aside)
            await subject.writers.reopen(runtime_id)
            kept = aside.stat().st_size
            await _has_lines(log)
            assert aside.stat().st_size == kept

    @pytest.mark.parametrize("state", [ContainerState.CREATED, ContainerState.EXITED])
    async def test_what_does_not_run_is_not_found(self, subject: WriterWorld, state: ContainerState) -> None:
        for runtime_id in (await one_in(subject.runtimes, state), UNKNOWN_ID):
            with pytest.raises(NotFound) as raised:
                await subject.writers.reopen(runtime_id)
            assert raised.value.fields() == {"kind": "container", "reference": runtime_id}


async def _has_lines(log: Path) -> None:
    async with asyncio.timeout(10):
        while not log.exists() or not log.stat().st_size:  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(0.01)


class RuntimeSpecsContract:
    """Override `subject`. That each edit reaches the process is shown by the CLI's tests."""

    @pytest.fixture
    def subject(self) -> SpecWorld:
        raise NotImplementedError

    async def test_one_that_was_edited_runs(self, subject: SpecWorld) -> None:
        other = await subject.runtimes.start(*SLEEP)
        for edits in (
            SpecEdits(),
            SpecEdits(
                ulimits=(Ulimit("nofile", 512, 1024),), tmpfs=(Mount(MountKind.TMPFS, "", "/scratch"),)
            ),
            SpecEdits(
                shm_size=1 << 20, own_network=True, hostname="renamed", removed_variables=("HOME", "NONE")
            ),
            SpecEdits(domainname="example.org", pids_limit=50),
            SpecEdits(joins={"network": other, "pid": other, "ipc": other}),
        ):
            runtime_id = await subject.runtimes.create(*SLEEP)
            await subject.specs.edit(runtime_id, edits)
            await subject.runtimes.containers.start(runtime_id)
            state = await subject.runtimes.containers.status(runtime_id)
            assert state.state is ContainerState.RUNNING

    @pytest.mark.parametrize("kind", ["network", "pid", "ipc"])
    @pytest.mark.parametrize("state", [ContainerState.CREATED, ContainerState.EXITED])
    async def test_one_to_join_that_does_not_run_is_not_found(
        self, subject: SpecWorld, state: ContainerState, kind: str
    ) -> None:
        runtime_id = await subject.runtimes.create(*SLEEP)
        for joined in (await one_in(subject.runtimes, state), UNKNOWN_ID):
            with pytest.raises(NotFound) as raised:
                await subject.specs.edit(runtime_id, SpecEdits(joins={kind: joined}))
            assert raised.value.fields() == {"kind": "container", "reference": joined}

    async def test_what_is_unknown_is_not_found(self, subject: SpecWorld) -> None:
        with pytest.raises(NotFound):
            await subject.specs.edit(UNKNOWN_ID, SpecEdits(shm_size=1 << 20))
