"""`k3c run` and `k3c create`."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated

import grpc
from cyclopts import Parameter

from domain.errors import InvalidArgument, NotFound
from domain.names import SHORT_ID
from domain.spec import ContainerSpec
from entrypoints.api import mapping
from entrypoints.api.errors import from_call
from entrypoints.api.k3c.v1 import k3c_pb2 as pb
from entrypoints.cli.client import Client, answer, call, say
from entrypoints.cli.images import pull_image
from entrypoints.cli.messages import INTERRUPTED, run_code
from entrypoints.cli.options import Command, Image, RunOptions, spec_of

_PROXIED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_IMPATIENT = 3


def run(
    image: Image,
    /,
    *command: Command,
    options: RunOptions = RunOptions(),  # noqa: B008 - it is frozen
    detach: Annotated[
        bool, Parameter(name=["--detach", "-d"], help="Print the id and leave the container running.")
    ] = False,
    wait: Annotated[
        bool, Parameter(help="With -d: return when it is healthy, and fail if it does not come to be.")
    ] = False,
) -> int:
    """Run a command in a new container.

    The container is a pod of one; its output is shown until it ends, and its exit code is k3c's.
    """
    if wait and not detach:
        raise InvalidArgument("flag", "--wait", "it goes with --detach")
    spec = spec_of(image, command, options)

    async def running(client: Client) -> int:
        if options.pull == "always":
            await pull_image(client, image, quiet=False)
        try:
            return await _Run(client, spec, options, attach=not detach, wait=wait).go()
        except grpc.aio.AioRpcError as error:
            if options.pull != "missing" or not _wants_pull(error):
                raise
        say(f"k3c: image {image} is not here: pulling it")
        await pull_image(client, image, quiet=False)
        return await _Run(client, spec, options, attach=not detach, wait=wait).go()

    return call(running, run_code)


def create(image: Image, /, *command: Command, options: RunOptions = RunOptions()) -> int:  # noqa: B008
    """Make a container without starting it; `k3c start` does that."""
    spec = spec_of(image, command, options)

    async def creating(client: Client) -> int:
        request = pb.CreateContainerRequest(spec=mapping.spec_to_wire(spec), name=options.name)
        if options.pull == "always":
            await pull_image(client, image, quiet=False)
        try:
            created = await client.containers.Create(request)
        except grpc.aio.AioRpcError as error:
            if options.pull != "missing" or not _wants_pull(error):
                raise
            say(f"k3c: image {image} is not here: pulling it")
            await pull_image(client, image, quiet=False)
            created = await client.containers.Create(request)
        answer(created.id)
        return 0

    return call(creating, run_code)


class _Run:
    """One `Run` call: what it answers, and the signals that come meanwhile."""

    def __init__(
        self, client: Client, spec: ContainerSpec, options: RunOptions, *, attach: bool, wait: bool
    ) -> None:
        self._client = client
        self._attach = attach
        self._call = client.containers.Run(
            pb.RunContainerRequest(
                spec=mapping.spec_to_wire(spec), name=options.name, attach=attach, wait=wait
            )
        )
        self._notice = any(port.count(":") < 2 for port in options.publish)
        self._id = ""
        self._started = False
        self._interrupts = 0
        self._sending: set[asyncio.Task[None]] = set()

    async def go(self) -> int:
        with self._signals():
            try:
                return await self._answers(aiter(self._call))
            except asyncio.CancelledError:
                if not self._interrupts:
                    raise
                return INTERRUPTED
            finally:
                for task in self._sending:
                    task.cancel()

    async def _answers(self, answers: AsyncIterator[pb.RunContainerResponse]) -> int:
        async for event in answers:
            match event.WhichOneof("event"):
                case "created":
                    self._id = event.created.id
                case "started":
                    self._has_started(event.started)
                case "output":
                    await asyncio.to_thread(_write, event.output)
                case "exited":
                    return event.exited.code
        return 0

    def _has_started(self, started: pb.Started) -> None:
        self._started = True
        if self._notice:
            ports = ", ".join(str(port) for port in mapping.ports_from_wire(started.ports))
            say(f"k3c: published on this machine only: {ports} (-p 0.0.0.0:… opens it to others)")
        if not self._attach:
            answer(self._id)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Before the start a signal ends the attempt; after it, signals are the container's."""
        loop = asyncio.get_running_loop()
        for number in _PROXIED:
            loop.add_signal_handler(number, self._receive, number)
        try:
            yield
        finally:
            for number in _PROXIED:
                loop.remove_signal_handler(number)

    def _receive(self, number: signal.Signals) -> None:
        self._interrupts += number in {signal.SIGINT, signal.SIGTERM}
        if not self._started or not self._attach:
            self._interrupts = max(self._interrupts, 1)
            self._call.cancel()
        elif self._interrupts >= _IMPATIENT:
            say(f"k3c: three interrupts: leaving; container {self._id[:SHORT_ID]} goes on")
            self._call.cancel()
        else:
            self._sending.add(asyncio.ensure_future(self._forward(number)))

    async def _forward(self, number: signal.Signals) -> None:
        try:
            await self._client.containers.Kill(pb.KillContainerRequest(container=self._id, signal=number))
        except grpc.aio.AioRpcError as error:
            if self._interrupts:
                say(f"k3c: {number.name} did not reach the container: {error.details()}")


def _wants_pull(error: grpc.aio.AioRpcError) -> bool:
    carried = from_call(error)
    return isinstance(carried, NotFound) and carried.kind == "image"


def _write(output: pb.Output) -> None:
    stream = sys.stderr.buffer if output.stream == "stderr" else sys.stdout.buffer
    stream.write(output.data)
    stream.flush()
