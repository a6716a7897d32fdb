"""Pods through CRI."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import grpc

from adapters.cri import mapping
from adapters.cri.calls import uninterrupted
from adapters.cri.errors import SERVICE, Subject, name_is_reserved, translated
from adapters.cri.proto import api_pb2 as cri
from adapters.cri.proto.api_pb2_grpc import RuntimeServiceStub
from application.ports.runtime import Interface, SandboxRequest, SandboxState
from application.support.compensation import compensating
from domain.errors import NotFound, RuntimeFailed, Unsupported

_QUICK = 30.0  # seconds for calls that only look something up
_LONG = 120.0  # for those that start or stop processes and networks, the kubelet's default
_REMOVE_TRIES = 5
_REMOVE_INTERVAL = 0.1


class CriSandboxRuntime:
    """application.ports.runtime.SandboxRuntime on a CRI runtime.

    Pods have k3c's id as uid and `instance` as a label, which every query filters by. Pods that publish
    ports are run by the runtime handler `portmap_handler`, all others by the default handler, so that only
    the former pay for the portmap plugin.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        instance: str,
        *,
        cgroup_parent: str = mapping.DEFAULT_CGROUP_PARENT,
        portmap_handler: str = "",
    ) -> None:
        self._stub = RuntimeServiceStub(channel)
        self._instance = instance
        self._cgroup_parent = cgroup_parent
        self._portmap_handler = portmap_handler
        self._interfaces: dict[str, Interface] = {}

    async def run(self, request: SandboxRequest) -> str:
        """Run a pod. A pod of the same key and attempt, left from a run that was cut short, is removed first."""
        try:
            return await self._run_whole(request)
        except RuntimeFailed as error:
            if not name_is_reserved(error):
                raise
        # The failed run has cleared what held the name.
        return await self._run_whole(request)

    async def stop(self, sandbox_id: str) -> None:
        """Call StopPodSandbox."""
        self._interfaces.pop(sandbox_id, None)
        with suppress(NotFound), translated(Subject("sandbox", sandbox_id)):
            await self._stub.StopPodSandbox(
                cri.StopPodSandboxRequest(pod_sandbox_id=sandbox_id), timeout=_LONG
            )

    async def remove(self, sandbox_id: str) -> None:
        """Call RemovePodSandbox, which stops the pod as well.

        The call fails while a container in the pod is being started, as after a start that was cancelled;
        so it is tried again for about a second.
        """
        self._interfaces.pop(sandbox_id, None)
        for tried in range(_REMOVE_TRIES):
            try:
                return await self._remove(sandbox_id)
            except RuntimeFailed:
                if tried == _REMOVE_TRIES - 1:
                    raise
            await asyncio.sleep(_REMOVE_INTERVAL * (tried + 1))
        return None

    async def list(self) -> tuple[SandboxState, ...]:
        """Call ListPodSandbox by our label."""
        return tuple(map(mapping.sandbox_state, await self._pods()))

    async def address(self, sandbox_id: str) -> str:
        """Return PodSandboxStatus's first address."""
        return (await self._status(sandbox_id, verbose=False)).status.network.ip

    async def interface(self, sandbox_id: str) -> Interface:
        """Call PodSandboxStatus, in whose free form containerd tells what CNI answered.

        A pod keeps its interface as long as it is there, so it is asked for once.
        """
        if (known := self._interfaces.get(sandbox_id)) is not None:
            return known
        answer = await self._status(sandbox_id, verbose=True)
        found = Interface(answer.status.network.ip, mapping.mac_address(answer.info.get("info", "")))
        if answer.status.state == cri.SANDBOX_READY:
            self._interfaces[sandbox_id] = found
        return found

    async def _status(self, sandbox_id: str, *, verbose: bool) -> cri.PodSandboxStatusResponse:
        request = cri.PodSandboxStatusRequest(pod_sandbox_id=sandbox_id, verbose=verbose)
        with translated(Subject("sandbox", sandbox_id)):
            answer = await self._stub.PodSandboxStatus(request, timeout=_QUICK)
        if answer.status.labels.get(mapping.INSTANCE_LABEL) != self._instance:
            raise NotFound("sandbox", sandbox_id)
        return answer

    async def _run_whole(self, request: SandboxRequest) -> str:
        """Run a pod, or leave nothing: the call is awaited to its end even if its caller is cancelled."""
        async with compensating() as undo:
            undo.add(lambda: self._clear(request))
            return await uninterrupted(self._run(request), f"run sandbox {request.name}")

    async def _run(self, request: SandboxRequest) -> str:
        with translated(Subject("sandbox", request.name, ports=request.ports)):
            answer = await self._stub.RunPodSandbox(
                cri.RunPodSandboxRequest(
                    config=mapping.sandbox_config(request, self._instance, self._cgroup_parent),
                    runtime_handler=self._handler(request),
                ),
                timeout=_LONG,
            )
        return answer.pod_sandbox_id

    def _handler(self, request: SandboxRequest) -> str:
        wanted = request.isolation.runtime
        if wanted and request.ports and self._portmap_handler:
            raise Unsupported("ports-with-runtime", SERVICE, wanted)
        return wanted or (self._portmap_handler if request.ports else "")

    async def _clear(self, request: SandboxRequest) -> None:
        """Remove the pods of this key and attempt, complete or half made."""
        for pod in await self._pods(request.key):
            if pod.metadata.attempt == request.attempt:
                await self.remove(pod.id)

    async def _remove(self, sandbox_id: str) -> None:
        with suppress(NotFound), translated(Subject("sandbox", sandbox_id)):
            await self._stub.RemovePodSandbox(
                cri.RemovePodSandboxRequest(pod_sandbox_id=sandbox_id), timeout=_LONG
            )

    async def _pods(self, key: str = "") -> tuple[cri.PodSandbox, ...]:
        labels = mapping.own_labels(self._instance, key)
        with translated(Subject("sandbox", key)):
            answer = await self._stub.ListPodSandbox(
                cri.ListPodSandboxRequest(filter=cri.PodSandboxFilter(label_selector=labels)), timeout=_QUICK
            )
        return tuple(answer.items)
