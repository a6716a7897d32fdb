"""`k3c start`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from domain.streams import DEFAULT_DETACH_KEYS
from entrypoints.api.k3c.v1 import container_pb2, stream_pb2
from entrypoints.cli.connection.attach_session import AttachOptions, AttachSession, DetachKeys, SigProxy
from entrypoints.cli.connection.client import Client, call, for_each
from entrypoints.cli.messages import run_code
from entrypoints.cli.options.names import Names
from entrypoints.cli.ui import terminal


def start(
    *containers: Names,
    attach: Annotated[
        bool, Parameter(name=["--attach", "-a"], help="Show its output until it ends; one container only.")
    ] = False,
    interactive: Annotated[
        bool, Parameter(name=["--interactive", "-i"], help="Pass input on to it, and show its output.")
    ] = False,
    detach_keys: DetachKeys = DEFAULT_DETACH_KEYS,
    sig_proxy: SigProxy = True,
) -> int:
    """Start containers that do not run.

    Each gets a fresh life from what it was made with: what it wrote to its own file system before
    is gone, volumes are kept. One that runs is left as it is.
    """
    if attach or interactive:
        attach_options = AttachOptions(stdin=interactive, detach_keys=detach_keys, sig_proxy=sig_proxy)
        return _start_attached(containers, attach_options)

    async def work(client: Client, name: str) -> str:
        await client.containers.Start(container_pb2.StartContainerRequest(container=name))
        return name

    return for_each(containers, work)


def _start_attached(containers: tuple[str, ...], attach_options: AttachOptions) -> int:
    attach_options.scanner()
    if len(containers) != 1:
        raise InvalidArgument("flag", "--attach", "it goes with one container")

    async def starting(client: Client) -> int:
        wanted = stream_pb2.StartAttached(
            container=containers[0], stdin=attach_options.stdin, size=terminal.size()
        )
        return await AttachSession(client, attach_options).run(stream_pb2.OpenRequest(start=wanted))

    return call(starting, run_code)
