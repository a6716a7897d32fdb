"""`k3c build`: this process is the BuildKit client; it reads the context with the caller's permissions."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from domain.build import BuildRequest, BuildResult
from domain.errors import BuildFailed, InvalidArgument
from domain.image import ImageReference
from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.cli.build.results import Results
from entrypoints.cli.build.ssh_agents import ssh_agents
from entrypoints.cli.connection.client import Client, call
from entrypoints.cli.options.build import (
    BuildOptions,
    CacheOptions,
    OutputOptions,
    StepOptions,
    build_arguments,
    cached,
    described,
    outputs,
    stepped,
    tags,
)
from entrypoints.cli.ui.output import print_result
from entrypoints.cli.usage import UsageError


def build(
    path: Annotated[str, Parameter(help="Directory of the build context")],
    /,
    *,
    options: BuildOptions = BuildOptions(),  # noqa: B008 - it is frozen
    output: OutputOptions = OutputOptions(),  # noqa: B008 - it is frozen
    cache: CacheOptions = CacheOptions(),  # noqa: B008 - it is frozen
    step: StepOptions = StepOptions(),  # noqa: B008 - it is frozen
) -> int:
    """Build an image from a Dockerfile.

    The image is available to `k3c run` and to Kubernetes at once.

        k3c build -t myapp .
        k3c build -o out --secret id=token,env=TOKEN .
    """
    request = _request(path, options, output, cache, step)
    if any(each.is_stdout for each in request.outputs) and sys.stdout.isatty():
        raise UsageError("tar-to-terminal")
    results = Results(output.iidfile, output.metadata_file)
    results.begin()

    async def building(client: Client) -> int:
        quiet = options.quiet or options.progress == "quiet"
        async with ssh_agents(step.ssh) as agents:
            result = await _build(client, replace(request, ssh=agents), quiet=quiet)
        results.write(result)
        if options.quiet and not any(each.is_stdout for each in request.outputs):
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
    progress.end(result, request.tags if request.is_stored else ())
    return result


def _request(
    path: str, options: BuildOptions, output: OutputOptions, cache: CacheOptions, step: StepOptions
) -> BuildRequest:
    """What the flags ask for; raises InvalidArgument, UsageError before anything is sent."""
    if path == "-" or "://" in path:
        raise UsageError("remote-context", path)
    context = Path(path).absolute()
    if not path or not context.is_dir():
        raise InvalidArgument("build context", path, "no-such-directory")
    dockerfile = Path(options.file).absolute() if options.file else context / "Dockerfile"
    if not dockerfile.is_file():
        raise InvalidArgument("Dockerfile", str(dockerfile), "no-such-file")
    asked: dict[str, Any] = {**described(output), **cached(cache), **stepped(step)}
    return BuildRequest(
        context=context,
        dockerfile=dockerfile,
        tags=tags(options.tag),
        build_arguments=build_arguments(options.build_arg),
        target=options.target,
        pull=options.pull,
        platforms=tuple(each for text in options.platform for each in text.split(",") if each),
        outputs=outputs(output),
        **asked,
    )
