"""Streams of processes, gates that hold a process until its streams are attached, and further processes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from application.ports.runtime import BoundMount
from domain.streams import Output, TerminalSize


@dataclass(frozen=True)
class ExecRequest:
    """A further process in a running container.

    `environment` (`NAME=value`) is added to the container's; `working_dir` and `user`
    (`name|uid[:group|gid]`) are the container's when "". With `tty` there is one output stream. Without
    `streams` the process is started with no streams to the client.
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
    """A gate: the mount that it needs, and the paths of its program (runtime/init) and FIFO in the container."""

    mount: BoundMount
    program: str
    fifo: str


class ProcessStreams(Protocol):
    """The streams of a process. At most one task reads, and one task writes, at a time."""

    def output(self) -> AsyncGenerator[Output, None]:
        """The output of the process as it comes, until its streams end. Raises Unavailable when they are lost."""
        ...

    async def write(self, data: bytes) -> None:
        """Write to the input; returns when there is room for more.

        Input to a process that no longer reads is dropped.
        """
        ...

    async def end_input(self) -> None:
        """Close the input. Idempotent."""
        ...

    async def resize(self, size: TerminalSize) -> None:
        """Set the size of the terminal; without a terminal nothing happens."""
        ...


class ExecProcess(ProcessStreams, Protocol):
    """A further process in a container."""

    def hand_over(self) -> dict[str, int]:
        """The pipes of its streams, by stream, for a client on this machine; empty where they are no pipes.

        Whoever asks closes them. `output` ends at once from here on, and `write` drops its input; after the
        client has closed STDIN, `end_input` tells the process.
        """
        ...

    async def signal(self, number: int) -> None:
        """Deliver a signal; a process that has ended ignores it."""
        ...

    async def wait(self) -> int:
        """Wait for the end of the process and return its exit code, 128+n for signal n."""
        ...


class ContainerStreams(Protocol):
    """The streams of containers' first processes."""

    def attach(
        self, runtime_id: str, *, tty: bool, stdin: bool
    ) -> AbstractAsyncContextManager[ProcessStreams]:
        """The streams for the time of the block, shared with other clients; without `stdin` input is dropped.

        Raises NotFound (the container does not run), Unavailable.
        """
        ...


class Execs(Protocol):
    """Further processes in containers."""

    def start(self, runtime_id: str, request: ExecRequest) -> AbstractAsyncContextManager[ExecProcess]:
        """Start a process. Its streams close at the end of the block; a process that runs then goes on.

        Raises NotFound, CommandNotFound, CommandNotExecutable, NoWorkingDirectory, InvalidArgument (user),
        RuntimeFailed.
        """
        ...


class Gates(Protocol):
    """Gates of containers, by k3c id. A gate holds a process just before its program is executed."""

    async def shut(self, container_id: str) -> Gate:
        """Make a shut gate that replaces an earlier one. Raises RuntimeFailed."""
        ...

    def is_shut(self, container_id: str) -> bool:
        """Whether a gate is shut, reached or not."""
        ...

    async def reached(self, container_id: str) -> bool:
        """Whether the process waits at the gate, its program found; False if no gate is shut."""
        ...

    async def remove(self, container_id: str) -> None:
        """Remove the gate, which releases the process. Idempotent."""
        ...
