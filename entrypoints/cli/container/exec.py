"""`k3c exec`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from domain.streams import DEFAULT_DETACH_KEYS
from entrypoints.api.k3c.v1 import stream_pb2 as pb
from entrypoints.cli.connection.attach_session import AttachOptions, AttachSession, DetachKeys
from entrypoints.cli.connection.client import Client, call
from entrypoints.cli.messages import run_code
from entrypoints.cli.options.names import Name
from entrypoints.cli.options.run import Command, environment
from entrypoints.cli.ui import terminal


def exec_(
    container: Name,
    /,
    *command: Command,
    interactive: Annotated[
        bool, Parameter(name=["--interactive", "-i"], help="Pass input on to the command.")
    ] = False,
    tty: Annotated[bool, Parameter(name=["--tty", "-t"], help="Give it a terminal.")] = False,
    detach: Annotated[
        bool, Parameter(name=["--detach", "-d"], help="Return when it runs, and show nothing of it.")
    ] = False,
    env: Annotated[
        tuple[str, ...],
        Parameter(name=["--env", "-e"], help="NAME=value, or NAME to pass the host's value on."),
    ] = (),
    env_file: Annotated[tuple[Path, ...], Parameter(help="Read NAME=value lines from a file.")] = (),
    user: Annotated[str, Parameter(name=["--user", "-u"], help="name|uid[:group|gid].")] = "",
    workdir: Annotated[str, Parameter(name=["--workdir", "-w"], help="The working directory.")] = "",
    privileged: Annotated[bool, Parameter(help="Give it every capability.")] = False,
    detach_keys: DetachKeys = DEFAULT_DETACH_KEYS,
) -> int:
    """Run a command in a container that runs; its exit code is k3c's."""
    if not command:
        raise InvalidArgument("command", "", "name one")
    attach_options = AttachOptions(stdin=interactive and not detach, detach_keys=detach_keys)
    attach_options.scanner()
    if tty and not detach:
        terminal.check(stdin=interactive)
    wanted = pb.ExecCommand(
        container=container,
        command=command,
        environment=environment(env_file, env),
        working_dir=workdir,
        user=user,
        privileged=privileged,
        tty=tty,
        stdin=attach_options.stdin,
        detach=detach,
        size=terminal.size() if tty else None,
    )

    async def executing(client: Client) -> int:
        return await AttachSession(client, attach_options).run(pb.OpenRequest(exec=wanted))

    return call(executing, run_code)
