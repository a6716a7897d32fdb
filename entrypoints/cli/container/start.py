"""`k3c start`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from domain.streams import DEFAULT_DETACH_KEYS
from entrypoints.api.k3c.v1 import container_pb2, stream_pb2
from entrypoints.cli.connection.attach_session import AttachOptions, AttachSession, DetachKeys, SigProxy
from entrypoints.cli.connection.unary import Client, call, for_each
from entrypoints.cli.messages import command_code
from entrypoints.cli.options.names import Names
from entrypoints.cli.ui import terminal
from entrypoints.cli.usage import UsageError


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
        attach_options = AttachOptions(stdin=interactive, detach_keys=detach_keys, sig_proxy=sig_proxy)
        return _start_attached(containers, attach_options)
    return for_each(
        containers,
        lambda client, name: client.containers.Start.future(
            container_pb2.StartContainerRequest(container=name)
        ),
    )


def _start_attached(containers: tuple[str, ...], attach_options: AttachOptions) -> int:
    attach_options.scanner()
    if len(containers) != 1:
        raise UsageError("attach-to-several")

    def starting(client: Client) -> int:
        wanted = stream_pb2.StartAttached(
            container=containers[0], stdin=attach_options.stdin, size=terminal.size()
        )
        return AttachSession(client, attach_options).run(stream_pb2.OpenRequest(start=wanted))

    return call(starting, command_code)
