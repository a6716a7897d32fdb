"""Calls with one request, against gRPC's own server, and against one whose every frame is made here."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import grpc
import pytest
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    PingAckReceived,
    RequestReceived,
    SettingsAcknowledged,
    StreamReset,
)
from h2.settings import SettingCodes
from hyperframe.frame import GoAwayFrame
from structlog.testing import capture_logs

from domain.errors import InUse, InvalidArgument, K3cError, NotFound, RuntimeFailed, Unavailable
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.k3c.v1.container_pb2_grpc import (
    ContainerServiceServicer,
    add_ContainerServiceServicer_to_server,
)
from entrypoints.api.k3c.v1.image_pb2 import ListImagesRequest
from entrypoints.cli.connection.unary import Client, call, connect, for_each
from entrypoints.cli.context import Globals, current
from entrypoints.daemon.callers import Callers
from entrypoints.daemon.calls import Calls
from tests.unit.cli.http2_peer import Peer, peer

MUCH = 3 << 20  # bytes, more than any window that an HTTP/2 connection begins with
_Result = TypeVar("_Result")


class Containers(ContainerServiceServicer):
    """Answers by the name of the container."""

    def __init__(self) -> None:
        self.agent = ""
        self.waiting = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.at_once = 0

    async def Rename(self, request: pb.RenameContainerRequest, context: Any) -> pb.RenameContainerResponse:
        self.agent = str(dict(context.invocation_metadata())["user-agent"])
        return pb.RenameContainerResponse()

    async def Inspect(self, request: pb.InspectContainerRequest, context: Any) -> pb.InspectContainerResponse:
        await context.send_initial_metadata((("x-large", "x" * 50_000),))
        context.set_trailing_metadata((("x-larger-bin", bytes(40_000)),))
        return pb.InspectContainerResponse(environment=[f"{request.container}={'x' * MUCH}"])

    async def Remove(self, request: pb.RemoveContainerRequest, context: Any) -> pb.RemoveContainerResponse:
        if request.container == "used":
            raise InUse("container", "used", "by “another”, 100%")
        if request.container == "broken":
            raise ValueError("100% “broken”\n")
        raise NotFound("container", request.container)

    async def Stop(self, request: pb.StopContainerRequest, context: Any) -> pb.StopContainerResponse:
        self.at_once += 1
        if request.timeout:
            raise NotFound("container", request.container)
        if self.at_once == 1:
            await self.waiting.wait()  # the first is answered last
        if self.at_once == 300:
            self.waiting.set()
        return pb.StopContainerResponse()

    async def Wait(self, request: pb.WaitContainerRequest, context: Any) -> pb.WaitContainerResponse:
        self.waiting.set()
        try:
            await asyncio.sleep(float(request.container))
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return pb.WaitContainerResponse(exited=pb.Exited(code=7))

    async def Update(
        self, request: pb.UpdateContainerRequest, context: Any
    ) -> AsyncIterator[pb.UpdateContainerResponse]:
        yield pb.UpdateContainerResponse(name=str(len(request.labels["much"])))
        await self.waiting.wait()
        raise NotFound("container", request.container)


@asynccontextmanager
async def daemon(folder: Path) -> AsyncIterator[tuple[Containers, Path, grpc.aio.Server]]:
    containers = Containers()  # type: ignore[abstract] # only what is asked for here
    path, callers = folder / "k3c.sock", Callers()
    server = grpc.aio.server(interceptors=[Calls(callers)], options=(("grpc.max_metadata_size", 64 * 1024),))
    add_ContainerServiceServicer_to_server(containers, server)
    server.add_insecure_port(f"unix://{path}")
    await server.start()
    async with callers.admitted(path, uid=os.getuid(), gid=os.getgid()):
        try:
            with capture_logs():
                yield containers, path, server
        finally:
            await server.stop(None)


async def asked(path: Path, command: Callable[[Client], _Result]) -> _Result:
    """What a command comes to, on a connection of its own."""

    def connected() -> _Result:
        with connect(f"unix://{path}") as client:
            return command(client)

    return await asyncio.to_thread(connected)


async def failure(path: Path, command: Callable[[Client], object]) -> K3cError:
    with pytest.raises(K3cError) as raised:
        await asked(path, command)
    return raised.value


def remove(name: str) -> Callable[[Client], object]:
    return lambda client: client.containers.Remove(pb.RemoveContainerRequest(container=name))


def wait(name: str) -> Callable[[Client], int]:
    return lambda client: client.containers.Wait(pb.WaitContainerRequest(container=name)).exited.code


async def test_a_call_shows_the_ticket_of_its_caller(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (containers, path, _):
        await asked(path, lambda client: client.containers.Rename(pb.RenameContainerRequest()))
        assert re.match(r"k3c/\S+ \([0-9a-f]{32}\)", containers.agent)


async def test_an_answer_beyond_every_window_with_much_metadata(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (_, path, _):
        request = pb.InspectContainerRequest(container="web")
        answer = await asked(path, lambda client: client.containers.Inspect(request))
        assert answer.environment == [f"web={'x' * MUCH}"]


async def test_a_request_beyond_every_window_and_answers_one_by_one(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (containers, path, _):
        request = pb.UpdateContainerRequest(container="web", labels={"much": "x" * MUCH})
        loop = asyncio.get_running_loop()

        def updating(client: Client) -> str:
            plans = client.containers.Update(request)
            name = next(plans).name
            loop.call_soon_threadsafe(containers.waiting.set)
            with pytest.raises(NotFound):
                next(plans)
            return name

        assert await asked(path, updating) == str(MUCH)


async def test_errors_are_those_of_the_daemon(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (_, path, _):
        assert str(await failure(path, remove("web"))) == str(NotFound("container", "web"))
        used = await failure(path, remove("used"))
        assert used.fields() == InUse("container", "used", "by “another”, 100%").fields()
        broken = await failure(path, remove("broken"))
        assert (
            broken.fields()
            == RuntimeFailed("daemon", "reported", "internal: ValueError: 100% “broken”\n").fields()
        )
        unknown = await failure(path, lambda client: client.images.List(ListImagesRequest()))
        assert unknown.fields()["detail"] == "unimplemented: Method not found!"


async def test_without_a_daemon(tmp_path: Path) -> None:
    path = tmp_path / "k3c.sock"
    assert str(await failure(path, wait("0"))) == str(
        Unavailable("daemon", f"unix://{path}", "not-listening", "ENOENT")
    )
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))
    assert (await failure(path, wait("0"))).fields()["detail"] == "ECONNREFUSED"
    with pytest.raises(InvalidArgument), connect("tcp://127.0.0.1:1"):
        pass


async def test_an_answer_may_take_long(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (_, path, _):
        assert await asked(path, wait("0.3")) == 7


async def test_a_daemon_that_ends_in_the_middle(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (containers, path, server):
        waiting = asyncio.create_task(failure(path, wait("60")))
        await containers.waiting.wait()
        await server.stop(None)
        assert isinstance(await waiting, Unavailable)


async def test_a_call_that_nobody_waits_for_any_longer_is_cancelled(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (containers, path, _):

        def leaving(client: Client) -> None:
            client.containers.Wait.future(pb.WaitContainerRequest(container="60"))
            client.containers.Rename(pb.RenameContainerRequest())

        await asked(path, leaving)
        await asyncio.wait_for(containers.cancelled.wait(), 5)


async def test_many_at_once_are_told_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with daemon(tmp_path) as (_, path, _):
        current.set(Globals(address=str(path)))
        names = tuple(f"c{number}" for number in range(300))

        def begin(client: Client, name: str) -> Any:
            request = pb.StopContainerRequest(container=name, timeout=int(name == "c7"))
            return client.containers.Stop.future(request)

        assert await asyncio.to_thread(for_each, names, begin) == 1
        out, err = capsys.readouterr()
        assert out.split() == [name for name in names if name != "c7"]
        assert err == "k3c: no such container: c7\n"


def waited(code: int) -> pb.WaitContainerResponse:
    return pb.WaitContainerResponse(exited=pb.Exited(code=code))


def code_of(behave: Callable[[Peer], None], folder: Path) -> int:
    with peer(folder, behave) as address, connect(address) as client:
        return wait("web")(client)


def test_padding_continuations_and_pings(tmp_path: Path) -> None:
    def behave(it: Peer) -> None:
        (request,) = it.until(RequestReceived)
        it.h2.ping(b"12345678")
        it.h2.send_headers(
            request.stream_id, [(":status", "200"), *((f"x-{n}", "é" * 400) for n in range(99))]
        )
        it.until(PingAckReceived)
        it.h2.send_data(request.stream_id, b"")
        message = waited(300).SerializeToString()
        for byte in len(message).to_bytes(5) + message:
            it.h2.send_data(request.stream_id, bytes([byte]), pad_length=3)
        it.h2.send_headers(request.stream_id, [("grpc-status", "0")], end_stream=True)
        it.send()
        it.until(ConnectionTerminated)

    assert code_of(behave, tmp_path) == 300


def test_no_more_calls_at_once_than_are_allowed(tmp_path: Path) -> None:
    most = 0

    def behave(it: Peer) -> None:
        nonlocal most
        it.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 2, SettingCodes.HEADER_TABLE_SIZE: 0})
        it.send()
        it.until(SettingsAcknowledged, 2)
        for answered in range(150):
            open_ = it.until(RequestReceived, answered + 1)
            most = max(most, len(open_) - answered) if answered > 100 else most
            it.answer(open_[answered].stream_id, waited(answered))

    with peer(tmp_path, behave) as address, connect(address) as client:
        calls = [client.containers.Wait.future(pb.WaitContainerRequest(container="x")) for _ in range(150)]
        assert [one.result().exited.code for one in calls] == list(range(150))
    assert most <= 2


def test_a_daemon_that_goes_away_answers_what_it_took(tmp_path: Path) -> None:
    def behave(it: Peer) -> None:
        first, _ = it.until(RequestReceived, 2)
        it.peer.sendall(GoAwayFrame(last_stream_id=first.stream_id).serialize())
        it.answer(first.stream_id, waited(7))
        it.until(ConnectionTerminated)

    with peer(tmp_path, behave) as address, connect(address) as client:
        calls = [client.containers.Wait.future(pb.WaitContainerRequest(container="x")) for _ in range(2)]
        assert calls[0].result().exited.code == 7
        with pytest.raises(RuntimeFailed) as raised:
            calls[1].result()
        assert raised.value.problem == "connection-lost"
        with pytest.raises(RuntimeFailed):
            wait("later")(client)


@pytest.mark.parametrize(
    ("code", "text"), [(ErrorCodes.CANCEL, "cancelled: "), (ErrorCodes.PROTOCOL_ERROR, "internal: ")]
)
def test_a_call_that_is_broken_off(tmp_path: Path, code: ErrorCodes, text: str) -> None:
    def behave(it: Peer) -> None:
        (request,) = it.until(RequestReceived)
        it.h2.reset_stream(request.stream_id, code)
        it.send()
        it.until(ConnectionTerminated)

    with pytest.raises(RuntimeFailed) as raised:
        code_of(behave, tmp_path)
    assert raised.value.detail.startswith(text)


def test_a_connection_that_ends_in_a_frame(tmp_path: Path) -> None:
    def behave(it: Peer) -> None:
        (request,) = it.until(RequestReceived)
        it.h2.send_headers(request.stream_id, [(":status", "200")])
        it.peer.sendall(it.h2.data_to_send()[:-2])

    with pytest.raises(RuntimeFailed) as raised:
        code_of(behave, tmp_path)
    assert raised.value.problem == "connection-lost"


@pytest.mark.parametrize("trailers", [[], [("grpc-status", "0")]])
def test_an_answer_without_its_message_or_its_status(tmp_path: Path, trailers: list[tuple[str, str]]) -> None:
    def behave(it: Peer) -> None:
        (request,) = it.until(RequestReceived)
        it.h2.send_headers(request.stream_id, [(":status", "200"), *trailers], end_stream=True)
        it.send()
        it.until(ConnectionTerminated)

    with pytest.raises(RuntimeFailed):
        code_of(behave, tmp_path)


def test_ctrl_c_ends_quietly_and_the_daemon_sees_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resets: list[Any] = []

    def behave(it: Peer) -> None:
        it.until(RequestReceived)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        resets.extend(it.until(StreamReset))

    with peer(tmp_path, behave) as address:
        current.set(Globals(address=address))
        assert call(wait("60")) == 130
    assert [reset.error_code for reset in resets] == [ErrorCodes.CANCEL]
    assert capsys.readouterr() == ("", "")
