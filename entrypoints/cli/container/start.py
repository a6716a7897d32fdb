"""`k3c start`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from domain.streams import DEFAULT_DETACH_KEYS
from entrypoints.api.k3c.v1 import k3c_pb2 as pb
from entrypoints.api.k3c.v1 import streams_pb2 as stream_pb
from entrypoints.cli.connection.attach_session import Conversation, DetachKeys, Manner, SigProxy
from entrypoints.cli.connection.client import Client, call, for_each
from entrypoints.cli.messages import run_code
from entrypoints.cli.options.names import Names
from entrypoints.cli.ui import terminal


def start(
    *containers: Names,
    attach: Annotated[
        bool, Parameter(name=["--attach", "-a"], help="Attach to the output; takes one container")
    ] = False,
    interactive: Annotated[
        bool, Parameter(name=["--interactive", "-i"], help="Attach to the output and to STDIN")
    ] = False,
    detach_keys: DetachKeys = DEFAULT_DETACH_KEYS,
    sig_proxy: SigProxy = True,
) -> int:
    """Start stopped containers.

    The root filesystem is recreated; volumes are kept. Containers that are running are left as they are.
    """
    if attach or interactive:
        manner = Manner(stdin=interactive, detach_keys=detach_keys, sig_proxy=sig_proxy)
        return _start_attached(containers, manner)

    async def work(client: Client, name: str) -> str:
        await client.containers.Start(pb.StartContainerRequest(container=name))
        return name

    return for_each(containers, work)


def _start_attached(containers: tuple[str, ...], manner: Manner) -> int:
    manner.scanner()
    if len(containers) != 1:
        raise InvalidArgument("flag", "--attach", "it goes with one container")

    async def starting(client: Client) -> int:
        wanted = stream_pb.StartAttached(container=containers[0], stdin=manner.stdin, size=terminal.size())
        return await Conversation(client, manner).go(stream_pb.OpenRequest(start=wanted))

    return call(starting, run_code)
