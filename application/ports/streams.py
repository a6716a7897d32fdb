"""Streams of containers' processes, the gate that holds a process until they are there, and further processes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from application.ports.runtime import BoundMount
from domain.streams import Output, TerminalSize


@dataclass(frozen=True)
class ExecRequest:
    """A further process in a container that runs.

    `environment` (`NAME=value`) adds to the container's; `working_dir` and `user`
    (`name|uid[:group|gid]`) are the container's when "". With `tty` there is one output stream;
    `streams` False has the process read and write nothing of ours.
    """

    arguments: tuple[str, ...]
    environment: tuple[str, ...] = ()
    working_dir: str = ""
    user: str = ""
    privileged: bool = False
    tty: bool = False
    stdin: bool = False
    streams: bool = True
    size: TerminalSize | None = None


@dataclass(frozen=True)
class Gate:
    """A gate: what is to be mounted, and where in the container its program (runtime/init) and FIFO are then."""

    mount: BoundMount
    program: str
    fifo: str


class ProcessStreams(Protocol):
    """A process's streams. Only one may read, and only one write, at a time."""

    def output(self) -> AsyncGenerator[Output, None]:
        """What it writes, as it comes, until its streams end. Raises Unavailable when they are lost."""
        ...

    async def write(self, data: bytes) -> None:
        """Give it input; returns when there is room for more. A process that reads no more ignores it."""
        ...

    async def end_input(self) -> None:
        """End its input. Idempotent."""
        ...

    async def resize(self, size: TerminalSize) -> None:
        """Tell its terminal the size; without a terminal nothing happens."""
        ...


class ExecProcess(ProcessStreams, Protocol):
    """A further process and its end."""

    async def signal(self, number: int) -> None:
        """Deliver a signal; one that has ended ignores it."""
        ...

    async def wait(self) -> int:
        """Its exit code, 128+n for signal n."""
        ...


class ContainerStreams(Protocol):
    """Access to the streams of containers' first processes."""

    def attach(
        self, runtime_id: str, *, tty: bool, stdin: bool
    ) -> AbstractAsyncContextManager[ProcessStreams]:
        """The streams for the time of the block, beside others who have them; without `stdin` input is dropped.

        Raises NotFound (it does not run), Unavailable.
        """
        ...


class Execs(Protocol):
    """Further processes in containers."""

    def start(self, runtime_id: str, request: ExecRequest) -> AbstractAsyncContextManager[ExecProcess]:
        """Start one; at the end of the block its streams are closed, and it goes on if it has not ended.

        Raises NotFound, CommandNotFound, CommandNotExecutable, InvalidArgument (user), RuntimeFailed.
        """
        ...


class Gates(Protocol):
    """Gates of containers, by k3c id: what holds a process just before its program is executed."""

    async def shut(self, container_id: str) -> Gate:
        """Make a shut gate, in place of an earlier one. Raises RuntimeFailed."""
        ...

    async def reached(self, container_id: str) -> bool:
        """Whether the process stands at the gate, its program found; not where no gate is shut."""
        ...

    async def remove(self, container_id: str) -> None:
        """Take the gate away, which lets the process go. Idempotent."""
        ...
