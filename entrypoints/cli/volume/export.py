"""`k3c volume export`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import IO, Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from entrypoints.api.k3c.v1 import volume_pb2 as pb
from entrypoints.cli.connection.client import Client, call
from entrypoints.cli.usage import UsageError
from entrypoints.cli.volume.create import Volume


def export(
    volume: Volume,
    /,
    *,
    output: Annotated[str, Parameter(name=["--output", "-o"], help="File to write to, - for STDOUT")] = "-",
) -> int:
    """Write the files of a volume to a tar archive."""
    if output == "-" and sys.stdout.isatty():
        raise UsageError("tar-to-terminal")

    async def exporting(client: Client) -> int:
        tar = client.volumes.Export(pb.ExportVolumeRequest(name=volume))
        file: IO[bytes] | None = None
        try:
            async for piece in tar:
                file = file or _opened(output)
                await asyncio.to_thread(file.write, piece.tar)
        finally:
            if file is not None:
                file.flush()
        return 0

    return call(exporting)


def _opened(output: str) -> IO[bytes]:
    if output == "-":
        return sys.stdout.buffer
    try:
        return Path(output).open("wb")
    except OSError as error:
        raise InvalidArgument("output", output, "reported", error.strerror or str(error)) from error
