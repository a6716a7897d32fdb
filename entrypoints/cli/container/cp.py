"""`k3c cp`."""

from __future__ import annotations

import asyncio
import os
import posixpath
import sys
import tarfile
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Annotated, cast

from cyclopts import Parameter

from domain.copying import CopySource, CopyTarget, placement
from domain.errors import Conflict, NotFound
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.server_status import server_status
from entrypoints.cli.connection.client import Client, call
from entrypoints.cli.ui.tarpipe import TarPipe
from entrypoints.cli.usage import UsageError

_CHUNK = 1 << 18
Side = Annotated[
    str, Parameter(help="Local path, CONTAINER:PATH, or - for a tar stream", allow_leading_hyphen=True)
]


def cp(
    source: Side,
    target: Side,
    /,
    *,
    follow_link: Annotated[
        bool, Parameter(name=["--follow-link", "-L"], help="Copy the target of a symbolic link in SOURCE")
    ] = False,
) -> int:
    """Copy files between a container and this machine.

    Exactly one path must be CONTAINER:PATH; the container may be stopped. An existing directory receives
    SOURCE; otherwise TARGET is created. DIRECTORY/. copies the contents of a directory. With - as TARGET,
    a tar stream is written to STDOUT; with - as SOURCE, one is read from STDIN.

    Files copied before the first start are kept across restarts; files copied later are lost with the
    root filesystem.

        k3c cp web:/etc/nginx/nginx.conf .
    """
    there, here = _container_path(source), _container_path(target)
    if (there is None) == (here is None):
        raise UsageError("no-container-path")

    async def copying(client: Client) -> int:
        if there is not None:
            await _fetch(client, *there, target, follow=follow_link)
        elif here is not None:
            await _put(client, source, *here, follow=follow_link)
        return 0

    return call(copying)


def _container_path(text: str) -> tuple[str, str] | None:
    """Container and path; None for a path here, which may have a colon behind a slash."""
    name, colon, path = text.partition(":")
    if text == "-" or not colon or not name or "/" in name or name.startswith("."):
        return None
    return name, path or "/"


def _names_contents(path: str) -> bool:
    """Whether a path names what a folder holds: its last part is `.`, as in `DIRECTORY/.`."""
    return path == "." or path.endswith("/.")


def _cleaned(path: str) -> str:
    """A path in a container without `.` and `..`, as docker reads it; a slash at its end means a folder."""
    whole = posixpath.normpath(f"/{path}")
    return f"{whole}/" if path.endswith("/") and whole != "/" else whole


async def _fetch(client: Client, container: str, path: str, target: str, *, follow: bool) -> None:
    contents, path = _names_contents(path), _cleaned(path)
    request = pb.CopyFromRequest(
        container=container,
        path=path,
        follow_link=follow or contents,
    )
    responses = aiter(client.containers.CopyFrom(request))
    stat = (await anext(responses)).stat
    if path.endswith("/") and not stat.is_folder:
        raise NotFound("directory in the container", path)
    if target == "-":
        async for response in responses:
            await asyncio.to_thread(_write, response.tar)
        return
    copied = CopySource(PurePosixPath(path).name, stat.is_folder, contents)
    folder, renamed = _place(copied, Path(target), target)
    pipe = TarPipe()
    unpacking = asyncio.create_task(asyncio.to_thread(_unpack, pipe, folder, renamed))
    try:
        async for response in responses:
            await asyncio.to_thread(pipe.put, response.tar)
    finally:
        await asyncio.to_thread(pipe.put, b"")
        await asyncio.wait({unpacking})
    unpacking.result()


def _place(source: CopySource, target: Path, text: str) -> tuple[Path, str]:
    """The folder to unpack in, and the name there; "" for the contents alone."""
    folder, name = placement(source, CopyTarget(text, target.exists(), target.is_dir()))
    if not Path(folder).is_dir():
        raise NotFound("directory", folder)
    return Path(folder), name


def _unpack(pipe: TarPipe, folder: Path, renamed: str) -> None:
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", pipe), mode="r|*") as archive:
            top = ""
            for member in archive:
                top = top or member.name.split("/")[0]
                member.name = _renamed(member.name, top, renamed)
                if member.islnk():
                    member.linkname = _renamed(member.linkname, top, renamed)
                if member.name:
                    archive.extract(member, folder, filter=_with_its_mode)
    except (tarfile.TarError, OSError) as error:
        raise Conflict("path", str(folder), "reported", str(error)) from error
    finally:
        pipe.drain()


def _with_its_mode(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo:
    """A member that stays within the folder, with all bits of its mode: Python's filter takes some away."""
    return tarfile.tar_filter(member, folder).replace(mode=member.mode, deep=False)


def _renamed(name: str, top: str, renamed: str) -> str:
    rest = name.removeprefix(top).lstrip("/")
    return "/".join(part for part in (renamed, rest) if part)


async def _put(client: Client, source: str, container: str, path: str, *, follow: bool) -> None:
    stat = (await client.containers.StatPath(pb.StatPathRequest(container=container, path=path))).stat
    if source == "-":
        if not stat.is_folder:
            raise NotFound("directory in the container", path)
        await _send(client, container, path, _chunks(sys.stdin.buffer))
        return
    local = Path(source)
    if not (local.exists() if follow else os.path.lexists(local)):
        raise NotFound("path", source)
    is_folder = local.is_dir()
    if source.endswith("/") and not is_folder:
        raise NotFound("directory", source)
    name = local.resolve().name if source.rstrip("/").endswith("..") else local.name
    copied = CopySource(name, is_folder, contents=_names_contents(source) and is_folder)
    target = CopyTarget(path, stat.exists, stat.is_folder, in_container=True)
    folder, renamed = placement(copied, target)
    await _send(client, container, folder, _packed(local, renamed or ".", follow=follow))


async def _send(client: Client, container: str, folder: str, chunks: Iterator[bytes]) -> None:
    async def requests() -> AsyncIterator[pb.CopyToRequest]:
        yield pb.CopyToRequest(folder=pb.CopyToFolder(container=container, path=folder))
        while chunk := await asyncio.to_thread(next, chunks, b""):
            yield pb.CopyToRequest(tar=chunk)

    copying = client.containers.CopyTo(requests())
    async with server_status(copying):
        await copying


def _packed(source: Path, name: str, *, follow: bool) -> Iterator[bytes]:
    """A tar stream of a path here under another name, owned as it is here."""
    pipe = TarPipe()

    def packing() -> None:
        try:
            with tarfile.open(
                fileobj=cast("IO[bytes]", pipe), mode="w|", dereference=follow, format=tarfile.PAX_FORMAT
            ) as archive:
                archive.add(source, arcname=name)
        except OSError as error:
            text = error.strerror or str(error)
            pipe.fail(Conflict("path", str(error.filename or source), "reported", text))
        finally:
            pipe.put(b"")

    threading.Thread(target=packing, name="pack", daemon=True).start()
    while chunk := pipe.read():
        yield chunk


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
