"""The output of containers that containerd, which reads it, has not read when it dies."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from application.ports.logs import Unread

_CONTAINERS = Path("io.containerd.grpc.v1.cri", "containers")
_STREAMS = ("stdout", "stderr")
_BLOCK = 1 << 16  # bytes, which is also what the kernel keeps of a pipe


class ContainerdUnreadOutput:
    """application.ports.logs.UnreadOutput.

    A shim writes into named pipes and closes them when the container ends. What is in a pipe that nobody has
    open is gone, so each is held open, and never read while containerd does.
    """

    def __init__(self, state: str) -> None:
        self._containers = Path(state, _CONTAINERS)
        self._held: dict[str, dict[str, int]] = {}

    async def hold(self, runtime_id: str) -> None:
        """Open the pipes."""
        if runtime_id not in self._held:
            self._held[runtime_id] = self._opened(runtime_id)

    def _opened(self, runtime_id: str) -> dict[str, int]:
        opened = {}
        for stream in _STREAMS:
            for path in (self._containers / runtime_id / "io").glob(f"*/{runtime_id}-{stream}"):
                with suppress(FileNotFoundError):
                    opened[stream] = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        return opened

    async def take(self, runtime_id: str) -> tuple[Unread, ...]:
        """Read the pipes to their ends, and close them."""
        held = self._held.pop(runtime_id, {})
        return await asyncio.to_thread(lambda: tuple(_read(stream, pipe) for stream, pipe in held.items()))

    async def release(self, runtime_id: str) -> None:
        """Close the pipes."""
        for pipe in self._held.pop(runtime_id, {}).values():
            os.close(pipe)


def _read(stream: str, pipe: int) -> Unread:
    data = []
    with suppress(BlockingIOError):
        while block := os.read(pipe, _BLOCK):
            data.append(block)
    os.close(pipe)
    return Unread(stream, b"".join(data))
