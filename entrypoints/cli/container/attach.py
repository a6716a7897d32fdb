"""`k3c attach`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from domain.streams import DEFAULT_DETACH_KEYS
from entrypoints.api.k3c.v1 import stream_pb2 as pb
from entrypoints.cli.connection.attach_session import AttachOptions, AttachSession, DetachKeys, SigProxy
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.messages import command_code
from entrypoints.cli.options.names import Name
from entrypoints.cli.ui import terminal


def attach(
    container: Name,
    /,
    *,
    no_stdin: Annotated[bool, Parameter(help="Do not attach STDIN")] = False,
    detach_keys: DetachKeys = DEFAULT_DETACH_KEYS,
    sig_proxy: SigProxy = True,
) -> int:
    """Attach to a running container.

    Its output is shown from now on, and k3c exits with its exit code. The detach keys leave the container
    running.
    """
    attach_options = AttachOptions(stdin=not no_stdin, detach_keys=detach_keys, sig_proxy=sig_proxy)
    attach_options.scanner()

    def attaching(client: Client) -> int:
        wanted = pb.AttachContainer(container=container, stdin=not no_stdin, size=terminal.size())
        return AttachSession(client, attach_options).run(pb.OpenRequest(attach=wanted))

    return call(attaching, command_code)
