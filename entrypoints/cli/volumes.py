"""`k3c volume`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Annotated

import grpc
from cyclopts import Parameter

from domain.errors import InvalidArgument, NotFound
from entrypoints.api.errors import from_call
from entrypoints.api.k3c.v1 import k3c_pb2 as pb
from entrypoints.cli.client import Client, answer, call, fail, for_each, say
from entrypoints.cli.listing import Filters, Format, Row, as_yaml, check, parse_filters, show
from entrypoints.cli.messages import FAILED
from entrypoints.cli.options import labels
from entrypoints.cli.shapes import volume_shape
from entrypoints.cli.templates import compiled

_COLUMNS = (("DRIVER", "Driver"), ("VOLUME NAME", "Name"))
_FILTERS = ("dangling", "label", "name")
_CHUNK = 1 << 18
Volume = Annotated[str, Parameter(help="The name of a volume.")]
NewName = Annotated[str, Parameter(help="The new one's name.")]
Label = Annotated[tuple[str, ...], Parameter(name=["--label"], help="NAME=value.")]


def ls(
    *,
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], help="Names alone.")] = False,
    filter_: Filters = (),
    format_: Annotated[Format, Parameter(name="--format")] = "",
) -> int:
    """List volumes. Filters: name, label, dangling (true: no container uses it)."""
    pairs = _pairs(filter_)
    check(format_)

    async def listing(client: Client) -> int:
        found = await _volumes(client, pairs)
        if quiet and not format_:
            for volume in found:
                answer(volume.name)
        else:
            show(map(_row, found), _COLUMNS, format_)
        return 0

    return call(listing)


def inspect(
    *names: Volume,
    format_: Annotated[Format, Parameter(name=["--format", "-f"])] = "",
) -> int:
    """Show all about volumes, and who uses them."""
    if not names:
        raise InvalidArgument("arguments", "", "name at least one")
    check(format_)

    async def inspecting(client: Client) -> int:
        known = {volume.name: volume for volume in await _volumes(client, [])}
        found = [volume_shape(known[name]) for name in names if name in known]
        for name in names:
            if name not in known:
                fail(NotFound("volume", name))
        if format_ in {"", "json", "table"}:
            answer(json.dumps(found, indent=4, ensure_ascii=False))
        elif format_ == "yaml":
            answer(as_yaml(found).rstrip("\n"))
        else:
            for shape in found:
                answer(compiled(format_)(shape))
        return 0 if len(found) == len(names) else FAILED

    return call(inspecting)


def create(
    name: Annotated[str, Parameter(help="Its name; made up if not given.")] = "",
    /,
    *,
    label: Label = (),
) -> int:
    """Make a volume, and print its name."""

    async def creating(client: Client) -> int:
        request = pb.CreateVolumeRequest(name=name, labels=labels(label))
        answer((await client.volumes.Create(request)).volume.name)
        return 0

    return call(creating)


def rm(
    *names: Annotated[str, Parameter(help="Names of volumes.")],
    force: Annotated[
        bool, Parameter(name=["--force", "-f"], help="One that is not there is no failure.")
    ] = False,
) -> int:
    """Remove volumes that no container uses."""

    async def removing(client: Client, name: str) -> str:
        try:
            await client.volumes.Remove(pb.RemoveVolumeRequest(name=name))
        except grpc.aio.AioRpcError as error:
            if not (force and isinstance(from_call(error), NotFound)):
                raise
        return name

    return for_each(names, removing)


def prune(
    *,
    all_: Annotated[bool, Parameter(name=["--all", "-a"], help="Named ones as well.")] = False,
    filter_: Annotated[
        tuple[str, ...], Parameter(name=["--filter"], help="Only those that have key=value.")
    ] = (),
    force: Annotated[bool, Parameter(name=["--force", "-f"], help="Do not ask.")] = False,
    dry_run: Annotated[bool, Parameter(help="Say what would go, and leave it.")] = False,
) -> int:
    """Remove the volumes that no container uses: anonymous ones, or with --all all of them."""
    pairs = _pairs(filter_)

    async def pruning(client: Client) -> int:
        unused = await _volumes(client, [*pairs, ("dangling", "true")])
        chosen = [volume.name for volume in unused if all_ or volume.anonymous]
        if dry_run or not chosen:
            for name in chosen:
                answer(name)
            return 0
        if not force and not await _agreed(len(chosen)):
            return FAILED
        failed = False
        for name in chosen:
            try:
                await client.volumes.Remove(pb.RemoveVolumeRequest(name=name))
                answer(name)
            except grpc.aio.AioRpcError as error:
                carried = from_call(error)
                if carried is None:
                    raise
                fail(carried)
                failed = True
        return FAILED if failed else 0

    return call(pruning)


async def _agreed(count: int) -> bool:
    if not sys.stdin.isatty():
        raise InvalidArgument("flag", "--force", "without a terminal to ask at, it is needed")
    say(f"k3c: {count} volume{'s' if count > 1 else ''} with all files will be removed. Continue? [y/N]")
    return (await asyncio.to_thread(sys.stdin.readline)).strip().lower() in {"y", "yes"}


def rename(volume: Volume, name: NewName, /) -> int:
    """Give a volume another name, also while containers use it."""

    async def renaming(client: Client) -> int:
        await client.volumes.Rename(pb.RenameVolumeRequest(name=volume, new_name=name))
        return 0

    return call(renaming)


def clone(volume: Volume, name: NewName, /) -> int:
    """Make another volume with the same files and labels, and print its name."""

    async def cloning(client: Client) -> int:
        await client.volumes.Clone(pb.CloneVolumeRequest(name=volume, new_name=name))
        answer(name)
        return 0

    return call(cloning)


def export(
    volume: Volume,
    /,
    *,
    output: Annotated[str, Parameter(name=["--output", "-o"], help="A file; stdout if not given.")] = "-",
) -> int:
    """Write a volume's files as a tar archive."""
    if output == "-" and sys.stdout.isatty():
        raise InvalidArgument(
            "output", "", "a terminal is no place for a tar archive: use -o, or redirect it"
        )

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
        raise InvalidArgument("output", output, error.strerror or str(error)) from error


def import_(
    volume: Volume,
    file: Annotated[str, Parameter(help="A tar archive; stdin if not given.")] = "-",
    /,
    *,
    label: Label = (),
) -> int:
    """Make a volume from a tar archive, and print its name. On failure there is none."""
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
                raise InvalidArgument("archive", file, error.strerror or str(error)) from error
            await client.volumes.Import(_archive(wanted, source))
        answer(volume)
        return 0

    return call(importing)


async def _archive(
    wanted: pb.CreateVolumeRequest, source: IO[bytes]
) -> AsyncIterator[pb.ImportVolumeRequest]:
    yield pb.ImportVolumeRequest(volume=wanted)
    while chunk := await asyncio.to_thread(source.read, _CHUNK):
        yield pb.ImportVolumeRequest(tar=chunk)


def _pairs(filters: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = parse_filters(filters)
    for key, value in pairs:
        if key not in _FILTERS:
            raise InvalidArgument("filter", key, f"use one of {', '.join(_FILTERS)}")
        if key == "dangling" and value not in {"true", "false"}:
            raise InvalidArgument("filter", f"dangling={value}", "use true or false")
    return pairs


async def _volumes(client: Client, pairs: list[tuple[str, str]]) -> list[pb.Volume]:
    found = (await client.volumes.List(pb.ListVolumesRequest())).volumes
    return [volume for volume in found if all(_passes(volume, key, value) for key, value in pairs)]


def _passes(volume: pb.Volume, key: str, value: str) -> bool:
    if key == "name":
        return value in volume.name
    if key == "dangling":
        return (not volume.users) == (value == "true")
    name, equals, wanted = value.partition("=")
    return name in volume.labels and (not equals or volume.labels[name] == wanted)


def _row(volume: pb.Volume) -> Row:
    return {
        **volume_shape(volume),
        "Labels": ",".join(f"{key}={value}" for key, value in sorted(volume.labels.items())),
        "Label": dict(volume.labels),
    }
