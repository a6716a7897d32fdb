"""`k3c logs`."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

from cyclopts import Parameter
from google.protobuf.timestamp_pb2 import Timestamp

from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.mapping.times import time_from_wire
from entrypoints.cli.connection.client import Client, call
from entrypoints.cli.options.moments import moment
from entrypoints.cli.options.names import Names
from entrypoints.cli.usage import UsageError


def logs(
    *containers: Names,
    follow: Annotated[
        bool, Parameter(name=["--follow", "-f"], help="Follow log output, across restarts")
    ] = False,
    tail: Annotated[
        str, Parameter(name=["--tail", "-n"], help="Number of lines to show from the end, or all")
    ] = "all",
    timestamps: Annotated[bool, Parameter(name=["--timestamps", "-t"], help="Show timestamps")] = False,
    since: Annotated[str, Parameter(help="Show logs since a time, or a duration ago such as 10m")] = "",
    until: Annotated[str, Parameter(help="Show logs until a time, or a duration ago such as 10m")] = "",
    previous: Annotated[bool, Parameter(help="Show the life before the last one only")] = False,
) -> int:
    """Fetch the logs of one or more containers.

    They begin with the first start of each container, as far as they are kept. With several containers, each
    line begins with the name of its container.
    """
    if not containers:
        raise UsageError("no-argument")
    several = len(containers) > 1
    requests = [
        pb.LogsRequest(
            container=name,
            follow=follow,
            tail=_lines(tail),
            since=moment("--since", since),
            until=moment("--until", until),
            previous=previous,
            by_line=timestamps or several,
            beside=not (timestamps or several),
        )
        for name in containers
    ]
    width = max(map(len, containers))
    screen = _Screen()

    async def show_one(client: Client, request: pb.LogsRequest) -> None:
        name = f"{request.container.ljust(width)} | ".encode() if several else b""
        lines = _Lines(screen, name, timestamps=timestamps)
        await _copy(client, request, lines)
        screen.end_line()

    async def showing(client: Client) -> int:
        if not follow:
            for request in requests:
                await show_one(client, request)
            return 0
        tasks = [asyncio.ensure_future(show_one(client, request)) for request in requests]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        return 0

    return call(showing)


async def _copy(client: Client, request: pb.LogsRequest, lines: _Lines) -> None:
    async for response in client.containers.Logs(request):
        if response.beside:
            async for stream, data in client.beside.outputs():
                lines.write(stream, data)
        else:
            lines.write(response.output.stream, response.output.data, response.output.time)


class _Screen:
    """What several share: the name whose line has no end yet, b"" for none."""

    def __init__(self) -> None:
        self.unended = b""

    def end_line(self) -> None:
        """End a line that has no end, so that another's does not go on in it."""
        if self.unended:
            sys.stdout.buffer.write(b"\n")
            sys.stdout.buffer.flush()
            self.unended = b""


class _Lines:
    """Puts a name and a time before each line; with neither, bytes pass as they are."""

    def __init__(self, screen: _Screen, name: bytes, *, timestamps: bool) -> None:
        self._screen = screen
        self._name = name
        self._timestamps = timestamps
        self._open: set[str] = set()  # streams whose last line has no end yet

    def write(self, stream: str, data: bytes | memoryview, time: Timestamp | None = None) -> None:
        output = sys.stderr.buffer if stream == "stderr" else sys.stdout.buffer
        if self._screen.unended != self._name:
            self._screen.end_line()
        head = b"" if self._screen.unended else self._name
        if self._timestamps and time is not None and stream not in self._open:
            head += f"{time_from_wire(time):%Y-%m-%dT%H:%M:%S}.{time.nanos:09d}Z ".encode()
        output.write(head + data if head else data)
        output.flush()
        is_ended = data[-1:] == b"\n"
        self._screen.unended = b"" if is_ended else self._name
        (self._open.discard if is_ended else self._open.add)(stream)


def _lines(text: str) -> int | None:
    """How many lines are asked for; None for all, which docker's users also write as -1 or any word."""
    return int(text) if text.isascii() and text.isdigit() else None
