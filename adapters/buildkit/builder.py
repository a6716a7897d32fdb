"""Building by BuildKit."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import grpc.aio

from adapters.buildkit import auth, filesync
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
    """The ImageBuilder port on a channel to buildkitd, or to a socket that forwards `moby.buildkit.v1`.

    The image is put into the builder's containerd with its names. BuildKit cannot label it there: that
    the kubelet's garbage collector leaves it alone (`io.cri-containerd.pinned=pinned`) is up to the
    daemon, once the build is done.
    """

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._control: ControlAsyncStub = ControlStub(channel)

    async def build(self, request: BuildRequest, credentials: CredentialsFor) -> AsyncIterator[BuildEvent]:
        """Build; see the port. Closing the iterator ends the build in the builder."""
        request = await asyncio.to_thread(_checked, request)
        async with aclosing(_collected(_Build(self._control, request, credentials).run)) as events:
            async for event in events:
                yield event


_Emit = Callable[[BuildEvent], Awaitable[None]]


class _Build:
    """One build: Solve, the session it calls back on, and the progress it tells, beside each other."""

    def __init__(self, control: ControlAsyncStub, request: BuildRequest, credentials: CredentialsFor) -> None:
        folders = {CONTEXT: request.context, DOCKERFILE: request.dockerfile.parent}
        services = {filesync.METHOD: filesync.handler(folders), **auth.handlers(credentials)}
        self._control = control
        self._request = request
        self._reference = secrets.token_hex(12)
        self._session = Session(control, shared_key(request.context), services)

    async def run(self, emit: _Emit) -> None:
        """Build, giving events to `emit`; raises domain errors."""
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
        """The answer or the failure: what was logged before either comes first."""
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
    """What `run` emits while it runs in a task; closing this cancels the task and waits for its end."""
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
    """The request with absolute paths; raises InvalidArgument for what is not there."""
    if not request.context.is_dir():
        raise InvalidArgument("build context", str(request.context), "not-a-directory")
    if not request.dockerfile.is_file():
        raise InvalidArgument("Dockerfile", str(request.dockerfile), "no-such-file")
    return replace(request, context=request.context.resolve(), dockerfile=_located(request.dockerfile))


def _located(dockerfile: Path) -> Path:
    """The Dockerfile by a name that works in the folder that is shared: links out of it do not."""
    target, here = dockerfile.resolve(), dockerfile.parent.resolve() / dockerfile.name
    return here if target.parent == here.parent else target
