"""`k3c volume import`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from entrypoints.api.k3c.v1 import volume_pb2 as pb
from entrypoints.api.server_status import server_status
from entrypoints.cli.connection.client import Client, call, print_result
from entrypoints.cli.options.run import labels
from entrypoints.cli.volume.create import Label, Volume

_CHUNK = 1 << 18


def import_(
    volume: Volume,
    file: Annotated[str, Parameter(help="Tar archive to read, - for STDIN")] = "-",
    /,
    *,
    label: Label = (),
) -> int:
    """Create a volume from a tar archive.

    Its name is printed. On failure, no volume is left behind.
    """
    wanted = pb.CreateVolumeRequest(name=volume, labels=labels(label))

    async def importing(client: Client) -> int:
        with ExitStack() as opened:
            try:
                source = (
                    sys.stdin.buffer
                    if file == "-"
                    else opened.enter_context(await asyncio.to_thread(Path(file).open, "rb"))
                )
            except OSError as error:
                raise _unreadable(file, error) from error
            failures: list[OSError] = []
            archive = client.volumes.Import(_archive(wanted, source, failures))
            try:
                async with server_status(archive):
                    await archive
            except asyncio.CancelledError:
                if not failures:
                    raise
                raise _unreadable(file, failures[0]) from failures[0]
        print_result(volume)
        return 0

    return call(importing)


def _unreadable(file: str, error: OSError) -> InvalidArgument:
    return InvalidArgument("archive", file, "reported", error.strerror or str(error))


async def _archive(
    wanted: pb.CreateVolumeRequest, source: IO[bytes], failures: list[OSError]
) -> AsyncIterator[pb.ImportVolumeRequest]:
    """The requests of an import. What keeps the archive from being read is noted, and breaks the call off."""
    yield pb.ImportVolumeRequest(volume=wanted)
    try:
        while chunk := await asyncio.to_thread(source.read, _CHUNK):
            yield pb.ImportVolumeRequest(tar=chunk)
    except OSError as error:
        failures.append(error)
        raise
