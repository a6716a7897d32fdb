"""`moby.filesync.v1.FileSend/DiffCopy`: what a build gives to the caller, as files of a folder or as an archive."""

from __future__ import annotations

import asyncio
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import grpc

from adapters.buildkit.calls import Call, CallFailed, Handler
from adapters.buildkit.folder import FolderWriter
from adapters.buildkit.proto.control_pb2 import BytesMessage
from adapters.buildkit.receiver import receive
from domain.build import BuildOutput
from domain.errors import BuildFailed

METHOD = "/moby.filesync.v1.FileSend/DiffCopy"
FOLDER = "local"
"""The kind of output that is a folder."""

_EXPORTER = "buildkit-attachable-exporter-id"
_STDOUT = 1


def handlers(outputs: Sequence[BuildOutput]) -> dict[str, Handler]:
    """Return the method for outputs that are not images, {} without any.

    The handler raises BuildFailed for what cannot be written, and for what leads out of its destination;
    both are to end the build.
    """

    async def diff_copy(call: Call) -> None:
        output = _chosen(outputs, call)
        if output.kind != FOLDER:
            await _save(call, output.destination)
        elif output.destination is not None:
            with FolderWriter(output.destination) as folder:
                await receive(call, folder)

    return {} if all(output.is_image for output in outputs) else {METHOD: diff_copy}


def _chosen(outputs: Sequence[BuildOutput], call: Call) -> BuildOutput:
    text = call.metadata.get(_EXPORTER, ("0",))[0]
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number < len(outputs) or outputs[number].is_image:
        raise CallFailed(grpc.StatusCode.NOT_FOUND, f"no output {text}")
    return outputs[number]


async def _save(call: Call, destination: Path | None) -> None:
    try:
        with _file(destination) as file:
            while message := await call.receive_all():
                await asyncio.to_thread(_write, file, message)
    except OSError as error:
        where = "stdout" if destination is None else str(destination)
        raise BuildFailed("output-unwritable", where, "", error.strerror or str(error)) from error


def _write(file: int, messages: list[bytes]) -> None:
    for message in messages:
        data = memoryview(BytesMessage.FromString(message).data)
        while data:
            data = data[os.write(file, data) :]


@contextmanager
def _file(destination: Path | None) -> Iterator[int]:
    """Open stdout, a file that is not a plain one, or a new file that takes the name's place once all is written."""
    if destination is None:
        yield _STDOUT
    elif destination.exists() and not stat.S_ISREG(destination.stat().st_mode):
        file = os.open(destination, os.O_WRONLY | os.O_CLOEXEC)
        try:
            yield file
        finally:
            os.close(file)
    else:
        yield from _replaced(destination.resolve())


def _replaced(destination: Path) -> Iterator[int]:
    scratch = destination.with_name(f".{destination.name[:200]}.{secrets.token_hex(4)}")
    file = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        try:
            yield file
        finally:
            os.close(file)
        scratch.rename(destination)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
