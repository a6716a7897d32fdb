"""Gates that containers are held at: for each a folder with the program of runtime/init and its FIFO."""

from __future__ import annotations

import asyncio
import os
import select
import shutil
from pathlib import Path

from adapters.host.errors import translated
from application.ports.runtime import BoundMount
from application.ports.streams import Gate

SERVICE = "gate"
TARGET = "/.k3c"
PROGRAM = "init"
FIFO = "gate"


class HostGates:
    """application.ports.streams.Gates.

    A gate is shut as long as this process holds its FIFO open for writing, so that the daemon's death opens
    all gates.
    """

    def __init__(self, folder: str, program: str) -> None:
        self._folder = Path(folder)
        self._program = Path(program)
        self._held: dict[str, int] = {}

    async def shut(self, container_id: str) -> Gate:
        """Make the folder and hold the FIFO open."""
        self._open(container_id)
        folder = self._folder / container_id
        making = asyncio.ensure_future(asyncio.to_thread(self._make, folder))
        try:
            await asyncio.shield(making)
        except asyncio.CancelledError:
            await asyncio.wait({making})  # whoever removes the folder then finds all of it
            raise
        self._held[container_id] = _hold(folder / FIFO)
        return Gate(
            BoundMount(str(folder), TARGET, read_only=True), f"{TARGET}/{PROGRAM}", f"{TARGET}/{FIFO}"
        )

    def is_shut(self, container_id: str) -> bool:
        """Return whether this process holds the FIFO open."""
        return container_id in self._held

    async def reached(self, container_id: str) -> bool:
        """Return whether a process has the FIFO open for reading.

        poll(2) tells a pipe's writer when no process has.
        """
        if container_id not in self._held:
            return False
        poll = select.poll()
        poll.register(self._held[container_id], 0)
        return not poll.poll(0)

    async def remove(self, container_id: str) -> None:
        """Close the FIFO and remove the folder."""
        self._open(container_id)
        await asyncio.to_thread(_remove, self._folder / container_id)

    def _open(self, container_id: str) -> None:
        if container_id in self._held:
            os.close(self._held.pop(container_id))

    def _make(self, folder: Path) -> None:
        with translated(SERVICE, str(folder)):
            _remove(folder)
            folder.mkdir(parents=True)
            folder.chmod(0o755)
            program = folder / PROGRAM
            shutil.copyfile(self._program, program)
            program.chmod(0o755)
            fifo = folder / FIFO
            os.mkfifo(fifo)
            fifo.chmod(0o444)  # the container's user reads it, whoever that is


def _hold(fifo: Path) -> int:
    """Open the FIFO for writing.

    That needs a reader, so that it does not block; the reader is closed right after.
    """
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    finally:
        os.close(reader)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=not folder.exists())
