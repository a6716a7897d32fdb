"""`k3c run`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from cyclopts import Parameter

from domain.spec import ContainerSpec
from domain.streams import DEFAULT_DETACH_KEYS
from entrypoints.api.k3c.v1 import container_pb2, stream_pb2
from entrypoints.api.mapping.ports import ports_from_wire
from entrypoints.api.mapping.spec import spec_to_wire
from entrypoints.cli.connection.attach_session import AttachOptions, AttachSession, DetachKeys, SigProxy
from entrypoints.cli.connection.unary import Client, call, ended_by_signals
from entrypoints.cli.container.create import cidfile, with_image, write_id
from entrypoints.cli.messages import run_code
from entrypoints.cli.options.groups import COMMON, LIFECYCLE
from entrypoints.cli.options.run import Command, Image, RunOptions, spec_of
from entrypoints.cli.ui import terminal
from entrypoints.cli.ui.output import print_notice, print_result
from entrypoints.cli.usage import UsageError


def run(
    image: Image,
    /,
    *command: Command,
    options: RunOptions = RunOptions(),  # noqa: B008 - it is frozen
    detach: Annotated[
        bool,
        Parameter(
            name=["--detach", "-d"], help="Run in the background and print the container ID", group=COMMON
        ),
    ] = False,
    wait: Annotated[
        bool, Parameter(help="With -d, wait until healthy; fail if unhealthy or exited", group=LIFECYCLE)
    ] = False,
    detach_keys: Annotated[DetachKeys, Parameter(group=COMMON)] = DEFAULT_DETACH_KEYS,
    sig_proxy: Annotated[SigProxy, Parameter(group=COMMON)] = True,
) -> int:
    """Run a command in a new container.

    Without -d, the output of the command is shown, and k3c exits with its exit code. An image that is not
    found locally is pulled. Each container is a pod of its own.

        k3c run --rm -it alpine sh
        k3c run -d --name web -p 8080:80 -v data:/data nginx
    """
    if wait and not detach:
        raise UsageError("wait-without-detach")
    if options.tty and not detach:
        terminal.check(stdin=options.interactive)
    attach_options = AttachOptions(stdin=options.interactive, detach_keys=detach_keys, sig_proxy=sig_proxy)
    attach_options.scanner()
    spec = spec_of(image, command, options, detached=detach)

    def once(client: Client) -> int:
        if detach:
            return _run_detached(client, spec, options, wait=wait)
        wanted = stream_pb2.RunAttached(
            spec=spec_to_wire(spec), name=options.name, size=terminal.size() if options.tty else None
        )
        session = AttachSession(
            client, attach_options, partial(_print_ports, options), partial(write_id, options)
        )
        return session.run(stream_pb2.OpenRequest(run=wanted))

    def running(client: Client) -> int:
        return with_image(image, options, lambda: once(client))

    with cidfile(options):
        return call(running, run_code)


def _run_detached(client: Client, spec: ContainerSpec, options: RunOptions, *, wait: bool) -> int:
    request = container_pb2.RunContainerRequest(spec=spec_to_wire(spec), name=options.name, wait=wait)
    created = ""
    with ended_by_signals():
        for event in client.containers.Run(request):
            if event.HasField("created"):
                created = event.created.id
                write_id(options, created)
            else:
                _print_ports(options, event.started)
                print_result(created)
    return 0


def _print_ports(options: RunOptions, started: container_pb2.Started | stream_pb2.StreamStarted) -> None:
    """Say once that ports without an address are for this machine."""
    if any(port.count(":") < 2 for port in options.publish):
        ports = ", ".join(str(port) for port in ports_from_wire(started.ports))
        print_notice(f"k3c: published on this machine only: {ports} (-p 0.0.0.0:… opens it to others)")
