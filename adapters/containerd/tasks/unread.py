"""The output of containers that containerd, which reads it, has not read when it dies."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import struct
import termios
from contextlib import suppress
from pathlib import Path

from application.ports.logs import Unread
from domain.errors import RuntimeFailed

_CONTAINERS = Path("io.containerd.grpc.v1.cri", "containers")
_STREAMS = ("stdout", "stderr")
_BLOCK = 1 << 16  # bytes, which is also what the kernel keeps of a pipe
_END, _COMMENT = b"\n", b"#\n"
_INTERVAL, _LOOKS = 0.002, 2500  # seconds between looks whether the keeper has read, and how many of them


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
        self._telling = asyncio.Lock()

    async def hold(self, runtime_id: str) -> None:
        """Name the pipes to the keeper, which is started if there is none."""
        if runtime_id in self._held:
            return
        lines = b"".join(os.fsencode(path) + b"\n" for path in self._pipes(runtime_id))
        if not lines:
            return
        async with self._telling:
            if not await self._told(lines):
                await self._start()
                await self._told(lines)
        self._held.intersection_update(
            await asyncio.to_thread(os.listdir, self._containers)
        )  # others are gone
        self._held.add(runtime_id)

    def _pipes(self, runtime_id: str) -> list[Path]:
        folder = self._containers / runtime_id / "io"
        return [path for stream in _STREAMS for path in folder.glob(f"*/{runtime_id}-{stream}")]

    async def _told(self, lines: bytes) -> bool:
        """Write to the keeper, and return when it has obeyed; False if there is none. Raises RuntimeFailed."""
        if (commands := self._opened()) is None:
            return False
        try:
            for text in (lines, _COMMENT):  # which is read when the lines are obeyed
                os.write(commands, text)
                await _until_read(commands)
        finally:
            os.close(commands)
        return True

    def _opened(self) -> int | None:
        """The keeper's commands; None if there is no keeper."""
        try:
            return os.open(self._commands, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in (errno.ENXIO, errno.ENOENT):
                return None
            raise

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
        if (commands := self._opened()) is not None:
            os.write(commands, _END)
            os.close(commands)


async def _until_read(pipe: int) -> None:
    for _ in range(_LOOKS):
        (left,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))
        if not left:
            return
        await asyncio.sleep(_INTERVAL)
    raise RuntimeFailed("keeper of output", "reported", "deaf")


def _read(path: Path) -> Unread:
    data = []
    pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with suppress(BlockingIOError):
        while block := os.read(pipe, _BLOCK):
            data.append(block)
    os.close(pipe)
    return Unread(path.name.rpartition("-")[2], b"".join(data))
