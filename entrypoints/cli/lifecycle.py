"""Verbs on the life of containers: `restart wait pause unpause rename`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from entrypoints.api.k3c.v1 import lifecycle_pb2 as pb
from entrypoints.cli.client import Client, call, for_each
from entrypoints.cli.containers import Names, StopTimeout, check_stop_timeout

Name = Annotated[str, Parameter(help="A name, an id, or a unique beginning of an id.")]


def restart(
    *containers: Names,
    time: StopTimeout = None,
) -> int:
    """Stop containers if they run, and start them.

    Each gets a fresh life from what it was made with: id, name and volumes stay, what it wrote to its
    own file system is gone.
    """
    check_stop_timeout(time)

    async def work(client: Client, name: str) -> str:
        await client.lifecycle.Restart(pb.RestartContainerRequest(container=name, timeout=time))
        return name

    return for_each(containers, work)


def wait(*containers: Names) -> int:
    """Wait until containers have ended, and print their exit codes.

    One that was not started yet is waited for as well.
    """

    async def work(client: Client, name: str) -> str:
        return str((await client.lifecycle.Wait(pb.WaitContainerRequest(container=name))).exited.code)

    return for_each(containers, work)


def pause(*containers: Names) -> int:
    """Freeze all processes of containers."""

    async def work(client: Client, name: str) -> str:
        await client.lifecycle.Pause(pb.PauseContainerRequest(container=name))
        return name

    return for_each(containers, work)


def unpause(*containers: Names) -> int:
    """Let paused containers go on."""

    async def work(client: Client, name: str) -> str:
        await client.lifecycle.Unpause(pb.UnpauseContainerRequest(container=name))
        return name

    return for_each(containers, work)


def rename(container: Name, name: Annotated[str, Parameter(help="The new name.")], /) -> int:
    """Give a container another name, also while it runs.

    Other containers find it by the new name at once; its own hostname changes with its next start.
    """

    async def renaming(client: Client) -> int:
        await client.lifecycle.Rename(pb.RenameContainerRequest(container=container, name=name))
        return 0

    return call(renaming)
