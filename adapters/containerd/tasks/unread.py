"""The output of containers that containerd, which reads it, has not read when it dies."""

from __future__ import annotations

import asyncio
import errno
import os
from contextlib import suppress
from pathlib import Path

from application.ports.logs import Unread
from domain.errors import RuntimeFailed

_CONTAINERS = Path("io.containerd.grpc.v1.cri", "containers")
_STREAMS = ("stdout", "stderr")
_BLOCK = 1 << 16  # bytes, which is also what the kernel keeps of a pipe
_END = b"\n"


class ContainerdUnreadOutput:
    """application.ports.logs.UnreadOutput.

    A shim writes into named pipes and closes them when the container ends. What is in a pipe that nobody has
    open is gone, so each is kept open by `runtime/init/keeper.c`, which outlives this process and containerd.
    """

    def __init__(self, state: str, keeper: str, commands: str) -> None:
        self._containers = Path(state, _CONTAINERS)
        self._keeper = keeper
        self._commands = Path(commands)
        self._held: set[str] = set()
        self._starting = asyncio.Lock()

    async def hold(self, runtime_id: str) -> None:
        """Name the pipes to the keeper, which is started if there is none."""
        if runtime_id in self._held:
            return
        lines = b"".join(os.fsencode(path) + b"\n" for path in self._pipes(runtime_id))
        if lines and not self._told(lines):
            async with self._starting:
                if not self._told(lines):
                    await self._start()
                    self._told(lines)
        self._held.add(runtime_id)

    def _pipes(self, runtime_id: str) -> list[Path]:
        folder = self._containers / runtime_id / "io"
        return [path for stream in _STREAMS for path in folder.glob(f"*/{runtime_id}-{stream}")]

    def _told(self, lines: bytes) -> bool:
        """Write to the keeper; False if there is none."""
        try:
            commands = os.open(self._commands, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in (errno.ENXIO, errno.ENOENT):
                return False
            raise
        try:
            os.write(commands, lines)
        finally:
            os.close(commands)
        return True

    async def _start(self) -> None:
        with suppress(FileExistsError):
            self._commands.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
            os.mkfifo(self._commands, 0o600)
        null = asyncio.subprocess.DEVNULL
        keeper = await asyncio.create_subprocess_exec(
            self._keeper, str(self._commands), stdin=null, stdout=null, stderr=null
        )
        if status := await keeper.wait():
            raise RuntimeFailed("keeper of output", "reported", str(status))

    async def take(self, runtime_id: str) -> tuple[Unread, ...]:
        """Read the pipes to their ends."""
        self._held.discard(runtime_id)
        return await asyncio.to_thread(lambda: tuple(_read(path) for path in self._pipes(runtime_id)))

    async def end(self) -> None:
        """End the keeper, if there is one."""
        self._told(_END)


def _read(path: Path) -> Unread:
    data = []
    pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with suppress(BlockingIOError):
        while block := os.read(pipe, _BLOCK):
            data.append(block)
    os.close(pipe)
    return Unread(path.name.rpartition("-")[2], b"".join(data))
