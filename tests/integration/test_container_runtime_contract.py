"""The contract on containerd, and what only a real runtime can show."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from adapters.cri.containers import CriContainerRuntime
from adapters.cri.sandboxes import CriSandboxRuntime
from application.ports.runtime import BoundMount, ContainerRequest
from domain.container import ContainerState
from domain.errors import InvalidArgument, NotFound
from domain.names import new_id
from tests.unit.contracts.container_runtime_contract import SLEEP, ContainerRuntimeContract, Runtimes

ABSENT_IMAGE = f"sha256:{'0' * 64}"


@pytest.fixture
async def channel(containerd_socket: str) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(f"unix://{containerd_socket}") as channel:
        yield channel


@pytest.fixture
async def runtimes(channel: grpc.aio.Channel, busybox_image: str, tmp_path: Path) -> AsyncIterator[Runtimes]:
    """A k3c of its own on the shared runtime, which leaves nothing there."""
    instance = new_id()
    sandboxes = CriSandboxRuntime(channel, instance)
    containers = CriContainerRuntime(channel, instance)
    yield Runtimes(sandboxes, containers, busybox_image, ABSENT_IMAGE, tmp_path)
    for state in await sandboxes.list():
        await sandboxes.remove(state.id)
    assert await containers.list() == ()


class TestCriContainerRuntime(ContainerRuntimeContract):
    @pytest.fixture
    def subject(self, runtimes: Runtimes) -> Runtimes:
        return runtimes


def as_user(request: ContainerRequest, user: str) -> ContainerRequest:
    return replace(request, process=replace(request.process, user=user))


def log(request: ContainerRequest) -> list[str]:
    """The lines a container wrote so far."""
    return [line.split(" ", 3)[3] for line in Path(request.log_path).read_text().splitlines()]


async def output(runtimes: Runtimes, request: ContainerRequest) -> list[str]:
    """The lines a container wrote, once it has ended."""
    runtime_id = await runtimes.containers.create(request)
    await runtimes.containers.start(runtime_id)
    await runtimes.ended(runtime_id)
    return log(request)


@pytest.mark.parametrize(
    ("user", "ids"),
    [
        ("", "0:0"),
        ("0", "0:0"),
        ("root", "0:0"),
        ("4242", "4242:0"),
        ("4242:77", "4242:77"),
        ("root:77", "0:77"),
    ],
)
async def test_the_user_is_the_one_asked_for(runtimes: Runtimes, user: str, ids: str) -> None:
    request = await runtimes.request("sh", "-c", "echo $(id -u):$(id -g)")
    assert await output(runtimes, as_user(request, user)) == [ids]


@pytest.mark.parametrize("user", ["nobody-here", "root:nobody-here"])
async def test_a_user_that_the_image_lacks_is_refused(runtimes: Runtimes, user: str) -> None:
    request = as_user(await runtimes.request("true"), user)
    with pytest.raises(InvalidArgument) as raised:
        await runtimes.containers.create(request)
    assert raised.value.value == user


async def test_environment_and_working_directory(runtimes: Runtimes) -> None:
    request = await runtimes.request("sh", "-c", 'pwd; echo "$GREETING|$EMPTY|"')
    environment = (*request.process.environment, "GREETING=a=b ä", "EMPTY=")
    process = replace(request.process, environment=environment, working_dir="/made/for/it")
    lines = await output(runtimes, replace(request, process=process))
    assert lines == ["/made/for/it", "a=b ä||"]


async def test_mounts(runtimes: Runtimes, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("hello")
    mounts = (BoundMount(str(tmp_path), "/rw"), BoundMount(str(tmp_path), "/ro", read_only=True))
    request = await runtimes.request("sh", "-c", "exec 2>&1; cat /ro/file; echo; touch /ro/x; touch /rw/y")
    lines = await output(runtimes, replace(request, mounts=mounts))
    assert lines == ["hello", "touch: /ro/x: Read-only file system"]
    assert (tmp_path / "y").exists()


async def test_the_hosts_kernel_files_are_hidden(runtimes: Runtimes) -> None:
    script = "wc -c </proc/keys; ls /sys/firmware | wc -l; grep -c '^Seccomp:.*2$' /proc/self/status; " + (
        "{ echo 1 >/proc/sys/kernel/panic; } 2>/dev/null || echo refused"
    )
    assert await output(runtimes, await runtimes.request("sh", "-c", script)) == ["0", "0", "1", "refused"]


@pytest.mark.parametrize(
    ("signal", "got"), [("SIGUSR1", "USR1"), ("int", "INT"), ("TERM", "TERM"), ("37", "37")]
)
async def test_stop_sends_the_stop_signal(runtimes: Runtimes, signal: str, got: str) -> None:
    script = (
        'for s in USR1 INT TERM 37; do trap "echo $s; exit 9" $s; done; echo up; while :; do sleep 0.02; done'
    )
    request = replace(await runtimes.request("sh", "-c", script), stop_signal=signal)
    runtime_id = await runtimes.containers.create(request)
    await runtimes.containers.start(runtime_id)
    while log(request) != ["up"]:
        assert (await runtimes.containers.status(runtime_id)).state is ContainerState.RUNNING
    await runtimes.containers.stop(runtime_id, 10)
    state = await runtimes.containers.status(runtime_id)
    assert state.exit is not None
    assert state.exit.code == 9
    assert log(request) == ["up", got]


async def test_labels_of_any_length_are_taken(runtimes: Runtimes) -> None:
    labels = {"short": "1", "long": "x" * 5000}
    request = replace(await runtimes.request("sh", "-c", "echo ran"), labels=labels)
    assert await output(runtimes, request) == ["ran"]


async def test_the_containers_of_another_k3c_are_not_seen(
    channel: grpc.aio.Channel, runtimes: Runtimes
) -> None:
    runtime_id = await runtimes.start(*SLEEP)
    other = CriContainerRuntime(channel, new_id())
    assert await other.list() == ()
    with pytest.raises(NotFound):
        await other.status(runtime_id)


@pytest.mark.parametrize("seconds", [0.005, 0.02, 0.04])
async def test_a_cancelled_start_leaves_no_cgroup(runtimes: Runtimes, seconds: float) -> None:
    def cgroups(runtime_id: str) -> list[Path]:
        """Of this container; others' come and go while all are walked through, which os.walk lets pass."""
        found = (Path(folder) for folder, names, _ in os.walk("/sys/fs/cgroup") if runtime_id in names)
        return [folder / runtime_id for folder in found]

    runtime_id = await runtimes.create(*SLEEP)
    sandbox_id = (await runtimes.containers.status(runtime_id)).sandbox_id
    starting = asyncio.create_task(runtimes.containers.start(runtime_id))
    await asyncio.sleep(seconds)
    starting.cancel()
    await asyncio.wait({starting})
    assert cgroups(runtime_id)
    await runtimes.sandboxes.remove(sandbox_id)
    assert cgroups(runtime_id) == []
