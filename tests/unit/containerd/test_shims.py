"""Asking shims: what comes back, what does not, and in what time."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.status_pb2 import Status

from adapters.containerd.proto.shim_pb2 import StateRequest, StateResponse
from adapters.containerd.proto.task_pb2 import RUNNING, STOPPED
from adapters.containerd.proto.ttrpc_pb2 import Request, Response
from adapters.containerd.tasks import shims
from adapters.containerd.tasks.shims import ShimExits
from domain.container import ExitStatus

NOON = datetime(2026, 1, 1, 12, microsecond=5, tzinfo=UTC)
ENDED_AT = Timestamp(seconds=int(NOON.timestamp()), nanos=5999)
ENDED = StateResponse(status=STOPPED, exit_status=7, exited_at=ENDED_AT)

Answer = Callable[[Request], Awaitable[bytes]]


def framed(response: Response, stream: int = 1, kind: int = 2) -> bytes:
    """A frame of ttrpc."""
    message = response.SerializeToString()
    return struct.pack(">IIBB", len(message), stream, kind, 0) + message


def saying(data: bytes) -> Answer:
    """An answer that is always the same."""

    async def answer(_: Request) -> bytes:
        return data

    return answer


def leave_bootstrap(state: Path, runtime_id: str, told: object) -> None:
    """What containerd leaves of a container that it has started."""
    bundle = state / "io.containerd.runtime.v2.task" / "k8s.io" / runtime_id
    bundle.mkdir(parents=True)
    (bundle / "bootstrap.json").write_text(told if isinstance(told, str) else json.dumps(told))


@asynccontextmanager
async def shim(state: Path, answer: Answer, *runtime_ids: str) -> AsyncIterator[None]:
    """A shim of some containers."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length, stream, kind, flags = struct.unpack(">IIBB", await reader.readexactly(10))
        assert (stream, kind, flags) == (1, 1, 0)
        writer.write(await answer(Request.FromString(await reader.readexactly(length))))
        writer.close()

    path = state / f"{runtime_ids[0]}.sock"
    for runtime_id in runtime_ids:
        leave_bootstrap(state, runtime_id, {"version": 3, "address": f"unix://{path}", "protocol": "ttrpc"})
    server = await asyncio.start_unix_server(serve, path)
    try:
        yield
    finally:
        server.close()


async def test_one_shim_of_several_containers(tmp_path: Path) -> None:
    asked: list[tuple[str, str, bool]] = []
    states = {
        "a": ENDED,
        "b": StateResponse(status=RUNNING),
        "c": StateResponse(status=STOPPED, exited_at=ENDED_AT),
    }

    async def answer(request: Request) -> bytes:
        asked.append((request.service, request.method, request.timeout_nano > 0))
        runtime_id = StateRequest.FromString(request.payload).id
        return framed(Response(payload=states[runtime_id].SerializeToString()))

    async with shim(tmp_path, answer, "a", "b", "c"):
        found = await ShimExits(str(tmp_path)).find(("a", "b", "c"))
    assert found == {"a": ExitStatus(7, NOON), "c": ExitStatus(0, NOON)}
    assert asked == [("containerd.task.v3.Task", "State", True)] * 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0",
        framed(Response(status=Status(code=5, message="not found"))),
        framed(Response(status=Status(code=13, message="broken"))),
        framed(Response(payload=ENDED.SerializeToString()), stream=3),
        framed(Response(payload=ENDED.SerializeToString()), kind=3),
        framed(Response(payload=b"\xff\xff")),
        struct.pack(">IIBB", 2, 1, 2, 0) + b"\xff\xff",
        struct.pack(">IIBB", 1 << 31, 1, 2, 0),
    ],
)
async def test_an_answer_that_says_nothing(tmp_path: Path, data: bytes) -> None:
    good = saying(framed(Response(payload=ENDED.SerializeToString())))
    async with shim(tmp_path, saying(data), "bad"), shim(tmp_path, good, "good"):
        assert await ShimExits(str(tmp_path)).find(("bad", "good")) == {"good": ExitStatus(7, NOON)}


async def test_one_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shims, "_TIMEOUT", 0.05)
    over = asyncio.Event()

    async def never(_: Request) -> bytes:
        await over.wait()
        return b""

    async with asyncio.timeout(5), shim(tmp_path, never, "a", "b"):
        assert await ShimExits(str(tmp_path)).find(("a", "b")) == {}
        over.set()


@pytest.mark.parametrize(
    "told",
    [
        "",
        "null",
        "unix:///s",
        {"version": 3},
        {"version": 2, "address": "unix:///s", "protocol": "ttrpc"},
        {"version": 3, "address": "unix:///s", "protocol": "grpc"},
        {"version": 3, "address": "unix:///no/such/socket", "protocol": "ttrpc"},
    ],
)
async def test_one_that_cannot_be_asked(tmp_path: Path, told: object) -> None:
    leave_bootstrap(tmp_path, "a", told)
    assert await ShimExits(str(tmp_path)).find(("a", "unknown")) == {}
