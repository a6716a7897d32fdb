"""`k3c create`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from domain.errors import InvalidArgument, NotFound
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.mapping.spec import spec_to_wire
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.context import current
from entrypoints.cli.options.run import Command, Image, RunOptions, spec_of
from entrypoints.cli.ui.output import print_notice, print_result

_Answer = TypeVar("_Answer")


def create(image: Image, /, *command: Command, options: RunOptions = RunOptions()) -> int:  # noqa: B008 - frozen
    """Create a container without starting it.

    It takes the options of `k3c run` and prints the container ID; `k3c start` starts the container.
    """
    spec = spec_of(image, command, options)

    def creating(client: Client) -> int:
        request = pb.CreateContainerRequest(spec=spec_to_wire(spec), name=options.name)
        created = with_image(image, options, lambda: client.containers.Create(request))
        write_id(options, created.id)
        print_result(created.id)
        return 0

    with cidfile(options):
        return call(creating)


@contextmanager
def cidfile(options: RunOptions) -> Iterator[None]:
    """Refuse to write over a file; one that was left empty, since nothing was created, goes."""
    file = options.cidfile
    if file is None:
        yield
        return
    try:
        file.open("x").close()
    except OSError as error:
        raise InvalidArgument("cidfile", str(file), "reported", error.strerror or str(error)) from error
    try:
        yield
    finally:
        if file.exists() and not file.stat().st_size:
            file.unlink()


def write_id(options: RunOptions, container_id: str) -> None:
    if options.cidfile is not None:
        options.cidfile.write_text(container_id)


def with_image(image: str, options: RunOptions, ask: Callable[[], _Answer]) -> _Answer:
    """What `ask` returns, the image pulled before as the options say: always, or once it turns out to be missing."""
    if options.pull == "always":
        _pull(image, options.platform)
    try:
        return ask()
    except NotFound as error:
        if options.pull != "missing" or error.kind != "image":
            raise
    print_notice(f"k3c: unable to find image {image!r} locally, pulling")
    _pull(image, options.platform)
    return ask()


def _pull(image: str, platform: str) -> None:
    """Pull an image, as `k3c pull` does. What that needs is loaded only here."""
    import asyncio

    from entrypoints.cli.connection import client
    from entrypoints.cli.image.pull import pull_image

    async def pulling() -> None:
        async with client.connect(current.get().address) as connected:
            await pull_image(connected, image, platform=platform)

    asyncio.run(pulling())
