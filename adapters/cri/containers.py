"""Containers through CRI."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress

import grpc

from adapters.cri import mapping
from adapters.cri.calls import answer_of, uninterrupted
from adapters.cri.errors import Subject, translated
from adapters.cri.proto import api_pb2 as cri
from adapters.cri.proto.api_pb2_grpc import RuntimeServiceStub
from application.ports.runtime import ContainerRequest
from domain.container import ContainerState, RuntimeContainer
from domain.errors import NotFound

_QUICK = 30.0  # seconds for calls that only look something up
_LONG = 120.0  # for those that start or stop processes
_AT_ONCE = 16


class CriContainerRuntime:
    """application.ports.runtime.ContainerRuntime on a CRI runtime.

    `instance` is the label of this k3c's containers. `cgroup_parent` must be that of the sandboxes: the
    runtime takes it from the container's request for the container's own cgroup.
    """

    def __init__(
        self, channel: grpc.aio.Channel, instance: str, *, cgroup_parent: str = mapping.DEFAULT_CGROUP_PARENT
    ) -> None:
        self._stub = RuntimeServiceStub(channel)
        self._instance = instance
        self._cgroup_parent = cgroup_parent
        self._settled: dict[str, tuple[int, RuntimeContainer]] = {}  # by runtime id, with CRI's state

    async def create(self, request: ContainerRequest) -> str:
        """Call CreateContainer, hiding the host's kernel files as the kubelet does."""
        create = cri.CreateContainerRequest(
            pod_sandbox_id=request.sandbox_id,
            config=mapping.container_config(request, self._instance),
            sandbox_config=mapping.sandbox_config(request.sandbox, self._instance, self._cgroup_parent),
        )
        with translated(Subject("image", request.image_name, user=request.process.user)):
            made = self._stub.CreateContainer(create, timeout=_LONG)
            return (await uninterrupted(answer_of(made), f"create {request.sandbox.name}")).container_id

    async def start(self, runtime_id: str) -> None:
        """Call StartContainer."""
        request = cri.StartContainerRequest(container_id=runtime_id)
        with translated(Subject("container", runtime_id)):
            started = self._stub.StartContainer(request, timeout=_LONG)
            await uninterrupted(answer_of(started), f"start {runtime_id}")

    async def stop(self, runtime_id: str, timeout: int) -> None:
        """Call StopContainer; with 0 seconds it sends SIGKILL at once."""
        request = cri.StopContainerRequest(container_id=runtime_id, timeout=timeout)
        with suppress(NotFound), translated(Subject("container", runtime_id)):
            await self._stub.StopContainer(request, timeout=timeout + _LONG)

    async def list(self) -> tuple[RuntimeContainer, ...]:
        """Call ListContainers by our label, and ContainerStatus for what the list does not have."""
        selector = cri.ContainerFilter(label_selector=mapping.own_labels(self._instance))
        with translated(Subject("container", "")):
            answer = await self._stub.ListContainers(
                cri.ListContainersRequest(filter=selector), timeout=_QUICK
            )
        states = await self._inspect_all(answer.containers)
        listed = {item.id for item in answer.containers}
        self._settled = {key: told for key, told in self._settled.items() if key in listed}
        return tuple(state for state in states if state is not None)

    async def status(self, runtime_id: str) -> RuntimeContainer:
        """Call ContainerStatus; a container of another owner is not found."""
        return mapping.runtime_container(await self._status(runtime_id))

    async def _status(self, runtime_id: str) -> cri.ContainerStatus:
        if not runtime_id:  # which containerd takes for a mistake of its caller
            raise NotFound("container", runtime_id)
        with translated(Subject("container", runtime_id)):
            answer = await self._stub.ContainerStatus(
                cri.ContainerStatusRequest(container_id=runtime_id), timeout=_QUICK
            )
        if answer.status.labels.get(mapping.INSTANCE_LABEL) != self._instance:
            raise NotFound("container", runtime_id)
        return answer.status

    async def _inspect_all(self, items: Iterable[cri.Container]) -> tuple[RuntimeContainer | None, ...]:
        limit = asyncio.Semaphore(_AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                inspections = [
                    group.create_task(self._inspect(item, limit), name="inspect") for item in items
                ]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        return tuple(inspection.result() for inspection in inspections)

    async def _inspect(self, item: cri.Container, limit: asyncio.Semaphore) -> RuntimeContainer | None:
        """Return the state of a listed container; None if it was removed meanwhile."""
        if item.state == cri.CONTAINER_CREATED:
            return RuntimeContainer(item.id, item.pod_sandbox_id, ContainerState.CREATED)
        state, settled = self._settled.get(item.id, (None, None))
        if state == item.state:
            return settled
        async with limit:
            try:
                status = await self._status(item.id)
            except NotFound:
                return None
        told = mapping.runtime_container(status)
        if mapping.is_settled(status, now=time.time_ns()):
            self._settled[item.id] = status.state, told
        return told
