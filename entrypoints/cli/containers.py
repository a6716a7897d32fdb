"""Verbs on containers that are there: `ps start stop kill rm`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from domain.names import SHORT_ID
from domain.signals import signal_number
from domain.streams import DEFAULT_DETACH_KEYS
from entrypoints.api.k3c.v1 import k3c_pb2 as pb
from entrypoints.api.k3c.v1 import streams_pb2 as stream_pb
from entrypoints.cli import terminal
from entrypoints.cli.client import Client, answer, call, for_each
from entrypoints.cli.conversation import Conversation, DetachKeys, Manner, SigProxy
from entrypoints.cli.listing import Filters, Format, check, parse_filters, show
from entrypoints.cli.messages import run_code
from entrypoints.cli.shapes import container_row

_COLUMNS = (
    ("CONTAINER ID", "ID"),
    ("IMAGE", "Image"),
    ("COMMAND", "Command"),
    ("CREATED", "RunningFor"),
    ("STATUS", "Status"),
    ("PORTS", "Ports"),
    ("NAMES", "Names"),
)
StopTimeout = Annotated[
    int | None,
    Parameter(name=["--time", "-t"], help="Seconds to wait before killing it (its own if not told)."),
]
Names = Annotated[str, Parameter(help="Names, ids, or unique beginnings of ids.")]


def ps(
    *,
    all_: Annotated[bool, Parameter(name=["--all", "-a"], help="Also those that do not run.")] = False,
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], help="Ids alone.")] = False,
    no_trunc: Annotated[bool, Parameter(help="Ids and commands in full.")] = False,
    filter_: Filters = (),
    format_: Annotated[Format, Parameter(name="--format")] = "",
    last: Annotated[int, Parameter(name=["--last", "-n"], help="The newest so many, running or not.")] = 0,
    latest: Annotated[bool, Parameter(name=["--latest", "-l"], help="The newest, running or not.")] = False,
    size: Annotated[
        bool, Parameter(name=["--size", "-s"], help="With the bytes that each has written.")
    ] = False,
) -> int:
    """List containers, newest first.

    Filters: name, id, label, status, ancestor, volume, publish, exited, health, before, since.
    """
    pairs = parse_filters(filter_)
    check(format_)
    if last < 0:
        raise InvalidArgument("number", str(last), "use 0 or more")
    request = pb.ListContainersRequest(
        all=all_,
        filters=[pb.Filter(key=key, value=value) for key, value in pairs],
        last=1 if latest else last,
        size=size,
    )

    async def listing(client: Client) -> int:
        found = (await client.containers.List(request)).containers
        if quiet and not format_:
            for one in found:
                answer(one.id if no_trunc else one.id[:SHORT_ID])
            return 0
        columns = (*_COLUMNS, ("SIZE", "Size")) if size else _COLUMNS
        show((container_row(one, full=no_trunc) for one in found), columns, format_)
        return 0

    return call(listing)


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


def check_stop_timeout(time: int | None) -> None:
    """Raise InvalidArgument for a time that is none."""
    if time is not None and time < 0:
        raise InvalidArgument("time", str(time), "use a number of seconds, 0 or more")


def stop(
    *containers: Names,
    time: StopTimeout = None,
) -> int:
    """Stop containers: stop signal, then SIGKILL."""
    check_stop_timeout(time)

    async def work(client: Client, name: str) -> str:
        await client.containers.Stop(pb.StopContainerRequest(container=name, timeout=time))
        return name

    return for_each(containers, work)


def kill(
    *containers: Names,
    signal: Annotated[
        str, Parameter(name=["--signal", "-s"], help="The signal, by name or number.")
    ] = "KILL",
) -> int:
    """Send containers a signal."""
    number = signal_number(signal)

    async def work(client: Client, name: str) -> str:
        await client.containers.Kill(pb.KillContainerRequest(container=name, signal=number))
        return name

    return for_each(containers, work)


def rm(
    *containers: Names,
    force: Annotated[bool, Parameter(name=["--force", "-f"], help="Kill it first if it runs.")] = False,
    volumes: Annotated[bool, Parameter(name=["--volumes", "-v"], help="Its anonymous volumes too.")] = False,
) -> int:
    """Remove containers."""

    async def work(client: Client, name: str) -> str:
        await client.containers.Remove(
            pb.RemoveContainerRequest(container=name, force=force, volumes=volumes)
        )
        return name

    return for_each(containers, work)
