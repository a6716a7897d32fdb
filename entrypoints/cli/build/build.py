"""`k3c build`: this process is the BuildKit client; it reads the context with the caller's permissions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from domain.build import BuildRequest, BuildResult
from domain.errors import BuildFailed, InvalidArgument
from domain.image import ImageReference
from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.cli.connection.client import Client, call
from entrypoints.cli.options.run import labels
from entrypoints.cli.ui.output import print_result
from entrypoints.cli.usage import UsageError


@Parameter(name="*")
@dataclass(frozen=True)
class BuildOptions:
    """Flags of `build`."""

    tag: Annotated[
        tuple[str, ...], Parameter(name=["--tag", "-t"], help="Name of the image, NAME[:TAG]")
    ] = ()
    file: Annotated[
        str, Parameter(name=["--file", "-f"], help="Path of the Dockerfile (default PATH/Dockerfile)")
    ] = ""
    build_arg: Annotated[
        tuple[str, ...], Parameter(name=["--build-arg"], help="Build argument, NAME=VALUE or NAME")
    ] = ()
    label: Annotated[tuple[str, ...], Parameter(name=["--label"], help="Label of the image, NAME=VALUE")] = ()
    target: Annotated[str, Parameter(help="Stage to build")] = ""
    no_cache: Annotated[bool, Parameter(name="--no-cache", help="Build every step without the cache")] = False
    pull: Annotated[bool, Parameter(name="--pull", help="Pull newer base images")] = False
    platform: Annotated[
        str, Parameter(help="Platform of the image, OS/ARCH[/VARIANT] (default: the host's)")
    ] = ""
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], help="Print the image ID only")] = False
    progress: Annotated[
        Literal["auto", "plain", "quiet"],
        Parameter(env_var="BUILDKIT_PROGRESS", help="Progress output"),
    ] = "auto"
    iidfile: Annotated[Path | None, Parameter(help="File to write the image ID to")] = None


def build(
    path: Annotated[str, Parameter(help="Directory of the build context")],
    /,
    *,
    options: BuildOptions = BuildOptions(),
) -> int:
    """Build an image from a Dockerfile.

    The image is available to `k3c run` and to Kubernetes at once.

        k3c build -t myapp .
    """
    request = _request(path, options)
    if options.iidfile is not None:
        options.iidfile.write_text(
            ""
        )  # the id of an earlier build would be taken for this one's if it failed

    async def building(client: Client) -> int:
        result = await _build(client, request, quiet=options.quiet or options.progress == "quiet")
        if options.iidfile is not None:
            options.iidfile.write_text(result.image_id)
        if options.quiet:
            print_result(result.image_id)
        return 0

    return call(building)


class _DaemonPins:
    """Pinning through the daemon (application.ports.image_builder.ImagePins)."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def pin(self, image_id: str, references: tuple[ImageReference, ...]) -> None:
        """Name the image what it is named: the daemon pins whatever it names."""
        request = pb.TagImageRequest(image=image_id, references=map(str, references), built=True)
        await self._client.images.Tag(request)

    async def named(self, references: tuple[ImageReference, ...]) -> frozenset[ImageReference]:
        """Ask the daemon for the names of all images."""
        images = (await self._client.images.List(pb.ListImagesRequest())).images
        known = {name for image in images for name in image.references}
        return frozenset(name for name in references if str(name) in known)

    async def unname(self, references: frozenset[ImageReference]) -> None:
        """Have the daemon remove what has come to be there."""
        for name in await self.named(tuple(references)):
            await self._client.images.Remove(pb.RemoveImageRequest(image=str(name)))


async def _build(client: Client, request: BuildRequest, *, quiet: bool) -> BuildResult:
    from adapters.buildkit.builder import BuildkitImageBuilder
    from application.use_cases.build.build import BuildImage
    from entrypoints.cli.build.progress import PlainProgress
    from entrypoints.cli.connection.credentials import credentials_for

    progress = PlainProgress(quiet=quiet)
    use_case = BuildImage(BuildkitImageBuilder(client.channel), _DaemonPins(client))
    result = None
    async for event in use_case(request, credentials_for):
        if isinstance(event, BuildResult):
            result = event
        else:
            progress.show(event)
    if result is None:
        raise BuildFailed("no-result", "", "")
    progress.end(result, request.tags)
    return result


def _request(path: str, options: BuildOptions) -> BuildRequest:
    """What the flags ask for; raises InvalidArgument, UsageError before anything is sent."""
    if path == "-" or "://" in path:
        raise UsageError("remote-context", path)
    context = Path(path).absolute()
    if not path or not context.is_dir():
        raise InvalidArgument("build context", path, "no-such-directory")
    dockerfile = Path(options.file).absolute() if options.file else context / "Dockerfile"
    if not dockerfile.is_file():
        raise InvalidArgument("Dockerfile", str(dockerfile), "no-such-file")
    return BuildRequest(
        context=context,
        dockerfile=dockerfile,
        tags=tuple(_tag(text) for text in options.tag),
        build_arguments=_build_arguments(options.build_arg),
        labels=labels(options.label),
        target=options.target,
        no_cache=options.no_cache,
        pull=options.pull,
        platforms=tuple(filter(None, options.platform.split(","))),
    )


def _tag(text: str) -> ImageReference:
    name = ImageReference.parse(text).tagged()
    if name.digest is not None:
        raise InvalidArgument("image reference", text, "digest-as-tag")
    return name


def _build_arguments(texts: tuple[str, ...]) -> dict[str, str]:
    import os

    arguments = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name:
            raise InvalidArgument("build argument", text, "not-name-value")
        if equals:
            arguments[name] = value
        elif name in os.environ:
            arguments[name] = os.environ[name]
    return arguments
