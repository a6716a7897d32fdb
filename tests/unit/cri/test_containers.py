"""What CRI is asked for a list of containers."""

from __future__ import annotations

import time
from typing import Any

import grpc
import pytest

from adapters.cri import mapping
from adapters.cri.containers import CriContainerRuntime
from adapters.cri.proto import api_pb2 as cri
from domain.container import ContainerState, RuntimeContainer

_LONG_AGO = 1_000_000_000


class _Runtime:
    """A CRI runtime with these containers; `asked` are the ids whose status it was asked for."""

    def __init__(self, *containers: cri.ContainerStatus) -> None:
        self.containers = {container.id: container for container in containers}
        self.asked: list[str] = []

    async def ListContainers(  # noqa: N802 - as in the stub
        self, *_: object, **__: object
    ) -> cri.ListContainersResponse:
        listed = [cri.Container(id=one.id, state=one.state) for one in self.containers.values()]
        return cri.ListContainersResponse(containers=listed)

    async def ContainerStatus(  # noqa: N802 - as in the stub
        self, request: cri.ContainerStatusRequest, **_: object
    ) -> cri.ContainerStatusResponse:
        self.asked.append(request.container_id)
        return cri.ContainerStatusResponse(status=self.containers[request.container_id])

    def newly_asked(self) -> list[str]:
        asked, self.asked = self.asked, []
        return asked


def _status(container_id: str, state: cri.ContainerState.ValueType, **more: Any) -> cri.ContainerStatus:
    labels = {mapping.INSTANCE_LABEL: "mine", mapping.SANDBOX_LABEL: "sandbox"}
    return cri.ContainerStatus(id=container_id, state=state, labels=labels, started_at=_LONG_AGO, **more)


@pytest.fixture
async def channel() -> Any:
    async with grpc.aio.insecure_channel("unix:///nowhere") as opened:
        yield opened


def _listed(channel: grpc.aio.Channel, runtime: _Runtime) -> CriContainerRuntime:
    subject = CriContainerRuntime(channel, "mine")
    subject._stub = runtime  # type: ignore[assignment]
    return subject


async def _states(subject: CriContainerRuntime) -> dict[str, RuntimeContainer]:
    return {one.runtime_id: one for one in await subject.list()}


async def test_each_is_asked_for_once_while_its_state_stays(channel: grpc.aio.Channel) -> None:
    runtime = _Runtime(
        _status("runs", cri.CONTAINER_RUNNING),
        _status("ended", cri.CONTAINER_EXITED, finished_at=_LONG_AGO, exit_code=3),
    )
    subject = _listed(channel, runtime)
    first = await _states(subject)
    assert sorted(runtime.newly_asked()) == ["ended", "runs"]
    assert await _states(subject) == first
    assert runtime.newly_asked() == []
    runtime.containers["runs"] = _status("runs", cri.CONTAINER_EXITED, finished_at=time.time_ns())
    assert (await _states(subject))["runs"].state is ContainerState.EXITED
    assert runtime.newly_asked() == ["runs"]


@pytest.mark.parametrize(
    "status",
    [
        _status("c", cri.CONTAINER_UNKNOWN),
        _status("c", cri.CONTAINER_EXITED, finished_at=time.time_ns() + 10**12),
    ],
    ids=["lost", "just ended"],
)
async def test_what_may_still_change_is_asked_for_each_time(
    channel: grpc.aio.Channel, status: cri.ContainerStatus
) -> None:
    """Why a container ended may be told after its end."""
    runtime = _Runtime(status)
    subject = _listed(channel, runtime)
    await subject.list()
    runtime.containers["c"].reason = "OOMKilled"
    states = await _states(subject)
    assert states["c"].exit is not None
    assert states["c"].exit.out_of_memory
    assert runtime.asked == ["c", "c"]


async def test_one_that_was_removed_is_forgotten(channel: grpc.aio.Channel) -> None:
    runtime = _Runtime(_status("runs", cri.CONTAINER_RUNNING))
    subject = _listed(channel, runtime)
    await subject.list()
    removed = runtime.containers.pop("runs")
    assert await subject.list() == ()
    runtime.containers["runs"] = removed
    await subject.list()
    assert runtime.asked == ["runs", "runs"]
