"""Runs that go wrong, on a CRI server that does so when told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from adapters.cri.containers import CriContainerRuntime
from adapters.cri.proto import api_pb2 as cri
from adapters.cri.sandboxes import CriSandboxRuntime
from domain.errors import RuntimeFailed, Unavailable, Unsupported
from tests.unit.contracts.sandbox_runtime_contract import a_request

Context = grpc.aio.ServicerContext[object, object]


class Pods:
    """Makes pods; `lost` answers and `refused` removals go wrong as often as they say."""

    def __init__(self) -> None:
        self.pods: dict[str, cri.PodSandbox] = {}
        self.lost = 0
        self.refused = 0
        self.started = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def run(self, request: cri.RunPodSandboxRequest, context: Context) -> cri.RunPodSandboxResponse:
        self.started.set()
        await self.go_on.wait()
        for pod in self.pods.values():
            if pod.metadata == request.config.metadata:
                text = f'failed to reserve sandbox name "n": name "n" is reserved for "{pod.id}"'
                await context.abort(grpc.StatusCode.UNKNOWN, text)
        pod_id = f"{len(self.pods)}-{request.config.metadata.uid}"
        self.pods[pod_id] = cri.PodSandbox(
            id=pod_id, metadata=request.config.metadata, labels=request.config.labels
        )
        if self.lost:
            self.lost -= 1
            await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "late")
        return cri.RunPodSandboxResponse(pod_sandbox_id=pod_id)

    async def remove(
        self, request: cri.RemovePodSandboxRequest, context: Context
    ) -> cri.RemovePodSandboxResponse:
        if self.refused:
            self.refused -= 1
            await context.abort(grpc.StatusCode.UNKNOWN, "container is in starting state")
        self.pods.pop(request.pod_sandbox_id, None)
        return cri.RemovePodSandboxResponse()

    async def list(self, request: cri.ListPodSandboxRequest, context: Context) -> cri.ListPodSandboxResponse:
        wanted = request.filter.label_selector.items()
        return cri.ListPodSandboxResponse(
            items=[pod for pod in self.pods.values() if wanted <= pod.labels.items()]
        )


@asynccontextmanager
async def serving(
    path: Path, methods: dict[str, tuple[Callable[..., object], type[Message]]]
) -> AsyncIterator[None]:
    """A CRI server that has these methods only, each with the type of its request."""
    handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
        name: grpc.unary_unary_rpc_method_handler(
            method,
            request_deserializer=request.FromString,
            response_serializer=lambda answer: answer.SerializeToString(),
        )
        for name, (method, request) in methods.items()
    }
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler("runtime.v1.RuntimeService", handlers)]
    )
    server.add_insecure_port(f"unix://{path}")
    await server.start()
    try:
        yield
    finally:
        await server.stop(None)


@pytest.fixture
async def pods(tmp_path: Path) -> AsyncIterator[Pods]:
    pods = Pods()
    methods: dict[str, tuple[Callable[..., object], type[Message]]] = {
        "RunPodSandbox": (pods.run, cri.RunPodSandboxRequest),
        "RemovePodSandbox": (pods.remove, cri.RemovePodSandboxRequest),
        "ListPodSandbox": (pods.list, cri.ListPodSandboxRequest),
    }
    async with serving(tmp_path / "cri.sock", methods):
        yield pods


@pytest.fixture
async def sandboxes(pods: Pods, tmp_path: Path) -> AsyncIterator[CriSandboxRuntime]:
    async with grpc.aio.insecure_channel(f"unix://{tmp_path}/cri.sock") as channel:
        yield CriSandboxRuntime(channel, "one")


async def test_a_pod_whose_answer_is_lost_is_removed(
    pods: Pods, sandboxes: CriSandboxRuntime, tmp_path: Path
) -> None:
    pods.lost = 1
    with pytest.raises(Unavailable):
        await sandboxes.run(a_request(tmp_path))
    assert pods.pods == {}


async def test_a_pod_that_appears_after_its_maker_gave_up_is_removed(
    pods: Pods, sandboxes: CriSandboxRuntime, tmp_path: Path
) -> None:
    pods.go_on.clear()
    running = asyncio.create_task(sandboxes.run(a_request(tmp_path)))
    await pods.started.wait()
    running.cancel()
    await asyncio.sleep(0.01)
    running.cancel()  # an impatient second time
    await asyncio.sleep(0.01)
    pods.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert pods.pods == {}


async def test_a_left_over_pod_gives_way_once(
    pods: Pods, sandboxes: CriSandboxRuntime, tmp_path: Path
) -> None:
    request = a_request(tmp_path)
    await sandboxes.run(request)
    assert [state.id for state in await sandboxes.list()] == [await sandboxes.run(request)]


async def test_a_name_that_stays_reserved_is_an_error(
    pods: Pods, sandboxes: CriSandboxRuntime, tmp_path: Path
) -> None:
    request = a_request(tmp_path)
    await sandboxes.run(request)
    next(iter(pods.pods.values())).labels["io.k3c.instance"] = "another"
    with pytest.raises(RuntimeFailed, match="reserved"):
        await sandboxes.run(request)
    assert len(pods.pods) == 1


async def test_a_removal_that_comes_too_early_is_tried_again(
    pods: Pods, sandboxes: CriSandboxRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.cri.sandboxes._REMOVE_INTERVAL", 0.001)
    sandbox_id = await sandboxes.run(a_request(tmp_path))
    pods.refused = 1
    await sandboxes.remove(sandbox_id)
    assert pods.pods == {}


async def test_one_error_is_raised_when_many_looks_fail(tmp_path: Path) -> None:
    async def many(request: cri.ListContainersRequest, context: Context) -> cri.ListContainersResponse:
        items = [cri.Container(id=str(number), state=cri.CONTAINER_EXITED) for number in range(20)]
        return cri.ListContainersResponse(containers=items)

    async with (
        serving(tmp_path / "many.sock", {"ListContainers": (many, cri.ListContainersRequest)}),
        grpc.aio.insecure_channel(f"unix://{tmp_path}/many.sock") as channel,
    ):
        with pytest.raises(Unsupported):
            await CriContainerRuntime(channel, "one").list()
