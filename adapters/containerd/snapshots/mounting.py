"""Mounting what a snapshotter names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.containerd.errors import SERVICE
from adapters.containerd.proto.types_pb2 import Mount
from domain.errors import RuntimeFailed


@asynccontextmanager
async def mounted(mounts: Sequence[Mount], place: Path, *, read_only: bool) -> AsyncIterator[str]:
    """Mount at a folder that is made for it, for the time of the block. Raises RuntimeFailed."""
    await asyncio.to_thread(place.mkdir, parents=True)
    done = 0
    try:
        for mount in mounts:
            await _mount(mount, place, read_only=read_only)
            done += 1
        yield str(place)
    finally:
        for _ in range(done):
            await _run("umount", str(place))
        await asyncio.to_thread(place.rmdir)


async def _mount(mount: Mount, place: Path, *, read_only: bool) -> None:
    options = [option for option in mount.options if not (read_only and option == "rw")]
    if read_only:
        options.append("ro")
    await _run("mount", "-t", mount.type, "-o", ",".join(options), mount.source, str(place))
    if read_only and mount.type == "bind":
        await _run("mount", "-o", "remount,ro,bind", str(place))


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    if process.returncode != 0:
        raise RuntimeFailed(SERVICE, f"{command[0]}: {said.decode(errors='replace').strip()}")
