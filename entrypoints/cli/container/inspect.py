"""`k3c inspect`."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from domain.errors import InvalidArgument, NotFound
from entrypoints.api.k3c.v1 import container_pb2, image_pb2, volume_pb2
from entrypoints.api.mapping.spec import spec_from_wire
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.messages import FAILED
from entrypoints.cli.ui.docker_json import container_shape, image_shape
from entrypoints.cli.ui.listing import as_yaml, check
from entrypoints.cli.ui.output import fail, print_result
from entrypoints.cli.ui.rows import volume_shape
from entrypoints.cli.ui.run_line import run_line
from entrypoints.cli.ui.templates import compiled
from entrypoints.cli.usage import UsageError

_RUN = "run"
_ANYTHING = ("container", "image", "volume")


def inspect(
    *names: Annotated[str, Parameter(help="Name or ID of a container, image or volume", metavar="NAME|ID")],
    format_: Annotated[
        str,
        Parameter(name=["--format", "-f"], help="Output format: json, yaml, run or TEMPLATE"),
    ] = "",
    type_: Annotated[
        Literal["", "container", "image", "volume"], Parameter(name="--type", help="Type of object")
    ] = "",
    size: Annotated[
        bool, Parameter(name=["--size", "-s"], help="Show the size of files written by a container")
    ] = False,
) -> int:
    """Show details of containers, images or volumes.

    The fields are those of docker's JSON. With --format run, the `k3c run` command line that creates the
    same container is shown.
    """
    if not names:
        raise UsageError("no-argument")
    if format_ != _RUN:
        check(format_)
    kinds = (type_,) if type_ else (("container",) if format_ == _RUN else _ANYTHING)

    def inspecting(client: Client) -> int:
        found, failed = [], False
        for name in names:
            try:
                found.append(_find(client, name, kinds, as_line=format_ == _RUN, size=size))
            except NotFound as error:
                fail(error)
                failed = True
        _show(found, format_)
        return FAILED if failed else 0

    return call(inspecting)


def _find(client: Client, name: str, kinds: tuple[str, ...], *, as_line: bool, size: bool) -> Any:
    """The first thing of these kinds that has the name; raises NotFound."""
    for kind in kinds:
        try:
            if kind == "image":
                return image_shape(client.images.Inspect(image_pb2.InspectImageRequest(image=name)))
            if kind == "volume":
                return _volume(client, name)
            request = container_pb2.InspectContainerRequest(container=name, size=size)
            details = client.containers.Inspect(request)
            return (
                run_line(spec_from_wire(details.spec), details.container.name)
                if as_line
                else (container_shape(details))
            )
        except InvalidArgument:
            if kind != "image" or len(kinds) == 1:
                raise
        except NotFound:
            continue
    raise NotFound(" or ".join(kinds) if len(kinds) < len(_ANYTHING) else "container, image or volume", name)


def _volume(client: Client, name: str) -> dict[str, Any]:
    for volume in client.volumes.List(volume_pb2.ListVolumesRequest()).volumes:
        if volume.name == name:
            return volume_shape(volume)
    raise NotFound("volume", name)


def _show(found: list[Any], format_: str) -> None:
    if format_ == _RUN:
        for line in found:
            print_result(line)
    elif format_ == "yaml":
        print_result(as_yaml(found).rstrip("\n"))
    elif format_ in {"", "json", "table"}:
        print_result(json.dumps(found, indent=4, ensure_ascii=False))
    else:
        template = compiled(format_)
        for shape in found:
            print_result(template(shape))
