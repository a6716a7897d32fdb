"""`k3c exec`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from domain.streams import DEFAULT_DETACH_KEYS
from entrypoints.api.k3c.v1 import stream_pb2 as pb
from entrypoints.cli.connection.attach_session import AttachOptions, AttachSession, DetachKeys
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.messages import command_code
from entrypoints.cli.options.names import Name
from entrypoints.cli.options.run import environment
from entrypoints.cli.ui import terminal


def exec_(
    container: Name,
    /,
    *command: Annotated[str, Parameter(help="Command and arguments to run", allow_leading_hyphen=True)],
    interactive: Annotated[bool, Parameter(name=["--interactive", "-i"], help="Keep STDIN open")] = False,
    tty: Annotated[bool, Parameter(name=["--tty", "-t"], help="Allocate a pseudo-TTY")] = False,
    detach: Annotated[
        bool, Parameter(name=["--detach", "-d"], help="Run the command in the background")
    ] = False,
    env: Annotated[
        tuple[str, ...],
        Parameter(
            name=["--env", "-e"], help="Environment variable, NAME=VALUE, or NAME to pass on the host's"
        ),
    ] = (),
    env_file: Annotated[tuple[Path, ...], Parameter(help="File of environment variables")] = (),
    user: Annotated[str, Parameter(name=["--user", "-u"], help="User name or ID, USER[:GROUP]")] = "",
    workdir: Annotated[
        str, Parameter(name=["--workdir", "-w"], help="Working directory in the container")
    ] = "",
    privileged: Annotated[bool, Parameter(help="Grant all capabilities")] = False,
    detach_keys: DetachKeys = DEFAULT_DETACH_KEYS,
) -> int:
    """Run a command in a running container.

    k3c exits with the exit code of the command.

        k3c exec -it web sh
    """
    if not command:
        raise InvalidArgument("command", "", "no-exec-command")
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
        beside=True,
        size=terminal.size() if tty else None,
    )

    def executing(client: Client) -> int:
        return AttachSession(client, attach_options).run(pb.OpenRequest(exec=wanted))

    return call(executing, command_code)
