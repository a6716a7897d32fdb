"""Building images with BuildKit."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import grpc.aio

from adapters.buildkit import auth, filesync, outputs, secrets, ssh
from adapters.buildkit.calls import leaf
from adapters.buildkit.errors import translated
from adapters.buildkit.mapping import CONTEXT, DOCKERFILE, build_result, shared_key, solve_request
from adapters.buildkit.progress import Progress
from adapters.buildkit.proto.control_pb2 import SolveResponse, StatusRequest
from adapters.buildkit.proto.control_pb2_grpc import ControlStub
from adapters.buildkit.session import Session
from application.ports.image_builder import CredentialsFor
from domain.build import BuildEvent, BuildRequest
from domain.errors import InvalidArgument

if TYPE_CHECKING:  # the generated typing knows it, the module does not
    from adapters.buildkit.proto.control_pb2_grpc import ControlAsyncStub

_log = logging.getLogger(__name__)

_EVENTS_AHEAD = 256  # events that may wait for a slow reader


class BuildkitImageBuilder:
    """application.ports.image_builder.ImageBuilder on a channel to buildkitd.

    The channel may also lead to a socket that forwards `moby.buildkit.v1`. The image is put into the
    builder's containerd with its names. BuildKit cannot label the image there. The label that keeps the
    kubelet's garbage collector away from it (`io.cri-containerd.pinned=pinned`) is set by the daemon, once
    the build is done.
    """

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._control: ControlAsyncStub = ControlStub(channel)

    async def build(
        self, request: BuildRequest, credentials: CredentialsFor
    ) -> AsyncGenerator[BuildEvent, None]:
        """Build an image, as the port describes. Closing the iterator ends the build in the builder."""
        request = await asyncio.to_thread(_checked, request)
        async with aclosing(_collected(_Build(self._control, request, credentials).run)) as events:
            async for event in events:
                yield event


_Emit = Callable[[BuildEvent], Awaitable[None]]


class _Build:
    """A build: the Solve call, the session that Solve calls back on, and the progress, all at the same time."""

    def __init__(self, control: ControlAsyncStub, request: BuildRequest, credentials: CredentialsFor) -> None:
        folders = {CONTEXT: request.context, DOCKERFILE: request.dockerfile.parent}
        services = {
            filesync.METHOD: filesync.handler(folders),
            **auth.handlers(credentials),
            **secrets.handlers(request.secrets),
            **(ssh.handlers(request.ssh) if request.ssh else {}),
            **outputs.handlers(request.exports),
        }
        self._control = control
        self._request = request
        self._reference = uuid.uuid4().hex
        self._session = Session(control, shared_key(request.context), services)

    async def run(self, emit: _Emit) -> None:
        """Build, passing events to `emit`; raises domain errors."""
        try:
            outcome = await self._together(emit)
        except ExceptionGroup as group:
            raise translated(leaf(group)) from group
        if isinstance(outcome, grpc.aio.AioRpcError):
            raise translated(outcome) from outcome
        await emit(build_result(dict(outcome.ExporterResponse)))

    async def _together(self, emit: _Emit) -> SolveResponse | grpc.aio.AioRpcError:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(self._session.serve(), name="build session")
            following = tasks.create_task(self._follow(emit), name="build progress")
            outcome = await self._solve()
            await asyncio.wait([following])  # it ends by itself; the last lines matter most
            serving.cancel()
        return outcome

    async def _solve(self) -> SolveResponse | grpc.aio.AioRpcError:
        """Return the response, or raise the failure, after the log lines that came before it were emitted."""
        try:
            return await self._control.Solve(solve_request(self._request, self._reference, self._session.id))
        except grpc.aio.AioRpcError as error:
            return error

    async def _follow(self, emit: _Emit) -> None:
        progress = Progress()
        try:
            async for response in self._control.Status(StatusRequest(Ref=self._reference)):
                for event in progress.merge(response):
                    await emit(event)
        except grpc.aio.AioRpcError as error:  # how the build ends is Solve's to say
            _log.debug("no more progress: %s", error.details())


async def _collected(run: Callable[[_Emit], Awaitable[None]]) -> AsyncGenerator[BuildEvent, None]:
    """Yield what `run` emits while it runs in a task; closing this cancels the task and waits for its end."""
    events: asyncio.Queue[BuildEvent | None] = asyncio.Queue(_EVENTS_AHEAD)

    async def work() -> None:
        try:
            await run(events.put)
        finally:
            await events.put(None)

    task = asyncio.create_task(work(), name="build")
    try:
        while (event := await events.get()) is not None:
            yield event
        await task
    finally:
        while not events.empty():  # room for the end mark
            events.get_nowait()
        task.cancel()
        await asyncio.wait([task])


def _checked(request: BuildRequest) -> BuildRequest:
    """Return the request with absolute paths; raises InvalidArgument for a path that does not exist."""
    if not request.context.is_dir():
        raise InvalidArgument("build context", str(request.context), "not-a-directory")
    if not request.dockerfile.is_file():
        raise InvalidArgument("Dockerfile", str(request.dockerfile), "no-such-file")
    return replace(request, context=request.context.resolve(), dockerfile=_located(request.dockerfile))


def _located(dockerfile: Path) -> Path:
    """Name the Dockerfile so that it is found in the shared folder, where links that lead out of it do not work."""
    target, here = dockerfile.resolve(), dockerfile.parent.resolve() / dockerfile.name
    return here if target.parent == here.parent else target
