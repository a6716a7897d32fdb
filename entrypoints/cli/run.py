"""`k3c run` and `k3c create`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated

import grpc
from cyclopts import Parameter

from domain.errors import InvalidArgument, NotFound
from domain.spec import ContainerSpec
from domain.streams import DEFAULT_DETACH_KEYS
from entrypoints.api import mapping
from entrypoints.api.errors import from_call
from entrypoints.api.k3c.v1 import k3c_pb2 as pb
from entrypoints.api.k3c.v1 import streams_pb2 as stream_pb
from entrypoints.cli import terminal
from entrypoints.cli.client import Client, answer, call, ended_by_signals, say
from entrypoints.cli.conversation import Conversation, DetachKeys, Manner, SigProxy
from entrypoints.cli.images import pull_image
from entrypoints.cli.messages import INTERRUPTED, run_code
from entrypoints.cli.options import Command, Image, RunOptions, spec_of


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
    detach_keys: DetachKeys = DEFAULT_DETACH_KEYS,
    sig_proxy: SigProxy = True,
) -> int:
    """Run a command in a new container.

    The container is a pod of one; its output is shown until it ends, and its exit code is k3c's.
    """
    if wait and not detach:
        raise InvalidArgument("flag", "--wait", "it goes with --detach")
    if options.tty and not detach:
        terminal.check(stdin=options.interactive)
    manner = Manner(stdin=options.interactive, detach_keys=detach_keys, sig_proxy=sig_proxy)
    manner.scanner()
    spec = spec_of(image, command, options, detached=detach)

    async def once(client: Client) -> int:
        if detach:
            return await _run_detached(client, spec, options, wait=wait)
        wanted = stream_pb.RunAttached(
            spec=mapping.spec_to_wire(spec), name=options.name, size=terminal.size() if options.tty else None
        )
        told = partial(_notice, options)
        conversation = Conversation(client, manner, told, partial(_write_id, options))
        return await conversation.go(stream_pb.OpenRequest(run=wanted))

    async def running(client: Client) -> int:
        if options.pull == "always":
            await pull_image(client, image, quiet=False, platform=options.platform)
        try:
            return await once(client)
        except grpc.aio.AioRpcError as error:
            if options.pull != "missing" or not _wants_pull(error):
                raise
        say(f"k3c: image {image} is not here: pulling it")
        await pull_image(client, image, quiet=False, platform=options.platform)
        return await once(client)

    with _cidfile(options):
        return call(running, run_code)


def create(image: Image, /, *command: Command, options: RunOptions = RunOptions()) -> int:  # noqa: B008
    """Make a container without starting it; `k3c start` does that."""
    spec = spec_of(image, command, options)

    async def creating(client: Client) -> int:
        request = pb.CreateContainerRequest(spec=mapping.spec_to_wire(spec), name=options.name)
        if options.pull == "always":
            await pull_image(client, image, quiet=False, platform=options.platform)
        try:
            created = await client.containers.Create(request)
        except grpc.aio.AioRpcError as error:
            if options.pull != "missing" or not _wants_pull(error):
                raise
            say(f"k3c: image {image} is not here: pulling it")
            await pull_image(client, image, quiet=False, platform=options.platform)
            created = await client.containers.Create(request)
        _write_id(options, created.id)
        answer(created.id)
        return 0

    with _cidfile(options):
        return call(creating, run_code)


@contextmanager
def _cidfile(options: RunOptions) -> Iterator[None]:
    """Refuse to write over a file; one that was left empty, since nothing was created, goes."""
    file = options.cidfile
    if file is None:
        yield
        return
    try:
        file.open("x").close()
    except OSError as error:
        raise InvalidArgument("cidfile", str(file), error.strerror or str(error)) from error
    try:
        yield
    finally:
        if file.exists() and not file.stat().st_size:
            file.unlink()


def _write_id(options: RunOptions, container_id: str) -> None:
    if options.cidfile is not None:
        options.cidfile.write_text(container_id)


async def _run_detached(client: Client, spec: ContainerSpec, options: RunOptions, *, wait: bool) -> int:
    request = pb.RunContainerRequest(spec=mapping.spec_to_wire(spec), name=options.name, wait=wait)
    running = client.containers.Run(request)
    created = ""
    with ended_by_signals(running) as interrupts:
        try:
            async for event in running:
                if event.HasField("created"):
                    created = event.created.id
                    _write_id(options, created)
                else:
                    _notice(options, event.started)
                    answer(created)
        except asyncio.CancelledError:
            if not interrupts:
                raise
            return INTERRUPTED
    return 0


def _notice(options: RunOptions, started: pb.Started | stream_pb.StreamStarted) -> None:
    """Say once that ports without an address are for this machine."""
    if any(port.count(":") < 2 for port in options.publish):
        ports = ", ".join(str(port) for port in mapping.ports_from_wire(started.ports))
        say(f"k3c: published on this machine only: {ports} (-p 0.0.0.0:… opens it to others)")


def _wants_pull(error: grpc.aio.AioRpcError) -> bool:
    carried = from_call(error)
    return isinstance(carried, NotFound) and carried.kind == "image"
